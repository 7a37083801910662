#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_variants.hpp"
#include "tests/unit/smtp/relay_scene.hpp"

/// A refusal proves something only beside a recipient who is taken, or where it says why.
namespace drydock::test {
namespace {

using testing::HasSubstr;

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
