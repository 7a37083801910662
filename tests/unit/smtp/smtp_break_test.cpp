#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include "probes/client/smtp_client.hpp"
#include "probes/smtp/facts.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

/// A break is charged to what the command that broke is about, and a server's own word is its answer.
namespace drydock::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kAllThatApply =
    "smtp.greeting smtp.name smtp.capabilities smtp.starttls smtp.certificate-chain smtp.certificate-name "
    "smtp.certificate-validity smtp.auth-clear smtp.auth smtp.auth-wrong-password smtp.recipients "
    "smtp.unknown-recipient smtp.postmaster smtp.null-sender";

/// A scene of a submission port: all is inside TLS, and who sends must log in.
struct SubmissionScene : SmtpScene {
  SubmissionScene() {
    implicit = true;
    server.implicit = true;
    server.demands_auth = true;
    subject.parameters.set("tls", std::string("implicit"));
  }
};

// ---- hanging up after a refusal

TEST(SmtpBreak, HangingUpAfterARefusalLeavesTheRefusalAsTheAnswer) {
  SmtpScene scene;
  scene.server.drops_after_refusal = true;
  EXPECT_EQ(scene.with(Verdict::pass), kAllThatApply) << transcript_text(*scene.seen);
  EXPECT_FALSE(scene.seen->error);
  EXPECT_EQ(scene.judge("smtp.unknown-recipient").actual, "550 Unrouteable address");
}

TEST(SmtpBreak, HangingUpAfterEachRefusedRecipientIsOneRedThatNamesThemAll) {
  SmtpScene scene;
  scene.server.drops_after_refusal = true;
  scene.subject.parameters.set("recipients",
                               std::vector<std::string>{"gone@mail.test", "jim@mail.test", "lost@mail.test"});
  EXPECT_EQ(scene.red(), "smtp.recipients") << transcript_text(*scene.seen);
  EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr("refused 2 of 3"));
}

TEST(SmtpBreak, HangingUpOnAuthWithoutTlsIsARefusal) {
  SmtpScene scene;
  scene.server.drops_at = "AUTH";
  scene.subject.parameters = {};
  EXPECT_EQ(scene.judge("smtp.auth-clear").verdict, Verdict::pass) << transcript_text(*scene.seen);
  EXPECT_EQ(scene.red(), "");
  EXPECT_EQ(scene.with(Verdict::inconclusive), "");
}

TEST(SmtpBreak, HangingUpOnAuthWithoutTlsMayBeChanceOnce) {
  SmtpScene scene;
  FakeSmtp moody = scene.server;
  moody.drops_at = "AUTH";
  scene.later = {scene.server, moody, scene.server};
  EXPECT_EQ(scene.judge("smtp.auth-clear").actual, "503 AUTH not advertised") << transcript_text(*scene.seen);
}

TEST(SmtpBreak, SilenceOnAuthWithoutTlsIsNone) {
  SmtpScene scene;
  scene.server.stalls_at = "AUTH";
  scene.subject.parameters = {};
  scene.connection = std::chrono::seconds(5);
  EXPECT_EQ(scene.judge("smtp.auth-clear").verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
  EXPECT_THAT(scene.judge("smtp.auth-clear").message, HasSubstr("no reply to AUTH PLAIN ***"));
  EXPECT_EQ(scene.judge("smtp.postmaster").verdict, Verdict::pass) << "asked on another connection";
}

TEST(SmtpBreak, IsChargedToTheCheckThatTheCommandIsAbout) {
  const std::pair<const char*, const char*> cases[] = {{"AUTH LOGIN", "smtp.auth"},
                                                       {"RCPT TO:<postmaster>", "smtp.postmaster"},
                                                       {"RCPT TO:<no-such-user", "smtp.unknown-recipient"},
                                                       {"RCPT TO:<kathy", "smtp.recipients"},
                                                       {"MAIL FROM:<>", "smtp.null-sender"},
                                                       {"DATA", "smtp.scanner"}};
  for (const auto& [command, check] : cases) {
    SmtpScene scene;
    scene.subject.parameters.set("scanner", scanner_that_refuses());
    scene.server.drops_at = command;
    EXPECT_EQ(scene.red(), check) << command << "\n" << transcript_text(*scene.seen);
    EXPECT_THAT(scene.judge(check).message, HasSubstr("the peer closed the connection")) << command;
    EXPECT_EQ(scene.with(Verdict::inconclusive), "") << command;
  }
}

TEST(SmtpBreak, AtMailFromAProberWithoutANameIsTheNullSenders) {
  // A name without a domain, for this process alone.
  if (::unshare(CLONE_NEWUTS) == 0) EXPECT_EQ(::sethostname("prober", 6), 0);
  if (!probe_sender(Vantage{}).empty())
    GTEST_SKIP() << "this machine has a qualified name, and only root can be without";
  SmtpScene scene;
  scene.subject.surroundings.vantage.name.clear();
  scene.server.drops_at = "MAIL FROM:<>";
  EXPECT_EQ(scene.red(), "smtp.null-sender") << transcript_text(*scene.seen);
  const Judgement judgement = scene.judge("smtp.null-sender");
  EXPECT_THAT(judgement.message, HasSubstr("ended at mail: "));
  EXPECT_EQ(judgement.stage, "mail") << "where it ended, not where the check is used to be";
  EXPECT_EQ(scene.judge("smtp.postmaster").verdict, Verdict::inconclusive);
}

TEST(SmtpBreak, MayBeChanceOnce) {
  SmtpScene healthy;
  healthy.subject.parameters.set("scanner", scanner_that_refuses());
  const std::string all = healthy.with(Verdict::pass);
  const auto connections = std::ranges::count_if(healthy.seen->transcript.lines(), [](const TranscriptLine& line) {
    return line.text.starts_with("connection for ");
  });
  for (const char* command : {"STARTTLS", "RCPT TO:<postmaster>", "RCPT TO:<no-such-user", "MAIL FROM:<>", "DATA"}) {
    for (std::ptrdiff_t broken = 0; broken < connections; ++broken) {
      SmtpScene scene;
      scene.subject.parameters.set("scanner", scanner_that_refuses());
      std::vector<FakeSmtp> servers(static_cast<std::size_t>(broken) + 2, scene.server);
      servers[static_cast<std::size_t>(broken)].drops_at = command;
      scene.server = servers.front();
      scene.later.assign(servers.begin() + 1, servers.end());
      EXPECT_EQ(scene.with(Verdict::pass), all) << command << broken << "\n" << transcript_text(*scene.seen);
      EXPECT_FALSE(scene.seen->error);
    }
  }
}

TEST(SmtpBreak, OnAWrongPasswordIsThatChecks) {
  SmtpScene scene;
  scene.subject.switched_off = {"smtp.auth"};
  scene.server.drops_at = "AUTH PLAIN";
  scene.server.drops_inside_tls_only = true;
  EXPECT_EQ(scene.red(), "smtp.auth-wrong-password") << transcript_text(*scene.seen);
}

// ---- not now

TEST(SmtpNotNow, ABusyServerIsAskedAgain) {
  for (const char* greeting : {"421 4.7.0 Too many concurrent SMTP connections", "554 too many connections from you"}) {
    SmtpScene scene;
    FakeSmtp busy = scene.server;
    busy.greeting = greeting;
    scene.later = {busy, scene.server, busy, scene.server};
    EXPECT_EQ(scene.with(Verdict::pass), kAllThatApply) << greeting << "\n" << transcript_text(*scene.seen);
  }
}

TEST(SmtpNotNow, AServerThatStaysBusyIsInconclusiveInItsOwnWords) {
  SmtpScene scene;
  FakeSmtp busy = scene.server;
  busy.greeting = "421 4.7.0 Too many concurrent SMTP connections";
  scene.later = {busy};
  EXPECT_EQ(scene.red(), "") << transcript_text(*scene.seen);
  EXPECT_EQ(scene.judge("smtp.greeting").verdict, Verdict::pass);
  for (const char* check : {"smtp.starttls", "smtp.auth-clear", "smtp.auth", "smtp.recipients", "smtp.null-sender"}) {
    EXPECT_EQ(scene.judge(check).verdict, Verdict::inconclusive) << check;
    EXPECT_THAT(scene.judge(check).message, HasSubstr("421 4.7.0 Too many")) << check;
  }
}

TEST(SmtpNotNow, AServerThatLetsNobodyInIsKnockedAtOnce) {
  SmtpScene scene;
  scene.server.greeting = "421 4.7.0 Too many concurrent SMTP connections";
  EXPECT_EQ(scene.judge("smtp.greeting").verdict, Verdict::inconclusive);
  EXPECT_EQ(scene.connections, 1U) << "the engine comes again, with fewer at once";
}

TEST(SmtpNotNow, A421AtAnyCommandIsInconclusiveInItsOwnWords) {
  const std::pair<const char*, const char*> cases[] = {{"EHLO", "smtp.greeting"},
                                                       {"STARTTLS", "smtp.starttls"},
                                                       {"AUTH PLAIN", "smtp.auth"},
                                                       {"MAIL", "smtp.recipients"},
                                                       {"RCPT TO:<kathy", "smtp.recipients"},
                                                       {"MAIL FROM:<>", "smtp.null-sender"},
                                                       {"RCPT TO:<no", "smtp.unknown-recipient"}};
  for (const auto& [command, check] : cases) {
    SmtpScene scene;
    scene.server.answers[command] = "421 4.3.2 closing down";
    EXPECT_EQ(scene.red(), "") << command << "\n" << transcript_text(*scene.seen);
    EXPECT_EQ(scene.judge(check).verdict, Verdict::inconclusive) << command;
    EXPECT_THAT(scene.judge(check).message, HasSubstr("421 4.3.2 closing down")) << command;
  }
}

TEST(SmtpNotNow, A421AtRcptIsADeferral) {
  for (const char* command : {"RCPT", "MAIL"}) {
    SmtpScene scene;
    scene.server.answers[command] = "421 4.7.0 come again later";
    scene.subject.parameters.set("defers", std::vector<std::string>{"jim@mail.test", "kathy@mail.test"});
    EXPECT_EQ(scene.judge("smtp.defers").verdict, Verdict::pass) << transcript_text(*scene.seen);
    EXPECT_EQ(scene.seen->get(kSmtp.defers)->size(), 2U);
    EXPECT_EQ(scene.red(), "");
  }
}

TEST(SmtpNotNow, ADeferralAfterWhichTheServerHangsUpIsOne) {
  SmtpScene scene;
  scene.server.recipients.clear();
  scene.server.other_recipients = "450 come again later";
  scene.server.drops_after_refusal = true;
  scene.subject.parameters.set("defers", std::vector<std::string>{"jim@mail.test", "kathy@mail.test"});
  EXPECT_EQ(scene.judge("smtp.defers").verdict, Verdict::pass) << transcript_text(*scene.seen);
}

TEST(SmtpNotNow, SaidInClearWhereTlsWasToBegin) {
  for (const char* greeting : {"421 Too many connections", "554 5.7.1 Too many connections from you"}) {
    SubmissionScene scene;
    scene.implicit = false;
    scene.server.implicit = false;
    scene.server.greeting = greeting;
    const Judgement judgement = scene.judge("smtp.greeting");
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
    EXPECT_THAT(judgement.message, HasSubstr(greeting));
    EXPECT_EQ(scene.red(), "");
  }
}

// ---- the wrong kind of port

TEST(SmtpWrongTls, AGreetingInClearWhereTlsWasToBegin) {
  SubmissionScene scene;
  scene.implicit = false;
  scene.server.implicit = false;
  EXPECT_EQ(scene.red(), "smtp.greeting") << transcript_text(*scene.seen);
  EXPECT_THAT(scene.judge("smtp.greeting").message,
              AllOf(HasSubstr("220 mail.test ESMTP"), HasSubstr("did you mean `tls: starttls`")));
}

TEST(SmtpWrongTls, TlsWhereAGreetingWasToCome) {
  for (const char* mode : {"starttls", "none"}) {
    SmtpScene scene;
    scene.implicit = true;
    scene.server.implicit = true;
    scene.connection = std::chrono::seconds(3);
    scene.subject.parameters.set("tls", std::string(mode));
    EXPECT_EQ(scene.red(), "smtp.greeting") << transcript_text(*scene.seen);
    EXPECT_THAT(scene.judge("smtp.greeting").message, HasSubstr("did you mean `tls: implicit`"));
  }
}

TEST(SmtpWrongTls, ASilentPortIsInconclusive) {
  SmtpScene scene;
  scene.connection = std::chrono::milliseconds(300);
  ScriptedPeer peer({stall()});
  scene.subject.target.port = peer.port();
  scene.seen = std::make_unique<Observation>(observe(scene.type, scene.subject, std::chrono::seconds(2)));
  EXPECT_EQ(scene.judge("smtp.greeting").verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
}

// ---- what was seen counts

TEST(SmtpCertificate, IsJudgedWhereNoGreetingFollowsTheHandshake) {
  for (const Script& script : {Script{hang_up()}, Script{say("554 no mail here")}, Script{say("hello")}}) {
    SubmissionScene scene;
    PeerOptions options = with_certificate(scene.ca, scene.certificate);
    options.implicit_tls = true;
    ScriptedPeer peer(script, options);
    scene.subject.target.port = peer.port();
    scene.seen = std::make_unique<Observation>(observe(scene.type, scene.subject));
    EXPECT_EQ(scene.with(Verdict::pass), "smtp.certificate-chain smtp.certificate-name smtp.certificate-validity")
        << transcript_text(*scene.seen);
    EXPECT_EQ(scene.red(), "smtp.greeting");
  }
}

// ---- what hangs on a login

TEST(SmtpSubmission, RecipientsNameWhyNobodyLoggedIn) {
  for (const char* answer : {"454 4.7.0 Temporary authentication failure", "535 5.7.8 Error: authentication failed"}) {
    SubmissionScene scene;
    scene.server.answers["AUTH"] = answer;
    scene.subject.parameters.set("scanner", scanner_that_refuses());
    for (const char* check : {"smtp.recipients", "smtp.scanner"}) {
      EXPECT_EQ(scene.judge(check).verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
      EXPECT_THAT(scene.judge(check).message, HasSubstr(answer)) << check;
    }
  }
}

TEST(SmtpSubmission, RecipientsNameWhyThePasswordWasKept) {
  SubmissionScene scene;
  scene.proves_itself = false;
  scene.certificate.names = {"other.test"};
  EXPECT_THAT(scene.judge("smtp.recipients").message,
              AllOf(HasSubstr("the password was not sent"), HasSubstr("does not cover mail.test")));
}

TEST(SmtpSubmission, TheScannerIsAskedAfterLogin) {
  SubmissionScene scene;
  scene.subject.parameters.set("scanner", scanner_that_refuses());
  EXPECT_EQ(scene.judge("smtp.scanner").verdict, Verdict::pass) << transcript_text(*scene.seen);
}

}  // namespace
}  // namespace drydock::test
