#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "probes/imap/facts.hpp"
#include "tests/unit/imap/imap_fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Script kMain = greets() + logs_in() + logs_out();

TEST(Imap, PassesOnAHealthyServer) {
  ImapRun test({kMain, wrong_password("NO Login failed.")});
  test.run();
  EXPECT_FALSE(test.seen.error) << test.seen.error->message << transcript_text(test.seen);
  EXPECT_THAT(test.with(Verdict::skip), ElementsAre("imap.plain-port"));
  EXPECT_EQ(test.with(Verdict::pass).size(), kImapType.checks.size() - 1) << transcript_text(test.seen);
  EXPECT_THAT(*test.seen.get(kImap.capabilities), ElementsAre("IMAP4rev1", "UIDPLUS", "IDLE"));
  EXPECT_EQ(test.peer.complaints(), "");
  EXPECT_EQ(test.seen.address, test.peer.endpoint().text());
}

TEST(Imap, KeepsThePasswordOutOfTheTranscript) {
  ImapRun test({kMain, wrong_password("NO Login failed.")});
  test.run();
  EXPECT_THAT(transcript_text(test.seen), Not(HasSubstr(kPassword)));
  EXPECT_THAT(transcript_text(test.seen), HasSubstr("LOGIN jim [password]"));
  EXPECT_THAT(test.peer.heard(), ::testing::Contains(HasSubstr(kPassword)));
}

TEST(Imap, SkipsLoginsWithoutAnAccount) {
  ImapRun test({greets() + logs_out()});
  test.plan.account.reset();
  Parameters none;
  none.set("tls", std::string("implicit"));
  test.subject.parameters = none;
  test.run();
  EXPECT_THAT(test.with(Verdict::skip), ElementsAre("imap.plain-port", "imap.login", "imap.wrong-password"));
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
  EXPECT_THAT(test.with(Verdict::inconclusive), IsEmpty());
}

// ---- greeting

TEST(ImapGreeting, FailsAloneOnBye) {
  ImapRun test({Script{say("* BYE Courier-IMAP server shutting down")}});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.greeting"));
  EXPECT_THAT(test.judge("imap.greeting").actual, HasSubstr("* BYE Courier"));
  EXPECT_THAT(test.judge("imap.login").message, HasSubstr("greeted with"));
}

TEST(ImapGreeting, IsInconclusiveWhereTheServerIsBusy) {
  for (const std::string words : {"* BYE server busy, try again later", "* BYE [UNAVAILABLE] come back"}) {
    ImapRun test({Script{say(words)}});
    test.run();
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty()) << words;
    EXPECT_EQ(test.judge("imap.greeting").message, "the server greets with \"not now\": " + words);
  }
}

TEST(ImapGreeting, IsInconclusiveWhereThereAreTooManyConnections) {
  for (const std::string words : {"Too many connections from 127.0.0.1", "[LIMIT] later",
                                  "[UNAVAILABLE] Maximum number of connections reached"}) {
    ImapRun test({Script{say("* BYE " + words)}});
    test.run();
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
    EXPECT_EQ(test.verdict("imap.greeting"), Verdict::inconclusive);
    EXPECT_THAT(test.judge("imap.greeting").message, HasSubstr(words));
    EXPECT_THAT(test.judge("imap.login").message, HasSubstr(words));
  }
}

TEST(ImapGreeting, IsInconclusiveWhereTooManyIsSaidBeforeTls) {
  ScriptedPeer plain(Script{say("* BYE Too many connections from 127.0.0.1"), stall()});
  const Subject subject = subject_at(plain.endpoint());
  const Observation seen = observe(*make_imap_probe({.port = plain.port()}), subject);
  EXPECT_EQ(judge(kImapType, "imap.greeting", seen, subject).verdict, Verdict::inconclusive);
  EXPECT_THAT(judge(kImapType, "imap.greeting", seen, subject).message, HasSubstr("Too many connections"));
}

TEST(ImapGreeting, SaysWhichTlsWasMeantWhereTheOtherIsSpoken) {
  const TestCa ca;
  ScriptedPeer plain(Script{say("* OK ready"), stall()});
  Subject subject = subject_at(plain.endpoint());
  Observation seen = observe(*make_imap_probe({.port = plain.port()}), subject);
  EXPECT_EQ(judge(kImapType, "imap.greeting", seen, subject).verdict, Verdict::fail);
  EXPECT_THAT(judge(kImapType, "imap.greeting", seen, subject).message, HasSubstr("did you mean `tls: starttls`?"));
  ScriptedPeer implicit(Script{say("* OK ready"), stall()}, {.certificate = ca.issue(), .implicit_tls = true});
  for (const TlsMode tls : {TlsMode::starttls, TlsMode::none}) {
    subject = subject_at(implicit.endpoint());
    subject.parameters.set("tls", std::string(tls == TlsMode::none ? "none" : "starttls"));
    seen = observe(*make_imap_probe({.port = implicit.port(), .tls = tls, .greeting_patience = Duration(50)}), subject);
    EXPECT_EQ(judge(kImapType, "imap.greeting", seen, subject).verdict, Verdict::fail) << transcript_text(seen);
    EXPECT_THAT(judge(kImapType, "imap.greeting", seen, subject).message, HasSubstr("did you mean `tls: implicit`?"));
  }
}

TEST(ImapGreeting, WaitsForASlowOneInClear) {
  std::unique_ptr<ScriptedPeer> slow;
  const auto greets_late = [&slow](PeerConnection& client) {
    client.send("* OK [CAPABILITY");
    while (slow->connections() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    client.send(" IMAP4rev1] ready\r\n");
  };
  slow = std::make_unique<ScriptedPeer>(
      std::vector<Script>{Script{act(greets_late)} + offers("IMAP4rev1") + logs_out(), Script{stall()}});
  Subject subject = subject_at(slow->endpoint());
  subject.parameters.set("tls", std::string("none"));
  const auto probe = make_imap_probe({.port = slow->port(), .tls = TlsMode::none, .greeting_patience = Duration(50)});
  const Observation seen = observe(*probe, subject);
  EXPECT_FALSE(seen.error) << transcript_text(seen);
  EXPECT_EQ(judge(kImapType, "imap.greeting", seen, subject).verdict, Verdict::pass);
}

TEST(ImapCertificate, IsJudgedWhereNoGreetingCameAfterTls) {
  for (const Script& after : {Script{hang_up()}, Script{say("220 mail.test ESMTP")}, Script{say("* BYE later")}}) {
    ImapRun good({after});
    good.run();
    EXPECT_THAT(good.with(Verdict::fail), ElementsAre("imap.greeting"));
    for (const auto* check : {"imap.certificate-chain", "imap.certificate-name", "imap.certificate-validity"})
      EXPECT_EQ(good.verdict(check), Verdict::pass) << check;
    ImapRun bad({after}, {.names = {"drydock.test"}});
    bad.run();
    EXPECT_EQ(bad.verdict("imap.certificate-name"), Verdict::fail);
  }
}

TEST(ImapGreeting, FailsOnPreauth) {
  ImapRun test({Script{say("* PREAUTH welcome")}});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.greeting"));
  EXPECT_THAT(test.judge("imap.greeting").message, HasSubstr("without a password"));
}

TEST(ImapGreeting, FailsOnAnotherProtocol) {
  ImapRun test({Script{say("220 mail.test ESMTP")}});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.greeting"));
}

TEST(ImapGreeting, FailsOnPlainTextWhereTlsIsWanted) {
  ScriptedPeer plain(Script{say("* OK ready"), stall()});
  Subject subject = subject_at(plain.endpoint());
  const Observation seen = observe(*make_imap_probe({.port = plain.port()}), subject);
  EXPECT_EQ(judge(kImapType, "imap.greeting", seen, subject).verdict, Verdict::fail);
  EXPECT_EQ(judge(kImapType, "imap.certificate-name", seen, subject).verdict, Verdict::inconclusive);
}

TEST(ImapGreeting, FailsAloneWhenThePortIsClosed) {
  Endpoint gone;
  {
    ScriptedPeer peer(Script{stall()});
    gone = peer.endpoint();
  }
  Subject subject = subject_at(gone);
  subject.parameters.set("as", jim());
  const Observation seen = observe(*make_imap_probe({.port = gone.port, .account = jim()}), subject);
  for (const auto& check : kImapType.checks) {
    if (check.id == "imap.plain-port") continue;
    EXPECT_EQ(check.judge(seen, subject).verdict, check.id == "imap.greeting" ? Verdict::fail : Verdict::inconclusive)
        << check.id;
  }
  EXPECT_THAT(judge(kImapType, "imap.greeting", seen, subject).reproduce,
              HasSubstr("openssl s_client -crlf -connect 127.0.0.1"));
}

TEST(ImapGreeting, IsInconclusiveWhenNothingComes) {
  ImapRun test({Script{stall()}});
  test.run(Duration(300));
  EXPECT_EQ(test.verdict("imap.greeting"), Verdict::inconclusive);
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

// ---- certificate

TEST(ImapCertificate, NameFailsAloneForTheInterimName) {
  ImapRun test({kMain, wrong_password("NO Login failed.")}, {.names = {"drydock.test"}});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.certificate-name"));
  EXPECT_THAT(test.judge("imap.certificate-name").actual, HasSubstr("drydock.test"));
}

TEST(ImapCertificate, ChainFailsForASelfSignedOne) {
  ImapRun test({kMain, wrong_password("NO Login failed.")}, {.self_signed = true});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.certificate-chain"));
}

TEST(ImapCertificate, ValidityFailsForAnExpiredOne) {
  ImapRun test({kMain, wrong_password("NO Login failed.")}, {.days_left = -1});
  test.run();
  EXPECT_EQ(test.verdict("imap.certificate-validity"), Verdict::fail);
  EXPECT_EQ(test.verdict("imap.certificate-name"), Verdict::pass);
}

TEST(ImapCertificate, IsSkippedWithoutTls) {
  ScriptedPeer peer(greets() + logs_out());
  Subject subject = subject_at(peer.endpoint());
  subject.parameters.set("tls", std::string("none"));
  const Observation seen = observe(*make_imap_probe({.port = peer.port(), .tls = TlsMode::none}), subject);
  EXPECT_EQ(judge(kImapType, "imap.greeting", seen, subject).verdict, Verdict::pass);
  for (const auto* check : {"imap.certificate-chain", "imap.certificate-name", "imap.certificate-validity"})
    EXPECT_EQ(judge(kImapType, check, seen, subject).verdict, Verdict::skip);
}

// ---- STARTTLS

struct StarttlsRun {
  explicit StarttlsRun(std::vector<Script> scripts) : peer(std::move(scripts), {.certificate = ca.issue()}) {
    subject = subject_at(peer.endpoint());
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("tls", std::string("starttls"));
    subject.parameters.set("as", jim());
    seen = observe(
        *make_imap_probe({.port = peer.port(), .tls = TlsMode::starttls, .account = jim(), .wrong_password = false}),
        subject);
  }
  TestCa ca;
  ScriptedPeer peer;
  Subject subject;
  Observation seen;
};

TEST(ImapStarttls, LogsInAfterTls) {
  StarttlsRun test({greets("IMAP4rev1 STARTTLS LOGINDISABLED") +
                    Script{hear("d2 STARTTLS"), say("{tag} OK Begin"), tls()} + offers("IMAP4rev1 AUTH=PLAIN") +
                    logs_in() + logs_out()});
  EXPECT_EQ(test.peer.complaints(), "");
  for (const auto* check : {"imap.greeting", "imap.certificate-name", "imap.login", "imap.capabilities"})
    EXPECT_EQ(judge(kImapType, check, test.seen, test.subject).verdict, Verdict::pass)
        << check << transcript_text(test.seen);
}

TEST(ImapStarttls, FailsTheGreetingWhereItIsNotOfferedAndSendsNoPassword) {
  StarttlsRun test({greets("IMAP4rev1") + Script{stall()}});
  EXPECT_EQ(judge(kImapType, "imap.greeting", test.seen, test.subject).verdict, Verdict::fail);
  EXPECT_EQ(judge(kImapType, "imap.login", test.seen, test.subject).verdict, Verdict::inconclusive);
  EXPECT_THAT(test.peer.heard(), Not(::testing::Contains(HasSubstr(kPassword))));
}

TEST(ImapStarttls, FailsTheGreetingWhereItIsRefused) {
  StarttlsRun test({greets("IMAP4rev1 STARTTLS") + Script{hear("d2 STARTTLS"), say("{tag} NO not now"), stall()}});
  EXPECT_EQ(judge(kImapType, "imap.greeting", test.seen, test.subject).verdict, Verdict::fail);
  EXPECT_THAT(test.peer.heard(), Not(::testing::Contains(HasSubstr(kPassword))));
}

// ---- capabilities

TEST(ImapCapabilities, FailsWithoutARevision) {
  ImapRun test({greets() + logs_in("UIDPLUS IDLE") + logs_out(), wrong_password("NO Login failed.")});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.capabilities"));
}

TEST(ImapCapabilities, TakesRevisionTwo) {
  ImapRun test({greets() + logs_in("imap4REV2") + logs_out(), wrong_password("NO Login failed.")});
  test.run();
  EXPECT_EQ(test.verdict("imap.capabilities"), Verdict::pass);
}

TEST(ImapCapabilities, FailsWhenTheQuestionIsRefused) {
  ImapRun test({Script{say("* OK ready"), hear("d"), say("{tag} BAD what")} +
                    Script{hear("d"), say("* CAPABILITY IMAP4rev1"), say("{tag} OK"), hear("d"), say("{tag} OK in"),
                           hear("d"), say("{tag} OK box"), hear("d"), say("{tag} BAD what"), hear("d")},
                wrong_password("NO")});
  test.run();
  EXPECT_EQ(test.verdict("imap.capabilities"), Verdict::fail) << transcript_text(test.seen);
}

TEST(ImapCapabilities, IsInconclusiveWhereThereAreTooManyConnections) {
  ImapRun test({Script{say("* OK ready"), hear("d"), say("* BYE Too many connections"), hang_up()}});
  test.run();
  EXPECT_EQ(test.verdict("imap.capabilities"), Verdict::inconclusive);
  EXPECT_THAT(test.judge("imap.capabilities").message, HasSubstr("Too many connections"));
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(ImapCapabilities, FailsAloneWhenTheServerHangsUpOnIt) {
  ImapRun test({Script{say("* OK ready"), hear("d"), say("* BYE no such questions"), hang_up()}});
  test.run();
  EXPECT_THAT(test.with(Verdict::fail), ElementsAre("imap.capabilities"));
}

// ---- type

TEST(ImapType, RefusesAPasswordWithoutTls) {
  Parameters parameters;
  parameters.set("tls", std::string("none"));
  parameters.set("as", jim());
  const auto problems = kImapType.validate(parameters);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].parameter, "as");
}

TEST(ImapType, RefusesAClosedPortThatItUsesItself) {
  Parameters parameters;
  parameters.set("tls", std::string("starttls"));
  parameters.set("plain_port", std::string("closed"));
  const auto problems = kImapType.validate(parameters);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].parameter, "plain_port");
  parameters.set("tls", std::string("implicit"));
  EXPECT_THAT(kImapType.validate(parameters), IsEmpty());
}

TEST(ImapType, DialsThePortOfItsTls) {
  Parameters parameters;
  EXPECT_EQ(kImapType.port(parameters), 993);
  parameters.set("tls", std::string("starttls"));
  EXPECT_EQ(kImapType.port(parameters), 143);
  parameters.set("port", std::int64_t{1143});
  EXPECT_EQ(kImapType.port(parameters), 1143);
}

TEST(ImapType, EveryCheckIsInconclusiveOrSkippedOnNothing) {
  Subject subject;
  subject.parameters.set("as", jim());
  subject.parameters.set("plain_port", std::string("closed"));
  subject.target.name = "mail.test";
  for (const auto& check : kImapType.checks)
    EXPECT_EQ(check.judge(Observation{}, subject).verdict, Verdict::inconclusive) << check.id;
}

}  // namespace
}  // namespace drydock::test
