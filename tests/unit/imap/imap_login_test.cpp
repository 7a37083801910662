#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/imap/imap_fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kTemporary = "* BYE Temporary problem, please try again later";

/// The connection up to LOGIN, which is answered with `answer`.
Script login_gets(const std::string& answer, bool first = true) {
  return (first ? greets() : Script{say("* OK [CAPABILITY IMAP4rev1] ready")}) + Script{hear("d"), say(answer)};
}

TEST(ImapLogin, KeepsThePasswordFromACertificateThatDoesNotProveTheName) {
  CertificateOptions self_signed, other_name, expired;
  self_signed.self_signed = true;
  other_name.names = {"other.test"};
  expired.days_left = -1;
  for (const auto& certificate : {self_signed, other_name, expired}) {
    ImapRun test({greets() + logs_in() + logs_out()}, certificate);
    test.run();
    EXPECT_EQ(test.verdict("imap.login"), Verdict::inconclusive);
    EXPECT_THAT(test.judge("imap.login").message, HasSubstr("the password was not sent"));
    EXPECT_EQ(test.with(Verdict::fail).size(), 1U) << "the certificate's own check";
  }
}

TEST(ImapLogin, FailsOnNo) {
  ImapRun test({login_gets("{tag} NO Login failed.") + logs_out()});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.login"));
  EXPECT_THAT(test.judge("imap.login").actual, HasSubstr("NO Login failed."));
  EXPECT_THAT(test.judge("imap.login").message,
              HasSubstr("the password of the scenario; the password itself may be wrong"));
  EXPECT_EQ(test.verdict("imap.wrong-password"), Verdict::inconclusive);
  EXPECT_EQ(test.peer.connections(), 1u);
}

TEST(ImapLogin, FailsAloneWhenTwoTriesEndInBye) {
  ImapRun test({login_gets(kTemporary) + Script{hang_up()}, login_gets(kTemporary, false) + Script{hang_up()}});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.login"));
  const auto judgement = test.judge("imap.login");
  EXPECT_THAT(judgement.actual, HasSubstr("BYE Temporary problem, please try again later; once more: BYE Temporary"));
  EXPECT_THAT(judgement.hint, HasSubstr("authdaemond"));
  EXPECT_THAT(judgement.hint, HasSubstr("a second account"));
  EXPECT_THAT(judgement.message, HasSubstr("jim can't log in"));
  EXPECT_EQ(test.verdict("imap.wrong-password"), Verdict::inconclusive);
  EXPECT_EQ(test.verdict("imap.greeting"), Verdict::pass);
  EXPECT_EQ(test.verdict("imap.capabilities"), Verdict::pass);
}

TEST(ImapLogin, SaysWhatLooksOddAboutThePassword) {
  for (const auto& [value, odd] : std::vector<std::pair<std::string, std::string>>{
           {"\xEF\xBB\xBFsecret-42", "byte order mark"}, {"secret-42 ", "blank"}, {"secret-42\r", "line end"}}) {
    ImapRun test({login_gets("{tag} NO Login failed.") + logs_out()});
    Account account = jim();
    account.password = Secret::of("jim", value);
    test.plan.account = account;
    test.subject.parameters.set("as", account);
    test.run();
    EXPECT_EQ(test.verdict("imap.login"), Verdict::fail) << transcript_text(test.seen);
    EXPECT_THAT(test.judge("imap.login").message, HasSubstr(odd));
    EXPECT_THAT(test.judge("imap.login").message, Not(HasSubstr("secret-42")));
  }
}

TEST(ImapLogin, IsInconclusiveWhereThereAreTooManyConnections) {
  const std::string words = "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)";
  for (const std::string& answer :
       {"* BYE " + words, "{tag} NO [UNAVAILABLE] " + words, std::string("{tag} NO [LIMIT] not now")}) {
    ImapRun test({login_gets(answer) + Script{hang_up()}, login_gets(answer, false) + Script{hang_up()}});
    test.run();
    EXPECT_EQ(test.verdict("imap.login"), Verdict::inconclusive) << transcript_text(test.seen);
    EXPECT_THAT(test.judge("imap.login").message, HasSubstr(answer.substr(answer.find(' ') + 1)));
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
    EXPECT_EQ(test.peer.connections(), 2u) << "asked again";
  }
}

TEST(ImapLogin, ARefusalThatNamesAFaultOfTheServersDoubtsNoPassword) {
  ImapRun test({login_gets("{tag} NO [SERVERBUG] Internal error") + logs_out()});
  test.run();
  EXPECT_EQ(test.verdict("imap.login"), Verdict::fail);
  EXPECT_THAT(test.judge("imap.login").message, HasSubstr("[SERVERBUG] Internal error"));
  EXPECT_THAT(test.judge("imap.login").message, Not(HasSubstr("password itself")));
}

TEST(ImapLogin, ARefusalThatSpeaksOfTheProberSaysNothingOfTheAccount) {
  for (const char* answer : {"{tag} NO your IP is banned", "{tag} NO Login temporarily disabled for your address"}) {
    ImapRun test({login_gets(answer) + logs_out()});
    test.run();
    EXPECT_EQ(test.verdict("imap.login"), Verdict::inconclusive) << transcript_text(test.seen);
    EXPECT_THAT(test.judge("imap.login").message, HasSubstr("speaks of this prober"));
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
  }
}

TEST(ImapLogin, ASecondConnectionThatIsTurnedAwayIsReasonToComeAgain) {
  ImapRun test({greets() + logs_in() + logs_out(), Script{say("* BYE Too many connections from your IP"), hang_up()}});
  test.run();
  EXPECT_TRUE(test.seen.put_off) << transcript_text(test.seen);
}

TEST(ImapLogin, PassesAfterDataThatNobodyNeeds) {
  const std::string flags = "* FLAGS (\\Seen [draft)";
  ImapRun test({Script{say("* OK ready")} + offers("IMAP4rev1") +
                    Script{hear("d"), say(flags), say("{tag} OK in"), hear("d"), say(flags), say("* LIST ((("),
                           say("* 1 FETCH (BODY[] {3}"), say("x))"), say("* 3 EXISTS"), say("{tag} OK box")} +
                    offers("IMAP4rev1") + logs_out(),
                wrong_password("NO Login failed.")});
  test.run();
  EXPECT_EQ(test.verdict("imap.login"), Verdict::pass) << transcript_text(test.seen);
  EXPECT_EQ(test.peer.complaints(), "");
}

TEST(ImapLogin, FailsWhenTwoTriesAreUnavailable) {
  const std::string unavailable = "{tag} NO [UNAVAILABLE] Temporary authentication failure.";
  ImapRun test({login_gets(unavailable), login_gets(unavailable, false)});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.login"));
  EXPECT_EQ(test.peer.connections(), 2u);
}

TEST(ImapLogin, IsInconclusiveWhereAnotherClientHoldsTheMailbox) {
  const std::string busy = "{tag} NO [INUSE] mailbox busy";
  ImapRun test({login_gets(busy), login_gets(busy, false)});
  test.run();
  EXPECT_EQ(test.verdict("imap.login"), Verdict::inconclusive) << transcript_text(test.seen);
  EXPECT_THAT(test.judge("imap.login").message, HasSubstr("mailbox busy"));
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(ImapLogin, WarnsWhenTheSecondTrySucceeds) {
  ImapRun test({login_gets(kTemporary) + Script{hang_up()},
                Script{say("* OK [CAPABILITY IMAP4rev1] ready")} + logs_in() + logs_out(), wrong_password("NO")});
  test.run();
  EXPECT_EQ(test.verdict("imap.login"), Verdict::warn) << transcript_text(test.seen);
  EXPECT_EQ(test.verdict("imap.wrong-password"), Verdict::pass);
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(ImapLogin, FailsWhenTheSecondTryIsRefused) {
  ImapRun test({login_gets(kTemporary) + Script{hang_up()}, login_gets("{tag} NO Login failed.", false) + logs_out()});
  test.run();
  EXPECT_THAT(test.judge("imap.login").message,
              HasSubstr("the password of the scenario; the password itself may be wrong"));
  EXPECT_EQ(test.verdict("imap.login"), Verdict::fail);
}

TEST(ImapLogin, IsInconclusiveWhenTheSecondTryCannotBeHeld) {
  ImapRun test({login_gets(kTemporary) + Script{hang_up()}, Script{stall()}});
  test.run(Duration(700));
  EXPECT_EQ(test.verdict("imap.login"), Verdict::inconclusive);
  EXPECT_THAT(test.judge("imap.login").message, HasSubstr("Temporary problem"));
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(ImapLogin, IsNotJudgedByASecondTryThatNeverCameToLogin) {
  const Script unavailable =
      greets() + Script{hear("d"), say("{tag} OK LOGIN Ok."), hear("d"), say("{tag} NO [UNAVAILABLE] storage is away")};
  for (const Script& second : {Script{hang_up()}, Script{say("* OK ready"), hear("d1 CAPABILITY"), hang_up()},
                               Script{say("* OK ready"), hear("d1 CAPABILITY"), say("* BYE not now"), hang_up()}}) {
    ImapRun test({unavailable, second});
    test.run();
    EXPECT_EQ(test.verdict("imap.login"), Verdict::inconclusive) << transcript_text(test.seen);
    EXPECT_THAT(test.judge("imap.login").message, HasSubstr("storage is away"));
    EXPECT_THAT(test.judge("imap.login").message, Not(HasSubstr("once more")));
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
  }
}

TEST(ImapLogin, FailsWhenTwoTriesAreCutOff) {
  ImapRun test({greets() + Script{hear("d"), hang_up()},
                Script{say("* OK [CAPABILITY IMAP4rev1] ready"), hear("d"), hang_up()}});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.login"));
  EXPECT_TRUE(test.seen.error);
}

/// Courier refuses a disabled account only after it answered LOGIN with OK.
TEST(ImapLogin, FailsWhenTheAccountIsRefusedAfterOk) {
  const std::string refused = "* BYE IMAP access disabled for this account.";
  const Script rest{hear("d"), say("{tag} OK LOGIN Ok."), hear("d"), say(refused), hang_up()};
  ImapRun test({greets() + rest, Script{say("* OK [CAPABILITY IMAP4rev1] ready")} + rest});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.login"));
  EXPECT_THAT(test.judge("imap.login").actual, HasSubstr("OK LOGIN Ok.; inbox: BYE IMAP access disabled"));
}

TEST(ImapLogin, FailsWhenTheInboxDoesNotOpen) {
  ImapRun test(
      {greets() + Script{hear("d"), say("{tag} OK LOGIN Ok."), hear("d"), say("{tag} NO no such mailbox"), hear("d")}});
  test.run();
  EXPECT_EQ(test.verdict("imap.login"), Verdict::fail);
  EXPECT_THAT(test.judge("imap.login").message, HasSubstr("inbox"));
}

TEST(ImapLogin, IsInconclusiveOnSilence) {
  ImapRun test({greets() + Script{hear("d"), stall()}});
  test.run(Duration(700));
  EXPECT_EQ(test.verdict("imap.login"), Verdict::inconclusive);
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(ImapLogin, IsInconclusiveWithoutThePassword) {
  ImapRun test({greets() + Script{stall()}});
  Account account = jim();
  account.password = Secret("jim");
  account.password.mark_missing("no such file");
  test.plan.account = account;
  test.subject.parameters.set("as", account);
  test.run();
  EXPECT_EQ(test.verdict("imap.login"), Verdict::inconclusive);
  EXPECT_THAT(test.judge("imap.login").message, HasSubstr("no such file"));
  EXPECT_EQ(test.verdict("imap.greeting"), Verdict::pass);
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(ImapLogin, AuthenticatesWhereLoginIsDisabled) {
  ImapRun test({greets("IMAP4rev1 LOGINDISABLED AUTH=PLAIN") +
                Script{hear("d2 AUTHENTICATE PLAIN"), say("+ "), hear("AGppbQ"), say("d2 OK in"),
                       hear("d3 EXAMINE INBOX"), say("{tag} OK box")} +
                offers("IMAP4rev1") + logs_out()});
  test.plan.wrong_password = false;
  test.run();
  EXPECT_EQ(test.verdict("imap.login"), Verdict::pass) << transcript_text(test.seen);
  EXPECT_EQ(test.peer.complaints(), "");
  EXPECT_THAT(transcript_text(test.seen), Not(HasSubstr("AGppbQ")));
}

TEST(ImapLogin, TakesNoAnswerToAnotherCommand) {
  ImapRun test({login_gets("d1 OK in")});
  test.run();
  EXPECT_EQ(test.verdict("imap.login"), Verdict::inconclusive);
  EXPECT_THAT(test.seen.error->message, HasSubstr("an answer to the command \"d1\" where \"d2\""));
}

TEST(ImapLogin, SendsTheInitialResponseWhereItMay) {
  ImapRun test(
      {greets("IMAP4rev1 LOGINDISABLED AUTH=PLAIN SASL-IR") +
       Script{hear("d2 AUTHENTICATE PLAIN AGppbQ"), say("{tag} OK in"), hear("d3 EXAMINE INBOX"), say("{tag} OK box")} +
       offers("IMAP4rev1") + logs_out()});
  test.plan.wrong_password = false;
  test.run();
  EXPECT_EQ(test.verdict("imap.login"), Verdict::pass) << transcript_text(test.seen);
  EXPECT_THAT(transcript_text(test.seen), HasSubstr("AUTHENTICATE PLAIN [password]"));
}

TEST(ImapLogin, SendsALiteralWhereQuotesDoNotDo) {
  ImapRun test({greets("IMAP4rev1") +
                Script{hear("d2 LOGIN \"jim\" {8}"), say("+ go on"), hear("p\xc3\xa4ssw\xc3\xb6"), say("d2 OK in"),
                       hear("d3 EXAMINE INBOX"), say("{tag} OK box")} +
                offers("IMAP4rev1") + logs_out()});
  test.plan.account->password = Secret::of("jim", "p\xc3\xa4ssw\xc3\xb6");
  test.plan.wrong_password = false;
  test.run();
  EXPECT_EQ(test.verdict("imap.login"), Verdict::pass) << transcript_text(test.seen);
  EXPECT_THAT(test.peer.heard(), Contains("p\xc3\xa4ssw\xc3\xb6"));
}

TEST(ImapWrongPassword, FailsWhenItIsAccepted) {
  ImapRun test({greets() + logs_in() + logs_out(), wrong_password("OK LOGIN Ok.")});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.wrong-password"));
  EXPECT_THAT(test.judge("imap.wrong-password").message, HasSubstr("anybody can log in"));
}

TEST(ImapWrongPassword, IsInconclusiveWhereTheServerCannotDecide) {
  for (const std::string answer : {"NO [UNAVAILABLE] later", "NO [INUSE] busy", "NO Too many connections"}) {
    ImapRun test({greets() + logs_in() + logs_out(), wrong_password(answer)});
    test.run();
    EXPECT_EQ(test.verdict("imap.wrong-password"), Verdict::inconclusive) << answer;
  }
}

TEST(ImapWrongPassword, IsInconclusiveWhereThereAreTooManyConnections) {
  ImapRun test({greets() + logs_in() + logs_out(), Script{say("* BYE Too many connections from 127.0.0.1")}});
  test.run();
  EXPECT_EQ(test.verdict("imap.wrong-password"), Verdict::inconclusive);
  EXPECT_THAT(test.judge("imap.wrong-password").message, HasSubstr("Too many connections from 127.0.0.1"));
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(ImapWrongPassword, IsInconclusiveOnBad) {
  ImapRun test({greets() + logs_in() + logs_out(), wrong_password("BAD what")});
  test.run();
  EXPECT_EQ(test.verdict("imap.wrong-password"), Verdict::inconclusive);
}

TEST(ImapWrongPassword, IsInconclusiveWhenTheConnectionEnds) {
  ImapRun test(
      {greets() + logs_in() + logs_out(), Script{say("* OK [CAPABILITY IMAP4rev1] ready"), hear("d"), hang_up()}});
  test.run();
  EXPECT_EQ(test.verdict("imap.wrong-password"), Verdict::inconclusive);
  EXPECT_EQ(test.seen.error_stage, "wrong-password");
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(ImapWrongPassword, IsNotTriedWhenTheScenarioSaysSo) {
  ImapRun test({greets() + logs_in() + logs_out()});
  test.plan.wrong_password = false;
  test.subject.parameters.set("wrong_password", std::string("untested"));
  test.run();
  EXPECT_EQ(test.verdict("imap.wrong-password"), Verdict::skip);
  EXPECT_EQ(test.peer.connections(), 1u);
}

TEST(ImapWrongPassword, IsNotTriedWhereTheCheckIsOff) {
  ImapRun test({greets() + logs_in() + logs_out()});
  test.subject.switched_off = {"imap.plain-port", "imap.wrong-password"};
  test.plan.look_at_clear_port = true;
  test.run();
  EXPECT_EQ(test.peer.connections(), 1u);
  EXPECT_FALSE(test.seen.error);
  EXPECT_EQ(test.verdict("imap.login"), Verdict::pass);
  EXPECT_THAT(transcript_text(test.seen), Not(HasSubstr(":143")));
}

TEST(ImapWrongPassword, IsNotTriedWhereTheHostsLimitIsUsedUp) {
  ImapRun test({greets() + logs_in() + logs_out()});
  const auto costs = kImapType.costs(test.subject);
  ASSERT_EQ(costs.size(), 1U);
  EXPECT_EQ(costs[0].wrong_logins, 1);
  test.subject.withheld = {std::string(costs[0].check)};
  test.run();
  EXPECT_EQ(test.peer.connections(), 1u);
}

TEST(ImapWrongPassword, IsMadeUpAnewEachTime) {
  ImapRun test({greets() + logs_in() + logs_out(), wrong_password("NO Login failed.")});
  test.run();
  EXPECT_THAT(test.peer.heard(), Contains(HasSubstr("wrong-t-1")));
}

}  // namespace
}  // namespace drydock::test
