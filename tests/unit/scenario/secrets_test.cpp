#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "tests/support/temporary_folder.hpp"
#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

Secret resolved(const std::string& source, bool run_commands = true) {
  const auto result = load("secrets: {s: " + source + "}\naccounts: {jim: {login: jim, password: \"${secrets.s}\"}}\n" +
                           head() + "probes: [{id: a, imap: {as: jim}}]\n");
  EXPECT_TRUE(result.scenario) << shown(result);
  if (!result.scenario) return Secret{};
  resolve_secrets(*result.scenario, run_commands);
  return result.scenario->probes.at(0).parameters.account("as")->password;
}

TEST(Secrets, ComeFromTheEnvironment) {
  ::setenv("DRYDOCK_TEST_SECRET", "open sesame", 1);
  EXPECT_EQ(resolved("{env: DRYDOCK_TEST_SECRET}").reveal(), "open sesame");
  ::unsetenv("DRYDOCK_TEST_SECRET");
  const Secret gone = resolved("{env: DRYDOCK_TEST_SECRET}");
  EXPECT_FALSE(gone.available());
  EXPECT_THAT(gone.why_missing(), HasSubstr("DRYDOCK_TEST_SECRET"));
}

TEST(Secrets, ComeFromAFileWithoutItsLineEnd) {
  TemporaryFolder folder;
  const std::string path = folder.path().string() + "/jim";
  std::ofstream(path) << "not-a-secret\n";
  EXPECT_EQ(resolved("{file: " + path + "}").reveal(), "not-a-secret");
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
    EXPECT_THAT(resolved("{file: " + path + "}").why_missing(), HasSubstr(path)) << "root believes no stranger's file";
  }
  EXPECT_THAT(resolved("{file: no/such}").why_missing(), HasSubstr("/somewhere/no/such: No such file"));
  EXPECT_THAT(resolved("{file: /dev/null}").why_missing(), HasSubstr("isn't a regular file"));
}

TEST(Secrets, ComeFromACommand) {
  EXPECT_EQ(resolved("{command: [echo, open sesame]}").reveal(), "open sesame");
  EXPECT_THAT(resolved("{command: [\"false\"]}").why_missing(), HasSubstr("false failed (exit 1)"));
  EXPECT_THAT(resolved("{command: [drydock-no-such-program]}").why_missing(), HasSubstr("can't be run"));
  EXPECT_THAT(resolved("{command: [\"true\"]}").why_missing(), HasSubstr("is empty"));
  EXPECT_THAT(resolved("{command: [cat, /dev/zero]}").why_missing(), HasSubstr("more than 64 KiB"));
}

TEST(Secrets, OfTheEnvironmentAreNotPassedOn) {
  ::setenv("DRYDOCK_TEST_SECRET", "open sesame", 1);
  EXPECT_EQ(resolved("{env: DRYDOCK_TEST_SECRET}").reveal(), "open sesame");
  EXPECT_EQ(resolved("{command: [printenv, HOME]}").reveal(), ::getenv("HOME"));
  EXPECT_THAT(resolved("{command: [printenv, DRYDOCK_TEST_SECRET]}").why_missing(), HasSubstr("exit 1"));
  ::unsetenv("DRYDOCK_TEST_SECRET");
}

TEST(Secrets, CommandsRunOnlyWhereAllowed) {
  EXPECT_FALSE(resolved("{command: [echo, x]}", false).available());
}

}  // namespace
}  // namespace drydock::test
