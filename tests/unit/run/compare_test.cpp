#include "harness/run/engine.hpp"
#include "harness/run/run_plan.hpp"
#include "tests/unit/run/engine_fixture.hpp"

/// The same probe at two hosts, compared.
namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class CompareTest : public EngineTest {
protected:
  CompareTest() {
    scenario_.hosts[1].replaces = {"old"};
    add("page").compare = Compare::as_all;
  }
  /// The result of a check; one that says so where there is none.
  ResultRecord result(const std::string& check) {
    const auto found = std::ranges::find(seen_.results, check, &ResultRecord::check);
    if (found != seen_.results.end()) return *found;
    ResultRecord none;
    none.message = "there is no such result";
    return none;
  }
  long count(const std::string& check) { return std::ranges::count(seen_.results, check, &ResultRecord::check); }
};

TEST_F(CompareTest, LooksAtTheReferenceAndJudgesOnlyTheSubject) {
  log_.answers_at = {{"old", {"a"}}, {"new", {"a"}}};
  look({"page"});
  EXPECT_THAT(log_.begun, testing::UnorderedElementsAre("page@new", "page@old"));
  EXPECT_EQ(result("same").verdict, Verdict::pass);
  EXPECT_THAT(result("same").actual.value_or(""), HasSubstr("are as on old"));
  EXPECT_EQ(count("same.told"), 0);
  for (const auto& one : seen_.results) EXPECT_EQ(one.host, "new") << one.check;
  ASSERT_EQ(seen_.observations.size(), 2U);
  const auto reference = std::ranges::find(seen_.observations, true, &ObservationRecord::reference);
  ASSERT_NE(reference, seen_.observations.end());
  EXPECT_EQ(reference->host, "old");
  EXPECT_EQ(result("same").reference, reference->id);
}

TEST_F(CompareTest, ADifferenceThatStaysIsAFailWithBothValues) {
  log_.answers_at = {{"old", {"a"}}, {"new", {"b"}}};
  look({"page"});
  const ResultRecord told = result("same.told");
  EXPECT_EQ(told.verdict, Verdict::fail) << told.message;
  EXPECT_EQ(told.expected, "a");
  EXPECT_EQ(told.actual, "b");
  EXPECT_EQ(told.message, "the answer is not as on old: a there, b on new, in 2 of 2 looks");
  EXPECT_EQ(told.severity, Severity::degraded) << "a text";
  EXPECT_EQ(log_.begun.size(), 4U) << "both were looked at once more";
}

TEST_F(CompareTest, WhatIsUnsteadyOnTheReferenceIsNamedAndHeldAgainstNobody) {
  log_.answers_at = {{"old", {"a", "b"}}, {"new", {"c"}}};
  look({"page"});
  EXPECT_EQ(count("same.told"), 0);
  EXPECT_EQ(result("same").verdict, Verdict::pass);
  EXPECT_THAT(result("same").message, HasSubstr("unsteady on old itself, and so not held against anybody: fake.told"));
}

TEST_F(CompareTest, WhatIsSteadyThereAndUnsteadyHereIsADifference) {
  log_.answers_at = {{"old", {"a"}}, {"new", {"b", "a"}}};
  look({"page"});
  EXPECT_EQ(result("same.told").verdict, Verdict::fail);
  EXPECT_THAT(result("same.told").message, HasSubstr("in 1 of 2 looks"));
}

TEST_F(CompareTest, NothingIsDifferentWhereOneSideWasNotSeen) {
  for (const char* silent : {"old", "new"}) {
    log_.answers_at = {{"old", {"a"}}, {"new", {"a"}}};
    log_.answers_at[silent] = {"-"};
    look({"page"});
    EXPECT_EQ(result("same").verdict, Verdict::inconclusive) << silent;
    EXPECT_THAT(result("same").message, HasSubstr("no answer")) << silent;
    EXPECT_EQ(count("same.told"), 0) << silent;
  }
}

TEST_F(CompareTest, WhereTheProbeIsOnBothItsOwnObservationIsTheReference) {
  scenario_.probes.front().on = {"old", "new"};
  log_.answers_at = {{"old", {"a"}}, {"new", {"a"}}};
  look({"page"});
  EXPECT_EQ(log_.begun.size(), 2U);
  EXPECT_EQ(count("fake.right"), 2);
  EXPECT_EQ(count("same"), 1) << "the reference is compared with nobody";
  EXPECT_EQ(result("same").host, "new");
  for (const auto& one : seen_.observations) EXPECT_FALSE(one.reference);
}

TEST_F(CompareTest, WhatIsSwitchedOffOrWeighedOtherwiseIsSo) {
  log_.answers_at = {{"old", {"a"}}, {"new", {"b"}}};
  scenario_.probes.front().overrides["same.told"].severity = Severity::critical;
  look({"page"});
  EXPECT_EQ(result("same.told").severity, Severity::critical);
  scenario_.probes.front().overrides["same.told"].off = true;
  look({"page"});
  EXPECT_EQ(result("same.told").verdict, Verdict::skip);
}

TEST_F(CompareTest, IsLeftToTheFirstPhaseWhereTheReferenceStillServes) {
  EngineOptions later;
  later.phase = 1;
  look({"page"}, later);
  EXPECT_EQ(result("same").verdict, Verdict::skip);
  EXPECT_THAT(log_.begun, ElementsAre("page@new"));
}

TEST_F(CompareTest, WhatDoesMoreThanAskIsDoneOnTheReferenceOnlyWhereTheProbeItselfSaysSo) {
  ProbeType writing = kFake;
  writing.announce = [](const Subject&) { return std::string("sends a message"); };
  scenario_.probes.front().type = &writing;
  look({"page"});
  EXPECT_THAT(log_.begun, ElementsAre("page@new"));
  EXPECT_EQ(result("same").verdict, Verdict::skip);
  EXPECT_THAT(result("same").message, HasSubstr("the probe sends a message"));
  scenario_.probes.front().compare = Compare::itself;
  log_.begun.clear();
  look({"page"});
  EXPECT_THAT(log_.begun, testing::UnorderedElementsAre("page@new", "page@old"));
}

TEST_F(CompareTest, AReferenceOfAnotherFamilyIsNone) {
  scenario_.hosts[0].address = "::1";
  look({"page"});
  EXPECT_EQ(result("same").verdict, Verdict::skip);
  EXPECT_THAT(result("same").message, HasSubstr("no address of this family"));
}

std::vector<CheckCost> cost(const Subject&) {
  return {{.check = "fake.right", .facts = "fake.told", .wrong_logins = 1}};
}

TEST_F(CompareTest, WhatWasNotAskedThereIsNoDifference) {
  ProbeType costly = kFake;
  costly.costs = cost;
  scenario_.probes.front().type = &costly;
  log_.answers_at = {{"old", {"a"}}, {"new", {"b"}}};
  look({"page"});
  EXPECT_EQ(count("same.told"), 0);
  EXPECT_EQ(result("same").verdict, Verdict::pass);
}

TEST_F(CompareTest, TheReferenceIsSparedWhatProvokes) {
  ProbeType costly = kFake;
  costly.costs = cost;
  scenario_.probes.front().type = &costly;
  const auto withheld = [&] {
    for (const auto& planned : plan_look(scenario_, {"page"}, {}, 0))
      if (planned.only_reference) return planned.instance.subject.withheld;
    return std::vector<std::string>{"there is no reference"};
  };
  EXPECT_THAT(withheld(), ElementsAre("fake.right"));
  scenario_.probes.front().compare = Compare::itself;
  EXPECT_THAT(withheld(), IsEmpty());
}

}  // namespace
}  // namespace drydock::test
