// What drydock once said wrongly of commands, by kind.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/cases/verdicts.hpp"

namespace drydock::test {
namespace {

/// The `expect` of the shipped scenario for the services that must not write on the old host.
std::string shipped_expectation() {
  std::ifstream file(DRYDOCK_SOURCE_DIR "/scenarios/starship.yaml");
  bool found = false;
  for (std::string line; std::getline(file, line);) {
    if (found && line.find("expect:") != std::string::npos) return line.substr(line.find("expect:"));
    found = found || line.find("id: old-writers-are-down") != std::string::npos;
  }
  return "";
}

struct Units {
  const char* name;
  const char* states;
  const char* verdict;
};
class CommandCasesUnits : public testing::TestWithParam<Units> {};

// Of several services one may still be active, be it the first, the last or between: the gate must see it.
TEST_P(CommandCasesUnits, AreAllLookedAt) {
  const Said said = run_scenario(fmt::format(R"(drydock: 1
name: units
hosts: {{new: {{address: 127.0.0.1}}}}
probes:
  - id: writers-are-down
    on: here
    command: {{argv: [sh, -c, "printf '{}'; exit 3"]}}
    {}
)",
                                             GetParam().states, shipped_expectation()));
  EXPECT_EQ(said.verdict("expect.stdout"), GetParam().verdict) << said.text;
  EXPECT_EQ(said.verdict("expect.exit"), "pass") << said.text;
}

INSTANTIATE_TEST_SUITE_P(States, CommandCasesUnits,
                         testing::Values(Units{"First", "active\\\\ninactive\\\\ninactive\\\\n", "fail"},
                                         Units{"Between", "inactive\\\\nactive\\\\ninactive\\\\n", "fail"},
                                         Units{"Last", "inactive\\\\ninactive\\\\nactive\\\\n", "fail"},
                                         Units{"Stopping", "deactivating\\\\ninactive\\\\ninactive\\\\n", "fail"},
                                         Units{"None", "inactive\\\\nfailed\\\\ninactive\\\\n", "pass"}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace drydock::test
