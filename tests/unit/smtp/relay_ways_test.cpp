#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_variants.hpp"
#include "tests/unit/smtp/relay_scene.hpp"

/// Every port that takes mail, in clear and inside TLS.
namespace drydock::test {
namespace {

using testing::HasSubstr;

TEST(SmtpRelayWays, AreAllPortsThatTakeMailUnlessTheScenarioSaysOne) {
  Subject subject;
  EXPECT_EQ(relay_ports(subject), (std::vector<std::uint16_t>{25, 587, 465}));
  subject.parameters.set("also", std::vector<std::string>{"2525"});
  EXPECT_EQ(relay_ports(subject), (std::vector<std::uint16_t>{25, 2525}));
  subject.parameters = {};
  subject.parameters.set("port", std::int64_t{587});
  EXPECT_EQ(relay_ports(subject), (std::vector<std::uint16_t>{587}));
  subject.target.port = 1025;
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
    EXPECT_EQ(scene.seen->address, Endpoint({"127.0.0.1", *scene.subject.target.port}).text());
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

}  // namespace
}  // namespace drydock::test
