#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_variants.hpp"
#include "tests/unit/smtp/relay_scene.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;

TEST(SmtpRelay, PassesWhereEveryVariantIsRefused) {
  RelayScene scene;
  const Judgement judgement = scene.verdict();
  EXPECT_EQ(judgement.verdict, Verdict::pass) << transcript_text(*scene.seen);
  EXPECT_EQ(scene.seen->get(kRelay.replies)->size(), 24U) << "in clear and inside TLS";
  EXPECT_LE(most_errors_on_a_connection(*scene.seen), 3);
}

TEST(SmtpRelay, WhatIsWithheldIsNotAsked) {
  RelayScene scene;
  const auto costs = kSmtpRelayType.costs(scene.subject);
  ASSERT_EQ(costs.size(), 1U);
  EXPECT_EQ(costs[0].refusals, 26) << "12 variants and a stranger on two ways into the one port";
  scene.subject.withheld = {std::string(costs[0].check)};
  scene.observe();
  EXPECT_THAT(scene.heard, testing::IsEmpty());
}

TEST(SmtpRelay, AnyAcceptedVariantFailsAndIsNamed) {
  for (const RelayVariant& variant : relay_variants(RelayScene().subject)) {
    RelayScene scene;
    scene.server.recipients[variant.recipient] = "250 2.1.5 Accepted";
    const Judgement judgement = scene.verdict();
    EXPECT_EQ(judgement.verdict, Verdict::fail) << variant.label;
    EXPECT_EQ(judgement.expected, "550");
    EXPECT_EQ(judgement.actual, "250 2.1.5 Accepted");
    EXPECT_EQ(judgement.stage, "rcpt");
    EXPECT_THAT(judgement.message, HasSubstr("accepted mail for a stranger"));
    EXPECT_THAT(judgement.message, HasSubstr(variant.recipient));
    EXPECT_THAT(judgement.reproduce, HasSubstr("swaks --server 127.0.0.1"));
  }
}

TEST(SmtpRelay, KnowsTheFormsOfTheCatalogue) {
  RelayScene scene;
  scene.subject.target.ip = "127.0.20.1";
  std::vector<std::string> forms;
  for (const RelayVariant& variant : relay_variants(scene.subject))
    forms.push_back(variant.sender + " " + variant.recipient);
  EXPECT_EQ(
      forms,
      (std::vector<std::string>{
          "probe@elsewhere.test somebody@elsewhere.test", "probe@elsewhere.test somebody%elsewhere.test@mail.test",
          "probe@elsewhere.test @mail.test:somebody@elsewhere.test",
          "probe@elsewhere.test elsewhere.test!somebody@mail.test", "probe@elsewhere.test \"somebody@elsewhere.test\"",
          "probe@elsewhere.test \"somebody@elsewhere.test\"@mail.test", "probe@elsewhere.test somebody@[192.0.2.1]",
          "probe@elsewhere.test somebody@elsewhere.test@mail.test", "probe@elsewhere.test somebody@elsewhere.test.",
          " somebody@elsewhere.test", "postmaster@mail.test somebody@elsewhere.test",
          "postmaster@[127.0.20.1] somebody@elsewhere.test"}));
}

TEST(SmtpRelay, LeavesOutLocalFormsWithoutADomain) {
  RelayScene scene;
  scene.subject.expected.domains.clear();
  scene.subject.target.name.clear();
  EXPECT_EQ(relay_variants(scene.subject).size(), 6U);
  EXPECT_EQ(scene.verdict().verdict, Verdict::pass);
}

TEST(SmtpRelay, PutOffIsInconclusive) {
  RelayScene scene;
  scene.server.other_recipients = "450 greylisted";
  EXPECT_EQ(scene.verdict().verdict, Verdict::inconclusive);
}

TEST(SmtpRelay, OneAcceptedAmongPutOffFails) {
  RelayScene scene;
  scene.server.other_recipients = "450 greylisted";
  scene.server.recipients["somebody@elsewhere.test."] = "250 OK";
  EXPECT_EQ(scene.verdict().verdict, Verdict::fail);
  RelayScene catch_all;
  catch_all.server.other_recipients = "450 greylisted";
  catch_all.server.recipients["\"somebody@elsewhere.test\""] = "250 OK";
  EXPECT_EQ(catch_all.verdict().verdict, Verdict::inconclusive) << "a user who does not exist is put off as well";
}

TEST(SmtpRelay, RefusedSendersOfOurOwnAndOfNobodyAreRefusals) {
  RelayScene scene;
  scene.server.null_sender = "550 no";
  EXPECT_EQ(scene.verdict().verdict, Verdict::pass);
}

TEST(SmtpRelay, DemandedLoginIsARefusalInsideTlsOnly) {
  RelayScene inside;
  inside.server.demands_auth = true;
  EXPECT_EQ(inside.verdict().verdict, Verdict::pass);
  RelayScene clear;
  clear.server.demands_auth = true;
  clear.server.extensions = {"SIZE 1000"};
  EXPECT_EQ(clear.verdict().verdict, Verdict::inconclusive);
}

TEST(SmtpRelay, RefusalOfTheProberSaysNothing) {
  RelayScene scene;
  scene.server.other_recipients = "550 Sender verify failed";
  EXPECT_EQ(scene.verdict().verdict, Verdict::inconclusive);
}

TEST(SmtpRelay, StarttlsThatIsOfferedAndNotSeenToItsEndIsInconclusive) {
  RelayScene alert;
  alert.newest_tls = 0x0302;
  RelayScene refused;
  refused.server.starttls = "454 4.7.0 TLS not available";
  RelayScene silent;
  silent.server.stalls_at = "STARTTLS";
  silent.connection = std::chrono::seconds(3);
  for (RelayScene* scene : {&alert, &refused, &silent}) {
    const Judgement judgement = scene->verdict();
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << transcript_text(*scene->seen);
    EXPECT_THAT(judgement.message, HasSubstr("inside TLS was not seen to its end"));
  }
  RelayScene open;
  open.newest_tls = 0x0302;
  open.server.other_recipients = "250 OK";
  EXPECT_EQ(open.verdict().verdict, Verdict::fail) << "what was seen counts";
}

TEST(SmtpRelay, ServerThatHangsUpIsInconclusiveAndOneThatIsGoneFails) {
  RelayScene scene;
  scene.server.drops_at = "RCPT TO:<somebody%";
  EXPECT_EQ(scene.verdict().verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
  EXPECT_EQ(scene.seen->get(kRelay.replies)->size(), 22U);
  Subject subject = scene.subject;
  {
    ScriptedPeer peer(Script{});
    subject.target.port = peer.port();
  }
  const Observation seen = observe(kSmtpRelayType, subject);
  EXPECT_EQ(judge(kSmtpRelayType, "smtp.relay-denied", seen, subject).verdict, Verdict::fail);
}

TEST(SmtpRelay, ATimeOutSaysWhoseTimeWasOver) {
  RelayScene scene;
  scene.server.stalls_at = "RCPT TO:<somebody%";
  scene.connection = std::chrono::seconds(4);
  const Judgement judgement = scene.verdict();
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
  EXPECT_THAT(judgement.message, HasSubstr("no reply to RCPT TO:<somebody%elsewhere.test@mail.test> within"));
}

TEST(SmtpRelay, SlowAnswersAreDividedAmongConnections) {
  RelayScene scene;
  scene.server.extensions = {"SIZE 1000"};
  scene.server.thinks_at_rcpt = std::chrono::milliseconds(600);
  scene.connection = std::chrono::seconds(5);
  scene.patience = std::chrono::minutes(2);
  EXPECT_EQ(scene.verdict().verdict, Verdict::pass) << transcript_text(*scene.seen);
  EXPECT_FALSE(scene.seen->error);
}

// ---- the server ends connections by words of its own

TEST(SmtpRelay, HangingUpAfterARefusalLeavesTheRefusalAsTheAnswer) {
  RelayScene scene;
  scene.server.drops_after_refusal = true;
  EXPECT_EQ(scene.verdict().verdict, Verdict::pass) << transcript_text(*scene.seen);
  EXPECT_FALSE(scene.seen->error);
}

TEST(SmtpRelay, ABusyServerIsAskedAgain) {
  RelayScene scene;
  FakeSmtp busy = scene.server;
  busy.greeting = "421 Too many concurrent SMTP connections";
  scene.later = {busy, scene.server, busy, busy, scene.server};
  EXPECT_EQ(scene.verdict().verdict, Verdict::pass) << transcript_text(*scene.seen);
}

TEST(SmtpRelay, AServerThatLetsNobodyInIsKnockedAtOnce) {
  RelayScene scene;
  scene.server.greeting = "421 Too many concurrent SMTP connections";
  EXPECT_EQ(scene.verdict().verdict, Verdict::inconclusive);
  EXPECT_EQ(scene.connections, 1U) << "the engine comes again, with fewer at once";
}

TEST(SmtpRelay, A421IsInconclusiveInItsOwnWords) {
  for (const char* command : {"EHLO", "MAIL", "RCPT TO:<somebody"}) {
    RelayScene scene;
    scene.server.answers[command] = "421 4.3.2 closing down";
    const Judgement judgement = scene.verdict();
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << command << transcript_text(*scene.seen);
    EXPECT_THAT(judgement.message, HasSubstr("421 4.3.2 closing down")) << command;
  }
}

}  // namespace
}  // namespace drydock::test
