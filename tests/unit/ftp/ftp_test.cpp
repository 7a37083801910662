// The whole probe against a small FTP server, healthy and with one fault at a time.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/ftp/facts.hpp"
#include "tests/support/reply.hpp"
#include "tests/unit/ftp/ftp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Seen {
  Observation observation;
  Subject subject;
  std::vector<std::string> heard;

  [[nodiscard]] std::string failed() const { return test::failed(observation, subject); }
  [[nodiscard]] std::string unclear() const { return with_verdict(Verdict::inconclusive, observation, subject); }
  [[nodiscard]] Judgement judge(std::string_view id) const { return judge_ftp(id, observation, subject); }
};

class FtpTest : public testing::Test {
protected:
  Seen look(FtpServer& server, const std::function<void(Subject&)>& change = {},
            Duration patience = std::chrono::seconds(20), bool proves_itself = true) {
    const ScriptedPeer peer(server.script(),
                            {.certificate = ca_.issue({.names = {"ftp.test"}}), .proves_itself = proves_itself});
    Subject subject = with_everything(ftp_subject(peer.endpoint()));
    subject.trust = ca_.trust_file();
    if (change) change(subject);
    Observation seen = observe(kFtpType, subject, patience);
    return {std::move(seen), std::move(subject), peer.heard()};
  }

  TestCa ca_;
};

TEST_F(FtpTest, AHealthyServerIsGreen) {
  FtpServer server;
  server.files["readme"] = "hello";
  const Seen seen = look(server);
  EXPECT_EQ(seen.observation.error, std::nullopt) << transcript_text(seen.observation);
  EXPECT_EQ(seen.failed(), "") << transcript_text(seen.observation);
  EXPECT_EQ(seen.unclear(), "") << transcript_text(seen.observation);
  EXPECT_EQ(with_verdict(Verdict::skip, seen.observation, seen.subject), "");
  EXPECT_EQ(seen.observation.get(kFtp.welcome)->text(), "220 ftp.test ready");
  EXPECT_EQ(seen.observation.get(kFtp.login)->code, 230);
  EXPECT_EQ(seen.observation.get(kFtp.wrong_password)->code, 530);
  EXPECT_EQ(*seen.observation.get(kFtp.passive_address), "127.0.0.1");
  EXPECT_EQ(*seen.observation.get(kFtp.round_trip_size), 1024 * 1024);
  EXPECT_THAT(*seen.observation.get(kFtp.features), ElementsAre("AUTH TLS", "SIZE"));
  EXPECT_THAT(*seen.observation.get(kFtp.files), ElementsAre("readme"));
  EXPECT_THAT(*seen.observation.get(kFtpTls.names), ElementsAre("ftp.test"));
  EXPECT_EQ(server.files.size(), 1u);
  EXPECT_THAT(transcript_text(seen.observation), testing::Not(HasSubstr("right-horse-42")));
}

TEST_F(FtpTest, ThePasswordNeverCrossesInClear) {
  FtpServer server;
  server.tls_required = false;
  server.instead["AUTH"] = "500 AUTH not understood";
  const Seen seen = look(server);
  EXPECT_EQ(seen.failed(), "tls clear-login");
  EXPECT_THAT(seen.heard, testing::Not(testing::Contains(HasSubstr("right-horse-42"))));
  EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::inconclusive);
}

TEST_F(FtpTest, KeepsThePasswordFromACertificateThatDoesNotProveTheName) {
  FtpServer server;
  for (const auto& change : std::vector<std::function<void(Subject&)>>{[](Subject& s) { s.trust.clear(); },
                                                                       [](Subject& s) { s.name = "other.test"; }}) {
    const Seen seen = look(server, change, std::chrono::seconds(20), false);
    EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::inconclusive) << transcript_text(seen.observation);
    EXPECT_THAT(seen.judge("ftp.login").message, HasSubstr("the password was not sent"));
    EXPECT_THAT(seen.heard, testing::Not(testing::Contains(HasSubstr("right-horse-42"))));
  }
}

TEST_F(FtpTest, RefusesAnAccountWithoutTls) {
  Subject subject = with_everything(ftp_subject({"127.0.0.1", 21}));
  subject.parameters.set("tls", std::string("none"));
  const auto problems = kFtpType.validate(subject.parameters);
  EXPECT_TRUE(std::any_of(problems.begin(), problems.end(), [](const auto& one) { return one.parameter == "as"; }));
}

TEST_F(FtpTest, TellsOpenDoors) {
  FtpServer clear;
  clear.tls_required = false;
  const Seen in_clear = look(clear);
  EXPECT_EQ(in_clear.failed(), "clear-login");
  EXPECT_THAT(in_clear.judge("ftp.clear-login").message, HasSubstr("331"));
  EXPECT_EQ(look(clear, [](Subject& s) { s.parameters.set("clear", std::string("allowed")); }).failed(), "");

  FtpServer anonymous;
  anonymous.anonymous = true;
  const Seen anybody = look(anonymous);
  EXPECT_EQ(anybody.failed(), "anonymous");
  EXPECT_THAT(anybody.judge("ftp.anonymous").actual, HasSubstr("230"));
  EXPECT_EQ(look(anonymous, [](Subject& s) { s.parameters.set("anonymous", std::string("allowed")); }).failed(), "");
}

TEST_F(FtpTest, TriesAnonymousLoginsWithoutTlsToo) {
  FtpServer server;
  server.tls_required = false;
  server.anonymous_in_clear = true;
  const Seen seen = look(server, [](Subject& s) { s.parameters.set("clear", std::string("allowed")); });
  EXPECT_EQ(seen.failed(), "anonymous") << transcript_text(seen.observation);
  EXPECT_THAT(seen.judge("ftp.anonymous").message, HasSubstr("without TLS: 230"));
}

TEST_F(FtpTest, TellsClosedDoorsThatShouldBeOpen) {
  FtpServer server;
  EXPECT_EQ(look(server, [](Subject& s) { s.parameters.set("anonymous", std::string("allowed")); }).failed(),
            "anonymous");
  EXPECT_EQ(look(server, [](Subject& s) { s.parameters.set("clear", std::string("allowed")); }).failed(),
            "clear-login");
  EXPECT_EQ(look(server, [](Subject& s) { s = with_account(s, "wrong"); }).failed(), "login");
}

TEST_F(FtpTest, JudgesThePassiveAddressAndNeverDialsIt) {
  FtpServer inner;
  inner.advertise = "10,0,0,5";
  const Seen seen = look(inner);
  EXPECT_EQ(seen.failed(), "passive-address");
  EXPECT_EQ(seen.unclear(), "") << transcript_text(seen.observation);
  EXPECT_THAT(seen.judge("ftp.passive-address").actual, HasSubstr("10,0,0,5"));
  EXPECT_THAT(seen.judge("ftp.passive-address").reproduce, HasSubstr("curl"));
  EXPECT_EQ(look(inner, [](Subject& s) { s.expected_facts = {"passive.address"}; }).failed(), "");
  FtpServer public_one;
  public_one.advertise = "192,0,2,5";
  EXPECT_EQ(look(public_one).judge("ftp.passive-address").verdict, Verdict::warn);
}

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

TEST_F(FtpTest, TellsGreetingsApart) {
  const auto greeted = [](const std::string& greeting) {
    const ScriptedPeer peer({say(greeting)});
    const Subject subject = with_everything(ftp_subject(peer.endpoint()));
    const Observation seen = observe(kFtpType, subject);
    EXPECT_EQ(with_verdict(Verdict::pass, seen, subject), "") << greeting;
    return std::pair(failed(seen, subject), judge_ftp("ftp.greeting", seen, subject).verdict);
  };
  using testing::Pair;
  EXPECT_THAT(greeted("500 Sorry, no server available to handle request on 127.0.0.1"),
              Pair("greeting", Verdict::fail));
  EXPECT_THAT(greeted("421 too many connections"), Pair("", Verdict::inconclusive));
  EXPECT_THAT(greeted("SSH-2.0-OpenSSH_9.2"), Pair("greeting", Verdict::fail));
}

TEST_F(FtpTest, WarnsOfAWrongNameInTheGreeting) {
  const auto verdict = [](const std::string& greeting) {
    Observation seen;
    seen.set(kFtp.welcome, reply(greeting));
    return judge_ftp("ftp.greeting", seen, ftp_subject({"127.0.0.1", 21})).verdict;
  };
  EXPECT_EQ(verdict("220 drydock.test FTP ready"), Verdict::warn);
  EXPECT_EQ(verdict("220 ftp.test FTP ready"), Verdict::pass);
  EXPECT_EQ(verdict("220 my-drydock.test.example FTP ready"), Verdict::pass);
}

TEST_F(FtpTest, TellsARefusedPortAndASilentOne) {
  std::uint16_t port = 0;
  {
    const ScriptedPeer gone(Script{});
    port = gone.port();
  }
  const Subject subject = with_everything(ftp_subject({"127.0.0.1", port}));
  EXPECT_EQ(failed(observe(kFtpType, subject), subject), "greeting");
  const ScriptedPeer silent({stall()});
  const Subject waiting = with_everything(ftp_subject(silent.endpoint()));
  const Observation waited = observe(kFtpType, waiting, std::chrono::milliseconds(300));
  EXPECT_EQ(failed(waited, waiting), "");
  EXPECT_EQ(with_verdict(Verdict::pass, waited, waiting), "");
}

TEST_F(FtpTest, TellsPassivePortsThatAreClosed) {
  FtpServer server;
  server.instead["PASV"] = "227 Entering Passive Mode (127,0,0,1,0,1).";  // nobody listens on port 1
  const Seen seen = look(server);
  EXPECT_EQ(seen.failed(), "passive-address") << transcript_text(seen.observation);
  EXPECT_EQ(seen.judge("ftp.round-trip").verdict, Verdict::inconclusive);
  FtpServer refusing;
  refusing.instead["PASV"] = "502 no passive mode";
  EXPECT_EQ(look(refusing).failed(), "passive-address");
}

/// A port of 127.0.0.1 that drops what comes: a listener whose queue is full.
class SilentPort {
public:
  SilentPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, plain, size), 0);
    EXPECT_EQ(::listen(listener_, 0), 0);
    EXPECT_EQ(::getsockname(listener_, plain, &size), 0);
    port_ = ntohs(address.sin_port);
    for (int& filler : fillers_) {
      filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void)::connect(filler, plain, size);
    }
  }
  ~SilentPort() {
    for (const int filler : fillers_) ::close(filler);
    ::close(listener_);
  }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  [[nodiscard]] std::string numbers() const { return fmt::format("127,0,0,1,{},{}", port_ / 256, port_ % 256); }

private:
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  int fillers_[3] = {};
};

TEST_F(FtpTest, ASilentDataPortBesideALivingControlConnectionFails) {
  const SilentPort silent;
  FtpServer server;
  server.instead["PASV"] = "227 Entering Passive Mode (" + silent.numbers() + ").";
  const Seen seen = look(server, {}, std::chrono::seconds(6));
  EXPECT_EQ(seen.failed(), "passive-address") << transcript_text(seen.observation);
  EXPECT_THAT(seen.judge("ftp.passive-address").message, HasSubstr("takes no connection (timeout)"));
  EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::pass);
  EXPECT_EQ(seen.judge("ftp.round-trip").verdict, Verdict::inconclusive);
}

TEST_F(FtpTest, ReadsAddressesWithoutParenthesesAndQuotesWhatItCantRead) {
  FtpServer bare;
  bare.bare_passive = true;
  EXPECT_EQ(look(bare).judge("ftp.passive-address").verdict, Verdict::pass);
  FtpServer broken;
  broken.instead["PASV"] = "227 Entering Passive Mode, somewhere";
  const Seen seen = look(broken);
  EXPECT_EQ(seen.failed(), "passive-address") << transcript_text(seen.observation);
  EXPECT_THAT(seen.judge("ftp.passive-address").message, HasSubstr("227 Entering Passive Mode, somewhere"));
  FtpServer extended;
  extended.instead["EPSV"] = "229 Extended Passive Mode OK";
  const ScriptedPeer peer(extended.script(), {.address = "::1", .certificate = ca_.issue({.names = {"ftp.test"}})});
  Subject subject = with_everything(ftp_subject(peer.endpoint()));
  subject.trust = ca_.trust_file();
  subject.vantage.address.clear();
  const Observation over_ipv6 = observe(kFtpType, subject);
  const Judgement judgement = judge_ftp("ftp.passive-address", over_ipv6, subject);
  EXPECT_EQ(judgement.verdict, Verdict::fail) << transcript_text(over_ipv6);
  EXPECT_THAT(judgement.message, HasSubstr("229 Extended Passive Mode OK"));
}

TEST_F(FtpTest, ALongListingIsNobodysFault) {
  FtpServer server;
  for (int i = 0; i < 30000; ++i) server.files[fmt::format("a-file-with-a-rather-long-name-{:06}", i)] = "";
  const Seen seen = look(server);
  EXPECT_EQ(seen.failed(), "") << seen.judge("ftp.passive-address").message;
  EXPECT_EQ(seen.judge("ftp.passive-address").verdict, Verdict::pass);
  server.files[std::string(5000, 'x')] = "";
  server.listed_under = std::string(200, 'd') + "/";
  const Seen longer = look(server);
  EXPECT_EQ(longer.failed(), "");
  EXPECT_EQ(longer.judge("ftp.passive-address").verdict, Verdict::inconclusive);
  EXPECT_THAT(longer.judge("ftp.passive-address").message, HasSubstr("the server sends more than"));
}

TEST_F(FtpTest, ComparesListingsByTheLastComponent) {
  FtpServer server;
  server.files["readme"] = "hello";
  server.listed_under = "/home/jim/";
  const Seen seen = look(server);
  EXPECT_EQ(seen.failed(), "") << transcript_text(seen.observation);
  EXPECT_EQ(seen.judge("ftp.round-trip").verdict, Verdict::pass);
  EXPECT_THAT(*seen.observation.get(kFtp.files), ElementsAre("readme"));
  server.keep_files = true;
  EXPECT_THAT(look(server).judge("ftp.round-trip").message, HasSubstr("still there"));
}

TEST_F(FtpTest, ToBeSentAwayWithoutTlsIsARefusalWhereTlsIsTaken) {  // Pure-FTPd with TLS=2
  for (const std::string refusal : {"421 Sorry, cleartext sessions are not accepted on this server.", ""}) {
    FtpServer server;
    server.refusal_in_clear = refusal;
    const Seen seen = look(server);
    EXPECT_EQ(seen.failed() + seen.unclear(), "") << refusal << transcript_text(seen.observation);
    EXPECT_EQ(seen.judge("ftp.clear-login").verdict, Verdict::pass);
    const Seen locked = look(server, [](Subject& s) { s = with_account(s, "wrong"); });
    EXPECT_EQ(locked.judge("ftp.clear-login").verdict, Verdict::inconclusive) << "nobody gets in: why is not known";
    const Seen wanted = look(server, [](Subject& s) { s.parameters.set("clear", std::string("allowed")); });
    EXPECT_EQ(wanted.judge("ftp.clear-login").verdict, Verdict::inconclusive);
  }
}

TEST_F(FtpTest, TooManyConnectionsAreNobodysFault) {
  FtpServer server;
  for (const std::string words : {"421 Too many connections (2) from this IP", "530 Sorry, too many users"}) {
    const ScriptedPeer peer({server.script(), {say(words)}}, {.certificate = ca_.issue({.names = {"ftp.test"}})});
    Subject subject = with_everything(ftp_subject(peer.endpoint()));
    subject.trust = ca_.trust_file();
    const Observation seen = observe(kFtpType, subject);
    EXPECT_EQ(failed(seen, subject), "") << transcript_text(seen);
    EXPECT_EQ(with_verdict(Verdict::inconclusive, seen, subject),
              "clear-login anonymous login wrong-password passive-address round-trip");
    for (const char* id : {"ftp.clear-login", "ftp.anonymous", "ftp.login", "ftp.round-trip"})
      EXPECT_THAT(judge_ftp(id, seen, subject).message, HasSubstr(words)) << id;
  }
  const ScriptedPeer cut({server.script(), {hang_up()}}, {.certificate = ca_.issue({.names = {"ftp.test"}})});
  Subject subject = with_everything(ftp_subject(cut.endpoint()));
  subject.trust = ca_.trust_file();
  const Observation seen = observe(kFtpType, subject);
  EXPECT_EQ(failed(seen, subject), "") << transcript_text(seen);
  EXPECT_THAT(judge_ftp("ftp.greeting", seen, subject).message, HasSubstr("took no later one"));
}

TEST_F(FtpTest, ProFtpdsCrowdIsNobodysFault) {
  Observation seen;
  const Subject subject = with_everything(ftp_subject({"127.0.0.1", 21}));
  for (const char* words : {"530 Sorry, the maximum number of allowed clients (4) already connected",
                            "530 Sorry, the maximum number clients (2) from your host are already connected."}) {
    seen.set(kFtp.login, reply(words));
    EXPECT_EQ(judge_ftp("ftp.login", seen, subject).verdict, Verdict::inconclusive) << words;
  }
  seen.set(kFtp.login, reply("530 Login incorrect."));
  EXPECT_EQ(judge_ftp("ftp.login", seen, subject).verdict, Verdict::fail);
}

TEST_F(FtpTest, TooManyUsersAtTheLoginAreNobodysFault) {
  for (const std::string words :
       {"530 Sorry, too many users are logged in", "421 50 users (the maximum) are already logged in, sorry",
        "421 Too many connections (8) from this IP", "530 Maximum login sessions reached"}) {
    Observation seen;
    const Subject subject = with_everything(ftp_subject({"127.0.0.1", 21}));
    seen.set(kFtp.welcome, reply(words));
    seen.set(kFtp.login, reply("230 in"));
    seen.set(kFtp.clear, reply(words));
    seen.set(kFtp.anonymous, reply(words));
    seen.set(kFtp.anonymous_clear, reply("530 no"));
    seen.set(kFtp.wrong_password, reply(words));
    const std::vector<std::string> ids{"ftp.greeting", "ftp.clear-login", "ftp.anonymous", "ftp.wrong-password"};
    for (const auto& id : ids) EXPECT_EQ(judge_ftp(id, seen, subject).verdict, Verdict::inconclusive) << id << words;
    seen.set(kFtp.anonymous, reply("530 no"));
    seen.set(kFtp.anonymous_clear, reply(words));
    EXPECT_EQ(judge_ftp("ftp.anonymous", seen, subject).verdict, Verdict::inconclusive) << words;
    seen.set(kFtp.login, reply(words));
    EXPECT_EQ(judge_ftp("ftp.login", seen, subject).verdict, Verdict::inconclusive) << words;
    seen.set(kFtp.anonymous_clear, reply("421 cleartext sessions are not accepted on this server"));
    EXPECT_EQ(judge_ftp("ftp.anonymous", seen, subject).verdict, Verdict::pass);
  }
}

TEST_F(FtpTest, AReplyThatAsksForMoreIsNeitherYesNorNo) {
  Subject subject = with_everything(ftp_subject({"127.0.0.1", 21}));
  Observation seen;
  seen.set(kFtp.login, reply("230 in"));
  seen.set(kFtp.wrong_password, reply("332 Need account for login"));
  seen.set(kFtp.anonymous, reply("332 Need account for login"));
  seen.set(kFtp.anonymous_clear, reply("530 no"));
  EXPECT_EQ(judge_ftp("ftp.wrong-password", seen, subject).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_ftp("ftp.anonymous", seen, subject).verdict, Verdict::inconclusive);
  subject.parameters.set("anonymous", std::string("allowed"));
  EXPECT_EQ(judge_ftp("ftp.anonymous", seen, subject).verdict, Verdict::inconclusive);
}

TEST_F(FtpTest, AHangUpIsNoRefusalOfStrangers) {
  for (const bool in_clear : {false, true}) {
    FtpServer server;
    server.cuts_strangers = true;
    server.tls_required = !in_clear;
    server.anonymous_in_clear = in_clear;
    const Seen seen = look(server, [](Subject& s) { s.parameters.set("clear", std::string()); });
    EXPECT_EQ(seen.failed(), in_clear ? "anonymous" : "") << transcript_text(seen.observation);
    EXPECT_EQ(seen.unclear(), in_clear ? "" : "anonymous");
    EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::pass);
    const Seen wanted = look(server, [](Subject& s) { s.parameters.set("anonymous", std::string("allowed")); });
    EXPECT_EQ(wanted.judge("ftp.anonymous").verdict, Verdict::fail);
  }
}

TEST_F(FtpTest, JudgesTlsWhereThePasswordIsWithheld) {
  for (const std::string tls : {"starttls", "implicit"}) {
    FtpServer server;
    server.tls_required = false;
    const ScriptedPeer peer(
        server.script(),
        {.certificate = ca_.issue({.names = {"ftp.test"}}), .implicit_tls = tls == "implicit", .proves_itself = false});
    const Subject subject = with_account(ftp_subject(peer.endpoint(), tls));
    const Observation seen = observe(kFtpType, subject);
    EXPECT_EQ(failed(seen, subject), "certificate-chain") << transcript_text(seen);
    EXPECT_EQ(judge_ftp("ftp.tls", seen, subject).verdict, Verdict::pass);
    EXPECT_EQ(judge_ftp("ftp.greeting", seen, subject).verdict, Verdict::pass);
    EXPECT_EQ(judge_ftp("ftp.login", seen, subject).verdict, Verdict::inconclusive);
    EXPECT_THAT(judge_ftp("ftp.login", seen, subject).message, HasSubstr("the password was not sent"));
  }
}

TEST_F(FtpTest, PreliminaryRepliesAreBounded) {
  const ScriptedPeer patient({say("120 soon"), say("120 sooner"), say("220 ftp.test ready"), hear("FEAT"),
                              say("211 no"), hear("AUTH TLS"), say("500 no"), hear("QUIT"), say("221 bye")});
  const Subject subject = ftp_subject(patient.endpoint());
  EXPECT_EQ(judge_ftp("ftp.greeting", observe(kFtpType, subject), subject).verdict, Verdict::pass);
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += "120 soon\r\n";
  const ScriptedPeer endless({act([&](PeerConnection& connection) {
    while (true) connection.send(flood);
  })});
  const Subject other = ftp_subject(endless.endpoint());
  const Observation seen = observe(kFtpType, other);
  EXPECT_EQ(failed(seen, other), "greeting");
  EXPECT_LT(seen.transcript.lines().size(), 50U);
}

TEST_F(FtpTest, TriesAWrongPasswordUnlessItIsToldNotTo) {
  FtpServer open;
  open.any_password_of = "jim";
  const Seen seen = look(open);
  EXPECT_EQ(seen.failed(), "wrong-password");
  EXPECT_THAT(seen.judge("ftp.wrong-password").message, HasSubstr("a password that nobody has"));
  const Seen untested = look(open, [](Subject& s) { s.parameters.set("wrong_password", std::string("untested")); });
  EXPECT_EQ(untested.failed(), "");
  EXPECT_EQ(untested.judge("ftp.wrong-password").verdict, Verdict::skip);
  EXPECT_THAT(untested.heard, testing::Not(testing::Contains(HasSubstr("PASS wrong-"))));
  FtpServer strict;
  const Seen locked = look(strict, [](Subject& s) { s = with_account(s, "wrong"); });
  EXPECT_EQ(locked.judge("ftp.wrong-password").verdict, Verdict::inconclusive) << "it proves nothing";
}

TEST_F(FtpTest, TakesEmptyFoldersAsSuch) {
  for (const std::string reply : {"450 No files found", "550 No files found"}) {
    FtpServer server;
    server.instead["NLST"] = reply;
    const Seen seen = look(server, [](Subject& s) { s.parameters.set("round_trip", std::string()); });
    EXPECT_EQ(seen.failed(), "") << reply << transcript_text(seen.observation);
    EXPECT_EQ(seen.judge("ftp.passive-address").verdict, Verdict::pass) << reply;
  }
}

TEST_F(FtpTest, JudgesTheCertificate) {
  const TestCa stranger;
  FtpServer server;
  EXPECT_EQ(look(server, [&](Subject& s) { s.trust = stranger.trust_file(); }).failed(), "certificate-chain");
  EXPECT_EQ(look(server, [](Subject& s) { s.name = "other.test"; }).failed(), "certificate-name");
}

TEST_F(FtpTest, AMissingPasswordIsNobodysFault) {
  FtpServer server;
  const Seen seen = look(server, [](Subject& s) {
    Account account{"jim", "jim", "", Secret("jim")};
    account.password.mark_missing("no such file");
    s.parameters.set("as", account);
  });
  EXPECT_EQ(seen.failed(), "");
  EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::inconclusive);
  EXPECT_THAT(seen.judge("ftp.login").message, HasSubstr("no such file"));
}

TEST_F(FtpTest, SkipsWhatIsNotDeclared) {
  FtpServer server;
  const Seen seen = look(server, [](Subject& s) {
    const std::string trust = s.trust;
    s = ftp_subject({s.ip, *s.port});
    s.trust = trust;
  });
  EXPECT_EQ(with_verdict(Verdict::skip, seen.observation, seen.subject),
            "clear-login anonymous login wrong-password passive-address round-trip");
  EXPECT_EQ(seen.failed(), "");
  EXPECT_EQ(seen.unclear(), "");
}

TEST_F(FtpTest, SpeaksImplicitTls) {
  FtpServer server;
  const ScriptedPeer peer(server.script(), {.certificate = ca_.issue({.names = {"ftp.test"}}), .implicit_tls = true});
  Subject subject = with_account(ftp_subject(peer.endpoint(), "implicit"));
  subject.trust = ca_.trust_file();
  server.tls_required = false;
  const Observation seen = observe(kFtpType, subject);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_EQ(with_verdict(Verdict::inconclusive, seen, subject), "") << transcript_text(seen);
}

TEST(FtpParameters, AreCheckedTogether) {
  Parameters nobody;
  nobody.set("round_trip", std::string("f"));
  nobody.set("clear", std::string("refused"));
  EXPECT_EQ(kFtpType.validate(nobody).size(), 2u);
  Parameters right = with_everything(ftp_subject({"127.0.0.1", 21})).parameters;
  EXPECT_EQ(kFtpType.validate(right).size(), 0u);
  right.set("round_trip", std::string("../x"));
  EXPECT_EQ(kFtpType.validate(right).size(), 1u);
}

TEST(FtpChecks, AreNamedAndExplained) {
  for (const CheckSpec& check : kFtpType.checks) {
    EXPECT_TRUE(check.id.starts_with("ftp."));
    EXPECT_FALSE(check.spec.empty() || check.catches.empty() || check.why.empty() || check.by_hand.empty() ||
                 check.mend.empty())
        << check.id;
    const Judgement nothing = check.judge(Observation{}, with_everything(ftp_subject({"127.0.0.1", 21})));
    EXPECT_EQ(nothing.verdict, Verdict::inconclusive) << check.id;
  }
}

}  // namespace
}  // namespace drydock::test
