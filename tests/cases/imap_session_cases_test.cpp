// What drydock once said wrongly of servers of mailboxes, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/cases/mail_host.hpp"
#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/test_ca.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kJim = "as={login: jim, password: {env: JIMS_PASSWORD}}";

class ImapSessionCases : public testing::Test {
protected:
  ImapSessionCases() { ::setenv("JIMS_PASSWORD", "right-horse-42", 1); }
  ~ImapSessionCases() override { ::unsetenv("JIMS_PASSWORD"); }

  Said look(const ScriptedPeer& peer, const std::vector<std::string>& words = {}) {
    std::vector<std::string> all{"probe",  "imap",      fmt::format("127.0.0.1:{}", peer.port()),
                                 "--name", "mail.test", "trust=" + ca.trust_file()};
    all.insert(all.end(), words.begin(), words.end());
    return ask(std::move(all));
  }
  [[nodiscard]] PeerOptions with_tls(const std::string& name = "mail.test") const {
    return {.certificate = ca.issue({.names = {name}}), .implicit_tls = true, .proves_itself = name == "mail.test"};
  }

  TestCa ca;
  Mailboxes boxes;
};

// TLS comes off and the service behind it says nothing, or nothing right: the certificate was seen all the same.
TEST_F(ImapSessionCases, TheCertificateIsJudgedWhateverIsSaidInside) {
  for (const std::string greeting : {"", "* BYE shutting down", "what?"}) {
    const ScriptedPeer peer(greeting.empty() ? Script{hang_up()} : Script{say(greeting)}, with_tls("other.test"));
    const Said said = look(peer, {"timeout=5s"});
    EXPECT_EQ(said.verdict("imap.certificate-name"), "fail") << greeting << said.text;
    EXPECT_EQ(said.verdict("imap.certificate-validity"), "pass") << greeting << said.text;
  }
}

// The wrong way into TLS is a slip in the scenario as a rule: said so, not "no answer".
TEST_F(ImapSessionCases, TheOtherWayIntoTlsIsNamed) {
  const ScriptedPeer implicit(boxes.imap(), with_tls());
  EXPECT_THAT(look(implicit, {"tls=starttls", "timeout=4s"}).text, HasSubstr("did you mean `tls: implicit`"));
  // As `imap` on port 143, where nothing is said of TLS.
  const ScriptedPeer starttls(Script{say("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready"), stall()});
  EXPECT_THAT(look(starttls, {"timeout=4s"}).text, HasSubstr("did you mean `tls: starttls`"));
}

// "Too many connections" is about now and this prober: inconclusive, with the server's words.
TEST_F(ImapSessionCases, TooManyConnectionsBlameNobody) {
  const std::string words = "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)";
  const Script at_login{say("* OK [CAPABILITY IMAP4rev1] ready"), act([words](PeerConnection& peer) {
                          for (;;) {
                            const std::string line = peer.line();
                            const std::string tag = line.substr(0, line.find(' '));
                            if (line.find("LOGIN") != std::string::npos) {
                              peer.send(tag + " NO [LIMIT] " + words + "\r\n* BYE " + words + "\r\n");
                              return peer.hang_up();
                            }
                            peer.send("* CAPABILITY IMAP4rev1\r\n" + tag + " OK done\r\n");
                          }
                        })};
  for (const Script& script : {Script{say("* BYE [LIMIT] " + words), hang_up()}, at_login}) {
    const ScriptedPeer peer(script, with_tls());
    const Said said = look(peer, {kJim, "timeout=3s", "pause=50ms"});
    EXPECT_THAT(said.all("fail"), IsEmpty()) << said.text;
    EXPECT_EQ(said.exit, 3) << said.text;
    EXPECT_THAT(said.text, HasSubstr("Maximum number of connections")) << said.text;
  }
}

// Only jim's home is broken (Courier ends the connection at his login): it is said whose login failed, and what would
// tell him from everybody.
TEST_F(ImapSessionCases, ALoginThatEndsTheConnectionNamesWhose) {
  const ScriptedPeer peer(
      Script{say("* OK [CAPABILITY IMAP4rev1] ready"), act([](PeerConnection& client) {
               for (;;) {
                 const std::string line = client.line();
                 if (line.find(" LOGIN ") != std::string::npos)
                   return client.send(
                       "* BYE [ALERT] Fatal error: Account's mailbox directory is not owned by the "
                       "correct uid or gid: \r\n");
                 client.send("* CAPABILITY IMAP4rev1\r\n" + line.substr(0, line.find(' ')) + " OK done\r\n");
               }
             })},
      with_tls());
  const Said said = look(peer, {kJim, "checks={imap.wrong-password: off}"});
  EXPECT_THAT(said.message("imap.login"), HasSubstr("jim")) << said.text;
  EXPECT_THAT(said.text, HasSubstr("second account")) << said.text;
  EXPECT_THAT(said.text, Not(HasSubstr("nobody can log in"))) << said.text;
}

// What is switched off is not done: nobody guesses passwords for a check that is off.
TEST_F(ImapSessionCases, NoWrongPasswordIsTriedForACheckThatIsOff) {
  const ScriptedPeer peer(boxes.imap(), with_tls());
  const Said said = look(peer, {kJim, "checks={imap.wrong-password: off}"});
  EXPECT_EQ(said.verdict("imap.login"), "pass") << said.text;
  EXPECT_THAT(peer.heard(), testing::Contains(HasSubstr("LOGIN")));
  for (const auto& line : peer.heard())
    if (line.find("LOGIN") != std::string::npos) EXPECT_THAT(line, HasSubstr("right-horse-42")) << said.text;
}

}  // namespace
}  // namespace drydock::test
