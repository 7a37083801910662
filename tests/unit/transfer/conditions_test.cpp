// What a transfer wants before it touches anything: the right machines, a window, waivers that a person signed.
#include <gmock/gmock.h>

#include "harness/premise/premise.hpp"
#include "harness/report/outcome.hpp"
#include "harness/transfer/transfer_log.hpp"
#include "probes/registry.hpp"
#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Conditions : public TransferTest {
protected:
  void SetUp() override {
    StepDefinition one = step("one", {action("a")}, {action("un-a")});
    one.before = {"g"};
    StepDefinition two = step("two", {action("b")}, {action("un-b")});
    two.before = {"g"};
    scenario.transfer = {one, two};
    scenario.probes.front().type = find_probe_type("ports");
    ASSERT_NE(scenario.probes.front().type, nullptr);
    scenario.probes.front().on = {"new"};
  }
  Waiver waiver() {
    Waiver waiver;
    waiver.check = std::string(scenario.probes.front().type->checks.front().id);
    waiver.probe = "p";
    waiver.as = {"Ann", "Jim"};
    waiver.because = "the port is closed next week";
    waiver.until = "2030-01-01";
    return waiver;
  }
};

TEST_F(Conditions, AWrongStartIsNoGoBeforeTheFirstAction) {
  world.premise = [](auto&, int, std::size_t) { return Verdict::fail; };
  EXPECT_EQ(go({"", true}).exit, 1) << "a dry run shows the same";
  EXPECT_EQ(go().exit, 1);
  EXPECT_TRUE(world.performed.empty());
  EXPECT_THAT(said(), HasSubstr("no-go: gate transfer-starts (before one)"));
}

TEST_F(Conditions, AStartThatCantBeSeenHolds) {
  world.premise = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  EXPECT_EQ(go().exit, 4);
  EXPECT_TRUE(world.performed.empty());
}

TEST_F(Conditions, TheStartIsLookedAtAgainOnlyWhereNothingHasBegun) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  world.premise = [](auto&, int, std::size_t) { return Verdict::fail; };
  EXPECT_EQ(go().exit, 0) << said();
  EXPECT_EQ(back({"", true, false}).exit, 0);
  EXPECT_EQ(go().exit, 1) << "after all was taken back the transfer starts anew";
}

TEST_F(Conditions, ASkippedFirstStepDoesNotSpareTheStart) {
  world.premise = [](auto&, int, std::size_t) { return Verdict::fail; };
  EXPECT_EQ(go().exit, 1);
  EXPECT_EQ(marked("one", "skipped"), 0) << said();
  EXPECT_EQ(go().exit, 1) << said();
  EXPECT_TRUE(world.performed.empty());
}

TEST_F(Conditions, GuardsHoldBeforeEachAction) {
  scenario.guards.control = "127.0.0.1:53";
  int asked = 0;
  world.premise = [&](const std::string& probe, int, std::size_t) {
    return probe == kGuardPremise && ++asked > 1 ? Verdict::inconclusive : Verdict::pass;
  };
  EXPECT_EQ(go().exit, 4);
  EXPECT_EQ(world.performed, (Names{"a"}));
  EXPECT_THAT(said(), HasSubstr("hold: gate guards (before two)"));
}

TEST_F(Conditions, APointOfNoReturnThatWouldComeTooLateIsRefused) {
  scenario.transfer[1].point_of_no_return = true;
  scenario.transfer[1].takes = std::chrono::minutes(30);
  scenario.window_end = world.wall + std::chrono::minutes(20);
  EXPECT_EQ(go({"one", false}).exit, 0) << "what can be undone is not held up";
  EXPECT_EQ(go({"", true}).exit, 1);
  const TransferResult refused = go();
  EXPECT_EQ(refused.exit, 1);
  EXPECT_THAT(said(), HasSubstr("it would come too late"));
  EXPECT_THAT(outcome_of(refused.record, summarise(refused.record), 1).reason,
              HasSubstr("gate window before said no-go: step two is a point of no return"));
  EXPECT_THAT(said(), HasSubstr("drydock rollback " + scenario.file));
  EXPECT_EQ(world.performed, (Names{"a"}));
  scenario.window_end = world.wall + std::chrono::minutes(40);
  EXPECT_EQ(go().exit, 0) << said();
}

TEST_F(Conditions, AWaiverNeedsAJournal) {
  EXPECT_EQ(waive(scenario, options(), waiver()), 2);
  EXPECT_THAT(said(), HasSubstr("the transfer has not begun"));
}

TEST_F(Conditions, AWaiverInTheJournalLetsAFailPassAGateAndIsNamed) {
  scenario.gates.front().wait_on_fail = true;
  EXPECT_EQ(go({"one", false}).exit, 0);
  world.verdict = [](auto&, int, std::size_t) { return Verdict::fail; };
  world.dress = [this](ResultRecord& result) {
    if (result.probe == "p") result.check = waiver().check;
  };
  EXPECT_EQ(go().exit, 1);
  EXPECT_EQ(waive(scenario, options(), waiver()), 0) << said();
  EXPECT_EQ(plan(scenario, options()).exit, 0);
  EXPECT_THAT(said(), HasSubstr("waived until 2030-01-01: " + waiver().check + " of p, by Ann, Jim"));
  const TransferResult result = go();
  EXPECT_EQ(result.exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"a", "b"}));
  const TransferLog log = TransferLog::read(options().journal);
  const event::GateDecided* last = nullptr;
  for (const auto& event : log.events())
    if (const auto* decided = event.get<event::GateDecided>()) last = decided;
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(last->result, "go");
  ASSERT_EQ(last->waivers.size(), 1U);
  EXPECT_THAT(last->waivers.front().value, HasSubstr("Ann, Jim until 2030-01-01"));
  const Summary summary = summarise(record_of_journal(options().journal));
  EXPECT_EQ(summary.waived, 1);
  EXPECT_EQ(summary.verdict, "pass");
}

TEST_F(Conditions, AnExpiredWaiverStopsTheGateAgain) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  scenario.waivers = {waiver()};
  scenario.waivers.front().until = "2001-01-01";
  world.verdict = [](auto&, int, std::size_t) { return Verdict::fail; };
  world.dress = [this](ResultRecord& result) {
    if (result.probe == "p") result.check = waiver().check;
  };
  EXPECT_EQ(go().exit, 1);
  EXPECT_THAT(said(), HasSubstr("expired on 2001-01-01"));
}

TEST_F(Conditions, AWaiverThatIsPastWhenItIsWrittenIsRefused) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  Waiver past = waiver();
  past.until = "2001-01-01";
  EXPECT_EQ(waive(scenario, options(), past), 2);
  EXPECT_THAT(said(), HasSubstr("2001-01-01 is past"));
}

TEST_F(Conditions, WhatCanNeverBeWaivedIsRefused) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  scenario.probes.front().type = find_probe_type("smtp_relay");
  Waiver never = waiver();
  never.check = "smtp.relay-denied";
  const auto before = TransferLog::read(options().journal).size();
  EXPECT_EQ(waive(scenario, options(), never), 2);
  EXPECT_EQ(TransferLog::read(options().journal).size(), before);
  EXPECT_THAT(said(), Not(HasSubstr("is waived by")));
}

}  // namespace
}  // namespace drydock::test
