// SMTP-29: the content scanner is in the path of mail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SmtpScanner, RefusedGtubePassesAndDeliveredFails) {
  SmtpScene scene;
  scene.subject.parameters.set("scanner", scanner_that_refuses());
  EXPECT_EQ(scene.judge("smtp.scanner").verdict, Verdict::pass);
  scene.server.content = "250 OK id=2";
  scene.seen.reset();
  EXPECT_EQ(scene.red(), "smtp.scanner");
  EXPECT_EQ(scene.judge("smtp.scanner").actual, "250 OK id=2");
  scene.server.content = "451 Temporary local problem";
  scene.seen.reset();
  EXPECT_EQ(scene.judge("smtp.scanner").verdict, Verdict::inconclusive);
  EXPECT_EQ(scene.red(), "");
}

TEST(SmtpScanner, OnlyARefusalOfContentCounts) {
  const std::pair<const char*, Verdict> cases[] = {
      {"550 5.7.1 message contains a virus", Verdict::pass},
      {"554 5.6.0 no", Verdict::pass},
      {"550 Administrative prohibition", Verdict::pass},
      {"550 5.7.23 SPF check of the sender failed", Verdict::inconclusive},
      {"550 5.7.26 mail.test's DMARC policy", Verdict::inconclusive},
      {"550 5.7.1 <probe@prober.test>: Sender address rejected", Verdict::inconclusive},
      {"554 5.7.1 your IP sends spam, listed at zen.bl.test", Verdict::inconclusive},
      {"552 5.2.2 mailbox full", Verdict::inconclusive},
      {"550 5.1.1 unknown user", Verdict::inconclusive}};
  for (const auto& [reply, verdict] : cases) {
    SmtpScene scene;
    scene.subject.parameters.set("scanner", scanner_that_refuses());
    scene.server.content = reply;
    EXPECT_EQ(scene.judge("smtp.scanner").verdict, verdict) << reply << transcript_text(*scene.seen);
  }
}

TEST(SmtpScanner, BesideAPlainMessageThatIsTakenAReportOfTheScannerIsAboutTheContent) {
  for (const char* reply :
       {"554 5.7.1 Message rated as spam (score 1000): RDNS_NONE, SPF_FAIL, listed at zen.spamhaus.test, try later",
        "550 5.7.1 message content rejected; see https://mail.test/abuse/reputation?ip=127.0.0.1",
        "554 5.7.1 Gtube pattern; your IP is blacklisted", "554 5.7.1 Spam message rejected",
        "550 5.7.1 id=4711 - Message rejected as UBE/spam", "553 Message filtered, rate too high",
        "552 5.7.0 blocked by policy",
        "550-Content analysis details: (1000.0 points)\r\n550 1000 GTUBE, HELO_NO_DOMAIN",
        "550 5.7.1 rejected: reputation, DKIM_INVALID"}) {
    SmtpScene scene;
    scene.subject.parameters.set("scanner", scanner_that_refuses());
    scene.server.content = reply;
    EXPECT_EQ(scene.judge("smtp.scanner").verdict, Verdict::pass) << reply << transcript_text(*scene.seen);
    scene.server.plain_content = reply;
    scene.seen.reset();
    EXPECT_EQ(scene.judge("smtp.scanner").verdict, Verdict::inconclusive) << reply << transcript_text(*scene.seen);
  }
}

TEST(SmtpScanner, SaysWhereThePlainMessageLies) {
  SmtpScene scene;
  scene.subject.parameters.set("scanner", scanner_that_refuses());
  EXPECT_THAT(scene.judge("smtp.scanner").actual,
              testing::AllOf(HasSubstr("550 spam"), HasSubstr("\"drydock scanner control\" with t-1 in its header"),
                             HasSubstr("goes to jim@mail.test now and is to be removed there")));
}

TEST(SmtpScanner, SaysWhatCameInsteadOfTheMessage) {
  for (const char* command : {"MAIL", "RCPT", "DATA"}) {
    SmtpScene scene;
    scene.subject.parameters.set("scanner", scanner_that_refuses());
    FakeSmtp closed = scene.server;
    closed.answers[command] = "554 5.7.1 no mail today";
    scene.later = {scene.server, scene.server, scene.server, closed};
    scene.subject.parameters.set("tls", std::string("none"));
    scene.subject.parameters.set("wrong_password", std::string("untested"));
    const Judgement judgement = scene.judge("smtp.scanner");
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << command << transcript_text(*scene.seen);
    EXPECT_THAT(judgement.message, HasSubstr("554 5.7.1 no mail today")) << transcript_text(*scene.seen);
  }
}

TEST(SmtpScanner, ARefusalOfAnyMessageProvesNothing) {
  for (const char* reply : {"550 spam", "550 5.7.1 message contains a virus", "550 Administrative prohibition"}) {
    SmtpScene scene;
    scene.subject.parameters.set("scanner", scanner_that_refuses());
    scene.server.content = scene.server.plain_content = reply;
    const Judgement judgement = scene.judge("smtp.scanner");
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << reply << transcript_text(*scene.seen);
    EXPECT_THAT(judgement.message, HasSubstr("a plain message was not taken either"));
  }
  SmtpScene deferred;
  deferred.subject.parameters.set("scanner", scanner_that_refuses());
  deferred.server.content = "550 no";
  deferred.server.plain_content = "451 later";
  EXPECT_EQ(deferred.judge("smtp.scanner").verdict, Verdict::inconclusive) << "neither says why";
  SmtpScene refused_at_data;
  refused_at_data.subject.parameters.set("scanner", scanner_that_refuses());
  refused_at_data.server.answers["DATA"] = "550 spam";
  EXPECT_EQ(refused_at_data.judge("smtp.scanner").verdict, Verdict::inconclusive) << "no message was sent";
}

TEST(SmtpScanner, SaysWhereAMessageLiesThatWasDelivered) {
  SmtpScene scene;
  scene.subject.parameters.set("scanner", scanner_that_refuses());
  scene.server.content = "250 OK id=2";
  EXPECT_THAT(scene.judge("smtp.scanner").message, HasSubstr("with t-1 in its header, goes to jim@mail.test now"));
}

TEST(SmtpScanner, WhatItSawAndDidNotRefuseIsNoSignThatItIsMissing) {
  for (const char* reply :
       {"250 2.7.0 Ok, discarded, id=4711 - spam", "250 2.0.0 OK, quarantined", "250 OK, Gtube pattern found"}) {
    SmtpScene scene;
    scene.subject.parameters.set("scanner", scanner_that_refuses());
    scene.server.content = reply;
    const Judgement judgement = scene.judge("smtp.scanner");
    EXPECT_EQ(judgement.verdict, Verdict::fail) << reply;
    EXPECT_THAT(judgement.message, HasSubstr("does not refuse"));
    EXPECT_THAT(judgement.message, Not(HasSubstr("not in the path")));
    EXPECT_EQ(judgement.actual, reply);
  }
}

TEST(SmtpScanner, WritesToTheMailboxThatIsMeantForIt) {
  SmtpScene scene;
  Parameters scanner;
  scanner.set("refuses", std::string("gtube"));
  scanner.set("to", std::string("canary@mail.test"));
  scene.subject.parameters = {};
  scene.subject.parameters.set("scanner", std::make_shared<const Parameters>(scanner));
  scene.server.recipients["canary@mail.test"] = "250 OK";
  EXPECT_EQ(scene.judge("smtp.scanner").verdict, Verdict::pass) << transcript_text(*scene.seen);
  EXPECT_EQ(*scene.seen->get(kSmtp.scanner_to), "canary@mail.test");
  EXPECT_TRUE(kSmtpType.validate(scene.subject.parameters).empty());
}

TEST(SmtpScanner, NothingIsSaidWhereNobodyMayReceive) {
  SmtpScene scene;
  scene.server.recipients = {{"postmaster", "250 OK"}, {"Postmaster@mail.test", "250 OK"}};
  scene.server.recipients.clear();
  scene.subject.parameters.set("scanner", scanner_that_refuses());
  EXPECT_EQ(scene.judge("smtp.scanner").verdict, Verdict::inconclusive);
}

TEST(SmtpScanner, TagsAloneAreTheMailProbesBusiness) {
  SmtpScene scene;
  Parameters scanner;
  scanner.set("tags", std::string("X-Scan"));
  scene.subject.parameters.set("scanner", std::make_shared<const Parameters>(scanner));
  EXPECT_EQ(scene.judge("smtp.scanner").verdict, Verdict::skip);
}

TEST(SmtpParameters, ScannerMustSaySomethingAndNeedsARecipient) {
  Parameters parameters;
  EXPECT_TRUE(kSmtpType.validate(parameters).empty());
  parameters.set("scanner", scanner_that_refuses());
  EXPECT_EQ(kSmtpType.validate(parameters).size(), 1U);
  parameters.set("recipients", std::vector<std::string>{"jim@mail.test"});
  EXPECT_TRUE(kSmtpType.validate(parameters).empty());
  parameters.set("scanner", std::make_shared<const Parameters>());
  EXPECT_EQ(kSmtpType.validate(parameters).size(), 1U);
}

}  // namespace
}  // namespace drydock::test
