// The file that goes up and comes down, and what is left of it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <optional>

#include "probes/ftp/facts.hpp"
#include "tests/unit/ftp/ftp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;

TEST_F(FtpTest, TellsWhereTheRoundTripEnds) {
  struct Case {
    std::string verb, reply;
    Verdict verdict;
  };
  const std::vector<Case> cases{{"STOR", "550 drydock-t-1: Permission denied", Verdict::fail},
                                {"STOR", "452 no space", Verdict::inconclusive},
                                {"RETR", "550 drydock-t-1: Permission denied", Verdict::fail},
                                {"DELE", "550 drydock-t-1: Permission denied", Verdict::fail}};
  for (const Case& one : cases) {
    FtpServer server;
    server.instead[one.verb] = one.reply;
    const Seen seen = look(server);
    EXPECT_EQ(seen.failed(), one.verdict == Verdict::fail ? "round-trip" : "") << one.reply;
    const Judgement judgement = seen.judge("ftp.round-trip");
    EXPECT_EQ(judgement.verdict, one.verdict) << one.reply << transcript_text(seen.observation);
    EXPECT_THAT(judgement.message, HasSubstr(one.reply)) << transcript_text(seen.observation);
    if (one.verb != "DELE") EXPECT_TRUE(server.files.empty()) << one.reply;
  }
}

TEST_F(FtpTest, ChargesAReplyToTheCommandThatItAnswers) {
  for (const std::string refusal : {"550 drydock-t-1: Permission denied", "502 This server is read only.",
                                    "425 Unable to build data connection: Operation not permitted", "hang up"}) {
    FtpServer server;
    server.late_refusal = refusal;
    const Seen seen = look(server);
    const bool is_temporary = refusal.starts_with("4");
    EXPECT_EQ(seen.failed(), is_temporary ? "" : "round-trip") << transcript_text(seen.observation);
    EXPECT_EQ(seen.judge("ftp.passive-address").verdict, Verdict::pass) << refusal;
    EXPECT_EQ(seen.judge("ftp.round-trip").stage, "upload");
    if (refusal != "hang up") EXPECT_THAT(seen.judge("ftp.round-trip").message, HasSubstr(refusal));
  }
}

TEST_F(FtpTest, TellsDamageAndLeftovers) {
  FtpServer damaging;
  damaging.damage = true;
  EXPECT_EQ(look(damaging).failed(), "round-trip");
  EXPECT_TRUE(damaging.files.empty());
  FtpServer keeping;
  keeping.keep_files = true;
  const Seen kept = look(keeping);
  EXPECT_EQ(kept.failed(), "round-trip");
  EXPECT_THAT(kept.judge("ftp.round-trip").message, HasSubstr("still there"));
}

TEST_F(FtpTest, DeletesWhatAnEarlyEndWouldLeave) {
  FtpServer closing;
  closing.close_after_upload = true;
  const Seen seen = look(closing);
  EXPECT_TRUE(closing.files.empty()) << transcript_text(seen.observation);
  EXPECT_EQ(seen.failed(), "round-trip") << transcript_text(seen.observation);

  FtpServer stalling;
  stalling.stall_after_upload = true;
  const Seen waited = look(stalling, {}, std::chrono::seconds(4));
  EXPECT_TRUE(stalling.files.empty()) << transcript_text(waited.observation);
  EXPECT_EQ(waited.failed(), "") << transcript_text(waited.observation);
  EXPECT_EQ(waited.judge("ftp.round-trip").verdict, Verdict::inconclusive);
}

TEST_F(FtpTest, TellsOfAFileThatItCouldNotDelete) {
  FtpServer server;
  server.close_after_upload = true;
  server.instead["DELE"] = "550 Permission denied";
  const Seen broken = look(server);
  EXPECT_EQ(broken.failed(), "round-trip") << transcript_text(broken.observation);
  EXPECT_TRUE(broken.observation.has(kFtp.round_trip_abandoned));
  EXPECT_THAT(broken.judge("ftp.round-trip").hint, HasSubstr("drydock-t-1 may be left there"));
  FtpServer keeping;
  keeping.close_after_upload = true;
  keeping.keep_files = true;
  EXPECT_THAT(look(keeping).judge("ftp.round-trip").hint, HasSubstr("may be left there"));
  for (const char* refusal : {"550 Permission denied", "450 busy"}) {
    FtpServer refusing;
    refusing.instead["DELE"] = refusal;
    EXPECT_THAT(look(refusing).judge("ftp.round-trip").hint, HasSubstr("may be left there")) << refusal;
  }
}

TEST_F(FtpTest, TakesAFileForGoneThatIsNotListed) {
  FtpServer server;
  server.files["readme"] = "hello";
  server.close_after_upload = true;
  server.discard_uploads = true;
  server.instead["DELE"] = "550 drydock-t-1: No such file or directory";
  const Seen seen = look(server);
  EXPECT_FALSE(seen.observation.has(kFtp.round_trip_abandoned)) << transcript_text(seen.observation);
  EXPECT_THAT(seen.judge("ftp.round-trip").hint, testing::Not(HasSubstr("may be left")));
}

/// Two addresses of one host share their files, and so may two probes: what the one is at work with is not the other's.
TEST_F(FtpTest, RoundTripsOfOneNameDoNotMeet) {
  for (const char* name : {"probe.txt", "probe", ".probe", "a.tar.gz"}) {
    FtpServer server;
    const auto named = [&](const std::string& token) {
      return [&, token](Subject& subject) {
        subject.token = token;
        subject.parameters.set("round_trip", std::string(name));
      };
    };
    std::optional<Seen> within;
    server.after_upload = [&] { within = look(server, named("run-2")); };
    const Seen around = look(server, named("run-1"));
    ASSERT_TRUE(within);
    for (const Seen* seen : std::initializer_list<const Seen*>{&around, &*within}) {
      const Judgement judgement = seen->judge("ftp.round-trip");
      EXPECT_EQ(judgement.verdict, Verdict::pass) << name << judgement.message << transcript_text(seen->observation);
    }
    EXPECT_TRUE(server.files.empty()) << server.files.begin()->first;
  }
}

TEST_F(FtpTest, AFixedNameIsGivenTheTokenAndKeepsItsEnding) {
  const auto stored = [&](const std::string& name, const std::string& token) {
    FtpServer server;
    std::string file;
    server.after_upload = [&] { file = server.files.empty() ? "" : server.files.begin()->first; };
    const Seen seen = look(server, [&](Subject& subject) {
      subject.token = token;
      subject.parameters.set("round_trip", name);
    });
    EXPECT_EQ(seen.failed(), "") << transcript_text(seen.observation);
    EXPECT_THAT(seen.judge("ftp.round-trip").actual, HasSubstr("octets"));
    return file;
  };
  EXPECT_EQ(stored("probe.txt", "run-1"), "probe-run-1.txt");
  EXPECT_EQ(stored("a.tar.gz", "run-1"), "a.tar-run-1.gz");
  EXPECT_EQ(stored(".probe", "run-1"), ".probe-run-1");
  EXPECT_EQ(stored("drydock-run-1", "run-1"), "drydock-run-1");
  EXPECT_EQ(stored("drydock-run-1.txt", "run-1"), "drydock-run-1.txt");
}

TEST_F(FtpTest, TouchesNoFileThatIsThereAlready) {
  FtpServer server;
  server.files["index.html"] = "the live page";
  const Seen seen = look(server, [](Subject& s) { s.parameters.set("round_trip", std::string("index.html")); });
  EXPECT_EQ(server.files["index.html"], "the live page") << transcript_text(seen.observation);
  const Judgement judgement = seen.judge("ftp.round-trip");
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
  EXPECT_THAT(judgement.message, HasSubstr("index.html is there already, so nothing was uploaded"));
  EXPECT_EQ(seen.judge("ftp.passive-address").verdict, Verdict::pass);

  FtpServer taken;
  taken.files["index-t-1.html"] = "another's";
  const Seen met = look(taken, [](Subject& s) { s.parameters.set("round_trip", std::string("index.html")); });
  EXPECT_EQ(taken.files["index-t-1.html"], "another's") << transcript_text(met.observation);
  EXPECT_EQ(met.judge("ftp.round-trip").verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace drydock::test
