#include <gmock/gmock.h>
#include <stdlib.h>

#include <chrono>

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
  EXPECT_EQ(resolved("{file: \"" + golden("lab/jim.password") + "\"}").reveal(), "not-a-secret");
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

TEST(Secrets, CommandsRunOnlyWhereAllowed) {
  EXPECT_FALSE(resolved("{command: [echo, x]}", false).available());
}

}  // namespace
}  // namespace drydock::test
