#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/mail/facts.hpp"
#include "probes/net/stream.hpp"
#include "tests/unit/mail/mail_fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// ---- delivered, copies

TEST(MailDelivered, WaitsByIdleWhereItIsOffered) {
  MailRun test;
  test.inbox->idle = Idle::tells;
  test.inbox->arrives = {2};
  test.plan.first_pause = std::chrono::minutes(10);
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_THAT(test.mailbox.heard(), Contains(::testing::EndsWith(" IDLE")));
  EXPECT_THAT(test.mailbox.heard(), Contains("DONE"));
  EXPECT_EQ(test.mailbox.complaints(), "");
}

TEST(MailDelivered, LooksNowAndThenWhereIdleIsRefused) {
  MailRun test;
  test.inbox->idle = Idle::refused;
  test.inbox->arrives = {4};
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_EQ(test.mailbox.connections(), 2u);
}

TEST(MailDelivered, IsSeenThroughDataThatNobodyAskedFor) {
  MailRun test;
  test.inbox->untagged = {"* FLAGS (\\Seen [draft)", "* OK [PERMANENTFLAGS (\\Seen \\*)] kept",
                          "* 2 FETCH (BODY[] {3}\r\nab) FLAGS (\\Seen [draft))", "* LIST (((( \"", "* 7 EXPUNGE"};
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
}

TEST(MailDelivered, TakesUidlLinesAsTheyCome) {
  MailRun test(smtp_script(), MailAccess::pop3s);
  ScriptedPeer odd(
      {Script{say("+OK"), hear("USER"), say("+OK"), hear("PASS"), say("+OK"), hear("UIDL"), say("+OK\r\n1  a\r\n."),
              hear("TOP 1 0"), say("+OK\r\nSubject: x\r\n\r\n."), hear("QUIT"), say("+OK")},
       Script{say("+OK"), hear("USER"), say("+OK"), hear("PASS"), say("+OK"), hear("UIDL"),
              say("+OK\r\n1\ta\r\n 2\t b\r\n."), act([&](PeerConnection& client) {
                while (client.line() != "QUIT")
                  client.send("+OK\r\n" + (client.last() == "TOP 2 0" ? test.inbox->header + ".\r\n" : ""));
                client.send("+OK\r\n");
              })}},
      {.certificate = test.ca.issue(), .implicit_tls = true});
  test.plan.read_port = odd.port();
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_THAT(odd.heard(), Contains("DELE 2"));
}

TEST(MailDelivered, IsInconclusiveWhereUidlCannotBeRead) {
  for (const std::string line : {"3", "x UID3", "3 ", ""}) {
    MailRun test(smtp_script(), MailAccess::pop3s);
    test.inbox->uidl = {"1 UID1", line};
    test.run();
    EXPECT_EQ(test.verdict("mail.delivered"), Verdict::inconclusive) << line;
    EXPECT_THAT(test.judge("mail.delivered").message, HasSubstr("can't read UIDL"));
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
  }
}

TEST(MailDelivered, DoesWithoutUniqueIdsThatAreNot) {
  MailRun test(smtp_script(), MailAccess::pop3s);
  test.inbox->uidl = {"1 same", "2 same"};
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
}

TEST(MailDelivered, FailsAloneWhereNothingArrives) {
  MailRun test;
  test.inbox->arrives = {};
  test.plan.within = Duration(60);
  test.subject.parameters.set("within", test.plan.within);
  test.run();
  EXPECT_FALSE(test.seen.error);
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("mail.delivered"));
  EXPECT_THAT(test.judge("mail.delivered").actual, HasSubstr("id=1oXyZ0-0001Ab-2C"));
  EXPECT_GE(*test.seen.get(kMail.waited), 0.06);
}

TEST(MailDelivered, SurvivesAMailboxThatHangsUpNowAndThen) {
  for (const MailAccess access : {MailAccess::imaps, MailAccess::pop3s}) {
    MailRun test(smtp_script(), access);
    test.inbox->arrives = {4};
    test.inbox->hangs_up_at = {2, 3};
    test.run();
    EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  }
}

TEST(MailDelivered, IsInconclusiveWhereTheMailboxCanNoLongerBeRead) {
  MailRun test;
  test.inbox->arrives = {5};
  test.inbox->hangs_up_at = {1};
  test.inbox->hangs_up_for_good = true;
  test.plan.within = Duration(200);
  test.run();
  EXPECT_EQ(test.verdict("mail.accepted"), Verdict::pass);
  EXPECT_EQ(test.verdict("mail.delivered"), Verdict::inconclusive);
  EXPECT_THAT(test.judge("mail.delivered").message, HasSubstr("could not be read"));
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(MailSingleCopy, FailsAloneOnTwoAndDeletesBoth) {
  for (const auto& arrives : {std::vector<int>{1, 1}, std::vector<int>{1, 2}}) {
    MailRun test;
    test.inbox->arrives = arrives;
    test.run();
    EXPECT_THAT(test.with(Verdict::fail), ElementsAre("mail.single-copy"));
    EXPECT_EQ(test.judge("mail.single-copy").actual, "2 copies");
    EXPECT_THAT(test.mailbox.heard(), Contains(HasSubstr("UID EXPUNGE 8,9")));
    EXPECT_EQ(*test.seen.get(kMail.copies), 2);
  }
}

TEST(MailSingleCopy, IsCountedAsLongAsTheScenarioSays) {
  MailRun test;
  test.plan.copies_within = Duration(300);
  test.run();
  EXPECT_EQ(test.verdict("mail.single-copy"), Verdict::pass);
  EXPECT_GE(*test.seen.get(kMail.waited), 0.3);
  EXPECT_LT(*test.seen.get(kMail.seconds), *test.seen.get(kMail.waited));
}

TEST(MailSingleCopy, IsNotWaitedForWhereTheCheckIsOff) {
  MailRun test;
  test.plan.copies_within = std::chrono::hours(1);
  test.subject.switched_off = {"mail.single-copy"};
  test.run();
  EXPECT_FALSE(test.seen.error);
  EXPECT_EQ(test.verdict("mail.delivered"), Verdict::pass);
  EXPECT_TRUE(test.inbox->gone);
}

TEST(MailSingleCopy, IsInconclusiveWhereTheMailboxCannotBeReadAtTheEnd) {
  MailRun test;
  test.inbox->hangs_up_at = {2};
  test.inbox->hangs_up_for_good = true;
  test.run();
  EXPECT_EQ(test.verdict("mail.delivered"), Verdict::pass);
  EXPECT_EQ(test.verdict("mail.single-copy"), Verdict::inconclusive);
  EXPECT_FALSE(test.seen.has(kMail.copies));
}

TEST(MailSingleCopy, TellsOfALateCopyOfAnEarlierLookAndDeletesIt) {
  for (const MailAccess access : {MailAccess::imaps, MailAccess::pop3s}) {
    MailRun test(smtp_script(), access);
    test.inbox->late = {header_of_earlier_look("t-0")};
    test.run();
    EXPECT_EQ(test.verdict("mail.single-copy"), Verdict::warn) << transcript_text(test.seen);
    EXPECT_EQ(test.judge("mail.single-copy").actual, "t-0: 1");
    EXPECT_TRUE(test.inbox->late_gone);
    EXPECT_TRUE(test.inbox->gone);
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
  }
}

TEST(MailSingleCopy, FailsOnTwoLateCopiesOfOneMessage) {
  MailRun test;
  test.inbox->late = {header_of_earlier_look("t-0"), header_of_earlier_look("t-0")};
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("mail.single-copy"));
}

TEST(MailSingleCopy, LeavesAloneWhatAnotherProbeHasSent) {
  MailRun test;
  test.inbox->late = {"X-Cutover-Probe: other new 127.0.0.1\r\nX-Cutover-Token: t-0\r\n\r\n",
                      "X-Cutover-Token: t-0\r\n\r\n", header_of_earlier_look("u-0"), header_of_earlier_look("t-1")};
  test.run();
  EXPECT_EQ(test.verdict("mail.single-copy"), Verdict::pass) << transcript_text(test.seen);
  EXPECT_FALSE(test.inbox->late_gone);
}

// ---- an alias that leads to two people

struct TwoMailboxes : MailRun {
  explicit TwoMailboxes(MailAccess access = MailAccess::imaps) : MailRun(smtp_script(), access) {
    inbox->bens = bens;
    plan.recipients = {"crew@mail.test"};
    plan.mailboxes = {jim(), ben()};
    subject.parameters.set("to", std::vector<Account>{jim(), ben()});
    subject.parameters.set("recipient", std::string("crew@mail.test"));
  }
  std::shared_ptr<FakeInbox> bens = std::make_shared<FakeInbox>();
};

TEST(MailForTwo, IsFoundAndDeletedInEach) {
  for (const MailAccess access : {MailAccess::imaps, MailAccess::imap, MailAccess::pop3s}) {
    TwoMailboxes test(access);
    test.bens->arrives = {2};
    test.run();
    EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
    EXPECT_TRUE(test.inbox->gone && test.bens->gone);
    EXPECT_EQ(*test.seen.get(kMail.copies), 2);
    EXPECT_EQ(describe(FactValue(*test.seen.get(kMail.mailboxes))), "jim: 1, ben: 1");
    EXPECT_THAT(test.smtp.heard(), Contains("RCPT TO:<crew@mail.test>"));
  }
}

TEST(MailForTwo, SaysWhoGetsNothingAndWhoGetsItTwice) {
  TwoMailboxes lost;
  lost.bens->arrives = {};
  lost.plan.within = Duration(100);
  lost.run();
  EXPECT_THAT(lost.with(Verdict::fail), ElementsAre("mail.delivered"));
  EXPECT_THAT(lost.judge("mail.delivered").message, HasSubstr("does not arrive at ben"));
  EXPECT_THAT(lost.judge("mail.delivered").reproduce, HasSubstr("--user ben"));
  EXPECT_TRUE(lost.inbox->gone);
  TwoMailboxes twice;
  twice.bens->arrives = {1, 1};
  twice.run();
  EXPECT_THAT(twice.with(Verdict::fail), ElementsAre("mail.single-copy"));
  EXPECT_THAT(twice.judge("mail.single-copy").message, HasSubstr("2 times at ben"));
}

TEST(MailForTwo, SendsNothingWhereOneMailboxCannotBeRead) {
  TwoMailboxes test;
  test.bens->login_answer = "NO Login failed.";
  test.run();
  EXPECT_THAT(test.judge("mail.delivered").message, HasSubstr("nothing was sent: the mailbox of ben can't be read"));
  EXPECT_EQ(test.smtp.connections(), 0u);
}

// ---- speed, scanner

TEST(MailSpeed, WarnsWhenSlow) {
  MailRun test;
  test.inbox->arrives = {3};
  test.subject.parameters.set("slow_after", Duration(1));
  test.run();
  EXPECT_EQ(test.verdict("mail.speed"), Verdict::warn);
  test.subject.parameters.set("slow_after", Duration(60'000));
  EXPECT_EQ(test.verdict("mail.speed"), Verdict::pass);
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(MailScanned, OfAHeaderThatIsTooLongToBeKeptTheRestIsUnknown) {
  for (const MailAccess access : {MailAccess::imaps, MailAccess::pop3s}) {
    MailRun test(smtp_script(), access);
    std::string received;
    for (int i = 0; i < 600; ++i) received += "Received: by hop" + std::to_string(i) + ".test; then\r\n";
    test.inbox->header = "X-Cutover-Token: t-1\r\n" + received + "X-Lab-Scan: clean\r\n\r\n";
    test.run();
    test.subject.parameters.set("tagged", std::string("X-Lab-Scan"));
    EXPECT_EQ(test.verdict("mail.scanned"), Verdict::inconclusive) << transcript_text(test.seen);
    EXPECT_THAT(kMailType.why_not_held(test.seen, "mail.headers"), HasSubstr("more fields than are kept"));
    EXPECT_EQ(kMailType.why_not_held(test.seen, "mail.seconds"), "");
  }
}

TEST(MailScanned, WantsTheFieldInAnyCase) {
  MailRun test;
  test.run();
  EXPECT_EQ(test.verdict("mail.scanned"), Verdict::skip);
  test.subject.parameters.set("tagged", std::string("x-lab-SCAN"));
  EXPECT_EQ(test.verdict("mail.scanned"), Verdict::pass);
  EXPECT_THAT(test.judge("mail.scanned").actual, HasSubstr("clean (pid 4)"));
  test.subject.parameters.set("tagged", std::string("X-Spam-Status"));
  EXPECT_EQ(test.verdict("mail.scanned"), Verdict::fail);
  EXPECT_THAT(test.judge("mail.scanned").actual, HasSubstr("x-lab-scan"));
}

// ---- waiting beside others

/// A slot that others want from its begin on, until it is left so many times.
class WantedSlot final : public Slot {
public:
  explicit WantedSlot(int times) : times_(times) {}
  [[nodiscard]] bool is_wanted() const override { return left_ < times_; }
  void leave() override {
    EXPECT_TRUE(held_);
    held_ = false;
    ++left_;
  }
  boost::asio::awaitable<void> enter() override {
    held_ = true;
    co_await net::pause(slow_);
  }
  std::size_t take_more(std::size_t) override { return 0; }
  void give_back_more() override {}
  [[nodiscard]] int left() const { return left_; }
  [[nodiscard]] bool is_held() const { return held_; }
  void let_in_after(Duration time) { slow_ = time; }

private:
  int times_, left_ = 0;
  bool held_ = true;
  Duration slow_{0};
};

TEST(MailWaiting, LetsOthersInWhereTheyWantItsPlace) {
  for (const Idle idle : {Idle::tells, Idle::not_offered}) {
    MailRun test;
    WantedSlot slot(2);
    test.slot = &slot;
    test.inbox->idle = idle;
    test.inbox->arrives = {4};
    test.run();
    EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
    EXPECT_EQ(slot.left(), 2);
    EXPECT_TRUE(slot.is_held());
    EXPECT_EQ(test.mailbox.connections(), 3U) << "it holds none while it waits";
    EXPECT_EQ(test.mailbox.complaints(), "");
  }
}

TEST(MailWaiting, LetsOthersInWhileItLooksForFurtherCopies) {
  MailRun test;
  WantedSlot slot(1);
  test.slot = &slot;
  test.plan.copies_within = Duration(300);
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_EQ(slot.left(), 1);
  EXPECT_EQ(test.mailbox.connections(), 2U);
}

TEST(MailWaiting, WhatItTookToBeLetInAgainIsNoDelayOfTheHosts) {
  MailRun test(smtp_script(), MailAccess::pop3s);
  WantedSlot slot(1);
  slot.let_in_after(Duration(700));
  test.slot = &slot;
  test.inbox->arrives = {2};
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_EQ(slot.left(), 1);
  const double* waited = test.seen.get(kMail.waited);
  const double* seconds = test.seen.get(kMail.seconds);
  ASSERT_TRUE(waited && seconds);
  EXPECT_GE(*waited - *seconds, 0.69);
}

}  // namespace
}  // namespace drydock::test
