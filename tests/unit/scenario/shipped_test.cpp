#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/golden.hpp"
#include "tests/unit/scenario/schema_validator.hpp"
#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

using ::testing::IsEmpty;

const std::string kScenarios = std::string(DRYDOCK_SOURCE_DIR) + "/scenarios";

TEST(ShippedSchema, IsWhatTheTablesSay) {
  expect_golden("../../scenarios/schema.json", scenario_schema());
}

TEST(ShippedScenarios, HoldAgainstTheSchema) {
  const auto schema = boost::json::parse(scenario_schema()).as_object();
  EXPECT_THAT(schema_problems(schema, yaml_as_json(golden("interface-example.yaml"))), IsEmpty());
  EXPECT_THAT(schema_problems(schema, yaml_as_json(golden("shortest.yaml"))), IsEmpty());
  for (const auto& entry : std::filesystem::directory_iterator(kScenarios))
    if (entry.path().extension() == ".yaml")
      EXPECT_THAT(schema_problems(schema, yaml_as_json(entry.path())), IsEmpty()) << entry.path();
}

TEST(ShippedTypes, LoadTheExamples) {
  for (const char* name : {"interface-example.yaml", "shortest.yaml", "conditions.yaml"}) {
    const auto result = load_scenario(example(name));
    EXPECT_TRUE(result.scenario) << shown(result);
    EXPECT_EQ(shown(result), "") << name;
  }
}

}  // namespace
}  // namespace drydock::test
