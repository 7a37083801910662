// Old against new on the practice hosts: what the old one does is all that is expected.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "harness/record/record_json.hpp"
#include "tests/support/drydock_process.hpp"

namespace drydock {
namespace {

using test::PracticeHosts;
using testing::Contains;
using testing::IsEmpty;

/// PROBE CHECK of everything that is not as on the old host, and of every comparison that could not be made.
std::set<std::string> differences(const PracticeHosts& hosts) {
  const auto report = hosts.folder() / "report.json";
  hosts.drydock({"run", DRYDOCK_SOURCE_DIR "/scenarios/as-on-old.yaml", "--vars", hosts.vars(), "--quiet", "--report",
                 "json=" + report.string()});
  std::ifstream file(report);
  const RunRecord record =
      run_from_json(std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  std::set<std::string> found;
  std::size_t same = 0;
  for (const auto& result : record.results) {
    if (!result.check.starts_with("same")) continue;
    if (result.verdict == Verdict::fail || result.verdict == Verdict::inconclusive)
      found.insert(result.probe + " " + result.check + (result.row ? " " + *result.row : ""));
    same += result.verdict == Verdict::pass ? 1 : 0;
  }
  EXPECT_GT(same, 0U);
  return found;
}

TEST(AsOnOld, TheHealthyLabShowsNoDifferenceAndFaultsShowTheirs) {
  if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
  const PracticeHosts hosts;
  ASSERT_TRUE(hosts.up()) << hosts.said();
  EXPECT_THAT(differences(hosts), IsEmpty());
  const std::pair<const char*, const char*> faults[] = {{"F14", "smtp same.recipients captain@starship.python.test"},
                                                        {"F52", "imaps same.login"},
                                                        {"F69", "page-~jim/hello.cgi same.status"},
                                                        {"F72", "page-~jim/index.shtml same.body"}};
  for (const auto& [fault, difference] : faults) {
    hosts.lab("fault", {fault});
    EXPECT_THAT(differences(hosts), Contains(difference)) << fault;
    hosts.lab("mend", {fault});
  }
}

}  // namespace
}  // namespace drydock
