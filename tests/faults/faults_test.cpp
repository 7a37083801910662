// Each fault of fixtures/faults against the shipped scenario, and the healthy lab, before the move and after it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>

#include "fixtures/lab/lab.hpp"
#include "harness/record/record_json.hpp"
#include "tests/support/drydock_process.hpp"

namespace drydock {
namespace {

using test::PracticeHosts;

struct Looked {
  RunRecord record;
  int exit = -1;
  std::string said;
};

/// Everything that a result says, but for what only the run knew.
std::vector<std::string> words_of(const RunRecord& record) {
  std::vector<std::string> all;
  for (const auto& result : record.results)
    all.push_back(fmt::format("{} {} at {}: {}: {}; expected {}, actual {}; {}", result.probe, result.check,
                              result.address.value_or(""), to_string(result.verdict), result.message,
                              result.expected.value_or(""), result.actual.value_or(""), result.reproduce.value_or("")));
  return all;
}

/// A record holds all that its verdicts rest on: judged again, with no host to ask, it says the same to the letter.
void expect_same_when_judged_again(const std::string& report, const RunRecord& record) {
  const std::string again = report + ".again";
  const auto ended = test::run_drydock({"report", report, "--judge", "--report", "json=" + again});
  EXPECT_EQ(ended.exit, summarise(record).exit) << ended.err;
  std::ifstream file(again);
  const RunRecord judged =
      run_from_json(std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  EXPECT_EQ(words_of(judged), words_of(record));
}

Looked look(const PracticeHosts& hosts, const std::string& phase) {
  const auto report = hosts.folder() / "report.json";
  const auto ended =
      hosts.drydock({"run", DRYDOCK_SOURCE_DIR "/scenarios/starship.yaml", "--vars", hosts.vars(), "--journal",
                     hosts.folder() / "none.journal", "--phase", phase == "moved" ? "soak" : "before", "--quiet",
                     "--report", "json=" + report.string()});
  std::ifstream file(report);
  Looked looked;
  looked.exit = ended.exit;
  looked.said = ended.out + ended.err;
  looked.record = run_from_json(std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  expect_same_when_judged_again(report, looked.record);
  return looked;
}

std::vector<std::string> lab_arguments(const std::string& phase) {
  return phase == "moved" ? std::vector<std::string>{"--moved"} : std::vector<std::string>{};
}

/// The number of the check in the catalogue; an assertion of the scenario counts for the check that its probe stands
/// for.
std::string told(const ResultRecord& result) {
  return result.spec.value_or(result.check);
}

class HealthyLab : public testing::TestWithParam<std::string> {};

TEST_P(HealthyLab, IsAllGreen) {
  if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
  const PracticeHosts hosts(lab_arguments(GetParam()));
  ASSERT_TRUE(hosts.up()) << hosts.said();
  const Looked looked = look(hosts, GetParam());
  EXPECT_EQ(looked.exit, 0);
  EXPECT_THAT(looked.said, testing::Not(testing::HasSubstr("warning"))) << "on the README's own commands";
  for (const auto& result : looked.record.results)
    EXPECT_TRUE(result.verdict == Verdict::pass || result.verdict == Verdict::skip)
        << result.probe << " " << result.check << " " << to_string(result.verdict) << ": " << result.message;
  EXPECT_GT(summarise(looked.record).pass, 100);
}

INSTANTIATE_TEST_SUITE_P(Phases, HealthyLab, testing::Values("before", "moved"),
                         [](const auto& phase) { return phase.param; });

/// No fault of the catalogue is about the old host.
TEST(OldHost, OneWriterThatStillRunsIsSeen) {
  if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
  const PracticeHosts hosts({"--moved"});
  ASSERT_TRUE(hosts.up()) << hosts.said();
  for (const char* unit : {"cron", "proftpd"}) {
    hosts.on("old", std::string("systemctl start ") + unit);
    const Looked looked = look(hosts, "moved");
    EXPECT_EQ(looked.exit, 1) << unit;
    for (const auto& result : looked.record.results)
      EXPECT_EQ(result.verdict == Verdict::fail,
                result.probe == "old-writers-are-down" && result.check.starts_with("expect."))
          << result.probe << " " << result.check << ": " << result.message;
    hosts.on("old", std::string("systemctl stop ") + unit);
  }
}

struct Case {
  lab::FaultEntry fault;
  std::string phase;

  friend void PrintTo(const Case& shown, std::ostream* out) { *out << shown.fault.name << " in " << shown.phase; }
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& fault : lab::fault_entries())
    for (const auto& phase : fault.phases) all.push_back({fault, phase});
  return all;
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.fault.name + "_" + info.param.phase;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class InjectedFault : public testing::TestWithParam<Case> {};

TEST_P(InjectedFault, TurnsItsCheckRedAndNothingUnnamed) {
  if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
  const auto& [fault, phase] = GetParam();
  auto arguments = lab_arguments(phase);
  arguments.insert(arguments.end(), {"--fault", fault.name});
  const PracticeHosts hosts(arguments);
  ASSERT_TRUE(hosts.up()) << hosts.said();
  const Looked looked = look(hosts, phase);

  std::set<std::string> allowed{fault.check};
  for (const auto& consequence : fault.also) allowed.insert(consequence.check);
  bool killed = false, critical = false;
  for (const auto& result : looked.record.results) {
    if (result.verdict != Verdict::fail) continue;
    const bool named = allowed.contains(told(result)) || allowed.contains(result.check);
    EXPECT_TRUE(named) << "red, but not named by the fault: " << result.probe << " " << result.check << " ("
                       << told(result) << "): " << result.message << "; " << result.actual.value_or("");
    if (told(result) == fault.check || result.check == fault.check) {
      killed = true;
      EXPECT_FALSE(result.message.empty());
    }
    critical = critical || result.severity == Severity::critical;
  }
  EXPECT_TRUE(killed) << fault.check << " did not fail\n" << looked.said;
  EXPECT_EQ(looked.exit, critical ? 1 : 0) << looked.said;
}

INSTANTIATE_TEST_SUITE_P(Faults, InjectedFault, testing::ValuesIn(cases()), case_name);

}  // namespace
}  // namespace drydock
