// What drydock once said wrongly of commands and of the programs that it starts, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/temporary_folder.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;

/// A scenario about one host at 127.0.0.1 that ssh reaches at this port.
std::string with_ssh(std::uint16_t port, const std::string& probes) {
  return fmt::format(R"(drydock: 1
name: ssh
hosts:
  new: {{address: 127.0.0.1, ssh: {{user: ops, key_file: key, known_hosts: known_hosts, port: {}}}}}
probes:
{})",
                     port, probes);
}

const std::vector<std::pair<std::string, std::string>> kSshFiles = {{"key", "none\n"}, {"known_hosts", ""}};

// Where ssh ends with 255 before anything ran, no command ran, whatever the scenario expects of its exit.
TEST(CommandSshCases, AnSshThatEndsBeforeTheCommandRanNothing) {
  const ScriptedPeer peer(Script{say("SSH-2.0-x"), hang_up()});
  const Said said = run_scenario(
      with_ssh(peer.port(), "  - {id: c, command: {argv: [\"false\"]}, expect: {exit: {not: 0}}}\n"), kSshFiles);
  EXPECT_EQ(said.verdict("command.ran"), "inconclusive") << said.text;
  EXPECT_NE(said.verdict("expect.exit"), "pass") << said.text;
  EXPECT_EQ(said.exit, 3) << said.text;
}

/// Puts a program called `ssh` before the system's, for as long as it lives.
class OtherSsh {
public:
  explicit OtherSsh(const std::string& script) {
    const std::string program = (folder_.path() / "ssh").string();
    std::ofstream(program) << "#!/bin/sh\n" << script;
    ::chmod(program.c_str(), 0700);
    ::setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
  }
  ~OtherSsh() { ::setenv("PATH", path_.c_str(), 1); }
  OtherSsh(const OtherSsh&) = delete;
  OtherSsh& operator=(const OtherSsh&) = delete;

private:
  TemporaryFolder folder_;
  std::string path_ = ::getenv("PATH");
};

// A host that shows another key than known_hosts has is another host.
TEST(CommandSshCases, AnotherHostKeyIsACriticalFail) {
  const OtherSsh ssh(R"(cat >&2 <<'END'
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Host key for [127.0.0.1]:22 has changed and you have requested strict checking.
Host key verification failed.
END
exit 255
)");
  const Said said = run_scenario(with_ssh(22, "  - {id: c, command: {argv: [\"true\"]}}\n"), kSshFiles);
  EXPECT_EQ(said.verdict("command.ran"), "fail") << said.text;
  EXPECT_EQ(said.exit, 1) << said.text;
  EXPECT_THAT(said.message("command.ran"), HasSubstr("key")) << said.text;
}

// What the environment holds as a secret is not passed on to programs that are started.
TEST(CommandSshCases, SecretsOfTheEnvironmentAreNotPassedOn) {
  ::setenv("DRYDOCKS_SECRET", "Sesame-7", 1);
  const Said said = run_scenario(R"(drydock: 1
name: environment
hosts: {new: {address: 127.0.0.1}}
secrets: {s: {env: DRYDOCKS_SECRET}}
accounts: {jim: {login: jim, password: "${secrets.s}"}}
probes:
  - {id: c, on: here, command: {argv: [sh, -c, "test -z \"$DRYDOCKS_SECRET\""]}}
)");
  ::unsetenv("DRYDOCKS_SECRET");
  EXPECT_EQ(said.verdict("command.exit"), "pass") << said.text;
}

}  // namespace
}  // namespace drydock::test
