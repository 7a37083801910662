#include <gmock/gmock.h>

#include "harness/transfer/transfer_log.hpp"
#include "tests/unit/transfer/rollback_fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

TEST_F(Rollback, UndoesTheLastFinishedStep) {
  go();
  world.performed.clear();
  const TransferResult result = back();
  EXPECT_EQ(result.exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"un-d"}));
  EXPECT_EQ(states(result.record)["d"], "undone");
  EXPECT_EQ(states(result.record)["c"], "done");
}

TEST_F(Rollback, ChangesNothingWhereTheLastStepHasNoUndoAndNamesTheCommandThatGoesFurther) {
  go({"c", false});
  world.performed.clear();
  const auto before = TransferLog::read(options().journal).size();
  EXPECT_EQ(back().exit, 2);
  EXPECT_TRUE(world.performed.empty());
  EXPECT_THAT(said(), HasSubstr("step 'c' has no undo; nothing was changed"));
  EXPECT_THAT(said(), HasSubstr("drydock rollback " + scenario.file + " --to a"));
  EXPECT_EQ(TransferLog::read(options().journal).size(), before);
}

TEST_F(Rollback, EachRefusalEndsWithACommandToType) {
  EXPECT_EQ(back().exit, 2);
  EXPECT_THAT(said(), HasSubstr("there is nothing to undo"));
  EXPECT_THAT(said(), HasSubstr("drydock plan " + scenario.file));
  go({"a", false});
  for (const RollbackOptions& what : {RollbackOptions{"a", false, false}, RollbackOptions{"x", false, false}}) {
    EXPECT_EQ(back(what).exit, 2);
    EXPECT_THAT(said(), HasSubstr("drydock plan " + scenario.file));
  }
}

TEST_F(Rollback, ADryRunListsWhatWouldBeUndoneInOrderAndChangesNothing) {
  go();
  world.performed.clear();
  const auto before = TransferLog::read(options().journal).size();
  RollbackOptions what;
  what.all = what.dry_run = true;
  EXPECT_EQ(back(what).exit, 0);
  EXPECT_TRUE(world.performed.empty());
  EXPECT_THAT(said(), HasSubstr("would undo step d\n    here: echo un-d\n"
                                "dry run: would undo step c: it has no undo, so what it did stays\n"
                                "dry run: would undo step b\n    here: echo un-b\n"));
  EXPECT_EQ(TransferLog::read(options().journal).size(), before);
}

TEST_F(Rollback, PassesAndListsAStepWithoutUndo) {
  go({"c", false});
  world.performed.clear();
  EXPECT_EQ(back({"a", false, false}).exit, 0);
  EXPECT_EQ(world.performed, (Names{"un-b"}));
  EXPECT_THAT(said(), HasSubstr("step c counts as not done"));
  EXPECT_THAT(said(), HasSubstr("step b is being undone"));
  EXPECT_THAT(said(), HasSubstr("rolled back: b; passed without an undo: c"));
}

TEST_F(Rollback, ToKeepsTheStepAndUndoesWhatCameAfter) {
  go();
  world.performed.clear();
  const TransferResult result = back({"a", false, false});
  EXPECT_EQ(result.exit, 0);
  EXPECT_EQ(world.performed, (Names{"un-d", "un-b"}));
  EXPECT_EQ(result.record.phase, "before");
  EXPECT_EQ(states(result.record)["a"], "done");
  EXPECT_EQ(back({"d", false, false}).exit, 2);
  EXPECT_EQ(back({"x", false, false}).exit, 2);
}

TEST_F(Rollback, AllUndoesEverythingAndTheTransferCanBeginAnew) {
  go();
  world.performed.clear();
  EXPECT_EQ(back({"", true, false}).exit, 0);
  EXPECT_EQ(world.performed, (Names{"un-d", "un-b", "un-a"}));
  EXPECT_EQ(back().exit, 2);
  world.performed.clear();
  EXPECT_EQ(go().exit, 0);
  EXPECT_EQ(world.performed, (Names{"a", "b", "c", "d"}));
}

TEST_F(Rollback, BeyondAPointOfNoReturnItDemandsForce) {
  scenario.transfer[2].point_of_no_return = true;
  go();
  world.performed.clear();
  EXPECT_EQ(back().exit, 2);
  EXPECT_TRUE(world.performed.empty());
  EXPECT_THAT(said(), HasSubstr("rollback " + scenario.file + " --force"));
  EXPECT_EQ(back({"a", false, true}).exit, 0);
  EXPECT_EQ(world.performed, (Names{"un-d", "un-b"}));
}

TEST_F(Rollback, TheCommandItNamesBeyondAPointOfNoReturnIsTheWholeOne) {
  scenario.transfer[2].point_of_no_return = true;
  go({"c", false});
  EXPECT_EQ(back({"", true, false}).exit, 2);
  EXPECT_THAT(said(), HasSubstr("rollback " + scenario.file + " --all --force"));
  EXPECT_EQ(back({"a", false, false}).exit, 2);
  EXPECT_THAT(said(), HasSubstr("rollback " + scenario.file + " --to a --force"));
  EXPECT_EQ(back({"", false, true}).exit, 2);
  EXPECT_THAT(said(), HasSubstr("rollback " + scenario.file + " --to a --force"));
}

TEST_F(Rollback, WhatAnotherDrydockDidSinceTheJournalWasReadCounts) {
  scenario.transfer[1].point_of_no_return = true;
  go({"a", false});
  TransferOptions read_before = options();
  read_before.log = std::make_shared<TransferLog>(
      TransferLog::read_or_begin(read_before.journal, scenario, world.wall_now(), TextFilter(nullptr)));
  go();
  world.performed.clear();
  EXPECT_EQ(run(drydock::rollback(scenario, world, stop, read_before, {})).exit, 2);
  EXPECT_THAT(said(), HasSubstr("the point of no return is passed"));
  EXPECT_TRUE(world.performed.empty());
}

TEST_F(Rollback, InterruptedItNamesTheCommandThatGoesOnBackAndNotForward) {
  go();
  world.on_action = [this](const std::string&, const ActionContext&) { stop.request(1); };
  EXPECT_EQ(back({"a", false, true}).exit, 129) << said();
  EXPECT_THAT(said(), HasSubstr("Go on with: drydock rollback " + scenario.file + " --to a --force"));
}

TEST_F(Rollback, AStepThatIsHalfDoneIsUndoneFirst) {
  world.outcome = [](const std::string& what) {
    return what == "b" ? ActionResult{ActionEnd::unknown, "", "", {}, true}
                       : ActionResult{ActionEnd::done, "", "", 0, true};
  };
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(back().exit, 0);
  EXPECT_EQ(world.performed, (Names{"a", "b", "un-b"}));
}

TEST_F(Rollback, AFailedUndoStopsItAndASecondRollbackTriesAgain) {
  go();
  world.outcome = [](const std::string&) { return ActionResult{ActionEnd::failed, "exit 1", "", 1, true}; };
  EXPECT_EQ(back({"", true, false}).exit, 7);
  EXPECT_EQ(said().find("is undone"), std::string::npos) << said();
  EXPECT_EQ(go().exit, 7);
  world.outcome = nullptr;
  world.performed.clear();
  EXPECT_EQ(back({"", true, false}).exit, 0);
  EXPECT_EQ(world.performed, (Names{"un-d", "un-b", "un-a"}));
}

TEST_F(Rollback, AFailedUndoIsTriedAgainWhereItFailed) {
  scenario.transfer[3].undo = {action("first"), action("second"), action("third")};
  go();
  world.performed.clear();
  world.outcome = [](const std::string& what) {
    return what == "second" ? ActionResult{ActionEnd::failed, "exit 1", "", 1, true}
                            : ActionResult{ActionEnd::done, "exit 0", "", 0, true};
  };
  EXPECT_EQ(back().exit, 7);
  world.outcome = nullptr;
  RollbackOptions dry;
  dry.dry_run = true;
  EXPECT_EQ(back(dry).exit, 0);
  EXPECT_EQ(said().find("echo first"), std::string::npos) << said();
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"first", "second", "second", "third"}));
}

TEST_F(Rollback, AnUndoWhoseEndIsUnknownIsAskedAboutAndNotRunAgain) {
  scenario.transfer[3].undo = {action("first"), action("second")};
  go();
  world.performed.clear();
  world.outcome = [](const std::string& what) {
    return what == "first" ? ActionResult{ActionEnd::unknown, "lost", "", {}, true}
                           : ActionResult{ActionEnd::done, "exit 0", "", 0, true};
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(back().exit, 7);
    EXPECT_THAT(said(), HasSubstr("the undo of step d is half-done: nobody knows how far this came: here: echo first"));
  }
  EXPECT_EQ(world.performed, (Names{"first"}));
  out.str({});
  plan(scenario, options());
  EXPECT_THAT(said(), HasSubstr("next: the undo of step d is half-done: mark it"));
  EXPECT_EQ(marked("d", "done"), 0) << said();
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"first", "second"}));
}

TEST_F(Rollback, AnUndoByAPersonWaitsForTheMark) {
  scenario.transfer[3].undo = {confirm("close the doors")};
  go();
  EXPECT_EQ(back().exit, 5);
  EXPECT_EQ(marked("d", "done"), 0);
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(states(plan(scenario, options()).record)["d"], "undone");
  EXPECT_EQ(states(plan(scenario, options()).record)["c"], "done");
}

TEST_F(Rollback, AsksForItsSecretsBeforeAnythingIsUndone) {
  DnsUpdateAction update;
  update.key = Secret("tsig");
  update.key.mark_missing("no such file");
  go({"b", false});
  scenario.transfer[0].undo = {{update, Duration(1000), {}}};
  world.performed.clear();
  EXPECT_EQ(back({"", true, false}).exit, 2);
  EXPECT_THAT(said(), HasSubstr("'tsig', which can't be read: no such file"));
  EXPECT_TRUE(world.performed.empty());
  EXPECT_EQ(back().exit, 0) << "the undo of b needs no secret: " << said();
}

TEST_F(Rollback, OfASkippedStepRunsNoUndo) {
  EXPECT_EQ(marked("a", "skipped"), 0);
  EXPECT_EQ(go({"a", false}).exit, 0) << said();
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_TRUE(world.performed.empty());
  EXPECT_THAT(said(), HasSubstr("nothing of it began, so there is nothing to undo"));
}

TEST_F(Rollback, UndoesWhatAPersonWantedDoneAgainAndStillIsInForce) {
  go({"a", false});
  scenario.transfer[0].text = "edited";
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(marked("a", "again"), 0) << said();
  world.performed.clear();
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"un-a"}));
}

TEST_F(Rollback, SaysThatAnEditedUndoRunsAsItIsWrittenNow) {
  go({"a", false});
  scenario.transfer[0].undo = {action("un-a-otherwise")};
  scenario.transfer[0].text = "edited";
  world.performed.clear();
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"un-a-otherwise"}));
  EXPECT_THAT(said(), HasSubstr("it was edited since, and its undo runs as it is written now"));
}

TEST_F(Rollback, AStepThatIsSkippedAfterItWasUndoneIsSkipped) {
  go({"a", false});
  EXPECT_EQ(back().exit, 0);
  EXPECT_EQ(marked("a", "skipped"), 0) << said();
  const TransferResult result = go({"a", false});
  EXPECT_EQ(result.record.steps.at(0).state, "skipped");
  EXPECT_FALSE(result.record.steps.at(0).undone);
}

TEST_F(Rollback, ALaterStepIsUndoneBeforeAnEarlierOneThatWasDoneAgain) {
  go({"b", false});
  scenario.transfer[0].text = "edited";
  EXPECT_EQ(marked("a", "again"), 0) << said();
  EXPECT_EQ(go({"b", false}).exit, 0) << said();
  world.performed.clear();
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"un-b"}));
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"un-b", "un-a"}));
}

TEST_F(Rollback, WhatWasDoneAgainUnderALaterStepIsNotUndoneByItself) {
  go({"b", false});
  scenario.transfer[0].text = "edited";
  EXPECT_EQ(marked("a", "again"), 0) << said();
  world.outcome = [](const std::string&) { return ActionResult{ActionEnd::failed, "exit 1", "", 1, true}; };
  world.performed.clear();
  EXPECT_EQ(go().exit, 7) << said();
  EXPECT_EQ(world.performed, (Names{"a"}));
  EXPECT_THAT(said(), HasSubstr("step a failed under later steps that stand on it"));
  world.outcome = nullptr;
  world.performed.clear();
  EXPECT_EQ(back({"", true, false}).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"un-b", "un-a"}));
}

TEST_F(Rollback, OfNothingIsRefused) {
  EXPECT_EQ(back().exit, 2);
}

}  // namespace
}  // namespace drydock::test
