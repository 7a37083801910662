// What drydock once said wrongly of IMAP servers, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A server that answers every LOGIN so, without its tag, and everything else with OK.
Script answers_logins(const std::string& answer) {
  return {say("* OK [CAPABILITY IMAP4rev1] ready"), act([answer](PeerConnection& peer) {
            for (;;) {
              const std::string line = peer.line();
              const std::string tag = line.substr(0, line.find(' '));
              const bool is_login = line.find(" LOGIN ") != std::string::npos;
              if (line.ends_with("CAPABILITY")) peer.send("* CAPABILITY IMAP4rev1\r\n");
              peer.send(tag + (is_login ? " " + answer : " OK done") + "\r\n");
              if (line.ends_with("LOGOUT")) return;
            }
          })};
}

struct OddPassword {
  const char* name;
  const char* file;
  const char* oddity;
};
class ImapCasesPassword : public testing::TestWithParam<OddPassword> {};

// A login that is refused may be the password's fault: what is odd about its file is said.
TEST_P(ImapCasesPassword, MayBeWrongItself) {
  const TestCa ca;
  const TemporaryFolder folder;
  const std::string password = (folder.path() / "jim").string();
  std::ofstream(password) << GetParam().file;
  const ScriptedPeer peer(answers_logins("NO [AUTHENTICATIONFAILED] LOGIN failed."),
                          {.certificate = ca.issue({.names = {"mail.test"}}), .implicit_tls = true});
  const Said said = ask({"probe", "imap", peer.endpoint().text(), "--name", "mail.test", "trust=" + ca.trust_file(),
                         "tls=implicit", fmt::format("as={{login: jim, password: {{file: {}}}}}", password)});
  EXPECT_EQ(said.verdict("imap.login"), "fail") << said.text;
  EXPECT_THAT(said.message("imap.login"), HasSubstr("password itself may be wrong"));
  EXPECT_THAT(said.message("imap.login"), HasSubstr(GetParam().oddity));
  EXPECT_THAT(said.message("imap.login"), Not(HasSubstr("right password")));
}

INSTANTIATE_TEST_SUITE_P(Files, ImapCasesPassword,
                         testing::Values(OddPassword{"ByteOrderMark", "\xEF\xBB\xBFSesame-7\n", "byte order mark"},
                                         OddPassword{"TrailingBlank", "Sesame-7 \n", "blank"},
                                         OddPassword{"TwoLines", "Sesame-7\nof jim\n", "2 lines"}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace drydock::test
