#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "harness/premise/premise.hpp"
#include "harness/transfer/transfer_log.hpp"
#include "tests/unit/transfer/four_steps.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

class Cutover : public FourSteps {};

TEST_F(Cutover, GoesThroughEveryStepInOrderAndEntersPhases) {
  const TransferResult result = go();
  EXPECT_EQ(result.exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "switch", "open", "logins"}));
  EXPECT_EQ(world.phases, (std::vector<std::size_t>{0, 1, 1, 2, 3, 3}));
  EXPECT_EQ(result.record.phase, "soak");
  EXPECT_EQ(result.record.steps.at(0).state, "done");
  ASSERT_EQ(result.record.gates.size(), 7U);
  ASSERT_EQ(result.record.results.size(), 7U);
  EXPECT_EQ(result.record.gates.at(0).gate, kStartPremise);
  EXPECT_EQ(result.record.results.at(1).gate, "g");
  EXPECT_EQ(result.record.results.at(1).when, "before");
  EXPECT_THAT(said(), HasSubstr("phase before; journal " + options().journal + "; old 127.0.10.1, new 127.0.20.1"));
}

TEST_F(Cutover, WhatPassedAtOneGateIsNotKeptForTheNext) {
  scenario.gates[0].need = 2;
  go();
  const std::vector<int>& begun = world.gates_at_look;
  ASSERT_GE(begun.size(), 4U);
  EXPECT_EQ(begun[0], 1);
  EXPECT_EQ(begun[1], 1) << "the second look at the same gate";
  EXPECT_TRUE(std::ranges::is_sorted(begun));
  EXPECT_GE(begun.back(), 5) << "each step has gates of its own";
}

TEST_F(Cutover, OnceCompleteItDoesNothingMore) {
  go();
  world.performed.clear();
  EXPECT_EQ(go().exit, 0);
  EXPECT_TRUE(world.performed.empty());
}

TEST_F(Cutover, StopsAfterUntilAndGoesOnFromThere) {
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  EXPECT_EQ(world.performed, (Names{"stop", "freeze"}));
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  EXPECT_EQ(world.performed.size(), 2U);
  EXPECT_EQ(go({"nonsense", false}).exit, 2);
  EXPECT_EQ(go().exit, 0);
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "switch", "open", "logins"}));
}

TEST_F(Cutover, UntilIsReachedOnlyWithAllThatComesBeforeIt) {
  EXPECT_EQ(go({"switch-dns", false}).exit, 0);
  scenario.transfer[0].text = "edited";
  EXPECT_EQ(marked("stop-old", "again"), 0) << said();
  world.performed.clear();
  EXPECT_EQ(go({"switch-dns", false}).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"stop", "freeze"})) << "said to be reached, with the first step not done";
}

TEST_F(Cutover, TheCommandItNamesGoesNoFurtherThanItWasAskedTo) {
  world.verdict = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  EXPECT_EQ(go({"stop-old", false}).exit, 4);
  EXPECT_THAT(said(), HasSubstr("Look again with: drydock cutover " + scenario.file + " --until stop-old"));
  world.verdict = nullptr;
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  EXPECT_THAT(said(), HasSubstr("Go on with: drydock cutover " + scenario.file + "\n"));
}

TEST_F(Cutover, AGateBeforeThatSaysNoGoChangesNothing) {
  world.verdict = [](auto&, int, std::size_t) { return Verdict::fail; };
  const TransferResult result = go();
  EXPECT_EQ(result.exit, 1);
  EXPECT_TRUE(world.performed.empty());
  EXPECT_EQ(world.looks, 1);
  EXPECT_EQ(result.record.gates.at(1).result, "no-go");
  EXPECT_EQ(result.record.steps.at(0).state, "waiting");
  EXPECT_THAT(said(), HasSubstr("drydock cutover " + scenario.file));
}

TEST_F(Cutover, OnFailWaitLooksAgainBeforeAnAction) {
  scenario.gates[0].wait_on_fail = true;
  world.verdict = [](auto&, int look, std::size_t) { return look < 4 ? Verdict::fail : Verdict::pass; };
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  EXPECT_EQ(world.looks, 5);
}

TEST_F(Cutover, InconclusiveHoldsUntilTheTimeIsOver) {
  world.verdict = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  const TransferResult result = go();
  EXPECT_EQ(result.exit, 4);
  EXPECT_TRUE(world.performed.empty());
  EXPECT_GT(world.looks, 20);
  EXPECT_EQ(result.record.gates.at(1).result, "hold");
}

TEST_F(Cutover, AWallClockThatJumpsBackDoesNotPlayWithGates) {
  world.on_sleep = [this] { world.wall -= std::chrono::hours(1); };
  world.verdict = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  EXPECT_EQ(go().exit, 4);
  EXPECT_LT(world.looks, 30);
}

TEST_F(Cutover, AnActionWhoseEndIsUnknownWaitsForAMark) {
  world.outcome = [](const std::string& what) {
    return what == "freeze" ? ActionResult{ActionEnd::unknown, "deadline", "", {}, true}
                            : ActionResult{ActionEnd::done, "", "", 0, true};
  };
  const TransferResult result = go();
  EXPECT_EQ(result.exit, 5);
  EXPECT_EQ(states(result.record)["stop-old"], "half-done");
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(), HasSubstr("drydock mark " + scenario.file + " stop-old --again --as NAME --because TEXT"));
  EXPECT_EQ(world.performed.size(), 2U);
  world.outcome = nullptr;
  EXPECT_EQ(marked("stop-old", "again"), 0);
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "freeze"}));
}

TEST_F(Cutover, AMarkNeverReplacesTheGatesAfter) {
  world.outcome = [](const std::string& what) {
    return what == "switch" ? ActionResult{ActionEnd::unknown, "", "", {}, true}
                            : ActionResult{ActionEnd::done, "", "", 0, true};
  };
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(marked("switch-dns", "done"), 0);
  world.verdict = [](auto&, int, std::size_t phase) { return phase == 2 ? Verdict::fail : Verdict::pass; };
  EXPECT_EQ(go().exit, 6);
}

TEST_F(Cutover, ASkippedActionIsPassedAndTold) {
  world.outcome = [](const std::string&) { return ActionResult{ActionEnd::unknown, "", "", {}, true}; };
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(marked("stop-old", "skipped"), 0);
  world.outcome = nullptr;
  const TransferResult result = go({"stop-old", false});
  EXPECT_EQ(result.exit, 0);
  EXPECT_EQ(world.performed, (Names{"stop", "freeze"}));
  EXPECT_EQ(states(result.record)["stop-old"], "skipped");
}

TEST_F(Cutover, ARepeatableActionRunsAgainAndThenAsks) {
  scenario.transfer[0].repeatable = true;
  int times = 0;
  world.outcome = [&](const std::string& what) {
    const bool lost = what == "stop" && ++times == 1;
    return lost ? ActionResult{ActionEnd::unknown, "lost", "", {}, true}
                : ActionResult{ActionEnd::done, "", "", 0, true};
  };
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  EXPECT_EQ(world.performed, (Names{"stop", "stop", "freeze"}));
}

TEST_F(Cutover, ARepeatableActionThatIsAlwaysLostDoesNotRunForEver) {
  scenario.transfer[0].repeatable = true;
  world.outcome = [&](const std::string&) { return ActionResult{ActionEnd::unknown, "lost", "", {}, true}; };
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(world.performed, (Names{"stop", "stop"}));
}

TEST_F(Cutover, WhatMayStillRunKeepsARepeatAway) {
  scenario.transfer[0].repeatable = true;
  world.leftovers_end = false;
  world.outcome = [&](const std::string&) { return ActionResult{ActionEnd::unknown, "lost", "", {}, true}; };
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(world.performed, (Names{"stop"}));
}

TEST_F(Cutover, ApprovalsOfDistinctPersonsAreAskedForAndHoldUntilTheActionStarts) {
  scenario.transfer[0].approvals = 2;
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(), HasSubstr("drydock approve " + scenario.file + " stop-old --as NAME --because TEXT"));
  EXPECT_EQ(approved("stop-old", "Greg"), 0);
  EXPECT_EQ(approved("stop-old", " greg "), 0);
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(approved("stop-old", "Jim"), 0);
  const int looks = world.looks;
  world.verdict = [](auto&, int, std::size_t phase) { return phase == 1 ? Verdict::fail : Verdict::pass; };
  EXPECT_EQ(go().exit, 6);
  EXPECT_GT(world.looks, looks + 1) << "the gates before were not looked at again";
  EXPECT_EQ(go().exit, 5) << "an approval was used twice";
  EXPECT_EQ(approved("nonsense", "Jim"), 2);
  EXPECT_EQ(approved("logins", "Jim"), 2);
  EXPECT_EQ(approved("stop-old", " "), 2);
  EXPECT_EQ(approved("stop-old", "Jim", ""), 2);
}

TEST_F(Cutover, AnApprovalMayComeBeforeAnythingElse) {
  scenario.transfer[0].approvals = 1;
  EXPECT_EQ(approved("stop-old", "Greg"), 0);
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  EXPECT_EQ(approved("stop-old", "Greg"), 2);
}

TEST_F(Cutover, AConfirmationWaitsForMarkDoneAndTheGateStillDecides) {
  scenario.transfer[0].run = {confirm("stop the old machine")};
  EXPECT_EQ(marked("stop-old", "done"), 2) << "nothing has begun";
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(), HasSubstr("stop the old machine"));
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(marked("stop-old", "done"), 0);
  EXPECT_EQ(marked("stop-old", "done"), 2);
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
}

TEST_F(Cutover, AWaitGoesByTheClockOfTheJournal) {
  scenario.transfer[0].run = {wait(Duration(600'000)), action("stop")};
  at_boundary = [this](const std::string& boundary) {
    if (boundary == "before action-ended" && world.performed.empty()) throw std::runtime_error("crash");
  };
  EXPECT_EQ(go({"stop-old", false}).exit, 70);
  at_boundary = nullptr;
  const WallTime before = world.wall;
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  EXPECT_LT(world.wall - before, std::chrono::minutes(1)) << "the wait began anew";
}

TEST_F(Cutover, DryRunEvaluatesTheNextGateAndWritesNothing) {
  EXPECT_EQ(go({"", true}).exit, 0);
  EXPECT_EQ(world.looks, 1);
  EXPECT_FALSE(journal_exists(options().journal));
  world.verdict = [](auto&, int, std::size_t) { return Verdict::fail; };
  EXPECT_EQ(go({"", true}).exit, 1);
  world.verdict = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  EXPECT_EQ(go({"", true}).exit, 4);
  world.verdict = nullptr;
  scenario.transfer[0].approvals = 1;
  const TransferResult result = go({"", true});
  EXPECT_EQ(result.exit, 5);
  EXPECT_EQ(result.record.gates.size(), 2U);
  EXPECT_TRUE(world.performed.empty());
  EXPECT_FALSE(journal_exists(options().journal));
}

TEST_F(Cutover, TheGatesAfterTheLastFinishedStepAreLookedAtAgainBeforeGoingOn) {
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  scenario.transfer[1].before.clear();
  world.verdict = [](auto&, int, std::size_t) { return Verdict::fail; };
  EXPECT_EQ(go().exit, 1);
  EXPECT_EQ(world.performed, (Names{"stop", "freeze"}));
}

TEST_F(Cutover, AMissingSecretIsToldBeforeAnything) {
  DnsUpdateAction update;
  update.key = Secret("tsig");
  update.key.mark_missing("no such file");
  scenario.transfer[1].run = {{update, Duration(1000), {}}};
  EXPECT_EQ(go().exit, 2);
  EXPECT_THAT(said(), HasSubstr("'tsig', which can't be read: no such file"));
  EXPECT_EQ(world.looks, 0);
  EXPECT_FALSE(journal_exists(options().journal));
}

TEST_F(Cutover, TheFirstSignalFinishesTheActionAndStartsNothingNew) {
  world.on_action = [this](const std::string&, const ActionContext&) { stop.request(15); };
  EXPECT_EQ(go().exit, 143);
  EXPECT_EQ(world.performed, (Names{"stop"}));
  world.on_action = nullptr;
  stop = StopToken();
  EXPECT_EQ(go().exit, 0);
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "switch", "open", "logins"}));
}

TEST_F(Cutover, TheSecondSignalEndsTheActionAndTheStepIsHalfDone) {
  world.on_action = [this](const std::string&, const ActionContext&) {
    stop.request(2);
    stop.request(2);
  };
  const TransferResult result = go();
  EXPECT_EQ(result.exit, 130);
  EXPECT_EQ(states(result.record)["stop-old"], "half-done");
  stop = StopToken();
  world.on_action = nullptr;
  EXPECT_EQ(go().exit, 5);
}

TEST_F(Cutover, ASignalWhileAGateIsLookedAtEndsAtOnce) {
  world.on_look = [this](int) { stop.request(2); };
  EXPECT_EQ(go().exit, 130);
  EXPECT_EQ(world.looks, 1);
  EXPECT_TRUE(world.performed.empty());
}

TEST_F(Cutover, ASecondCutoverIsRefusedAndToldWhoHoldsTheFirst) {
  int second = 0;
  std::string told;
  world.on_action = [&](const std::string& what, const ActionContext&) {
    if (what != "stop") return;
    ScriptedWorld other;
    StopToken token;
    std::ostringstream text;
    TransferOptions same = options();
    same.out = same.err = &text;
    same.at_boundary = nullptr;
    second = run(drydock::cutover(scenario, other, token, same, {})).exit;
    told = text.str();
    EXPECT_EQ(plan(scenario, same).exit, 0);
    EXPECT_EQ(history(same.journal, true, text, text), 0);
    same.person = "Jim";
    EXPECT_EQ(drydock::mark(scenario, same, "stop-old", "done", "eager"), 75);
  };
  EXPECT_EQ(go().exit, 0);
  EXPECT_EQ(second, 75);
  EXPECT_THAT(told, HasSubstr("pid "));
}

TEST_F(Cutover, AGateThatLookedAtNothingIsNoGo) {
  world.verdict = [](auto&, int, std::size_t) { return Verdict::skip; };
  EXPECT_EQ(go().exit, 1);
}

TEST_F(Cutover, TheRecordOfTheJournalIsThatOfTheRun) {
  const TransferResult result = go({"stop-old", false});
  const RunRecord read = record_of_journal(options().journal);
  EXPECT_EQ(read.gates.size(), result.record.gates.size());
  EXPECT_EQ(summarise(read).verdict, "pass");
  ASSERT_EQ(read.steps.at(0).actions.size(), 2U);
  EXPECT_EQ(read.steps.at(0).actions[0].text, "here: echo stop");
  EXPECT_EQ(read.steps.at(0).actions[1].outcome, "done");
  EXPECT_EQ(read.steps.at(0).actions[1].output, "freeze said so\n");
  std::ostringstream words;
  EXPECT_EQ(history(options().journal, false, words, words), 0);
  EXPECT_THAT(words.str(), HasSubstr("step stop-old: action 1 begins: here: echo stop"));
  EXPECT_THAT(words.str(), HasSubstr("    | stop said so"));
}

}  // namespace
}  // namespace drydock::test
