#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/mail/facts.hpp"
#include "tests/unit/mail/mail_fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::vector<std::string> kDelivery{"mail.accepted", "mail.delivered", "mail.single-copy", "mail.cleaned"};

class MailOverEachAccess : public ::testing::TestWithParam<MailAccess> {};

TEST_P(MailOverEachAccess, SendsFindsCountsAndDeletes) {
  MailRun test(smtp_script(), GetParam());
  test.inbox->arrives = {2};
  test.run();
  EXPECT_FALSE(test.seen.error) << transcript_text(test.seen);
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_EQ(*test.seen.get(kMail.copies), 1);
  EXPECT_GT(*test.seen.get(kMail.seconds), 0);
  EXPECT_THAT(*test.seen.get(kMail.received),
              ElementsAre("from prober.test by drydock.test with esmtps; now", "by earlier.test; then"));
  EXPECT_EQ(*test.seen.get(kMail.received_by), "drydock.test");
  EXPECT_TRUE(test.inbox->gone);
  EXPECT_EQ(test.smtp.complaints() + test.mailbox.complaints(), "");
  EXPECT_EQ(test.seen.address, test.smtp.endpoint().text());
  EXPECT_THAT(transcript_text(test.seen), Not(HasSubstr(kPassword)));
  EXPECT_THAT(test.mailbox.heard(), Contains(HasSubstr(kPassword)));
}

INSTANTIATE_TEST_SUITE_P(All, MailOverEachAccess,
                         ::testing::Values(MailAccess::imaps, MailAccess::imap, MailAccess::pop3s, MailAccess::pop3));

TEST(Mail, KeepsThePasswordFromAMailboxThatDoesNotProveItsName) {
  for (const MailAccess access : {MailAccess::imaps, MailAccess::imap, MailAccess::pop3s, MailAccess::pop3}) {
    MailRun test(smtp_script(), access, false);
    test.subject.trust.clear();
    test.run();
    EXPECT_EQ(test.verdict("mail.delivered"), Verdict::inconclusive);
    EXPECT_THAT(test.judge("mail.accepted").message, HasSubstr("the password was not sent"));
  }
}

TEST(Mail, PutsTheTokenWhereItCanBeFound) {
  MailRun test;
  test.run();
  EXPECT_THAT(test.smtp.heard(), Contains("X-Cutover-Token: t-1"));
  EXPECT_THAT(test.smtp.heard(), Contains(::testing::AllOf(HasSubstr("Subject:"), HasSubstr("t-1"))));
  EXPECT_THAT(test.smtp.heard(), Contains(HasSubstr("MAIL FROM:<probe@prober.test>")));
  EXPECT_THAT(test.smtp.heard(), Contains(HasSubstr("RCPT TO:<jim@mail.test>")));
}

TEST(Mail, SearchesOnlyWhatCameSince) {
  MailRun test;
  test.run();
  EXPECT_THAT(test.mailbox.heard(), Contains(HasSubstr("UID SEARCH UID 8:* HEADER X-Cutover-Token t-1")));
  MailRun asked;
  asked.inbox->tells_next_uid = false;
  asked.run();
  EXPECT_THAT(asked.mailbox.heard(), Contains(HasSubstr("UID SEARCH UID 8:* HEADER X-Cutover-Token t-1")));
  MailRun untold;
  untold.inbox->tells_next_uid = false;
  untold.inbox->tells_status = false;
  untold.run();
  EXPECT_THAT(untold.mailbox.heard(), Contains(HasSubstr("UID SEARCH HEADER X-Cutover-Token t-1")));
  EXPECT_EQ(untold.with(Verdict::pass), kDelivery);
}

TEST(Mail, IgnoresWhatHoldsAnotherToken) {
  MailRun test;
  test.inbox->header = "X-Cutover-Token: t-12\r\n\r\n";
  test.plan.within = Duration(50);
  test.run();
  EXPECT_EQ(test.verdict("mail.delivered"), Verdict::fail);
  EXPECT_FALSE(test.inbox->gone);
}

// ---- accepted

TEST(MailAccepted, UsesTlsWhereItIsOffered) {
  MailRun test(Script{say("220 mail.test ESMTP"), hear("EHLO"), say("250-mail.test\r\n250 STARTTLS"), hear("STARTTLS"),
                      say("220 go"), tls(), hear("EHLO"), say("250 mail.test"), hear("MAIL"), say("250 OK"),
                      hear("RCPT"), say("250 OK"), hear("DATA"), say("354 go on"), hear_until("."), say("250 OK"),
                      hear("QUIT")});
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_TRUE(*test.seen.get(kMail.encrypted));
}

TEST(MailAccepted, GoesOnInClearWhereTlsIsBroken) {
  const Script refused{say("220 mail.test ESMTP"),           hear("EHLO"),
                       say("250-mail.test\r\n250 STARTTLS"), hear("STARTTLS"),
                       say("454 TLS currently unavailable"), stall()};
  MailRun test(refused);
  ScriptedPeer both({refused, smtp_script("250 STARTTLS")});
  test.plan.port = both.port();
  test.subject.port = both.port();
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_FALSE(*test.seen.get(kMail.encrypted));
}

TEST(MailAccepted, FailsAloneOnPermanentRefusal) {
  MailRun test(smtp_script("250 HELP", "550 Unrouteable address"));
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("mail.accepted"));
  const auto judgement = test.judge("mail.accepted");
  EXPECT_EQ(judgement.stage, "rcpt");
  EXPECT_THAT(judgement.actual, HasSubstr("550 Unrouteable"));
  EXPECT_THAT(judgement.reproduce, HasSubstr("swaks"));
  EXPECT_EQ(test.verdict("mail.delivered"), Verdict::inconclusive);
  EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::skip);
}

TEST(MailAccepted, FailsOnRefusalAfterTheMessage) {
  MailRun test(smtp_script("250 HELP", "250 OK", "550 spam"));
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("mail.accepted"));
  EXPECT_EQ(test.judge("mail.accepted").stage, "message");
}

TEST(MailAccepted, IsInconclusiveOnDeferral) {
  MailRun rcpt(smtp_script("250 HELP", "450 not yet"));
  rcpt.run();
  EXPECT_EQ(rcpt.verdict("mail.accepted"), Verdict::inconclusive);
  EXPECT_EQ(rcpt.verdict("mail.delivered"), Verdict::inconclusive);
  EXPECT_THAT(rcpt.with(Verdict::fail), IsEmpty());
  MailRun data(smtp_script("250 HELP", "250 OK", "451 Temporary local problem"));
  data.run();
  EXPECT_EQ(data.verdict("mail.accepted"), Verdict::inconclusive);
}

TEST(MailAccepted, IsInconclusiveWhereTheProberIsRefused) {
  MailRun test(smtp_script("250 HELP", "550 5.7.25 no reverse DNS for 127.0.0.1"));
  test.run();
  EXPECT_EQ(test.verdict("mail.accepted"), Verdict::inconclusive);
}

TEST(MailAccepted, FailsAloneWhereSmtpIsClosed) {
  MailRun test;
  {
    ScriptedPeer gone(Script{stall()});
    test.subject.port = gone.port();
  }
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("mail.accepted"));
}

TEST(MailAccepted, IsInconclusiveAndSendsNothingWhereTheMailboxCannotBeRead) {
  MailRun test;
  test.inbox->login_answer = "NO Login failed.";
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
  EXPECT_THAT(test.with(Verdict::pass), IsEmpty());
  EXPECT_EQ(test.smtp.connections(), 0u);
  EXPECT_THAT(test.judge("mail.accepted").message, HasSubstr("nothing was sent"));
  EXPECT_THAT(test.judge("mail.accepted").message, HasSubstr("NO Login failed."));
}

TEST(MailAccepted, IsInconclusiveWithoutThePassword) {
  MailRun test;
  test.plan.to.password = Secret("jim");
  test.plan.to.password.mark_missing("no such file");
  test.run();
  EXPECT_EQ(test.verdict("mail.accepted"), Verdict::inconclusive);
  EXPECT_EQ(test.seen.error->kind, ErrorKind::credential);
  EXPECT_EQ(test.mailbox.connections(), 0u);
}

TEST(MailAccepted, DeletesWhatCameWhereTheReplyDidNot) {
  Script cut = smtp_script();
  cut.resize(cut.size() - 2);
  cut.push_back(hang_up());
  MailRun test(cut);
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("mail.accepted"));
  EXPECT_EQ(test.seen.error_stage, "message");
  EXPECT_TRUE(test.inbox->gone);
}

// ---- delivered, copies

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
  }
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

// ---- cleaning

TEST(MailCleaned, UsesExpungeWhereNothingElseIsMarked) {
  MailRun test;
  test.inbox->uidplus = false;
  test.run();
  EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::pass);
  EXPECT_TRUE(test.inbox->gone);
}

TEST(MailCleaned, SparesOthersMarkedMessages) {
  MailRun test;
  test.inbox->uidplus = false;
  test.inbox->others_marked = 2;
  test.run();
  EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::warn);
  EXPECT_THAT(test.judge("mail.cleaned").actual, HasSubstr("2 other messages"));
  EXPECT_FALSE(test.inbox->gone);
}

TEST(MailCleaned, WarnsWhereDeletingIsRefused) {
  for (const MailAccess access : {MailAccess::imaps, MailAccess::pop3s}) {
    MailRun test(smtp_script(), access);
    test.inbox->store_answer = "NO read-only";
    test.run();
    EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::warn);
    EXPECT_EQ(test.verdict("mail.delivered"), Verdict::pass);
    EXPECT_FALSE(test.seen.error);
  }
}

TEST(MailPop3, DoesWithoutUidlAndTop) {
  MailRun test(smtp_script(), MailAccess::pop3s);
  test.inbox->tells_next_uid = false;
  test.inbox->uidplus = false;
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_THAT(test.mailbox.heard(), Contains("DELE 3"));
}

// ---- no password in clear

TEST(MailPassword, IsNotSentWhereTlsCannotBeHad) {
  for (const MailAccess access : {MailAccess::imap, MailAccess::pop3}) {
    const bool imap = access == MailAccess::imap;
    MailRun test(smtp_script(), access);
    ScriptedPeer clear(imap ? Script{say("* OK ready"), hear("d1 CAPABILITY"),
                                     say("* CAPABILITY IMAP4rev1\r\n{tag} OK"), hear(), stall()}
                            : Script{say("+OK hello"), hear("STLS"), say("-ERR what"), hear(), stall()});
    test.plan.read_port = clear.port();
    test.run();
    EXPECT_TRUE(test.seen.error);
    EXPECT_THAT(clear.heard(), Not(Contains(HasSubstr(kPassword))));
    EXPECT_EQ(test.smtp.connections(), 0u);
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
  }
}

// ---- type

TEST(MailType, WantsAnAddressAndAFieldName) {
  Parameters parameters;
  Account nowhere = jim();
  nowhere.mail.clear();
  parameters.set("to", nowhere);
  parameters.set("tagged", std::string("X-Spam:"));
  const auto problems = kMailType.validate(parameters);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].parameter, "to");
  EXPECT_EQ(problems[1].parameter, "tagged");
  parameters.set("to", jim());
  parameters.set("tagged", std::string("X-Spam"));
  EXPECT_THAT(kMailType.validate(parameters), IsEmpty());
}

TEST(MailType, WaitsAsLongAsItDeclares) {
  Parameters parameters;
  EXPECT_EQ(kMailType.waiting(parameters), Duration(65'000));
  parameters.set("within", Duration(1000));
  EXPECT_EQ(kMailType.waiting(parameters), Duration(6000));
  EXPECT_EQ(kMailType.port(parameters), 25);
  for (const auto& [read, port] :
       std::vector<std::pair<std::string, int>>{{"imaps", 993}, {"imap", 143}, {"pop3s", 995}, {"pop3", 110}}) {
    parameters.set("read", read);
    EXPECT_EQ(mail_plan(parameters).read_port, port);
  }
}

TEST(MailType, NoCheckPassesOrFailsOnNothing) {
  Subject subject;
  subject.parameters.set("to", jim());
  subject.parameters.set("tagged", std::string("X-Spam"));
  subject.parameters.set("slow_after", Duration(1));
  for (const auto& check : kMailType.checks) {
    const Verdict verdict = check.judge(Observation{}, subject).verdict;
    EXPECT_EQ(verdict, check.id == "mail.cleaned" ? Verdict::skip : Verdict::inconclusive) << check.id;
  }
}

}  // namespace
}  // namespace drydock::test
