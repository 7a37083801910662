#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/golden.hpp"
#include "tests/unit/scenario/practice_types.hpp"
#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> wrong_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(golden("bad")))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// A wrong file and, beside it, the diagnostics that it must give to the letter.
class WrongFileTest : public ::testing::TestWithParam<std::string> {};

TEST_P(WrongFileTest, IsToldToTheLetter) {
  const std::string file = golden("bad/" + GetParam());
  LoadOptions options;
  options.types = practice_types();
  const auto result = load_scenario_text(read_whole(file + ".yaml"), GetParam() + ".yaml", "/nowhere", options);
  const std::string got = shown(result);
  expect_golden("scenario/bad/" + GetParam() + ".expected", got);
  EXPECT_FALSE(got.empty());
  EXPECT_EQ(result.scenario.has_value(), GetParam().ends_with("warnings"));
}

INSTANTIATE_TEST_SUITE_P(All, WrongFileTest, ::testing::ValuesIn(wrong_files()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace drydock::test
