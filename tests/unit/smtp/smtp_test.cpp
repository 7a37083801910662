#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Smtp, HealthyServerPassesEveryCheckThatApplies) {
  SmtpScene scene;
  EXPECT_EQ(scene.with(Verdict::pass),
            "smtp.greeting smtp.name smtp.capabilities smtp.starttls smtp.certificate-chain smtp.certificate-name "
            "smtp.certificate-validity smtp.auth-clear smtp.auth smtp.auth-wrong-password smtp.recipients "
            "smtp.unknown-recipient smtp.postmaster smtp.null-sender")
      << transcript_text(*scene.seen);
  EXPECT_EQ(scene.with(Verdict::skip), "smtp.defers smtp.scanner");
  EXPECT_FALSE(scene.seen->error);
}

TEST(Smtp, NotesTheFactsThatScriptsRelyOn) {
  SmtpScene scene;
  const Observation& seen = scene.observe();
  EXPECT_EQ(*seen.get(kSmtp.banner), "mail.test ESMTP");
  EXPECT_EQ(*seen.get(kSmtp.ehlo_name), "mail.test");
  EXPECT_EQ(*seen.get(kSmtp.ehlo_extensions), (std::vector<std::string>{"SIZE", "8BITMIME", "PIPELINING", "STARTTLS"}));
  EXPECT_EQ(*seen.get(kSmtp.size), 1000);
}

TEST(Smtp, KeepsPasswordsOutOfTheTranscript) {
  SmtpScene scene;
  scene.observe();
  const std::string said = transcript_text(*scene.seen);
  EXPECT_THAT(said, HasSubstr("AUTH PLAIN ***"));
  EXPECT_THAT(said, Not(HasSubstr("Sesame")));
  EXPECT_THAT(said, Not(HasSubstr("U2VzYW1lLTc=")));          // base64 of the password
  EXPECT_THAT(said, Not(HasSubstr("AGppbQBTZXNhbWUtNw==")));  // the PLAIN blob
}

TEST(Smtp, EveryJudgementThatIsNoPassSaysWhatToDo) {
  SmtpScene scene;
  scene.server.any_password = true;
  scene.server.other_recipients = "250 OK";
  scene.observe();
  for (const char* id : {"smtp.auth-wrong-password", "smtp.unknown-recipient"}) {
    const Judgement judgement = scene.judge(id);
    EXPECT_EQ(judgement.verdict, Verdict::fail);
    EXPECT_THAT(judgement.message, Not(IsEmpty()));
    EXPECT_THAT(judgement.expected, Not(IsEmpty()));
    EXPECT_THAT(judgement.actual, HasSubstr("2"));
    EXPECT_THAT(judgement.hint, Not(IsEmpty()));
    EXPECT_THAT(judgement.stage, Not(IsEmpty()));
    EXPECT_THAT(judgement.reproduce, HasSubstr("swaks --server 127.0.0.1 --port "));
  }
}

// ---- SMTP-01

TEST(SmtpGreeting, FailsWhereNothingListens) {
  SmtpScene scene;
  Subject subject = scene.subject;
  {
    ScriptedPeer peer(Script{});
    subject.target.port = peer.port();
  }
  const Observation seen = observe(kSmtpType, subject);
  EXPECT_EQ(judge(kSmtpType, "smtp.greeting", seen, subject).verdict, Verdict::fail);
  for (const CheckSpec& check : kSmtpType.checks)
    if (check.id != "smtp.greeting")
      EXPECT_NE(judge(kSmtpType, check.id, seen, subject).verdict, Verdict::fail) << check.id;
}

TEST(SmtpGreeting, FailsOnRefusalAndStrangeServers) {
  for (const char* greeting : {"554 SMTP service not available", "521 no mail here", "SSH-2.0-OpenSSH_9.2",
                               "* OK ready", "220 ****************", "220\x01mail.test"}) {
    SmtpScene scene;
    scene.server.greeting = greeting;
    EXPECT_EQ(scene.judge("smtp.greeting").verdict, Verdict::fail) << greeting;
  }
}

TEST(SmtpGreeting, OnlyItFailsOnARefusal) {
  SmtpScene scene;
  scene.server.greeting = "554 SMTP service not available";
  EXPECT_EQ(scene.red(), "smtp.greeting");
}

TEST(SmtpGreeting, InconclusiveWhenPutOffOrTurnedAwayOrSilent) {
  for (const char* greeting : {"421 Too much load", "450 later", "554 5.7.1 127.0.0.1 blocked using bl.test"}) {
    SmtpScene scene;
    scene.server.greeting = greeting;
    EXPECT_EQ(scene.judge("smtp.greeting").verdict, Verdict::inconclusive) << greeting;
    EXPECT_EQ(scene.red(), "");
  }
}

TEST(SmtpGreeting, TakesAGreetingOfSeveralLinesAndABareCode) {
  for (const char* greeting : {"220-mail.test ESMTP\r\n220-welcome\r\n220 to you", "220 mail.test"}) {
    SmtpScene scene;
    scene.server.greeting = greeting;
    EXPECT_EQ(scene.judge("smtp.greeting").verdict, Verdict::pass) << greeting;
    EXPECT_EQ(scene.judge("smtp.name").verdict, Verdict::pass) << greeting;
  }
}

TEST(SmtpGreeting, FailsWhenTheServerHangsUpBeforeItsName) {
  SmtpScene scene;
  scene.server.drops_at = "EHLO";
  EXPECT_EQ(scene.red(), "smtp.greeting");
  EXPECT_THAT(scene.judge("smtp.greeting").message, HasSubstr("ehlo"));
  EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::inconclusive);
}

TEST(SmtpGreeting, SlowBannerWarns) {
  SmtpScene scene;
  scene.observe();
  scene.seen->set(kSmtp.banner_seconds, 40.0);
  EXPECT_EQ(scene.judge("smtp.greeting").verdict, Verdict::warn);
}

// ---- SMTP-02

TEST(SmtpName, FailsOnNamesThatAreNotTheHosts) {
  for (const char* name : {"interim.test", "old.test", "localhost", "localhost.localdomain", "mail", "[127.0.0.1]",
                           "127.0.0.1", "other.example"}) {
    SmtpScene scene;
    scene.server.name = name;
    scene.server.greeting = std::string("220 ") + name + " ESMTP";
    EXPECT_EQ(scene.red(), "smtp.name") << name;
  }
}

TEST(SmtpName, WrongBannerBesidesARightEhlo) {
  SmtpScene other;
  other.server.greeting = "220 mx.mail.test ESMTP";
  EXPECT_EQ(other.judge("smtp.name").verdict, Verdict::warn);
  SmtpScene interim;
  interim.server.greeting = "220 interim.test ESMTP";
  EXPECT_EQ(interim.judge("smtp.name").verdict, Verdict::fail);
}

TEST(SmtpName, ComparesWithoutCaseAndFinalDot) {
  SmtpScene scene;
  scene.server.name = "MAIL.test.";
  EXPECT_EQ(scene.judge("smtp.name").verdict, Verdict::pass);
}

TEST(SmtpName, SkippedWhereNoHostnameIsKnown) {
  SmtpScene scene;
  scene.subject.expected.hostname.clear();
  EXPECT_EQ(scene.judge("smtp.name").verdict, Verdict::skip);
}

// ---- SMTP-04, -05, -06

TEST(SmtpCapabilities, StarttlsMissingIsOneRedAndHidesWhatNeedsTls) {
  SmtpScene scene;
  scene.server.extensions = {"SIZE 1000", "8BITMIME", "PIPELINING"};
  EXPECT_EQ(scene.red(), "smtp.capabilities");
  EXPECT_EQ(scene.with(Verdict::inconclusive),
            "smtp.starttls smtp.certificate-chain smtp.certificate-name smtp.certificate-validity smtp.auth "
            "smtp.auth-wrong-password");
  EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::pass);
}

TEST(SmtpCapabilities, HeloOnlyFails) {
  SmtpScene scene;
  scene.server.ehlo_refusal = "500 unrecognized command";
  EXPECT_EQ(scene.red(), "smtp.capabilities");
}

TEST(SmtpCapabilities, RefusedNameOfTheProberSaysNothing) {
  SmtpScene scene;
  scene.server.drops_at = "HELO";
  scene.server.ehlo_refusal = "450 later";
  EXPECT_EQ(scene.red(), "");
  EXPECT_EQ(scene.judge("smtp.capabilities").verdict, Verdict::inconclusive);
}

TEST(SmtpCapabilities, StarttlsInsideTlsFails) {
  SmtpScene scene;
  scene.server.secure_extensions.push_back("STARTTLS");
  EXPECT_EQ(scene.red(), "smtp.capabilities");
}

TEST(SmtpCapabilities, WarnsOfWhatIsMissing) {
  SmtpScene scene;
  scene.server.extensions = {"STARTTLS", "8BITMIME"};
  const Judgement judgement = scene.judge("smtp.capabilities");
  EXPECT_EQ(judgement.verdict, Verdict::warn);
  EXPECT_THAT(judgement.message, HasSubstr("SIZE PIPELINING"));
}

TEST(SmtpStarttls, RefusalFailsEvenAsATemporaryOne) {
  for (const char* reply :
       {"454 TLS currently unavailable", "502 no", "503 STARTTLS command used when not advertised"}) {
    SmtpScene scene;
    scene.server.starttls = reply;
    EXPECT_EQ(scene.red(), "smtp.starttls") << reply;
    EXPECT_EQ(scene.judge("smtp.starttls").hint.find("no passing trouble") != std::string::npos,
              std::string_view(reply).starts_with("454"));
  }
}

TEST(SmtpStarttls, OverloadAndAClientThatIsPutOffAreInconclusive) {
  for (const char* reply : {"421 too busy", "554 5.7.1 your IP is banned", "454 4.7.0 rate limit exceeded",
                            "450 4.7.1 too many connections", "451 4.3.0 local problem"}) {
    SmtpScene scene;
    scene.server.starttls = reply;
    EXPECT_EQ(scene.red(), "") << reply;
    EXPECT_EQ(scene.judge("smtp.starttls").verdict, Verdict::inconclusive) << reply;
    EXPECT_THAT(scene.judge("smtp.starttls").message, HasSubstr(reply));
  }
}

TEST(SmtpStarttls, BrokenHandshakeIsOneRed) {
  SmtpScene scene;
  scene.newest_tls = 0x0302;
  EXPECT_EQ(scene.red(), "smtp.starttls") << transcript_text(*scene.seen);
  EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::pass) << "asked in clear, as mail servers do";
}

TEST(SmtpStarttls, WarnsOfWhatComesInClearBeforeTls) {
  SmtpScene scene;
  scene.server.starttls = "220 go ahead\r\n250 and something more";
  EXPECT_EQ(scene.judge("smtp.starttls").verdict, Verdict::warn);
  EXPECT_EQ(scene.red(), "");
}

TEST(SmtpStarttls, SmuggledCommandThatIsObeyedFails) {
  SmtpScene scene;
  scene.server.obeys_injected = true;
  EXPECT_EQ(scene.red(), "smtp.starttls") << transcript_text(*scene.seen);
}

TEST(SmtpStarttls, ServerThatHangsUpOnASmuggledCommandPasses) {
  SmtpScene scene;
  scene.server.hangs_up_on_injected = true;
  EXPECT_EQ(scene.judge("smtp.starttls").verdict, Verdict::pass) << transcript_text(*scene.seen);
  EXPECT_EQ(*scene.seen->get(kSmtp.injection), "refused");
  EXPECT_EQ(scene.red(), "");
}

TEST(SmtpStarttls, ASmuggledCommandThatWasNotTestedIsInconclusive) {
  SmtpScene at_starttls, at_ehlo, at_quit;
  FakeSmtp moody = at_starttls.server;
  moody.starttls = "450 4.3.0 try again";
  at_starttls.later = {moody, at_starttls.server};
  moody = at_ehlo.server;
  moody.secure_ehlo = "450 4.3.0 try again";
  at_ehlo.later = {moody, at_ehlo.server};
  moody = at_quit.server;
  moody.answers["QUIT"] = "450 4.3.0 try again";
  at_quit.later = {moody, at_quit.server};
  for (SmtpScene* scene : {&at_starttls, &at_ehlo, &at_quit}) {
    const Judgement judgement = scene->judge("smtp.starttls");
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << transcript_text(*scene->seen);
    EXPECT_THAT(judgement.message, HasSubstr("450 4.3.0 try again"));
    EXPECT_EQ(scene->red(), "");
  }
}

TEST(SmtpStarttls, ARefusalOfStarttlsWithASmuggledCommandPasses) {
  SmtpScene scene;
  FakeSmtp strict = scene.server;
  strict.starttls = "554 5.5.0 improper command pipelining";
  scene.later = {strict, scene.server};
  EXPECT_EQ(scene.judge("smtp.starttls").verdict, Verdict::pass) << transcript_text(*scene.seen);
}

TEST(SmtpStarttls, OneBreakOfASmuggledCommandMayBeChance) {
  SmtpScene scene;
  FakeSmtp moody = scene.server;
  moody.hangs_up_on_injected = true;
  FakeSmtp obeys = scene.server;
  obeys.obeys_injected = true;
  scene.later = {moody, obeys, scene.server};
  EXPECT_EQ(scene.judge("smtp.starttls").verdict, Verdict::fail) << transcript_text(*scene.seen);
}

TEST(SmtpStarttls, SkippedWhereThePortIsNotMeantForIt) {
  SmtpScene plain;
  plain.subject.parameters.set("tls", std::string("none"));
  EXPECT_EQ(plain.judge("smtp.starttls").verdict, Verdict::skip);
  EXPECT_EQ(plain.judge("smtp.certificate-name").verdict, Verdict::skip);
  EXPECT_EQ(plain.judge("smtp.auth").verdict, Verdict::skip);
  EXPECT_EQ(plain.red(), "");
}

TEST(SmtpCertificate, WrongNameIsOneRed) {
  SmtpScene scene;
  scene.certificate.names = {"interim.test"};
  EXPECT_EQ(scene.red(), "smtp.certificate-name");
  EXPECT_EQ(scene.judge("smtp.auth").verdict, Verdict::inconclusive)
      << "no password to a host that can't prove its name";
}

TEST(SmtpCertificate, SelfSignedWarnsOnTheMailPortAndFailsOnSubmission) {
  SmtpScene scene;
  scene.certificate.self_signed = true;
  EXPECT_EQ(scene.judge("smtp.certificate-chain").verdict, Verdict::warn);
  scene.implicit = true;
  scene.subject.parameters.set("tls", std::string("implicit"));
  scene.seen.reset();
  EXPECT_EQ(scene.judge("smtp.certificate-chain").verdict, Verdict::fail);
}

TEST(SmtpCertificate, MissingIntermediateAndExpiryFail) {
  SmtpScene incomplete;
  incomplete.certificate.intermediate = true;
  incomplete.certificate.serve_intermediate = false;
  EXPECT_EQ(incomplete.red(), "smtp.certificate-chain");
  SmtpScene expired;
  expired.certificate.days_left = -1;
  EXPECT_EQ(expired.judge("smtp.certificate-validity").verdict, Verdict::fail);
}

}  // namespace
}  // namespace drydock::test
