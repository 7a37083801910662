// What drydock once said wrongly of FTP servers, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/silent_port.hpp"
#include "tests/support/test_ca.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kJim = "as={login: jim, password: {env: JIMS_PASSWORD}}";

/// An FTP server where jim may log in inside TLS; `passive` is its answer to PASV.
Script ftp_server(const std::string& passive) {
  return {say("220 ftp.test ready"), act([passive](PeerConnection& peer) {
            bool secure = false;
            for (;;) {
              const std::string line = peer.line();
              const auto says = [&](std::string_view word) { return line.starts_with(word); };
              std::string answer = "200 ok";
              if (says("QUIT")) return peer.send("221 bye\r\n");
              if (says("AUTH")) answer = "234 go ahead";
              if (says("FEAT")) answer = "211-Features:\r\n AUTH TLS\r\n211 End";
              if (says("USER")) answer = secure ? "331 Password required" : "530 TLS first";
              if (says("PASS")) answer = line == "PASS right-horse-42" ? "230 logged in" : "530 Login incorrect.";
              if (says("PWD")) answer = "257 \"/\" is here";
              if (says("PASV")) answer = passive;
              if (says("EPSV")) answer = "500 what?";
              peer.send(answer + "\r\n");
              if (says("AUTH")) peer.start_tls(), secure = true;
            }
          })};
}

class FtpSessionCases : public testing::Test {
protected:
  FtpSessionCases() { ::setenv("JIMS_PASSWORD", "right-horse-42", 1); }
  ~FtpSessionCases() override { ::unsetenv("JIMS_PASSWORD"); }

  Said look(const ScriptedPeer& peer, const std::vector<std::string>& words = {}) {
    std::vector<std::string> all{"probe",  "ftp",      fmt::format("127.0.0.1:{}", peer.port()),
                                 "--name", "ftp.test", "trust=" + ca.trust_file()};
    all.insert(all.end(), words.begin(), words.end());
    return ask(std::move(all));
  }
  [[nodiscard]] PeerOptions options(bool implicit = false) const {
    return {.certificate = ca.issue({.names = {"ftp.test"}}), .implicit_tls = implicit};
  }

  TestCa ca;
};

// The control connection lives, and the passive port is silent: a firewall, which users meet just the same.
TEST_F(FtpSessionCases, ASilentDataPortBesideALivingControlConnectionFails) {
  const SilentPort silent;
  const ScriptedPeer peer(
      ftp_server(fmt::format("227 Entering Passive Mode (127,0,0,1,{},{}).", silent.port() / 256, silent.port() % 256)),
      options());
  const Said said = look(peer, {kJim, "timeout=2s"});
  EXPECT_EQ(said.verdict("ftp.login"), "pass") << said.text;
  EXPECT_EQ(said.verdict("ftp.passive-address"), "fail") << said.text;
}

// "Too many connections" is about now and this prober: inconclusive, with the server's words, whatever its code.
TEST_F(FtpSessionCases, TooManyConnectionsBlameNobody) {
  for (const std::string words :
       {"421 Too many connections (8) from this IP",
        "530 Sorry, the maximum number of clients (8) from your host are already connected."}) {
    const ScriptedPeer peer(Script{say(words), hang_up()}, options());
    const Said said = look(peer, {kJim, "timeout=3s", "pause=50ms"});
    EXPECT_THAT(said.all("fail"), IsEmpty()) << said.text;
    EXPECT_EQ(said.exit, 3) << said.text;
    EXPECT_THAT(said.text, HasSubstr(words)) << said.text;
  }
}

// The wrong way into TLS is a slip in the scenario as a rule: said so, not "no answer".
TEST_F(FtpSessionCases, TheOtherWayIntoTlsIsNamed) {
  const ScriptedPeer implicit(ftp_server("502 no"), options(true));
  EXPECT_THAT(look(implicit, {"timeout=2s"}).text, HasSubstr("did you mean `tls: implicit`"));
  const ScriptedPeer explicit_only(ftp_server("502 no"), options());
  EXPECT_THAT(look(explicit_only, {"tls=implicit", "timeout=2s"}).text, HasSubstr("did you mean `tls: starttls`"));
}

// A password without TLS is refused before anything is sent, as for the other types.
TEST_F(FtpSessionCases, NoPasswordWithoutTls) {
  const ScriptedPeer peer(ftp_server("502 no"), options());
  const Said said = look(peer, {"tls=none", kJim});
  EXPECT_EQ(said.exit, 2) << said.text;
  EXPECT_THAT(said.text, HasSubstr("never sent without TLS")) << said.text;
  EXPECT_EQ(peer.connections(), 0u);
}

// Preliminary replies without end are no answer: the probe ends by a bound of its own, and not by the clock.
TEST_F(FtpSessionCases, PreliminaryRepliesWithoutEndAreAProtocolError) {
  const ScriptedPeer peer(Script{endless("120 soon\r\n")}, options());
  const auto begun = std::chrono::steady_clock::now();
  const Said said = look(peer, {"timeout=20s"});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  EXPECT_LT(took.count(), 10) << said.text;
  EXPECT_NE(said.exit, 0) << said.text;
}

}  // namespace
}  // namespace drydock::test
