#include "harness/run/look_under_way.hpp"

#include <gmock/gmock.h>

namespace drydock {
namespace {

ObservationRecord seen(int id) {
  ObservationRecord record;
  record.id = id;
  return record;
}

ResultRecord result(const std::string& check) {
  ResultRecord record;
  record.check = check;
  return record;
}

std::vector<std::string> checks(const LookRecord& look) {
  std::vector<std::string> all;
  for (const auto& one : look.results) all.push_back(one.check);
  return all;
}

TEST(LookUnderWay, GivesResultsInTheOrderOfThePlan) {
  LookUnderWay records(3, 5);
  EXPECT_EQ(records.add(seen(2)), 0U);
  records.add(2, result("c1"));
  records.add(0, result("a1"));
  records.add(2, result("c2"));
  EXPECT_EQ(records.add(1, result("b1")).check, "b1");
  records.add(0, result("a2"));
  EXPECT_EQ(records.add(seen(1)), 1U);
  EXPECT_EQ(records.observation(1).id, 1);
  EXPECT_THAT(checks(records.so_far()), testing::ElementsAre("a1", "a2", "b1", "c1", "c2"));
  records.add(1, result("b2"));
  const LookRecord look = records.take();
  EXPECT_THAT(checks(look), testing::ElementsAre("a1", "a2", "b1", "b2", "c1", "c2"));
  EXPECT_EQ(look.observations[0].id, 1);
  EXPECT_EQ(look.observations[1].id, 2);
  EXPECT_TRUE(records.take().results.empty());
}

}  // namespace
}  // namespace drydock
