#include <gmock/gmock.h>

#include "harness/transfer/transfer_log.hpp"
#include "tests/unit/transfer/four_steps.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

/// What becomes of a step whose action fails, or whose gates after say no-go.
class FailingStep : public FourSteps {};

TEST_F(FailingStep, ANoGoAfterAnActionUndoesThatStepAndReturnsToThePhaseBefore) {
  world.verdict = [](auto&, int, std::size_t phase) { return phase == 2 ? Verdict::fail : Verdict::pass; };
  const TransferResult result = go();
  EXPECT_EQ(result.exit, 6) << said();
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "switch", "switch-back"}));
  EXPECT_EQ(result.record.phase, "freeze");
  EXPECT_EQ(states(result.record)["switch-dns"], "undone");
  EXPECT_TRUE(result.record.steps.at(1).undone);
  world.verdict = nullptr;
  world.performed.clear();
  EXPECT_EQ(go().exit, 0);
  EXPECT_EQ(world.performed, (Names{"switch", "open", "logins"}));
}

TEST_F(FailingStep, AFailedActionUndoesTheStepInTheOrderWritten) {
  world.outcome = [](const std::string& what) {
    return what == "freeze" ? ActionResult{ActionEnd::failed, "exit 1", "busy", 1, true}
                            : ActionResult{ActionEnd::done, "exit 0", "", 0, true};
  };
  EXPECT_EQ(go().exit, 6);
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "thaw", "start"}));
}

TEST_F(FailingStep, WhatNeverStartedNeedsNoUndo) {
  world.outcome = [](const std::string&) { return ActionResult{ActionEnd::failed, "refused", "", {}, false}; };
  EXPECT_EQ(go().exit, 6);
  EXPECT_EQ(world.performed, (Names{"stop"}));
}

TEST_F(FailingStep, AFailedUndoCallsForAPersonUntilItIsMendedOrMarked) {
  const auto broken = [](const std::string& what) {
    const bool fails = what == "freeze" || what == "start";
    return fails ? ActionResult{ActionEnd::failed, "exit 1", "", 1, true}
                 : ActionResult{ActionEnd::done, "", "", 0, true};
  };
  world.outcome = broken;
  EXPECT_EQ(go().exit, 7);
  EXPECT_EQ(states(go().record)["stop-old"], "failed");
  EXPECT_EQ(go().exit, 7);
  EXPECT_THAT(said(), HasSubstr("drydock rollback " + scenario.file));
  world.outcome = nullptr;
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(go().exit, 0) << said();
}

TEST_F(FailingStep, AFailedUndoCanBeMarkedAsPutBackByHand) {
  world.outcome = [](const std::string&) { return ActionResult{ActionEnd::failed, "exit 1", "", 1, true}; };
  EXPECT_EQ(go().exit, 7);
  world.outcome = nullptr;
  EXPECT_EQ(marked("stop-old", "again"), 0) << said();
  world.performed.clear();
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  EXPECT_EQ(world.performed, (Names{"stop", "freeze"}));
}

/// A host that is switched off later keeps no other step waiting for what a finished one once left there.
TEST_F(FailingStep, ThatWasSaidToBeInForceLeavesNothingToLookFor) {
  world.outcome = [](const std::string& what) {
    return what == "freeze" ? ActionResult{ActionEnd::unknown, "lost", "", {}, true}
                            : ActionResult{what == "thaw" ? ActionEnd::failed : ActionEnd::done, "exit", "", 0, true};
  };
  EXPECT_EQ(go().exit, 5) << said();
  EXPECT_EQ(back().exit, 7) << said();
  world.outcome = nullptr;
  EXPECT_EQ(marked("stop-old", "done"), 0) << said();
  world.leftovers_end = false;
  EXPECT_EQ(go({"switch-dns", false}).exit, 0) << said();
}

TEST_F(FailingStep, BeyondThePointOfNoReturnNothingIsUndoneByItself) {
  world.verdict = [](auto&, int, std::size_t phase) { return phase == 3 ? Verdict::fail : Verdict::pass; };
  EXPECT_EQ(go().exit, 7);
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "switch", "open"}));
  EXPECT_EQ(go().exit, 7);
  EXPECT_EQ(world.performed.size(), 4U);
  EXPECT_EQ(back().exit, 2);
  world.verdict = nullptr;
  EXPECT_EQ(go().exit, 0);
  EXPECT_EQ(world.performed.back(), "logins");
}

TEST_F(FailingStep, AFailedActionBeyondThePointOfNoReturnWaitsForAPerson) {
  world.outcome = [](const std::string& what) {
    return what == "logins" ? ActionResult{ActionEnd::failed, "exit 1", "", 1, true}
                            : ActionResult{ActionEnd::done, "", "", 0, true};
  };
  EXPECT_EQ(go().exit, 7);
  EXPECT_EQ(world.performed.back(), "logins");
  EXPECT_EQ(go({"stop-old", false}).exit, 7) << "a step before it is finished, but the transfer doesn't stand there";
  EXPECT_EQ(marked("logins", "done"), 0) << said();
  EXPECT_EQ(go().exit, 0);
}

TEST_F(FailingStep, WithoutAnUndoGoesOnWhereItFailedAndRepeatsNothingThatWasDone) {
  scenario.transfer[0].undo.clear();
  fails("freeze");
  const TransferResult failed = go();
  EXPECT_EQ(failed.exit, 6) << said();
  EXPECT_EQ(states(failed.record)["stop-old"], "failed");
  EXPECT_THAT(said(), HasSubstr("step stop-old has no undo"));
  EXPECT_EQ(said().find("is undone"), std::string::npos) << said();
  EXPECT_EQ(go({"", true}).exit, 0);
  EXPECT_THAT(said(), HasSubstr("dry run: next comes step stop-old: here: echo freeze"));
  world.outcome = nullptr;
  EXPECT_EQ(go().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "freeze", "switch", "open", "logins"}));
}

TEST_F(FailingStep, WithoutAnUndoStandsAtTheGatesAfterIt) {
  scenario.transfer[0].undo.clear();
  world.verdict = [](auto&, int, std::size_t phase) { return phase == 1 ? Verdict::fail : Verdict::pass; };
  const TransferResult failed = go();
  EXPECT_EQ(failed.exit, 6) << said();
  EXPECT_EQ(failed.record.phase, "freeze") << "nothing was put back";
  world.verdict = nullptr;
  EXPECT_EQ(go().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "switch", "open", "logins"}));
}

TEST_F(FailingStep, BeyondWhatIsAskedForIsNotTriedAgain) {
  scenario.transfer[1].undo.clear();
  scenario.transfer[1].run.push_back(action("tell"));
  fails("tell");
  EXPECT_EQ(go().exit, 6) << said();
  world.performed.clear();
  EXPECT_EQ(go({"stop-old", false}).exit, 5) << said();
  EXPECT_THAT(said(), HasSubstr("step switch-dns after it has failed: the transfer does not stand there"));
  EXPECT_THAT(said(), HasSubstr("to finish that one: drydock cutover " + scenario.file + " --until switch-dns"));
  EXPECT_EQ(said().find("drydock rollback"), std::string::npos) << "it has no undo: " << said();
  EXPECT_TRUE(world.performed.empty());
  out.str({});
  EXPECT_EQ(marked("switch-dns", "again"), 0);
  EXPECT_THAT(said(), HasSubstr("next: drydock cutover " + scenario.file + " --until switch-dns\n"))
      << "neither a command that stops before it, nor one that passes the point of no return";
}

TEST_F(FailingStep, OfUnknownEndBeyondWhatIsAskedForIsNotRepeated) {
  scenario.transfer[1].repeatable = true;
  world.on_action = [this](const std::string& what, const ActionContext&) {
    if (what == "switch") stop.request(15), stop.request(15);
  };
  world.outcome = [](const std::string& what) {
    return ActionResult{what == "switch" ? ActionEnd::unknown : ActionEnd::done, "lost", "", {}, true};
  };
  EXPECT_EQ(go().exit, 143) << said();
  stop = StopToken();
  world.on_action = nullptr;
  world.performed.clear();
  EXPECT_EQ(go({"stop-old", false}).exit, 5) << said();
  EXPECT_THAT(said(), HasSubstr("step switch-dns after it is half-done"));
  EXPECT_THAT(said(), HasSubstr("to take it back: drydock rollback " + scenario.file));
  EXPECT_TRUE(world.performed.empty());
}

TEST_F(FailingStep, AfterTheOneThatIsAskedForTellsHowFarTheTransferStands) {
  EXPECT_EQ(go({"switch-dns", false}).exit, 0);
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  EXPECT_THAT(said(),
              HasSubstr("step stop-old is finished, as asked; the transfer stands further on, after step switch-dns"));
}

TEST_F(FailingStep, WithoutAnUndoRunsAgainWhereThatIsDeclaredHarmless) {
  scenario.transfer[0].undo.clear();
  scenario.transfer[0].repeatable = true;
  fails("freeze");
  EXPECT_EQ(go().exit, 6) << said();
  EXPECT_THAT(said(), HasSubstr("counts as not done"));
  world.outcome = nullptr;
  EXPECT_EQ(go({"stop-old", false}).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "stop", "freeze"}));
}

TEST_F(FailingStep, ThatAPersonHasSkippedIsNotRunBecauseAGateSaidNoGo) {
  scenario.transfer[0].enters.reset();
  EXPECT_EQ(marked("stop-old", "skipped"), 0) << said();
  world.verdict = [](auto&, int, std::size_t) { return Verdict::fail; };
  EXPECT_EQ(go().exit, 6) << said();
  EXPECT_THAT(said(), HasSubstr("step stop-old was skipped, so there is nothing to undo"));
  world.verdict = nullptr;
  EXPECT_EQ(go({"stop-old", false}).exit, 0) << said();
  EXPECT_TRUE(world.performed.empty());
}

}  // namespace
}  // namespace drydock::test
