#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

/// The time limit is each connection's, and what is not wanted is not done.
namespace drydock::test {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// ---- patience

TEST(SmtpPatience, ASlowGreetingOnEachConnectionIsWaitedFor) {
  SmtpScene scene;
  scene.server.thinks_before_greeting = milliseconds(700);
  scene.connection = std::chrono::seconds(4);
  scene.patience = std::chrono::minutes(2);
  EXPECT_EQ(scene.with(Verdict::inconclusive), "") << transcript_text(*scene.seen);
  EXPECT_EQ(scene.red(), "");
  EXPECT_GT(scene.seen->transcript.lines().back().at, scene.connection) << "longer than one connection may take";
}

TEST(SmtpPatience, SlowAnswersAreDividedAmongConnections) {
  SmtpScene scene;
  scene.subject.parameters = {};
  std::vector<std::string> many;
  for (int i = 0; i < 6; ++i) many.push_back("user-" + std::to_string(i) + "@mail.test");
  for (const std::string& one : many) scene.server.recipients[one] = "250 OK";
  scene.subject.parameters.set("recipients", many);
  scene.server.thinks_at_rcpt = milliseconds(1000);
  scene.connection = std::chrono::seconds(6);
  scene.patience = std::chrono::minutes(2);
  EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::pass) << transcript_text(*scene.seen);
  EXPECT_FALSE(scene.seen->error);
}

TEST(SmtpPatience, ATimeOutSaysWhoseTimeWasOver) {
  SmtpScene scene;
  scene.server.stalls_at = "RCPT TO:<kathy";
  scene.connection = std::chrono::seconds(5);
  scene.patience = std::chrono::minutes(2);
  const Judgement judgement = scene.judge("smtp.recipients");
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
  EXPECT_THAT(judgement.message, HasSubstr("no reply to RCPT TO:<kathy@mail.test> within "));
  EXPECT_THAT(judgement.message, HasSubstr("one connection may take 5s (`timeout`)"));
  EXPECT_EQ(scene.red(), "") << transcript_text(*scene.seen);
  EXPECT_EQ(scene.judge("smtp.unknown-recipient").verdict, Verdict::pass);
}

TEST(SmtpPatience, SilenceIsWaitedForTwiceAtMost) {
  SmtpScene scene;
  scene.server.stalls_at = "AUTH";
  scene.connection = std::chrono::seconds(4);
  scene.patience = std::chrono::minutes(2);
  scene.observe();
  EXPECT_THAT(scene.heard, Not(Contains(StartsWith("MAIL"))));
  EXPECT_THAT(scene.judge("smtp.auth").message, HasSubstr("no reply to AUTH PLAIN *** within"));
}

TEST(SmtpPatience, ASilentHostIsDialledOnceForAGreetingAndOnceForTls) {
  SmtpScene scene;
  ScriptedPeer peer({stall()});
  scene.subject.target.port = peer.port();
  const auto probe = scene.type.make(scene.subject.parameters);
  const ProbeContext context{scene.subject, Clock::now() + std::chrono::minutes(2), nullptr, milliseconds(300)};
  scene.seen = std::make_unique<Observation>();
  run_on_loop([&] { return probe->run(context, *scene.seen); });
  EXPECT_EQ(peer.connections(), 2U);
  EXPECT_EQ(scene.judge("smtp.greeting").verdict, Verdict::inconclusive);
  EXPECT_THAT(scene.judge("smtp.greeting").message, HasSubstr("no greeting within 0.3 s"));
}

// ---- order, and what is not wanted

std::size_t place_of(const std::vector<std::string>& lines, std::string_view start) {
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].starts_with(start)) return i;
  return lines.size();
}

TEST(SmtpOrder, WrongLoginsComeAfterAllThatNeedsARightOne) {
  SmtpScene scene;
  scene.implicit = true;
  scene.server.implicit = true;
  scene.server.demands_auth = true;
  scene.subject.parameters.set("tls", std::string("implicit"));
  scene.observe();
  std::erase(scene.heard, "QUIT");  // each may come after the next connection's greeting
  const std::vector<std::string> last(scene.heard.end() - 3, scene.heard.end());
  EXPECT_THAT(last, ElementsAre(StartsWith("EHLO"), StartsWith("AUTH"), StartsWith("AUTH")));
  EXPECT_LT(place_of(scene.heard, "RCPT TO:<kathy"), scene.heard.size() - 3);
}

TEST(SmtpOrder, AnAccountThatWasRefusedIsNotTriedAgainForMail) {
  SmtpScene scene;
  scene.implicit = true;
  scene.server.implicit = true;
  scene.server.passwords.clear();
  scene.subject.parameters.set("tls", std::string("implicit"));
  scene.observe();
  std::size_t logins = 0;
  for (const std::string& line : scene.heard) logins += line.starts_with("AUTH") ? 1 : 0;
  EXPECT_EQ(logins, 4U) << "PLAIN, LOGIN, and two that are wrong on purpose";
}

TEST(SmtpUnwanted, UntestedWrongPasswordsAreNotSent) {
  SmtpScene scene;
  scene.subject.parameters.set("wrong_password", std::string("untested"));
  EXPECT_EQ(scene.judge("smtp.auth-wrong-password").verdict, Verdict::skip);
  std::size_t logins = 0;
  for (const std::string& line : scene.heard) logins += line.starts_with("AUTH") ? 1 : 0;
  EXPECT_EQ(logins, 3U) << "without TLS, PLAIN, LOGIN";
}

/// The lines that begin so, with nothing switched off and with `check` switched off.
std::pair<std::size_t, std::size_t> heard_with_and_without(const std::string& check, std::string_view start) {
  std::pair<std::size_t, std::size_t> counts;
  for (const bool off : {false, true}) {
    SmtpScene scene;
    scene.subject.parameters.set("scanner", scanner_that_refuses());
    if (off) scene.subject.switched_off = {check};
    scene.observe();
    for (const std::string& line : scene.heard)
      if (line.starts_with(start)) ++(off ? counts.second : counts.first);
  }
  return counts;
}

TEST(SmtpUnwanted, WhatIsSwitchedOffIsNotDone) {
  using Counts = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(heard_with_and_without("smtp.auth-wrong-password", "AUTH"), Counts(5, 3));
  EXPECT_EQ(heard_with_and_without("smtp.auth", "AUTH"), Counts(5, 3));
  EXPECT_EQ(heard_with_and_without("smtp.auth-clear", "AUTH"), Counts(5, 4));
  EXPECT_EQ(heard_with_and_without("smtp.scanner", "DATA"), Counts(2, 0));
  EXPECT_EQ(heard_with_and_without("smtp.unknown-recipient", "RCPT TO:<no-such-user"), Counts(1, 0));
  EXPECT_EQ(heard_with_and_without("smtp.null-sender", "MAIL FROM:<>"), Counts(1, 0));
  EXPECT_EQ(heard_with_and_without("smtp.starttls", "NOOP"), Counts(1, 0));
  EXPECT_EQ(heard_with_and_without("smtp.postmaster", "RCPT TO:<postmaster>"), Counts(1, 1)) << "others stand on it";
}

TEST(SmtpUnwanted, WhatExpectSpeaksOfIsDoneThough) {
  SmtpScene scene;
  scene.subject.switched_off = {"smtp.unknown-recipient"};
  scene.subject.expected.facts = {"unknown"};
  scene.observe();
  EXPECT_THAT(scene.heard, Contains(StartsWith("RCPT TO:<no-such-user")));
}

TEST(SmtpUnwanted, WhatIsWithheldIsNotDoneWhateverIsExpected) {
  SmtpScene scene;
  scene.subject.withheld = {"smtp.unknown-recipient", "smtp.auth-wrong-password"};
  scene.subject.expected.facts = {"unknown", "wrong_password"};
  scene.observe();
  EXPECT_THAT(scene.heard, Not(Contains(StartsWith("RCPT TO:<no-such-user"))));
  EXPECT_FALSE(scene.seen->has(kSmtp.wrong_password));
}

TEST(SmtpUnwanted, WhatMustBeRefusedHasItsCost) {
  SmtpScene scene;
  scene.subject.expected.domains = {"mail.test", "other.test"};
  std::map<std::string_view, int> refusals, logins;
  for (const CheckCost& cost : kSmtpType.costs(scene.subject)) {
    refusals[cost.check] = cost.refusals;
    logins[cost.check] = cost.wrong_logins;
  }
  EXPECT_EQ(refusals["smtp.unknown-recipient"], 2);
  EXPECT_EQ(refusals["smtp.auth-clear"], 1);
  EXPECT_EQ(logins["smtp.auth-wrong-password"], 2);
  scene.subject.parameters.set("unknown", std::string("accepted"));
  scene.subject.parameters.set("wrong_password", std::string("untested"));
  for (const CheckCost& cost : kSmtpType.costs(scene.subject)) EXPECT_EQ(cost.check, "smtp.auth-clear");
}

// ---- a refused login

TEST(SmtpAuth, ARefusedLoginDoubtsThePasswordToo) {
  SmtpScene scene;
  scene.subject.parameters.set(
      "as", Account{"jim", "jim", "jim@mail.test", Secret::of("jim", "\xEF\xBB\xBFSesame-7 \nof jim")});
  const Judgement judgement = scene.judge("smtp.auth");
  EXPECT_EQ(judgement.verdict, Verdict::fail);
  EXPECT_THAT(judgement.message,
              HasSubstr("the password itself may be wrong: it begins with a byte order mark, holds 2 lines"));
  EXPECT_THAT(judgement.message, Not(HasSubstr("Sesame")));
  EXPECT_THAT(judgement.message, Not(HasSubstr("right password")));
}

}  // namespace
}  // namespace drydock::test
