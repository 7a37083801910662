#include <gmock/gmock.h>

#include "tests/unit/scenario/practice_types.hpp"
#include "tests/unit/scenario/schema_validator.hpp"
#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

boost::json::object practice_schema() {
  return boost::json::parse(scenario_schema(practice_types())).as_object();
}

TEST(Schema, IsTheSameEveryTime) {
  EXPECT_EQ(scenario_schema(practice_types()), scenario_schema(practice_types()));
}

TEST(Schema, TakesWhatTheLoaderTakes) {
  for (const char* name : {"interface-example.yaml", "shortest.yaml", "conditions.yaml", "bad/warnings.yaml"})
    EXPECT_THAT(schema_problems(practice_schema(), yaml_as_json(golden(name))), IsEmpty()) << name;
}

TEST(Schema, RefusesWhatASchemaCanSee) {
  for (const char* name : {"missing-keys", "misspelt-keys", "words-not-values", "impossible-durations", "not-a-map",
                           "ids", "gates", "waivers", "terms"})
    EXPECT_THAT(schema_problems(practice_schema(), yaml_as_json(golden(std::string("bad/") + name + ".yaml"))),
                Not(IsEmpty()))
        << name;
}

TEST(Schema, EveryProbeTypeIsThere) {
  const auto schema = practice_schema();
  const auto& properties = schema.at("$defs").at("probe").at("properties").as_object();
  for (const ProbeType* type : practice_types()) EXPECT_TRUE(properties.contains(type->name)) << type->name;
}

}  // namespace
}  // namespace drydock::test
