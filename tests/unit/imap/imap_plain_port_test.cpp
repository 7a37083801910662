#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/imap/checks.hpp"
#include "probes/imap/facts.hpp"
#include "tests/unit/imap/imap_fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The main server is healthy; the clear-text port follows `clear`.
struct PlainPortRun : ImapRun {
  PlainPortRun(const std::string& wanted, Script clear)
      : ImapRun({greets() + logs_in() + logs_out(), test::wrong_password("NO Login failed.")}),
        port143({{}, std::move(clear)}) {
    plan.look_at_clear_port = true;
    plan.clear_port = port143.port();
    subject.parameters.set("plain_port", wanted);
    run();
  }
  ScriptedPeer port143;  ///< its first connection is the knock
};

const Script kDisabled = greets("IMAP4rev1 STARTTLS LOGINDISABLED") + logs_out();
const Script kOpen = greets("IMAP4rev1 STARTTLS") + logs_out();

TEST(ImapPlainPort, PassesWhenClosed) {
  std::uint16_t closed = 0;
  {
    ScriptedPeer gone(Script{stall()});
    closed = gone.port();
  }
  for (const std::string wanted : {"closed", "no-login"}) {
    ImapRun test({greets() + logs_in() + logs_out(), wrong_password("NO Login failed.")});
    test.plan.look_at_clear_port = true;
    test.plan.clear_port = closed;
    test.subject.parameters.set("plain_port", wanted);
    test.run();
    EXPECT_EQ(test.verdict("imap.plain-port"), Verdict::pass);
    EXPECT_FALSE(test.seen.error);
    EXPECT_EQ(test.seen.address, test.peer.endpoint().text());
  }
}

TEST(ImapPlainPort, FailsAloneWhenLoginIsOffered) {
  for (const std::string wanted : {"closed", "no-login"}) {
    PlainPortRun test(wanted, kOpen);
    EXPECT_THAT(test.with(Verdict::fail), ::testing::ElementsAre("imap.plain-port")) << transcript_text(test.seen);
    EXPECT_THAT(test.judge("imap.plain-port").actual, HasSubstr("LOGIN offered without TLS"));
  }
}

TEST(ImapPlainPort, TriesNoLoginThere) {
  PlainPortRun test("closed", kOpen);
  EXPECT_THAT(test.port143.heard(), Each(Not(HasSubstr("LOGIN"))));
}

TEST(ImapPlainPort, FailsWhenPlainIsOfferedDespiteLogindisabled) {
  PlainPortRun test("no-login", greets("IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN") + logs_out());
  EXPECT_EQ(test.verdict("imap.plain-port"), Verdict::fail);
}

TEST(ImapPlainPort, PassesWithLogindisabledWhereThatIsEnough) {
  PlainPortRun test("no-login", kDisabled);
  EXPECT_EQ(test.verdict("imap.plain-port"), Verdict::pass);
}

TEST(ImapPlainPort, WarnsWithLogindisabledWhereClosedIsWanted) {
  PlainPortRun test("closed", kDisabled);
  EXPECT_EQ(test.verdict("imap.plain-port"), Verdict::warn);
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(ImapPlainPort, FailsOnPreauth) {
  PlainPortRun test("no-login", {say("* PREAUTH welcome")});
  EXPECT_EQ(test.verdict("imap.plain-port"), Verdict::fail);
}

TEST(ImapPlainPort, TakesByeForNoLogin) {
  EXPECT_EQ(PlainPortRun("no-login", {say("* BYE go away")}).verdict("imap.plain-port"), Verdict::pass);
  EXPECT_EQ(PlainPortRun("closed", {say("* BYE go away")}).verdict("imap.plain-port"), Verdict::warn);
}

TEST(ImapPlainPort, AByeToThisProberAloneProvesNothing) {
  EXPECT_EQ(PlainPortRun("no-login", {say("* BYE [UNAVAILABLE] busy, try again later")}).verdict("imap.plain-port"),
            Verdict::inconclusive);
  PlainPortRun alone("no-login", {say("* BYE go away")});
  alone.seen.set(kImap.greeting, Answer{.status = "BYE", .code = {}, .words = "not you", .trouble = {}});
  EXPECT_EQ(alone.verdict("imap.plain-port"), Verdict::inconclusive);
}

TEST(ImapPlainPort, IsInconclusiveWhereThereAreTooManyConnections) {
  for (const std::string wanted : {"closed", "no-login"}) {
    PlainPortRun test(wanted, {say("* BYE Too many connections from one address")});
    EXPECT_EQ(test.verdict("imap.plain-port"), Verdict::inconclusive);
    EXPECT_THAT(test.judge("imap.plain-port").message, HasSubstr("Too many connections from one address"));
  }
}

TEST(ImapPlainPort, IsInconclusiveWhenWhatItOffersCannotBeSeen) {
  for (const Script& clear :
       {Script{hang_up()}, Script{say("220 smtp?")}, Script{say("* OK ready"), hear("d"), say("{tag} BAD no")}}) {
    PlainPortRun test("closed", clear);
    EXPECT_EQ(test.verdict("imap.plain-port"), Verdict::inconclusive) << transcript_text(test.seen);
    EXPECT_EQ(test.verdict("imap.login"), Verdict::pass);
    EXPECT_EQ(test.verdict("imap.wrong-password"), Verdict::pass);
    EXPECT_FALSE(test.seen.error);
  }
}

Observation with_state(const std::string& state) {
  Observation seen;
  seen.set(kImap.clear_state, state);
  return seen;
}

TEST(ImapPlainPort, JudgesSilenceByWhetherTheHostAnswersElsewhere) {
  Subject subject;
  subject.parameters.set("plain_port", std::string("closed"));
  Observation seen = with_state("silent");
  EXPECT_EQ(judge(kImapType, "imap.plain-port", seen, subject).verdict, Verdict::inconclusive);
  EXPECT_TRUE(imap_checks::plain_port_awaits_others(seen, subject));
  EXPECT_FALSE(imap_checks::plain_port_awaits_others(with_state("refused"), subject));
  Observation other;
  other.answered = true;
  Evidence evidence;
  evidence.add(kSameAddress, other);
  EXPECT_EQ(judge(kImapType, "imap.plain-port", seen, subject, evidence).verdict, Verdict::pass);
  seen.set(kImap.greeting, Answer{.status = "OK", .code = {}, .words = "ready", .trouble = {}});
  EXPECT_EQ(judge(kImapType, "imap.plain-port", seen, subject).verdict, Verdict::pass);
}

TEST(ImapPlainPort, JudgesFiltersAndMissingRoutes) {
  Subject subject;
  subject.parameters.set("plain_port", std::string("no-login"));
  EXPECT_EQ(judge(kImapType, "imap.plain-port", with_state("prohibited"), subject).verdict, Verdict::pass);
  EXPECT_EQ(judge(kImapType, "imap.plain-port", with_state("unreachable"), subject).verdict, Verdict::inconclusive);
}

TEST(ImapPlainPort, IsSkippedWhereTheScenarioLeavesItFree) {
  Subject subject;
  subject.parameters.set("plain_port", std::string("free"));
  EXPECT_EQ(judge(kImapType, "imap.plain-port", with_state("open"), subject).verdict, Verdict::skip);
}

}  // namespace
}  // namespace drydock::test
