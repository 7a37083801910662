#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "tests/support/reply.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;

// ---- SMTP-07

TEST(SmtpClearAuth, FailsWhereAuthIsOfferedBeforeTls) {
  for (const char* offer : {"AUTH PLAIN LOGIN", "AUTH=LOGIN", "auth plain"}) {
    SmtpScene scene;
    scene.server.extensions.emplace_back(offer);
    EXPECT_EQ(scene.red(), "smtp.auth-clear") << offer;
  }
}

TEST(SmtpClearAuth, FailsWhereItIsTakenThoughNotOffered) {
  for (const char* reply : {"235 welcome", "334 VXNlcm5hbWU6"}) {
    SmtpScene scene;
    scene.server.clear_auth = reply;
    EXPECT_EQ(scene.red(), "smtp.auth-clear") << reply;
  }
}

TEST(SmtpClearAuth, RefusalsAndTheirShades) {
  const std::pair<const char*, Verdict> cases[] = {{"503 AUTH command used when not advertised", Verdict::pass},
                                                   {"530 5.7.0 Must issue a STARTTLS command first", Verdict::pass},
                                                   {"538 5.7.11 Encryption required", Verdict::pass},
                                                   {"502 no", Verdict::pass},
                                                   {"535 Incorrect authentication data", Verdict::warn},
                                                   {"454 4.7.0 later", Verdict::inconclusive}};
  for (const auto& [reply, verdict] : cases) {
    SmtpScene scene;
    scene.server.clear_auth = reply;
    EXPECT_EQ(scene.judge("smtp.auth-clear").verdict, verdict) << reply;
  }
}

/// What a server says to a client that it puts off, whatever that asks.
constexpr const char* kPutsOff[] = {"550 5.7.1 your IP is banned", "554 5.7.1 Client host blocked using dnsbl.test",
                                    "535 5.7.8 too many failed logins from your IP", "550 rate limit exceeded"};

TEST(SmtpClearAuth, AClientThatIsPutOffWasNotAnswered) {
  for (const char* reply : kPutsOff) {
    SmtpScene scene;
    scene.server.clear_auth = reply;
    EXPECT_EQ(scene.judge("smtp.auth-clear").verdict, Verdict::inconclusive) << reply;
  }
}

TEST(SmtpClearAuth, NeverSendsARealPassword) {
  SmtpScene scene;
  scene.subject.parameters.set("tls", std::string("none"));
  FakeSmtp& server = scene.server;
  server.passwords.clear();
  PeerOptions options;
  ScriptedPeer peer(server.script(), options);
  scene.subject.target.port = peer.port();
  observe(scene.type, scene.subject);
  for (const std::string& line : peer.heard()) EXPECT_THAT(line, testing::Not(HasSubstr("U2VzYW1lLTc"))) << line;
}

// ---- SMTP-08

TEST(SmtpAuth, RefusedRightPasswordFails) {
  SmtpScene scene;
  scene.server.passwords = {{"jim", "another"}};
  EXPECT_EQ(scene.red(), "smtp.auth");
  const Judgement judgement = scene.judge("smtp.auth");
  EXPECT_EQ(judgement.expected, "235");
  EXPECT_EQ(judgement.actual, "535 Incorrect authentication data");
}

TEST(SmtpAuth, AClientThatIsPutOffWasNotAnswered) {
  for (const char* reply : kPutsOff) {
    SmtpScene scene;
    scene.server.passwords.clear();
    scene.server.bad_password = reply;
    EXPECT_EQ(scene.red(), "") << reply;
    EXPECT_EQ(scene.judge("smtp.auth").verdict, Verdict::inconclusive) << reply;
    EXPECT_THAT(scene.judge("smtp.auth").message, HasSubstr(reply));
  }
}

TEST(SmtpAuth, OneBrokenMechanismIsEnough) {
  SmtpScene scene;
  scene.server.broken_mechanisms = {"LOGIN"};
  EXPECT_EQ(scene.judge("smtp.auth").verdict, Verdict::inconclusive);
  EXPECT_THAT(scene.judge("smtp.auth").message, HasSubstr("435"));
}

TEST(SmtpAuth, MissingOfferFails) {
  SmtpScene scene;
  scene.server.secure_extensions = {"SIZE 1000", "8BITMIME", "PIPELINING"};
  EXPECT_EQ(scene.red(), "smtp.auth");
}

TEST(SmtpAuth, OnlyUnknownMechanismsIsInconclusive) {
  SmtpScene scene;
  scene.server.secure_extensions.back() = "AUTH CRAM-MD5";
  EXPECT_EQ(scene.judge("smtp.auth").verdict, Verdict::inconclusive);
  EXPECT_EQ(scene.red(), "");
}

TEST(SmtpAuth, PlainAloneIsEnough) {
  SmtpScene scene;
  scene.server.secure_extensions.back() = "AUTH PLAIN";
  EXPECT_EQ(scene.judge("smtp.auth").verdict, Verdict::pass);
  EXPECT_EQ(scene.judge("smtp.auth-wrong-password").verdict, Verdict::pass);
}

TEST(SmtpAuth, MissingSecretIsInconclusive) {
  SmtpScene scene;
  Secret missing("jim");
  missing.mark_missing("the variable JIM is not set");
  scene.subject.parameters.set("as", Account{"jim", "jim", "jim@mail.test", missing});
  const Judgement judgement = scene.judge("smtp.auth");
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
  EXPECT_THAT(judgement.message, HasSubstr("the variable JIM is not set"));
  EXPECT_EQ(scene.judge("smtp.auth-wrong-password").verdict, Verdict::pass);
}

TEST(SmtpAuth, SkippedWithoutAccount) {
  SmtpScene scene;
  Parameters parameters;
  parameters.set("recipients", std::vector<std::string>{"jim@mail.test"});
  scene.subject.parameters = parameters;
  EXPECT_EQ(scene.judge("smtp.auth").verdict, Verdict::skip);
  EXPECT_EQ(scene.judge("smtp.auth-wrong-password").verdict, Verdict::skip);
  EXPECT_EQ(scene.red(), "");
}

// ---- a password goes out only on a connection that itself proved whose it is

/// The server's first connection is sound, the later ones are `later`'s.
Observation observe_two_faces(SmtpScene& scene, const FakeSmtp& later) {
  ScriptedPeer peer({scene.server.script(), later.script()}, with_certificate(scene.ca));
  scene.subject.target.port = peer.port();
  return observe(scene.type, scene.subject, std::chrono::seconds(20));
}

TEST(SmtpAuth, KeepsThePasswordWhereALaterConnectionHasNoTls) {
  SmtpScene scene;
  FakeSmtp stripped;
  stripped.extensions = {"SIZE 1000", "8BITMIME", "PIPELINING", "AUTH PLAIN LOGIN"};
  stripped.clear_auth = "235 welcome";
  const Observation seen = observe_two_faces(scene, stripped);
  EXPECT_EQ(seen.get(kSmtp.auth), nullptr);
  const Judgement judgement = judge(scene.type, "smtp.auth", seen, scene.subject);
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << transcript_text(seen);
  EXPECT_THAT(judgement.message, HasSubstr("this connection has no TLS"));
}

TEST(SmtpAuth, KeepsThePasswordFromACertificateThatDoesNotProveTheName) {
  for (const int what : {0, 1, 2, 3}) {
    SmtpScene scene;
    scene.proves_itself = false;
    if (what == 0) scene.subject.surroundings.trust.clear();
    if (what == 1) scene.certificate.names = {"other.test"};
    if (what == 2) scene.certificate.days_left = -1;
    if (what == 3) scene.subject.target.name.clear();
    EXPECT_EQ(scene.judge("smtp.auth").verdict, Verdict::inconclusive) << what;
    EXPECT_THAT(scene.judge("smtp.auth").message, HasSubstr("the password was not sent")) << what;
  }
}

// ---- SMTP-09

TEST(SmtpWrongPassword, AcceptedIsOneRed) {
  SmtpScene scene;
  scene.server.any_password = true;
  EXPECT_EQ(scene.red(), "smtp.auth-wrong-password");
}

TEST(SmtpWrongPassword, PutOffIsInconclusive) {
  SmtpScene scene;
  scene.server.bad_password = "454 4.7.0 later";
  EXPECT_EQ(scene.judge("smtp.auth-wrong-password").verdict, Verdict::inconclusive);
}

TEST(SmtpWrongPassword, AClientThatIsPutOffWasNotAnswered) {
  for (const char* reply : kPutsOff) {
    SmtpScene scene;
    scene.server.bad_password = reply;
    EXPECT_EQ(scene.judge("smtp.auth-wrong-password").verdict, Verdict::inconclusive) << reply;
    EXPECT_THAT(scene.judge("smtp.auth-wrong-password").message, HasSubstr(reply));
  }
}

TEST(SmtpWrongPassword, ARefusalThatIsNot535ProvesSomethingBesideALoginThatWorks) {
  for (const char* refusal : {"504 5.5.4 no such mechanism", "550 5.7.1 no", "503 not now"}) {
    SmtpScene scene;
    scene.server.bad_password = refusal;
    EXPECT_EQ(scene.judge("smtp.auth-wrong-password").verdict, Verdict::pass) << refusal;
    scene.server.passwords.clear();
    scene.seen.reset();
    const Judgement judgement = scene.judge("smtp.auth-wrong-password");
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << refusal;
    EXPECT_THAT(judgement.message, HasSubstr(refusal));
  }
}

TEST(SmtpWrongPassword, NumbersOfTheSessionDistinguishNothing) {
  SmtpScene scene;
  scene.observe();
  scene.seen->set(kSmtp.wrong_password, {{"wrong password", reply("535 5.7.8 BadCredentials a1b2c3-17sm - gsmtp")},
                                         {"unknown user", reply("535 5.7.8 BadCredentials d4e5f6-18sm - gsmtp")}});
  EXPECT_EQ(scene.judge("smtp.auth-wrong-password").verdict, Verdict::pass);
  scene.seen->set(kSmtp.wrong_password,
                  {{"wrong password", reply("535 5.7.8 no")}, {"unknown user", reply("535 5.7.9 no")}});
  EXPECT_EQ(scene.judge("smtp.auth-wrong-password").verdict, Verdict::warn);
}

TEST(SmtpWrongPassword, DistinguishableRefusalsWarn) {
  SmtpScene scene;
  scene.observe();
  scene.seen->set(kSmtp.wrong_password, {{"wrong password", reply("535 no")}, {"unknown user", reply("535 who?")}});
  EXPECT_EQ(scene.judge("smtp.auth-wrong-password").verdict, Verdict::warn);
}

// ---- submission ports

TEST(SmtpSubmission, AsksRecipientsAfterLoginAndLeavesStrangersAlone) {
  SmtpScene scene;
  scene.implicit = true;
  scene.server.implicit = true;
  scene.server.demands_auth = true;
  scene.subject.parameters.set("tls", std::string("implicit"));
  EXPECT_EQ(scene.red(), "") << transcript_text(*scene.seen);
  EXPECT_EQ(scene.with(Verdict::skip),
            "smtp.starttls smtp.auth-clear smtp.unknown-recipient smtp.postmaster smtp.null-sender smtp.defers "
            "smtp.scanner");
  EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::pass);
}

TEST(SmtpSubmission, SkipsRecipientsWithoutAccount) {
  SmtpScene scene;
  scene.implicit = true;
  scene.server.implicit = true;
  Parameters parameters;
  parameters.set("tls", std::string("implicit"));
  parameters.set("recipients", std::vector<std::string>{"jim@mail.test"});
  scene.subject.parameters = parameters;
  EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::skip);
  EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr("RFC 6409"));
  EXPECT_EQ(scene.with(Verdict::inconclusive), "");
}

}  // namespace
}  // namespace drydock::test
