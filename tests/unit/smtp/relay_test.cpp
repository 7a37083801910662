#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_variants.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;

struct RelayScene : SmtpScene {
  RelayScene() {
    type = quick_relay();
    server.other_recipients = "550 relay not permitted";
  }
  Judgement verdict() { return judge("smtp.relay-denied"); }
};

TEST(SmtpRelay, PassesWhereEveryVariantIsRefused) {
  RelayScene scene;
  const Judgement judgement = scene.verdict();
  EXPECT_EQ(judgement.verdict, Verdict::pass) << transcript_text(*scene.seen);
  EXPECT_EQ(scene.seen->get(kRelay.replies)->size(), 12U);
  EXPECT_LE(most_errors_on_a_connection(*scene.seen), 3);
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
  scene.subject.ip = "127.0.20.1";
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
  scene.subject.domains.clear();
  scene.subject.name.clear();
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
  scene.server.recipients["\"somebody@elsewhere.test\""] = "250 OK";
  EXPECT_EQ(scene.verdict().verdict, Verdict::fail);
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

TEST(SmtpRelay, BrokenTlsIsNoObstacle) {
  RelayScene scene;
  scene.newest_tls = 0x0302;
  EXPECT_EQ(scene.verdict().verdict, Verdict::pass) << transcript_text(*scene.seen);
}

TEST(SmtpRelay, ServerThatHangsUpIsInconclusiveAndOneThatIsGoneFails) {
  RelayScene scene;
  scene.server.drops_at = "RCPT TO:<somebody%";
  EXPECT_EQ(scene.verdict().verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
  EXPECT_EQ(scene.seen->get(kRelay.replies)->size(), 11U);
  Subject subject = scene.subject;
  {
    ScriptedPeer peer(Script{});
    subject.port = peer.port();
  }
  const Observation seen = observe(kSmtpRelayType, subject);
  EXPECT_EQ(judge(kSmtpRelayType, "smtp.relay-denied", seen, subject).verdict, Verdict::fail);
}

// ---- a refusal proves something only beside a recipient who is taken

TEST(SmtpRelay, WhereNobodyIsTakenNothingIsKnown) {
  for (const char* refusal :
       {"550 rejected because 127.0.0.1 is in a black list at dnsbl.test",
        "504 5.5.2 <prober.test>: Helo command rejected: need fully-qualified hostname",
        "554 5.7.1 <prober.test[127.0.0.1]>: Client host rejected: Access denied", "550 no mail from you today"}) {
    RelayScene scene;
    scene.server.other_recipients = refusal;
    scene.server.recipients.clear();
    const Judgement judgement = scene.verdict();
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << refusal << transcript_text(*scene.seen);
    EXPECT_THAT(judgement.message, HasSubstr("is refused too"));
    EXPECT_LE(most_errors_on_a_connection(*scene.seen), 3);
  }
}

TEST(SmtpRelay, WhereNobodyIsTakenAnAcceptedStrangerStillFails) {
  RelayScene scene;
  scene.server.recipients.clear();
  scene.server.recipients["somebody@elsewhere.test"] = "250 OK";
  EXPECT_EQ(scene.verdict().verdict, Verdict::fail) << transcript_text(*scene.seen);
}

TEST(SmtpRelay, ASenderThatIsNotTakenLeavesTheQuestionUnasked) {
  for (const char* refusal : {"501 5.1.7 Bad sender address syntax", "550 5.7.23 SPF check of the sender failed"}) {
    RelayScene scene;
    scene.server.mail = refusal;
    scene.server.null_sender = refusal;
    const Judgement judgement = scene.verdict();
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << refusal;
    EXPECT_THAT(judgement.message, HasSubstr(refusal));
  }
}

TEST(SmtpRelay, ANullSenderThatIsNotTakenRelaysNothing) {
  RelayScene scene;
  scene.server.null_sender = "550 no bounces here";
  EXPECT_EQ(scene.verdict().verdict, Verdict::pass) << transcript_text(*scene.seen);
}

TEST(SmtpRelay, ABareDomainlessPostmasterIsControlEnough) {
  RelayScene scene;
  scene.server.recipients.erase("postmaster@mail.test");
  scene.server.recipients.erase("Postmaster@mail.test");
  EXPECT_EQ(scene.verdict().verdict, Verdict::pass) << transcript_text(*scene.seen);
}

TEST(SmtpRelay, ACatchAllTakesForItselfWhatOnlyLooksLikeRelaying) {
  RelayScene scene;
  for (const RelayVariant& variant : relay_variants(scene.subject))
    if (variant.at_ours) scene.server.recipients[variant.recipient] = "250 OK";
  EXPECT_EQ(scene.verdict().verdict, Verdict::fail) << "a user who does not exist is refused here";
  scene.seen.reset();
  scene.server.takes_users_at = "@mail.test>";
  const Judgement undeclared = scene.verdict();
  EXPECT_EQ(undeclared.verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
  EXPECT_THAT(undeclared.message, HasSubstr("users who don't exist are accepted too"));
  scene.subject.parameters.set("unknown", std::string("accepted"));
  EXPECT_EQ(scene.judge("smtp.relay-denied").verdict, Verdict::pass);
  scene.seen.reset();
  scene.server.recipients["somebody@elsewhere.test."] = "250 OK";
  EXPECT_EQ(scene.verdict().verdict, Verdict::fail) << "what goes elsewhere no catch-all explains";
}

}  // namespace
}  // namespace drydock::test
