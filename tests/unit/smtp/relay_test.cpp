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
    subject.port = peer.port();
  }
  const Observation seen = observe(kSmtpRelayType, subject);
  EXPECT_EQ(judge(kSmtpRelayType, "smtp.relay-denied", seen, subject).verdict, Verdict::fail);
}

// ---- every port that takes mail, in clear and inside TLS

/// Further ports of the host, besides the scene's own.
struct ManyPorts : RelayScene {
  ManyPorts() { other.other_recipients = "550 relay not permitted"; }
  Judgement with_other(bool implicit_tls) {
    PeerOptions options = with_certificate(ca);
    options.implicit_tls = implicit_tls;
    other.implicit = implicit_tls;
    ScriptedPeer peer(other.script(), options);
    return with_port(peer.port());
  }
  Judgement with_port(std::uint16_t port) {
    subject.parameters.set("also", std::vector<std::string>{std::to_string(port)});
    if (connection == Duration(0)) connection = std::chrono::seconds(5);
    return verdict();
  }
  FakeSmtp other;
};

TEST(SmtpRelayWays, AreAllPortsThatTakeMailUnlessTheScenarioSaysOne) {
  Subject subject;
  EXPECT_EQ(relay_ports(subject), (std::vector<std::uint16_t>{25, 587, 465}));
  subject.parameters.set("also", std::vector<std::string>{"2525"});
  EXPECT_EQ(relay_ports(subject), (std::vector<std::uint16_t>{25, 2525}));
  subject.parameters = {};
  subject.parameters.set("port", std::int64_t{587});
  EXPECT_EQ(relay_ports(subject), (std::vector<std::uint16_t>{587}));
  subject.port = 1025;
  EXPECT_EQ(relay_ports(subject), (std::vector<std::uint16_t>{1025}));
}

TEST(SmtpRelayWays, OpenInsideTlsOnlyFailsAndTheCommandShowsIt) {
  RelayScene scene;
  scene.server.secure_other_recipients = "250 2.1.5 Accepted";
  const Judgement judgement = scene.verdict();
  EXPECT_EQ(judgement.verdict, Verdict::fail) << transcript_text(*scene.seen);
  EXPECT_THAT(judgement.message, HasSubstr("inside TLS"));
  EXPECT_THAT(judgement.message, testing::Not(HasSubstr("in clear")));
  EXPECT_THAT(judgement.reproduce, HasSubstr(" --tls "));
}

TEST(SmtpRelayWays, OpenInClearOnlyFailsAndTheCommandShowsIt) {
  RelayScene scene;
  scene.server.secure_other_recipients = scene.server.other_recipients;
  scene.server.other_recipients = "250 2.1.5 Accepted";
  const Judgement judgement = scene.verdict();
  EXPECT_EQ(judgement.verdict, Verdict::fail) << transcript_text(*scene.seen);
  EXPECT_THAT(judgement.message, HasSubstr("in clear"));
  EXPECT_THAT(judgement.message, testing::Not(HasSubstr("inside TLS")));
  EXPECT_THAT(judgement.reproduce, testing::Not(HasSubstr("--tls")));
}

TEST(SmtpRelayWays, ClearTextRefusedUntilTlsBeginsIsARefusal) {
  RelayScene scene;
  scene.server.other_recipients = "530 5.7.0 Must issue a STARTTLS command first";
  scene.server.recipients.clear();
  scene.server.secure_other_recipients = "550 relay not permitted";
  scene.server.takes_users_at = "<postmaster>";
  EXPECT_EQ(scene.verdict().verdict, Verdict::pass) << transcript_text(*scene.seen);
}

TEST(SmtpRelayWays, AnotherOpenPortFailsAndTheCommandShowsIt) {
  for (const bool implicit_tls : {false, true}) {
    ManyPorts scene;
    scene.other.other_recipients = "250 2.1.5 Accepted";
    const Judgement judgement = scene.with_other(implicit_tls);
    EXPECT_EQ(judgement.verdict, Verdict::fail) << transcript_text(*scene.seen);
    const std::string port = scene.subject.parameters.texts("also").front();
    EXPECT_THAT(judgement.message, HasSubstr("port " + port + (implicit_tls ? " inside implicit TLS" : " in clear")));
    EXPECT_THAT(judgement.reproduce, HasSubstr("--port " + port));
    EXPECT_EQ(judgement.reproduce.find("--tls-on-connect") != std::string::npos, implicit_tls);
    EXPECT_EQ(scene.seen->address, Endpoint({"127.0.0.1", *scene.subject.port}).text());
  }
}

TEST(SmtpRelayWays, AnotherPortThatRefusesPasses) {
  for (const bool implicit_tls : {false, true}) {
    ManyPorts scene;
    EXPECT_EQ(scene.with_other(implicit_tls).verdict, Verdict::pass) << transcript_text(*scene.seen);
    EXPECT_FALSE(scene.seen->error);
  }
}

TEST(SmtpRelayWays, APortThatIsSlowerThanOurPatienceIsInconclusive) {
  for (const Script& script :
       {Script{stall()}, Script{say("220-mail.test"), stall()}, Script{say("220 mail.test"), hear("EHLO"), stall()},
        Script{say("220 mail.test"), hear("EHLO"), hang_up()}}) {
    ManyPorts scene;
    ScriptedPeer peer(script);
    scene.connection = std::chrono::seconds(2);
    const Judgement judgement = scene.with_port(peer.port());
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
    EXPECT_THAT(judgement.message, HasSubstr("was not seen to its end"));
  }
}

TEST(SmtpRelayWays, ClosedAndStrangePortsOfWhichTheScenarioDoesNotSpeakArePassedOver) {
  for (const Script& script : {Script{say("SSH-2.0-OpenSSH_9.2")}, Script{hang_up()}, Script{say("554 no")}}) {
    ManyPorts scene;
    ScriptedPeer peer(script);
    EXPECT_EQ(scene.with_port(peer.port()).verdict, Verdict::pass) << transcript_text(*scene.seen);
    EXPECT_TRUE(scene.seen->has(kRelay.passed_over));
    EXPECT_FALSE(scene.seen->error);
  }
  ManyPorts closed;
  std::uint16_t port = 0;
  {
    ScriptedPeer peer(Script{});
    port = peer.port();
  }
  EXPECT_EQ(closed.with_port(port).verdict, Verdict::pass) << transcript_text(*closed.seen);
  EXPECT_EQ(closed.seen->get(kRelay.passed_over)->front().second, "refused");
}

TEST(SmtpRelayWays, APortThatSaysNotNowIsInconclusive) {
  ManyPorts scene;
  scene.other.greeting = "421 4.3.2 too many connections";
  const Judgement judgement = scene.with_other(false);
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
  EXPECT_THAT(judgement.message, HasSubstr("421 4.3.2 too many connections"));
}

TEST(SmtpRelayWays, APortForWhoLogsInRefusesStrangers) {
  ManyPorts scene;
  scene.other.demands_auth = true;
  EXPECT_EQ(scene.with_other(false).verdict, Verdict::pass) << transcript_text(*scene.seen);
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

TEST(SmtpRelay, A421IsInconclusiveInItsOwnWords) {
  for (const char* command : {"EHLO", "MAIL", "RCPT TO:<somebody"}) {
    RelayScene scene;
    scene.server.answers[command] = "421 4.3.2 closing down";
    const Judgement judgement = scene.verdict();
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << command << transcript_text(*scene.seen);
    EXPECT_THAT(judgement.message, HasSubstr("421 4.3.2 closing down")) << command;
  }
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

/// What a host says to this prober, whoever the mail is for.
constexpr const char* kDislikes[] = {"550 rejected because 127.0.0.1 is in a black list at dnsbl.test",
                                     "504 5.5.2 <prober.test>: Helo command rejected: need fully-qualified hostname",
                                     "554 5.7.1 <prober.test[127.0.0.1]>: Client host rejected: Access denied",
                                     "550 5.7.1 too many unknown users from you",
                                     "550 host prober.test is not welcome"};

TEST(SmtpRelay, BesidePostmasterAloneOnlyARefusalCountsThatSaysWhy) {
  for (const char* refusal :
       {kDislikes[0], kDislikes[1], kDislikes[2], kDislikes[3], kDislikes[4], "554 5.7.1 Access denied",
        "550 Administrative prohibition", "550 Unrouteable address", "501 Syntax error"}) {
    RelayScene scene;
    scene.server.recipients = {{"postmaster", "250 OK"}, {"postmaster@mail.test", "250 OK"}};
    scene.server.other_recipients = refusal;
    EXPECT_EQ(scene.verdict().verdict, Verdict::inconclusive) << refusal << transcript_text(*scene.seen);
    EXPECT_THAT(scene.verdict().message, HasSubstr(refusal));
  }
}

TEST(SmtpRelay, BesideAnOrdinaryUserAnyRefusalCountsThatDoesNotSpeakOfTheProber) {
  for (const char* refusal : {"550 Administrative prohibition", "550 Unrouteable address", "554 5.7.1 Access denied"}) {
    RelayScene scene;
    scene.subject.parameters.set("control", std::string("jim@mail.test"));
    scene.server.other_recipients = refusal;
    EXPECT_EQ(scene.verdict().verdict, Verdict::pass) << scene.verdict().message << transcript_text(*scene.seen);
  }
  for (const char* refusal : kDislikes) {
    RelayScene scene;
    scene.subject.parameters.set("control", std::string("jim@mail.test"));
    scene.server.other_recipients = refusal;
    EXPECT_EQ(scene.verdict().verdict, Verdict::inconclusive) << refusal << transcript_text(*scene.seen);
  }
  RelayScene gone;
  gone.subject.parameters.set("control", std::string("gone@mail.test"));
  EXPECT_EQ(gone.verdict().verdict, Verdict::inconclusive) << transcript_text(*gone.seen);
  EXPECT_THAT(gone.verdict().message, HasSubstr("gone@mail.test"));
}

TEST(SmtpRelay, PostmasterIsNoOrdinaryUser) {
  Parameters parameters;
  EXPECT_TRUE(kSmtpRelayType.validate(parameters).empty());
  parameters.set("control", std::string("Postmaster@mail.test"));
  EXPECT_EQ(kSmtpRelayType.validate(parameters).size(), 1U);
  parameters.set("control", std::string("jim@mail.test"));
  EXPECT_TRUE(kSmtpRelayType.validate(parameters).empty());
}

TEST(SmtpRelay, OnPortsForWhoLogsInADenialCountsAndBesideAUserWhoIsTakenElsewhereAPlainRefusal) {
  const std::tuple<const char*, Verdict, Verdict> cases[] = {
      {"550 5.7.1 Authentication required", Verdict::pass, Verdict::pass},
      {"550 relay not permitted", Verdict::pass, Verdict::pass},
      {"554 5.7.1 <prober.test[127.0.0.1]>: Client host rejected: Access denied", Verdict::pass, Verdict::inconclusive},
      {"554 5.7.1 Access denied", Verdict::pass, Verdict::inconclusive},
      {"550 rejected because 127.0.0.1 is in a black list at dnsbl.test", Verdict::inconclusive,
       Verdict::inconclusive}};
  for (const auto& [refusal, beside, alone] : cases)
    for (const bool control : {true, false}) {
      const Verdict verdict = control ? beside : alone;
      ManyPorts scene;
      if (control) scene.subject.parameters.set("control", std::string("jim@mail.test"));
      scene.other.recipients.clear();
      scene.other.other_recipients = refusal;
      scene.connection = std::chrono::seconds(3);
      EXPECT_EQ(scene.with_other(true).verdict, verdict) << refusal << transcript_text(*scene.seen);
    }
}

TEST(SmtpRelay, OnlyAClassifiedRefusalOfAStrangerTellsACatchAllFromARelay) {
  const std::pair<const char*, Verdict> cases[] = {
      {"550 5.1.1 unknown user", Verdict::fail},
      {"451 4.7.1 greylisted, try later", Verdict::inconclusive},
      {"452 4.5.3 too many recipients this hour", Verdict::inconclusive},
      {"550 5.7.1 too many unknown users from you", Verdict::inconclusive},
      {"550 rejected because 127.0.0.1 is in a black list at dnsbl.test", Verdict::inconclusive},
      {"550 host prober.test is not welcome", Verdict::inconclusive},
      {"550 no", Verdict::inconclusive}};
  for (const auto& [refusal, verdict] : cases) {
    RelayScene scene;
    scene.server.takes_users_at = "@mail.test>";
    scene.server.recipients[relay_stranger(scene.subject)] = refusal;
    const Judgement judgement = scene.verdict();
    EXPECT_EQ(judgement.verdict, verdict) << refusal << transcript_text(*scene.seen);
    EXPECT_THAT(verdict == Verdict::fail ? "" : judgement.message, HasSubstr(verdict == Verdict::fail ? "" : refusal));
  }
  RelayScene controlled;
  controlled.subject.parameters.set("control", std::string("jim@mail.test"));
  controlled.server.takes_users_at = "@mail.test>";
  controlled.server.recipients[relay_stranger(controlled.subject)] = "550 no";
  EXPECT_EQ(controlled.verdict().verdict, Verdict::fail) << transcript_text(*controlled.seen);
}

TEST(SmtpRelay, ARefusedSenderIsTheAnswerWhereItIsTheTrick) {
  RelayScene scene;
  scene.server.answers["MAIL FROM:<postmaster@"] = "550 5.1.8 not your address";
  EXPECT_EQ(scene.verdict().verdict, Verdict::pass) << scene.verdict().message << transcript_text(*scene.seen);
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

/// Postfix with defer_unauth_destination, as Debian's is.
TEST(SmtpRelay, ADeferralThatSaysThatMailIsNotPassedOnIsADenialBesideAUserWhoIsTaken) {
  const std::tuple<const char*, bool, Verdict> cases[] = {
      {"454 4.7.1 <x>: Relay access denied", true, Verdict::pass},
      {"454 4.7.1 <x>: Relay access denied", false, Verdict::inconclusive},
      {"451 4.7.1 Relaying temporarily denied. Cannot resolve PTR record", true, Verdict::inconclusive},
      {"421 4.7.1 Relay access denied", true, Verdict::inconclusive},
      {"450 4.2.0 Greylisted", true, Verdict::inconclusive},
      {"550 5.7.1 authentication is required", true, Verdict::pass},
      {"550 ptr12.hoster.test [127.0.0.1] is currently not permitted to relay through this server", true,
       Verdict::pass},
      {"550 ptr12.hoster.test [127.0.0.1] is currently not permitted to relay through this server", false,
       Verdict::inconclusive},
      {"550 5.7.1 Relaying denied. Your IP name lookup failed [127.0.0.1]", true, Verdict::pass},
      {"550 5.7.1 blocked using dnsbl.test", true, Verdict::inconclusive},
      {"550 5.7.1 Mail from 127.0.0.1 refused: you are an open relay", false, Verdict::inconclusive}};
  for (const auto& [answer, control, verdict] : cases) {
    RelayScene scene;
    scene.server.other_recipients = answer;
    if (control) scene.subject.parameters.set("control", std::string("jim@mail.test"));
    EXPECT_EQ(scene.verdict().verdict, verdict) << answer << transcript_text(*scene.seen);
  }
}

}  // namespace
}  // namespace drydock::test
