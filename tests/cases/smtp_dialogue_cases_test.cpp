// What drydock once said wrongly of mail servers, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/cases/mail_host.hpp"
#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_ca.hpp"

namespace drydock::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// `drydock probe smtp` of this host by its name, with these words besides.
Said ask_smtp(const ScriptedPeer& peer, const TestCa& ca, const std::vector<std::string>& words) {
  std::vector<std::string> all{"probe",
                               "smtp",
                               peer.endpoint().text(),
                               "--name",
                               "mail.test",
                               "trust=" + ca.trust_file(),
                               "domains=[mail.test]",
                               "pause=50ms"};
  all.insert(all.end(), words.begin(), words.end());
  return ask(std::move(all));
}

PeerOptions as_mail_test(const TestCa& ca, bool implicit = false) {
  return {.certificate = ca.issue({.names = {"mail.test"}}), .implicit_tls = implicit};
}

constexpr const char* kJim = "as={login: jim, password: {env: JIMS_PASSWORD}}";

/// Jim's password where drydock finds it, as long as it lives.
class JimsPassword {
public:
  explicit JimsPassword(const std::string& password = "Sesame-7") { ::setenv("JIMS_PASSWORD", password.c_str(), 1); }
  ~JimsPassword() { ::unsetenv("JIMS_PASSWORD"); }
  JimsPassword(const JimsPassword&) = delete;
  JimsPassword& operator=(const JimsPassword&) = delete;
};

// A server may hang up once it has refused a user who does not exist (Exim: `drop`); that refusal is the answer.
TEST(SmtpDialogueCases, AHangUpAfterARefusalIsNoBrokenGreeting) {
  const TestCa ca;
  const SmtpHost host{.hangs_up_after = {"RCPT TO:<no", "RCPT TO:<drydock", "RCPT TO:<un", "RCPT TO:<x", "RCPT TO:<t"}};
  const ScriptedPeer peer(host.script(), as_mail_test(ca));
  const Said said = ask_smtp(peer, ca, {"recipients=[jim@mail.test]", "unknown=refused"});
  EXPECT_EQ(said.verdict("smtp.greeting"), "pass") << said.text;
  EXPECT_EQ(said.verdict("smtp.unknown-recipient"), "pass") << said.text;
  EXPECT_EQ(said.verdict("smtp.recipients"), "pass") << said.text;
}

// The same where it hangs up on AUTH without TLS: no password is taken in clear.
TEST(SmtpDialogueCases, AHangUpOnAuthWithoutTlsIsNoBrokenGreeting) {
  const TestCa ca;
  const JimsPassword password;
  const Script hangs_up{
      say("220 mail.test ESMTP"), act([](PeerConnection& peer) {
        bool secure = false;
        for (;;) {
          const std::string line = peer.line();
          if (line.starts_with("AUTH") && !secure) return;
          if (line.starts_with("STARTTLS")) {
            peer.send("220 go ahead\r\n");
            peer.start_tls();
            secure = true;
          } else if (line.starts_with("EHLO")) {
            peer.send(secure ? "250-mail.test\r\n250 AUTH PLAIN\r\n" : "250-mail.test\r\n250 STARTTLS\r\n");
          } else if (line.starts_with("AUTH")) {
            peer.send(line.ends_with("AGppbQBTZXNhbWUtNw==") ? "235 welcome\r\n" : "535 no\r\n");
          } else if (line != "NOOP") {
            peer.send("250 ok\r\n");
          }
        }
      })};
  const ScriptedPeer peer(hangs_up, as_mail_test(ca));
  const Said said = ask_smtp(peer, ca, {kJim});
  EXPECT_EQ(said.verdict("smtp.greeting"), "pass") << said.text;
  EXPECT_EQ(said.verdict("smtp.auth-clear"), "pass") << said.text;
  EXPECT_EQ(said.verdict("smtp.auth"), "pass") << said.text;
}

// TLS comes off and the service behind it says nothing, or nothing right: the certificate was seen all the same.
class SmtpDialogueUnderTls : public testing::TestWithParam<std::string> {};

TEST_P(SmtpDialogueUnderTls, TheCertificateIsJudgedWhateverIsSaidInside) {
  const TestCa ca;
  PeerOptions options = as_mail_test(ca, true);
  options.certificate = ca.issue({.names = {"other.test"}});
  options.proves_itself = false;
  const ScriptedPeer peer(GetParam().empty() ? Script{hang_up()} : Script{say(GetParam())}, options);
  const Said said = ask_smtp(peer, ca, {"tls=implicit"});
  EXPECT_EQ(said.verdict("smtp.certificate-name"), "fail") << said.text;
  EXPECT_EQ(said.verdict("smtp.certificate-validity"), "pass") << said.text;
}

INSTANTIATE_TEST_SUITE_P(SmtpDialogueCases, SmtpDialogueUnderTls, testing::Values("", "what?"));

// The wrong way into TLS is a slip in the scenario as a rule: said so, not "no answer".
TEST(SmtpDialogueCases, ImplicitTlsWhereStarttlsWasAskedForIsNamed) {
  const TestCa ca;
  const ScriptedPeer peer(SmtpHost{.implicit = true}.script(), as_mail_test(ca, true));
  const Said said = ask_smtp(peer, ca, {"tls=starttls", "timeout=2s"});
  EXPECT_THAT(said.message("smtp.greeting"), HasSubstr("did you mean `tls: implicit`")) << said.text;
}

TEST(SmtpDialogueCases, StarttlsWhereImplicitTlsWasAskedForIsNamed) {
  const TestCa ca;
  const ScriptedPeer peer(SmtpHost{}.script(), as_mail_test(ca));
  const Said said = ask_smtp(peer, ca, {"tls=implicit"});
  EXPECT_THAT(said.text, HasSubstr("did you mean `tls: starttls`")) << said.text;
}

// 252 says that the server did not look: a warning for the null sender as for recipients, with what it said.
TEST(SmtpDialogueCases, ANullSenderThatIsNotVerifiedIsAWarning) {
  const TestCa ca;
  const Script script{say("220 mail.test ESMTP"), act([](PeerConnection& peer) {
                        bool from_nobody = false;
                        for (;;) {
                          const std::string line = peer.line();
                          if (line.starts_with("MAIL")) from_nobody = line.starts_with("MAIL FROM:<>");
                          if (line.starts_with("EHLO"))
                            peer.send("250 mail.test\r\n");
                          else if (line.starts_with("RCPT") && from_nobody)
                            peer.send("252 can't tell\r\n");
                          else if (line.starts_with("QUIT"))
                            return peer.send("221 bye\r\n");
                          else
                            peer.send("250 ok\r\n");
                        }
                      })};
  const ScriptedPeer peer(script);
  const Said said =
      ask_smtp(peer, ca, {"tls=none", "recipients=[jim@mail.test]", "unknown=accepted", "vantage={name: prober.test}"});
  EXPECT_EQ(said.verdict("smtp.null-sender"), "warn") << said.text;
  EXPECT_THAT(said.message("smtp.null-sender"), HasSubstr("252")) << said.text;
}

// "Not now" is no verdict, also where TLS was to begin and it comes in clear. (It is asked again, with pauses.)
TEST(SmtpDialogueCases, A421InClearWhereTlsWasToBeginBlamesNobody) {
  const TestCa ca;
  const ScriptedPeer peer(Script{say("421 mail.test too busy"), hang_up()});
  const Said said = ask_smtp(peer, ca, {"tls=implicit", "timeout=1s"});
  EXPECT_THAT(said.all("fail"), IsEmpty()) << said.text;
  EXPECT_EQ(said.verdict("smtp.greeting"), "inconclusive") << said.text;
  EXPECT_EQ(said.exit, 3) << said.text;
  EXPECT_THAT(said.text, HasSubstr("too busy")) << said.text;
}

// 421 is a 4xx: who defers by it defers.
TEST(SmtpDialogueCases, A421AtTheRecipientIsADeferral) {
  const TestCa ca;
  const SmtpHost host{.answers = {{"RCPT", "421 4.7.0 greylisted, come again"}}, .hangs_up_after = {"RCPT"}};
  const ScriptedPeer peer(host.script(), as_mail_test(ca));
  const Said said = ask_smtp(peer, ca, {"defers=[jim@mail.test]"});
  EXPECT_EQ(said.verdict("smtp.defers"), "pass") << said.text;
}

// What is switched off is not done: nobody guesses passwords for a check that is off.
TEST(SmtpDialogueCases, NoWrongPasswordIsTriedForACheckThatIsOff) {
  const TestCa ca;
  const JimsPassword password;
  const SmtpHost host;
  const ScriptedPeer peer(host.script(), as_mail_test(ca));
  const Said said = ask_smtp(peer, ca, {kJim, "checks={smtp.auth-wrong-password: off}"});
  EXPECT_EQ(said.verdict("smtp.auth"), "pass") << said.text;
  EXPECT_THAT(*host.logins, AllOf(Not(IsEmpty()), Each(true))) << said.text;
}

/// A submission server, which takes no mail without a login. Its address is of this test alone.
PeerOptions at_submission(const TestCa& ca, const std::string& address) {
  PeerOptions options = as_mail_test(ca);
  options.address = address;
  options.port = 587;
  return options;
}

// Where nobody could log in, that is named as the reason why no recipient was asked.
TEST(SmtpDialogueCases, RecipientsThatWereNotAskedNameTheLogin) {
  if (const auto why = why_no_low_ports(); !why.empty()) GTEST_SKIP() << why;
  const TestCa ca;
  const JimsPassword password;
  for (const std::string answer : {"454 4.7.0 Temporary authentication failure", "535 5.7.8 Error: no"}) {
    const SmtpHost host{.answers = {{"AUTH", answer}, {"MAIL", "530 5.7.0 Authentication required"}}};
    const ScriptedPeer peer(host.script(), at_submission(ca, "127.0.72.1"));
    const Said said = ask_smtp(peer, ca, {kJim, "recipients=[jim@mail.test]"});
    EXPECT_EQ(said.verdict("smtp.recipients"), "inconclusive") << said.text;
    EXPECT_THAT(said.message("smtp.recipients"), Not(HasSubstr("the answer for every recipient was not seen")));
    EXPECT_THAT(said.message("smtp.recipients"), AnyOf(HasSubstr("log"), HasSubstr("AUTH"))) << said.text;
    EXPECT_THAT(said.message("smtp.recipients"), HasSubstr(answer)) << said.text;
  }
}

TEST(SmtpDialogueCases, RecipientsThatWereNotAskedNameThePassword) {
  if (const auto why = why_no_low_ports(); !why.empty()) GTEST_SKIP() << why;
  const TestCa ca;
  const SmtpHost host{.answers = {{"MAIL", "530 5.7.0 Authentication required"}}};
  const ScriptedPeer peer(host.script(), at_submission(ca, "127.0.72.2"));
  const Said said = ask_smtp(peer, ca, {kJim, "recipients=[jim@mail.test]"});
  EXPECT_EQ(said.verdict("smtp.recipients"), "inconclusive") << said.text;
  EXPECT_THAT(said.message("smtp.recipients"), AnyOf(HasSubstr("JIMS_PASSWORD"), HasSubstr("password"))) << said.text;
}

// The first connection proved whose it is, the second has no TLS or another certificate: no password on that one.
// (Every peer reads along, and fails the test where a password comes in clear or to an impostor.)
class SmtpDialogueSecond : public testing::TestWithParam<bool> {};

TEST_P(SmtpDialogueSecond, GetsThePasswordOnlyWhereItProvesItself) {
  const TestCa ca;
  const JimsPassword password;
  const bool other_certificate = GetParam();
  const SmtpHost good;
  const SmtpHost bare{.extensions = other_certificate ? "STARTTLS" : "AUTH PLAIN LOGIN"};
  PeerOptions options = as_mail_test(ca);
  if (other_certificate) options.impostor = ca.issue({.names = {"other.test"}, .self_signed = true});
  const ScriptedPeer peer({good.script(), bare.script()}, options);
  const Said said = ask_smtp(peer, ca, {kJim});
  EXPECT_NE(said.verdict("smtp.auth"), "pass") << said.text;
}

INSTANTIATE_TEST_SUITE_P(SmtpDialogueCases, SmtpDialogueSecond, testing::Bool());

/// Recipients of the messages that a peer was given.
std::vector<std::string> recipients_of_messages(const ScriptedPeer& peer) {
  std::vector<std::string> recipients;
  std::string last;
  for (const auto& line : peer.heard()) {
    if (line.starts_with("RCPT TO:<")) last = line.substr(9, line.find('>') - 9);
    if (line == "DATA") recipients.push_back(last);
  }
  return recipients;
}

// What a scanner must refuse goes to the address that is named for it, and to nobody's mailbox.
TEST(SmtpDialogueCases, TheScannersMessagesGoToTheAddressThatIsNamed) {
  const TestCa ca;
  const SmtpHost host{.answers = {{"RCPT TO:<canary@mail.test>", "250 ok"}}};
  const ScriptedPeer peer(host.script(), as_mail_test(ca));
  const Said said =
      ask_smtp(peer, ca, {"recipients=[jim@mail.test]", "scanner={refuses: gtube, to: canary@mail.test}"});
  EXPECT_EQ(said.verdict("smtp.scanner"), "fail") << said.text;
  EXPECT_THAT(recipients_of_messages(peer), AllOf(Contains("canary@mail.test"), Not(Contains("jim@mail.test"))))
      << said.text;
}

// That such messages are sent, and to whom, is said before.
TEST(SmtpDialogueCases, CheckTellsOfTheScannersMessages) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "s.yaml") << R"(drydock: 1
name: scanner
domains: [mail.test]
hosts: {new: {address: 127.0.0.1}}
probes: [{id: s, smtp: {recipients: [jim@mail.test], scanner: {refuses: gtube}}}]
)";
  const auto ended = run_drydock({"check", (folder.path() / "s.yaml").string()});
  EXPECT_EQ(ended.exit, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("GTUBE")) << ended.out << ended.err;
}

}  // namespace
}  // namespace drydock::test
