#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// ---- SMTP-12

TEST(SmtpRecipients, OneMissingIsOneRedThatNamesIt) {
  SmtpScene scene;
  scene.server.recipients.erase("kathy@mail.test");
  EXPECT_EQ(scene.red(), "smtp.recipients");
  const Judgement judgement = scene.judge("smtp.recipients");
  EXPECT_THAT(judgement.message, HasSubstr("refused 1 of 2"));
  EXPECT_THAT(judgement.message, HasSubstr("kathy@mail.test: 550 Unrouteable address"));
  EXPECT_THAT(judgement.message, Not(HasSubstr("jim@")));
  EXPECT_EQ(judgement.actual, "550 Unrouteable address");
  EXPECT_EQ(judgement.stage, "rcpt");
  EXPECT_THAT(judgement.reproduce, HasSubstr("--to kathy@mail.test"));
}

TEST(SmtpRecipients, ForwardIsTakenAndAForwardHintIsNot) {
  SmtpScene taken;
  taken.server.recipients["jim@mail.test"] = "251 User not local; will forward";
  EXPECT_EQ(taken.judge("smtp.recipients").verdict, Verdict::pass);
  SmtpScene refused;
  refused.server.recipients["jim@mail.test"] = "551 User not local; please try <jim@elsewhere.test>";
  EXPECT_EQ(refused.red(), "smtp.recipients");
  SmtpScene shrug;
  shrug.server.recipients["jim@mail.test"] = "252 Cannot VRFY user";
  EXPECT_EQ(shrug.judge("smtp.recipients").verdict, Verdict::warn);
}

TEST(SmtpRecipients, GreylistingSaysNothingAboutAnything) {
  SmtpScene scene;
  scene.server.recipients.clear();
  scene.server.other_recipients = "450 4.2.0 Greylisted";
  EXPECT_EQ(scene.red(), "");
  EXPECT_EQ(scene.with(Verdict::inconclusive),
            "smtp.recipients smtp.unknown-recipient smtp.postmaster smtp.null-sender");
}

TEST(SmtpRecipients, RefusalsThatSpeakOfTheProberAreInconclusive) {
  for (const char* reply :
       {"550 Sender verify failed", "550-Verification failed for <probe@prober.test>\r\n550 no such host",
        "550 5.7.25 reverse DNS validation failed", "554 5.7.1 127.0.0.1 blocked using bl.test",
        "530 5.7.0 Must issue a STARTTLS command first", "550 5.1.8 bad sender's system address"}) {
    SmtpScene scene;
    scene.server.recipients.clear();
    scene.server.other_recipients = reply;
    EXPECT_EQ(scene.red(), "") << reply;
    EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::inconclusive) << reply;
    EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr("prober")) << reply;
  }
}

TEST(SmtpRecipients, RefusedSenderIsInconclusive) {
  SmtpScene scene;
  scene.server.mail = "550 Sender verify failed";
  EXPECT_EQ(scene.red(), "");
  EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr("MAIL FROM was not taken"));
}

TEST(SmtpRecipients, AsksOnWithANewConnectionWhenTheBudgetIsSpent) {
  SmtpScene scene;
  std::vector<std::string> many;
  for (int i = 0; i < 7; ++i) many.push_back("gone-" + std::to_string(i) + "@mail.test");
  many.emplace_back("jim@mail.test");
  scene.subject.parameters.set("recipients", many);
  EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr("refused 7 of 8"));
  EXPECT_EQ(scene.seen->get(kSmtp.recipients)->size(), 8U);
  EXPECT_LE(most_errors_on_a_connection(*scene.seen), 3);
}

TEST(SmtpRecipients, StopsAskingAfterTwelveRefusals) {
  SmtpScene scene;
  std::vector<std::string> many;
  for (int i = 0; i < 200; ++i) many.push_back("gone-" + std::to_string(i) + "@mail.test");
  scene.subject.parameters.set("recipients", many);
  EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr("188 were not asked"));
}

TEST(SmtpRecipients, SkippedWhereNoneAreNamed) {
  SmtpScene scene;
  scene.subject.parameters = {};
  EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::skip);
  EXPECT_EQ(scene.judge("smtp.unknown-recipient").verdict, Verdict::pass);
  EXPECT_EQ(scene.judge("smtp.null-sender").verdict, Verdict::pass) << "asked with postmaster";
  EXPECT_EQ(scene.red(), "");
}

// ---- SMTP-13

TEST(SmtpUnknown, ProvesNothingWhereNobodyIsTaken) {
  SmtpScene scene;
  scene.server.recipients.clear();
  scene.server.other_recipients = "554 5.7.1 Access denied";
  const Judgement judgement = scene.judge("smtp.unknown-recipient");
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
  EXPECT_THAT(judgement.message, HasSubstr("nobody is taken"));
}

TEST(SmtpUnknown, ARefusalThatSpeaksOfTheProberProvesNothing) {
  for (const char* refusal : {"550 rejected because 127.0.0.1 is in a black list at dnsbl.test",
                              "504 5.5.2 <prober.test>: Helo command rejected: need fully-qualified hostname",
                              "554 5.7.1 <prober.test[127.0.0.1]>: Client host rejected: Access denied",
                              "550 5.7.1 too many unknown users from you", "550 host prober.test is not welcome"}) {
    for (const char* declared : {"refused", "accepted"}) {
      SmtpScene scene;
      scene.server.other_recipients = refusal;
      scene.subject.parameters.set("unknown", std::string(declared));
      EXPECT_EQ(scene.judge("smtp.unknown-recipient").verdict, Verdict::inconclusive) << refusal << declared;
    }
  }
}

TEST(SmtpUnknown, BesidePostmasterAloneOnlyARefusalCountsThatSaysWhy) {
  for (const char* declared : {"refused", "accepted"}) {
    SmtpScene scene;
    scene.server.other_recipients = "550 Administrative prohibition";
    scene.subject.parameters = {};
    scene.subject.parameters.set("unknown", std::string(declared));
    const Judgement judgement = scene.judge("smtp.unknown-recipient");
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << declared;
    EXPECT_THAT(judgement.message, HasSubstr("only postmaster is taken"));
  }
  SmtpScene beside_jim;
  beside_jim.server.other_recipients = "550 Administrative prohibition";
  EXPECT_EQ(beside_jim.judge("smtp.unknown-recipient").verdict, Verdict::pass);
}

TEST(SmtpUnknown, ManyDomainsAreDividedAmongConnections) {
  SmtpScene scene;
  scene.subject.expected.domains.clear();
  std::vector<std::string> users;
  for (int i = 0; i < 20; ++i) {
    const std::string domain = "d" + std::to_string(i) + ".test";
    scene.subject.expected.domains.push_back(domain);
    users.push_back("ann@" + domain);
    scene.server.recipients[users.back()] = scene.server.recipients["Postmaster@" + domain] = "250 OK";
  }
  scene.subject.parameters.set("recipients", users);
  for (const char* check : {"smtp.unknown-recipient", "smtp.recipients", "smtp.postmaster", "smtp.null-sender"})
    EXPECT_EQ(scene.judge(check).verdict, Verdict::pass) << check << transcript_text(*scene.seen);
  EXPECT_LE(most_errors_on_a_connection(*scene.seen), 3);
}

TEST(SmtpUnknown, MoreDomainsThanAreAskedAreInconclusive) {
  SmtpScene scene;
  scene.subject.expected.domains.clear();
  for (int i = 0; i < 101; ++i) scene.subject.expected.domains.push_back("d" + std::to_string(i) + ".test");
  scene.server.takes_users_at = ">";
  for (const std::string& domain : scene.subject.expected.domains)
    scene.server.recipients["no-such-user-t-1@" + domain] = "550 5.1.1 unknown user";
  scene.patience = std::chrono::minutes(2);
  const Judgement judgement = scene.judge("smtp.unknown-recipient");
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
  EXPECT_THAT(judgement.message, HasSubstr("100 of 101"));
  EXPECT_LE(most_errors_on_a_connection(*scene.seen), 3);
}

TEST(SmtpRecipients, ASenderThatIsPutOffLaterIsNamed) {
  SmtpScene scene;
  scene.subject.expected.domains = {"mail.test", "b.test", "c.test", "d.test"};
  scene.server.takes_users_at = ">";
  for (const std::string& domain : scene.subject.expected.domains)
    scene.server.recipients["no-such-user-t-1@" + domain] = "550 5.1.1 unknown user";
  FakeSmtp tired = scene.server;
  tired.mail = "450 4.7.1 slow down";
  scene.subject.parameters = {};
  scene.subject.parameters.set("recipients", std::vector<std::string>{"jim@mail.test"});
  scene.subject.parameters.set("tls", std::string("none"));
  scene.later = {scene.server, scene.server, tired};
  EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
  EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr("450 4.7.1 slow down"));
}

TEST(SmtpUnknown, CatchAllIsOneRedUnlessDeclared) {
  SmtpScene scene;
  scene.server.other_recipients = "250 OK";
  EXPECT_EQ(scene.red(), "smtp.unknown-recipient");
  EXPECT_THAT(scene.judge("smtp.unknown-recipient").message, HasSubstr("no-such-user-t-1@mail.test"));
  scene.subject.parameters.set("unknown", std::string("accepted"));
  EXPECT_EQ(scene.judge("smtp.unknown-recipient").verdict, Verdict::pass);
}

TEST(SmtpUnknown, DeclaredCatchAllThatIsMissingFails) {
  SmtpScene scene;
  scene.subject.parameters.set("unknown", std::string("accepted"));
  EXPECT_EQ(scene.red(), "smtp.unknown-recipient");
}

TEST(SmtpUnknown, SkippedWithoutADomain) {
  SmtpScene scene;
  scene.subject.expected.domains.clear();
  scene.subject.parameters = {};
  EXPECT_EQ(scene.judge("smtp.unknown-recipient").verdict, Verdict::skip);
}

// ---- SMTP-15, -16

TEST(SmtpPostmaster, RefusedIsOneRed) {
  for (const char* form : {"postmaster", "Postmaster@mail.test"}) {
    SmtpScene scene;
    scene.server.recipients.erase(form);
    EXPECT_EQ(scene.red(), "smtp.postmaster") << form;
    EXPECT_THAT(scene.judge("smtp.postmaster").message, HasSubstr(form));
  }
}

TEST(SmtpPostmaster, RefusedInOneFormBesideTheOtherIsAboutThatForm) {
  for (const char* reply : {"550 no such form, try later", "550 abuse desk only", "501 blocked"}) {
    SmtpScene scene;
    scene.subject.parameters = {};
    scene.server.recipients["postmaster"] = reply;
    EXPECT_EQ(scene.red(), "smtp.postmaster") << reply;
    scene.server.recipients["Postmaster@mail.test"] = reply;
    scene.seen.reset();
    EXPECT_EQ(scene.judge("smtp.postmaster").verdict, Verdict::inconclusive) << reply << ", and nobody is taken";
  }
}

TEST(SmtpNullSender, Code252Warns) {
  SmtpScene scene;
  scene.server.null_sender_recipients = "252 2.0.0 I shall try";
  const Judgement judgement = scene.judge("smtp.null-sender");
  EXPECT_EQ(judgement.verdict, Verdict::warn);
  EXPECT_THAT(judgement.actual, HasSubstr("252"));
}

TEST(SmtpNullSender, RefusedAtMailOrRcptIsOneRed) {
  SmtpScene at_mail;
  at_mail.server.null_sender = "550 no bounces";
  EXPECT_EQ(at_mail.red(), "smtp.null-sender");
  SmtpScene at_rcpt;
  at_rcpt.server.null_sender_recipients = "550 Administrative prohibition";
  EXPECT_EQ(at_rcpt.red(), "smtp.null-sender");
  SmtpScene later;
  later.server.null_sender_recipients = "451 later";
  EXPECT_EQ(later.judge("smtp.null-sender").verdict, Verdict::inconclusive);
}

TEST(SmtpNullSender, ARefusalThatSpeaksOfTheSenderIsTheAnswer) {
  for (const char* reply : {"550 5.1.8 Sender address rejected", "553 5.1.7 no null sender here"}) {
    SmtpScene scene;
    scene.server.null_sender = reply;
    EXPECT_EQ(scene.red(), "smtp.null-sender") << reply;
  }
}

TEST(SmtpNullSender, InconclusiveWhereNobodyMayReceive) {
  SmtpScene scene;
  scene.server.recipients.clear();
  EXPECT_EQ(scene.red(), "smtp.recipients smtp.postmaster");
  EXPECT_EQ(scene.judge("smtp.null-sender").verdict, Verdict::inconclusive);
}

// ---- the safe state

TEST(SmtpDefers, PassesOn4xxAndSkipsTheOtherQuestions) {
  SmtpScene scene;
  scene.server.recipients.clear();
  scene.server.other_recipients = "450 come again later";
  scene.subject.parameters.set("defers", std::vector<std::string>{"jim@mail.test", "kathy@mail.test"});
  EXPECT_EQ(scene.judge("smtp.defers").verdict, Verdict::pass);
  EXPECT_EQ(scene.with(Verdict::skip),
            "smtp.recipients smtp.unknown-recipient smtp.postmaster smtp.null-sender smtp.scanner");
  EXPECT_EQ(scene.red(), "");
}

TEST(SmtpDefers, FailsWhereMailIsTakenOrBounced) {
  SmtpScene taken;
  taken.subject.parameters.set("defers", std::vector<std::string>{"jim@mail.test"});
  EXPECT_EQ(taken.red(), "smtp.defers");
  EXPECT_THAT(taken.judge("smtp.defers").message, HasSubstr("takes mail"));
  SmtpScene bounced;
  bounced.server.recipients.clear();
  bounced.subject.parameters.set("defers", std::vector<std::string>{"jim@mail.test"});
  EXPECT_EQ(bounced.red(), "smtp.defers");
  EXPECT_THAT(bounced.judge("smtp.defers").message, HasSubstr("refuses for good mail"));
}

TEST(SmtpDefers, APermanentRefusalIsOneWhateverItPromises) {
  for (const char* reply : {"550 mail is not open here yet, try later", "554 temporarily closed", "550 blocked",
                            "530 5.7.0 Authentication required", "552 5.2.2 mailbox full"}) {
    SmtpScene scene;
    scene.server.recipients.clear();
    scene.server.other_recipients = reply;
    scene.subject.parameters.set("defers", std::vector<std::string>{"jim@mail.test"});
    EXPECT_EQ(scene.red(), "smtp.defers") << reply;
    EXPECT_THAT(scene.judge("smtp.defers").message, HasSubstr("refuses for good mail that it should defer"));
  }
  for (const char* reply : {"554 5.7.1 Client host [127.0.0.1] blocked using dnsbl.test", "550 5.7.25 no PTR"}) {
    SmtpScene scene;
    scene.server.recipients.clear();
    scene.server.other_recipients = reply;
    scene.subject.parameters.set("defers", std::vector<std::string>{"jim@mail.test"});
    EXPECT_EQ(scene.judge("smtp.defers").verdict, Verdict::inconclusive) << reply;
  }
}

TEST(SmtpDefers, DeferredSenderIsDeferredMail) {
  SmtpScene scene;
  scene.server.mail = "450 come again later";
  scene.subject.parameters.set("defers", std::vector<std::string>{"jim@mail.test"});
  EXPECT_EQ(scene.judge("smtp.defers").verdict, Verdict::pass);
}

TEST(SmtpDefers, ManyAddressesKeepToTheBudget) {
  SmtpScene scene;
  scene.server.recipients.clear();
  scene.server.other_recipients = "450 come again later";
  std::vector<std::string> many;
  for (int i = 0; i < 7; ++i) many.push_back("user-" + std::to_string(i) + "@mail.test");
  scene.subject.parameters.set("defers", many);
  EXPECT_EQ(scene.judge("smtp.defers").verdict, Verdict::pass);
  EXPECT_LE(most_errors_on_a_connection(*scene.seen), 3);
}

// ---- etiquette

TEST(SmtpEtiquette, NoConnectionDrawsMoreThanThreeErrors) {
  SmtpScene scene;
  scene.subject.parameters.set("scanner", scanner_that_refuses());
  scene.subject.expected.domains = {"mail.test", "b.test", "c.test", "d.test"};
  scene.observe();
  EXPECT_LE(most_errors_on_a_connection(*scene.seen), 3) << transcript_text(*scene.seen);
}

}  // namespace
}  // namespace drydock::test
