#include "harness/run/engine.hpp"
#include "harness/run/run_plan.hpp"
#include "tests/unit/run/engine_fixture.hpp"

/// What `needs` asks of the probes that are needed.
namespace drydock::test {
namespace {

TEST_F(EngineTest, RunsWhatAProbeNeedsFirst) {
  add("mail", {"smtp"});
  add("smtp");
  const auto results = look({"mail"});
  EXPECT_THAT(log_.begun, ElementsAre("smtp@new", "mail@new"));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].probe, "mail");  // in the order of the scenario
  EXPECT_EQ(results[0].verdict, Verdict::pass);
  EXPECT_EQ(results[0].spec, "FAKE-01");
  ASSERT_EQ(chain_.size(), 2u);
  EXPECT_EQ(chain_[0].first, "smtp");
}

TEST_F(EngineTest, WhatNeedsAFailedProbeIsInconclusiveAndNamesTheFirstCause) {
  add("a");
  add("b", {"a"});
  add("c", {"b"});
  log_.failures_left["a"] = 1;
  const auto results = look({"a", "b", "c"});
  EXPECT_THAT(log_.begun, ElementsAre("a@new"));
  EXPECT_EQ(results[0].verdict, Verdict::fail);
  EXPECT_EQ(results[1].verdict, Verdict::inconclusive);
  EXPECT_EQ(results[2].verdict, Verdict::inconclusive);
  EXPECT_EQ(results[2].cause, "a");
  EXPECT_THAT(results[2].message, testing::HasSubstr("'b'"));
}

Judgement judge_well(const Observation&, const Subject&) {
  return Judgement::pass();
}

Judgement judge_unasked(const Observation&, const Subject&) {
  return Judgement::skip("nobody asked for it");
}

/// A type that tells by its greeting whether it was reached.
ProbeType greeting_type() {
  static const CheckSpec checks[] = {
      {"fake.greeting", "it answers", Severity::critical, "", "", "", "", "", "", judge_well},
      {"fake.right", "the answer is right", Severity::critical, "", "", "", "", "", "", judge_right}};
  ProbeType type = kFake;
  type.checks = checks;
  type.reached_by = "fake.greeting";
  return type;
}

TEST_F(EngineTest, WhatIsNeededIsThatTheServiceWasReachedOrACheckByName) {
  const ProbeType type = greeting_type();
  add("a", {}, type);
  add("b", {"a"}, type);
  add("c", {"a"}, type).needed_checks["a"] = {"fake.right"};
  add("d", {"a"}, type).needed_checks["a"] = {"fake.greeting"};
  log_.failures_left["a"] = 1;
  look({"a", "b", "c", "d"});
  EXPECT_THAT(log_.begun, testing::UnorderedElementsAre("a@new", "b@new", "d@new"));
  const auto of_c = std::ranges::find(seen_.results, "c", &ResultRecord::probe);
  EXPECT_EQ(of_c->message, "not looked at: it needs fake.right of 'a', which did not pass");
  EXPECT_EQ(of_c->cause, "a");
}

TEST_F(EngineTest, TheServiceWasReachedAlsoWhereTheCheckOfThatIsOff) {
  const ProbeType type = greeting_type();
  add("a", {}, type).overrides["fake.greeting"].off = true;
  add("b", {"a"}, type);
  log_.failures_left["a"] = 1;
  look({"a", "b"});
  EXPECT_THAT(log_.begun, ElementsAre("a@new", "b@new"));
}

TEST_F(EngineTest, WhatDoesNotApplyIsSkippedAlsoWhereNothingWasLookedAt) {
  static const CheckSpec checks[] = {
      {"fake.right", "the answer is right", Severity::critical, "", "", "", "", "", "", judge_right},
      {"fake.extra", "asked for", Severity::critical, "", "", "", "", "", "", judge_unasked}};
  ProbeType type = kFake;
  type.checks = checks;
  add("a");
  add("b", {"a"}, type);
  log_.failures_left["a"] = 1;
  const auto results = look({"a", "b"});
  EXPECT_EQ(results[1].verdict, Verdict::inconclusive);
  EXPECT_EQ(results[2].message, "nobody asked for it");
  EXPECT_EQ(results[2].verdict, Verdict::skip);
}

TEST_F(EngineTest, AFailedDegradedCheckDoesNotBlockWhatNeedsTheProbe) {
  add("a").overrides["fake.right"].severity = Severity::degraded;
  add("b", {"a"});
  log_.failures_left["a"] = 1;
  const auto results = look({"b"});
  EXPECT_EQ(results[0].verdict, Verdict::fail);
  EXPECT_EQ(results[0].severity, Severity::degraded);
  EXPECT_EQ(results[1].verdict, Verdict::pass);
}

TEST_F(EngineTest, AProbeOfLowSeverityStillBlocksWhatNeedsIt) {
  add("a").severity = Severity::degraded;
  add("b", {"a"});
  log_.failures_left["a"] = 1;
  EXPECT_EQ(look({"b"})[1].verdict, Verdict::inconclusive);
}

TEST_F(EngineTest, AProbeThatJudgedNothingBlocksWhatNeedsIt) {
  add("a").overrides["fake.right"].off = true;
  add("b", {"a"});
  const auto results = look({"b"});
  EXPECT_EQ(results[0].verdict, Verdict::skip);
  EXPECT_EQ(results[1].verdict, Verdict::inconclusive);
}

TEST_F(EngineTest, ANeededProbeThatIsOutOfPhaseDoesNotBlock) {
  add("a").in_phase = {false, true};
  add("b", {"a"});
  const auto results = look({"b"});
  EXPECT_EQ(results[0].verdict, Verdict::skip);
  EXPECT_EQ(results[1].verdict, Verdict::pass);
}

TEST_F(EngineTest, PlansEachNeedOnce) {
  add("base").on = {"old", "new"};
  add("here", {"base"});
  add("elsewhere", {"here"}).on = {"old"};
  add("later").in_phase = {false, true};
  add("needs-later", {"later"});
  const auto plan = plan_look(scenario_, {"elsewhere", "needs-later"}, {}, 0);
  ASSERT_EQ(plan.size(), 6U);
  EXPECT_EQ(plan[2].instance.probe->id, "here");
  EXPECT_THAT(plan[2].needs, ElementsAre(1U)) << "on the same host, where it runs there";
  EXPECT_THAT(plan[3].needs, ElementsAre(2U)) << "else everywhere";
  EXPECT_THAT(plan[4].skip, testing::HasSubstr("out of phase"));
  EXPECT_THAT(plan[5].needs, ElementsAre()) << "what is out of phase is not waited for";
}
}  // namespace
}  // namespace drydock::test
