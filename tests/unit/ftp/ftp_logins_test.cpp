// Who may log in, and how.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "probes/ftp/facts.hpp"
#include "tests/support/reply.hpp"
#include "tests/unit/ftp/ftp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;

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

TEST_F(FtpTest, WhatIsOffOrWithheldIsNotTried) {
  int logins = 0;
  std::vector<std::string> checks;
  for (const CheckCost& cost : kFtpType.costs(with_everything(ftp_subject({"127.0.0.1", 21})))) {
    logins += cost.wrong_logins;
    checks.emplace_back(cost.check);
  }
  EXPECT_EQ(logins, 3) << "anonymous ones in clear and inside TLS, and a wrong password";
  EXPECT_THAT(checks, testing::ElementsAre("ftp.anonymous", "ftp.clear-login", "ftp.wrong-password"));
  for (const bool off : {true, false}) {
    FtpServer server;
    const Seen seen = look(server, [&](Subject& s) { (off ? s.switched_off : s.withheld) = checks; });
    EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::pass);
    EXPECT_FALSE(seen.observation.has(kFtp.wrong_password));
    EXPECT_FALSE(seen.observation.has(kFtp.anonymous));
    EXPECT_FALSE(seen.observation.has(kFtp.anonymous_clear));
    EXPECT_FALSE(seen.observation.has(kFtp.clear));
  }
}

TEST_F(FtpTest, WhereNobodyIsLetInARefusalOfStrangersProvesNothing) {
  Observation seen;
  seen.set(kFtp.anonymous, reply("530 no"));
  seen.set(kFtp.anonymous_clear, reply("530 no"));
  const Subject subject = with_everything(ftp_subject({"127.0.0.1", 21}));
  EXPECT_EQ(judge_ftp("ftp.anonymous", seen, subject).verdict, Verdict::pass) << "no other login is known";
  seen.set(kFtp.login, reply("530 Login incorrect."));
  EXPECT_EQ(judge_ftp("ftp.anonymous", seen, subject).verdict, Verdict::inconclusive);
  EXPECT_THAT(judge_ftp("ftp.anonymous", seen, subject).message, HasSubstr("but so is that of jim"));
  seen.set(kFtp.login, reply("230 in"));
  EXPECT_EQ(judge_ftp("ftp.anonymous", seen, subject).verdict, Verdict::pass);
}

TEST_F(FtpTest, ARefusalThatNamesTheHomeDoubtsNoPassword) {
  const Subject subject = with_everything(ftp_subject({"127.0.0.1", 21}));
  for (const char* words : {"500 OOPS: cannot change directory:/home/jim",
                            "530 User jim: home directory not accessible", "530 Login incorrect."}) {
    Observation seen;
    seen.set(kFtp.login, reply(words));
    const Judgement judgement = judge_ftp("ftp.login", seen, subject);
    EXPECT_EQ(judgement.verdict, Verdict::fail) << words;
    const bool doubted = judgement.message.find("password itself") != std::string::npos;
    EXPECT_EQ(doubted, std::string(words) == "530 Login incorrect.") << judgement.message;
  }
}

TEST_F(FtpTest, ARefusalThatSpeaksOfTheProberSaysNothingOfTheLogin) {
  const Subject subject = with_everything(ftp_subject({"127.0.0.1", 21}));
  for (const char* words : {"530 Your IP is banned", "530 Access denied: your IP is blocked"}) {
    Observation seen;
    for (const auto* fact : {&kFtp.login, &kFtp.anonymous, &kFtp.anonymous_clear, &kFtp.clear})
      seen.set(*fact, reply(words));
    for (const char* id : {"ftp.login", "ftp.anonymous", "ftp.clear-login"}) {
      EXPECT_EQ(judge_ftp(id, seen, subject).verdict, Verdict::inconclusive) << id << words;
      EXPECT_THAT(judge_ftp(id, seen, subject).message, testing::Not(HasSubstr("password"))) << id;
    }
  }
}

TEST_F(FtpTest, WhereALaterConnectionIsTurnedAwayTheWholeIsTriedAgain) {
  FtpServer server;
  const ScriptedPeer peer({server.script(), {say("421 Too many connections (3) from this IP"), hang_up()}},
                          {.certificate = ca_.issue({.names = {"ftp.test"}})});
  Subject subject = with_everything(ftp_subject(peer.endpoint()));
  subject.surroundings.trust = ca_.trust_file();
  EXPECT_TRUE(observe(kFtpType, subject).put_off);
  EXPECT_FALSE(look(server).observation.put_off);
}

TEST_F(FtpTest, APasswordOfTwoLinesIsNoSecondCommand) {
  FtpServer server;
  const Seen seen = look(server, [](Subject& s) {
    Account account = *s.parameters.account("as");
    account.password = Secret::of("jim", "Sesame-7\r\nDELE precious");
    s.parameters.set("as", account);
  });
  EXPECT_EQ(seen.failed(), "") << transcript_text(seen.observation);
  EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::inconclusive);
  EXPECT_THAT(seen.judge("ftp.login").message, HasSubstr("holds 2 lines"));
  for (const auto& line : seen.heard) EXPECT_THAT(line, testing::Not(HasSubstr("DELE precious")));
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
    subject.surroundings.trust = ca_.trust_file();
    const Observation seen = observe(kFtpType, subject);
    EXPECT_EQ(failed(seen, subject), "") << transcript_text(seen);
    EXPECT_EQ(with_verdict(Verdict::inconclusive, seen, subject),
              "clear-login anonymous login wrong-password passive-address round-trip");
    for (const char* id : {"ftp.clear-login", "ftp.anonymous", "ftp.login", "ftp.round-trip"})
      EXPECT_THAT(judge_ftp(id, seen, subject).message, HasSubstr(words)) << id;
  }
  const ScriptedPeer cut({server.script(), {hang_up()}}, {.certificate = ca_.issue({.names = {"ftp.test"}})});
  Subject subject = with_everything(ftp_subject(cut.endpoint()));
  subject.surroundings.trust = ca_.trust_file();
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

}  // namespace
}  // namespace drydock::test
