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
    test.subject.surroundings.trust.clear();
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
  test.subject.target.port = both.port();
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

TEST(MailAccepted, FailsWhereItSaysOfTheRecipientWhatOthersSayOfClients) {
  for (const char* refusal :
       {"550 User jim not listed in Domino Directory", "550 5.1.1 no such user, see https://mail.test/abuse/rates",
        "552 5.2.2 mailbox full, try later", "550 5.1.1 undeliverable address: host mx.test said: 550 blacklisted"}) {
    MailRun test(smtp_script("250 HELP", refusal));
    test.run();
    EXPECT_THAT(test.with(Verdict::fail), ElementsAre("mail.accepted")) << refusal;
  }
}

TEST(MailAccepted, FailsWhereALoginIsDemandedOfOtherServers) {
  for (const char* refusal : {"530 5.7.0 Authentication required", "550 5.7.1 authentication is required"}) {
    MailRun test(smtp_script("250 HELP", refusal));
    test.run();
    EXPECT_THAT(test.with(Verdict::fail), ElementsAre("mail.accepted")) << refusal;
    EXPECT_THAT(test.judge("mail.accepted").message, HasSubstr("demands authentication for its own recipient"));
    test.subject.target.port = 587;
    EXPECT_EQ(test.verdict("mail.accepted"), Verdict::inconclusive) << "who sends there logs in";
    EXPECT_THAT(test.judge("mail.accepted").hint, HasSubstr("`port: 25`"));
  }
}

TEST(MailAccepted, FailsAloneWhereSmtpIsClosed) {
  MailRun test;
  {
    ScriptedPeer gone(Script{stall()});
    test.subject.target.port = gone.port();
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
  for (const auto* check : {"mail.delivered", "mail.single-copy"}) {
    EXPECT_THAT(test.judge(check).message, HasSubstr("nothing was sent: the mailbox of jim can't be read"));
    EXPECT_THAT(test.judge(check).message, HasSubstr("NO Login failed."));
  }
}

TEST(MailAccepted, SaysWhenTheMailboxHasTooManyConnections) {
  const std::string words = "Maximum number of connections from user+IP exceeded";
  for (const MailAccess access : {MailAccess::imaps, MailAccess::pop3s}) {
    MailRun test;
    const bool imap = access == MailAccess::imaps;
    ScriptedPeer full(Script{say((imap ? "* BYE " : "-ERR ") + words)},
                      {.certificate = test.ca.issue(), .implicit_tls = true});
    test.plan.access = access;
    test.plan.read_port = full.port();
    test.run();
    EXPECT_EQ(test.seen.error->kind, ErrorKind::temporary);
    EXPECT_EQ(test.verdict("mail.accepted"), Verdict::inconclusive);
    EXPECT_THAT(test.judge("mail.delivered").message, HasSubstr(words));
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
  }
}

TEST(MailAccepted, DoubtsNoPasswordWhereTheServerPutsLoginsOff) {
  for (const char* answer : {"NO Temporary problem, please try again later", "NO [UNAVAILABLE] Not now."}) {
    MailRun test;
    test.inbox->login_answer = answer;
    test.run();
    EXPECT_EQ(test.seen.error->kind, ErrorKind::temporary);
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
    EXPECT_THAT(test.judge("mail.accepted").message, HasSubstr(answer));
    EXPECT_THAT(test.judge("mail.accepted").message, testing::Not(HasSubstr("password")));
  }
}

TEST(MailAccepted, IsInconclusiveWithoutThePassword) {
  MailRun test;
  test.plan.mailboxes.front().password = Secret("jim");
  test.plan.mailboxes.front().password.mark_missing("no such file");
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
  EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::pass);
}

// ---- what is left when the end comes early

TEST(MailEndsEarly, DeletesTheMessageWhenItIsInterrupted) {
  for (const MailAccess access : {MailAccess::imaps, MailAccess::pop3s}) {
    MailRun test(smtp_script(), access);
    test.inbox->arrives = {1'000'000};
    test.run_until([&] {
      const std::lock_guard held(test.inbox->lock);
      if (test.inbox->looks < 2) return false;
      test.inbox->arrives = {1};  // as it is interrupted, so that the probe can't have ended by itself
      return true;
    });
    EXPECT_TRUE(test.inbox->gone) << transcript_text(test.seen);
    EXPECT_TRUE(test.seen.error);
  }
}

TEST(MailEndsEarly, AwaitsTheMessageLongerWhenItIsInterrupted) {
  MailRun test;
  test.inbox->arrives = {1'000'000};
  Clock::time_point interrupted;
  test.run_until([&] {
    const std::lock_guard held(test.inbox->lock);
    if (test.inbox->looks < 2) return false;
    interrupted = Clock::now();
    test.inbox->arrives = {test.inbox->looks + 33};  // looks are 100 ms apart then: later than after a break
    return true;
  });
  EXPECT_TRUE(test.inbox->gone) << transcript_text(test.seen);
  EXPECT_GT(Clock::now() - interrupted, std::chrono::seconds(3));
}

TEST(MailEndsEarly, GivesUpOnAMailboxThatIsSilentWhenItIsInterrupted) {
  MailRun test;
  test.inbox->stalls_at = {1, 2, 3};
  const auto start = Clock::now();
  test.run_until([&] {
    const std::lock_guard held(test.inbox->lock);
    return test.inbox->looks >= 1;
  });
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(30));
  ASSERT_TRUE(test.seen.has(kMail.cleaned)) << transcript_text(test.seen);
  EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::warn);
}

TEST(MailEndsEarly, DeletesTheMessageWhenItsTimeIsOver) {
  MailRun test;
  test.inbox->stalls_at = {1};
  test.run(Duration(5'000));
  EXPECT_EQ(test.seen.error->kind, ErrorKind::timeout);
  EXPECT_TRUE(test.inbox->gone) << transcript_text(test.seen);
  EXPECT_EQ(test.verdict("mail.accepted"), Verdict::pass);
  EXPECT_EQ(test.verdict("mail.delivered"), Verdict::inconclusive);
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
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

TEST(MailType, SendsToEachAccountOrToOneRecipient) {
  Parameters parameters;
  Account nowhere = ben();
  nowhere.mail.clear();
  const auto recipients = [&](std::vector<Account> to) {
    parameters.set("to", std::move(to));
    return mail_plan(parameters).recipients;
  };
  EXPECT_THAT(recipients({jim(), ben()}), ElementsAre("jim@mail.test", "ben@mail.test"));
  EXPECT_THAT(recipients({jim(), jim()}), ElementsAre("jim@mail.test"));
  EXPECT_EQ(kMailType.validate(parameters).size(), 1u) << "one mailbox twice";
  EXPECT_THAT(recipients({jim(), nowhere}), ElementsAre("jim@mail.test"));
  EXPECT_THAT(recipients({nowhere}), IsEmpty());
  parameters.set("recipient", std::string("crew@mail.test"));
  EXPECT_THAT(recipients({jim(), nowhere}), ElementsAre("crew@mail.test"));
  EXPECT_THAT(kMailType.validate(parameters), IsEmpty());
}

TEST(MailType, WaitsAsLongAsItDeclares) {
  Parameters parameters;
  EXPECT_EQ(kMailType.waiting(parameters), Duration(62'500));
  parameters.set("within", Duration(1000));
  parameters.set("copies_within", Duration(20'000));
  EXPECT_EQ(kMailType.waiting(parameters), Duration(21'000));
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
