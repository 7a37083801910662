#include <gmock/gmock.h>

#include "harness/transfer/transfer_log.hpp"
#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

class Rollback : public TransferTest {
protected:
  void SetUp() override {
    scenario.transfer = {step("a", {action("a")}, {action("un-a")}), step("b", {action("b")}, {action("un-b")}),
                         step("c", {action("c")}), step("d", {action("d")}, {action("un-d")})};
    scenario.transfer[1].enters = 1;
  }
};

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

TEST_F(Rollback, AFailedUndoMayBeCorrectedInTheFileAndSaysWhatRunsInItsPlace) {
  go({"b", false});
  scenario.transfer[1].undo = {action("un-b"), action("un-bb")};
  fails("un-bb");
  EXPECT_EQ(back().exit, 7);
  world.outcome = nullptr;
  world.performed.clear();
  scenario.transfer[1].undo = {action("un-b"), action("un-better")};
  scenario.transfer[1].text = "edited";
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_THAT(said(),
              HasSubstr("of its undo 'here: echo un-bb' failed as action 2 of it, and now 'here: echo un-better'"));
  EXPECT_EQ(world.performed, (Names{"un-better"}));
}

TEST_F(Rollback, OfAnUndoThatCantBeToldApartAnyMoreSaysNothingOfGoingOn) {
  go({"b", false});
  scenario.transfer[1].undo = {action("un-b"), action("un-bb")};
  fails("un-bb");
  EXPECT_EQ(back().exit, 7);
  world.outcome = nullptr;
  scenario.transfer[1].undo = {action("un-bb")};
  scenario.transfer[1].text = "edited";
  RollbackOptions dry;
  dry.dry_run = true;
  for (const RollbackOptions& what : {dry, RollbackOptions{}}) {
    EXPECT_EQ(back(what).exit, 5) << said();
    EXPECT_EQ(said().find("undo step"), std::string::npos) << said();
  }
  EXPECT_EQ(said().find("is being undone"), std::string::npos) << said();
  EXPECT_THAT(said(), HasSubstr("'here: echo un-b' was action 1 of it, and now 'here: echo un-bb' is"));
}

TEST_F(Rollback, KilledAfterItsLastUndoHasNothingLeftToDo) {
  for (const RollbackOptions& what :
       {RollbackOptions{}, RollbackOptions{"a", false, false}, RollbackOptions{"", true, false}}) {
    EXPECT_EQ(go().exit, 0) << said();
    int left = what.all ? 4 : what.to.empty() ? 1 : 3;
    at_boundary = [&](const std::string& boundary) {
      if (boundary == "after step-undone" && --left == 0) throw std::runtime_error("kill -9");
    };
    EXPECT_EQ(back(what).exit, 70);
    at_boundary = nullptr;
    world.performed.clear();
    EXPECT_EQ(back(what).exit, 0) << said();
    EXPECT_THAT(said(), HasSubstr("did not tell its end, but all that was asked of it had been done"));
    EXPECT_THAT(said(), HasSubstr(what.all          ? "rolled back: d, b, a; passed without an undo: c"
                                  : what.to.empty() ? "rolled back: d; passed without an undo: none"
                                                    : "rolled back: d, b; passed without an undo: c"));
    EXPECT_TRUE(world.performed.empty());
  }
  EXPECT_EQ(back({"", true, false}).exit, 2);
  EXPECT_THAT(said(), HasSubstr("there is nothing to undo: no step is in force"));
}

TEST_F(Rollback, TypedAgainAndKilledAgainUndoesNoStepMore) {
  go();
  at_boundary = [](const std::string& boundary) {
    if (boundary == "after step-undone") throw std::runtime_error("kill -9");
  };
  EXPECT_EQ(back().exit, 70);
  at_boundary = [](const std::string& boundary) {
    if (boundary == "after began") throw std::runtime_error("kill -9");
  };
  EXPECT_EQ(back().exit, 70);
  at_boundary = nullptr;
  world.performed.clear();
  RollbackOptions dry;
  dry.dry_run = true;
  EXPECT_EQ(back(dry).exit, 0);
  EXPECT_THAT(said(), HasSubstr("had been done; a dry run: nothing was changed\nrolled back: d"));
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_TRUE(world.performed.empty());
}

TEST_F(Rollback, WhoseEndNobodyCouldReadIsNotGoneBeyondEither) {
  go();
  TransferOptions deaf = options();
  deaf.output_lost = [] { return true; };
  EXPECT_EQ(run(drydock::rollback(scenario, world, stop, deaf, {})).exit, 0);
  world.performed.clear();
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_TRUE(world.performed.empty());
  EXPECT_EQ(back().exit, 2) << "c has no undo: " << said();
}

TEST_F(Rollback, OfWhichTheStepWasTakenOutOfTheFileUndoesNoOtherOne) {
  go({"b", false});
  at_boundary = [](const std::string& boundary) {
    if (boundary == "after step-undone") throw std::runtime_error("kill -9");
  };
  EXPECT_EQ(back().exit, 70);
  at_boundary = nullptr;
  world.performed.clear();
  scenario.transfer.erase(scenario.transfer.begin() + 1);
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_THAT(said(), HasSubstr("had been done; nothing more was done\nrolled back: b"));
  EXPECT_TRUE(world.performed.empty());
}

TEST_F(Rollback, CarriedOnByAnotherGoesAsFarAsThatOneWasToGo) {
  scenario.transfer[3].undo = {confirm("put it back")};
  for (const auto& [first, second, named] : std::vector<std::tuple<RollbackOptions, RollbackOptions, std::string>>{
           {{"", true, false}, {}, ""}, {{}, {"", true, false}, " --all"}, {{"b", false}, {"a", false}, " --to a"}}) {
    EXPECT_EQ(go().exit, 0) << said();
    EXPECT_EQ(back(first).exit, 5);
    EXPECT_EQ(back(second).exit, 5);
    EXPECT_THAT(said(), HasSubstr("then: drydock rollback " + scenario.file + named + "\n"));
    out.str({});
    EXPECT_EQ(marked("d", "done"), 0);
    EXPECT_THAT(said(), HasSubstr("next: drydock rollback " + scenario.file + named + "\n"));
    EXPECT_EQ(go().exit, 6) << "the undo is finished first: " << said();
  }
}

TEST_F(Rollback, ThatACutoverCarriesOnIsNamedAsItWasTyped) {
  scenario.transfer[3].point_of_no_return = true;
  scenario.transfer[3].undo = {confirm("put it back")};
  go();
  EXPECT_EQ(back({"", true, true}).exit, 5);
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(), HasSubstr("then: drydock rollback " + scenario.file + " --all --force"));
  RollbackOptions dry{"", true, true};
  dry.dry_run = true;
  EXPECT_EQ(back(dry).exit, 5) << "a dry run that waits for nobody would say more than is true: " << said();
}

TEST_F(Rollback, KilledAfterTheFirstStepNamesNoFurtherOne) {
  go({"a", false});
  at_boundary = [](const std::string& boundary) {
    if (boundary == "after step-undone") throw std::runtime_error("kill -9");
  };
  EXPECT_EQ(back().exit, 70);
  at_boundary = nullptr;
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(said().find("the step before it"), std::string::npos) << said();
}

TEST_F(Rollback, PutBackByHandNamesNoRollbackThatHasNothingLeftToDo) {
  scenario.transfer[3].point_of_no_return = true;
  for (const RollbackOptions& what : {RollbackOptions{"", false, true}, RollbackOptions{"c", false, true}}) {
    EXPECT_EQ(go().exit, 0) << said();
    fails("un-d");
    EXPECT_EQ(back(what).exit, 7) << said();
    world.outcome = nullptr;
    out.str({});
    EXPECT_EQ(marked("d", "again"), 0);
    EXPECT_THAT(said(), HasSubstr("next: drydock cutover " + scenario.file + "\n"));
  }
}

TEST_F(Rollback, OfWhichAnActionFailedWhenItWasKilledIsTriedAgainAsItIsWrittenNow) {
  go({"b", false});
  scenario.transfer[1].undo = {action("un-b"), action("un-bb")};
  fails("un-bb");
  at_boundary = [](const std::string& boundary) {
    if (boundary == "before undo-failed") throw std::runtime_error("kill -9");
  };
  EXPECT_EQ(back().exit, 70);
  at_boundary = nullptr;
  world.outcome = nullptr;
  world.performed.clear();
  scenario.transfer[1].undo = {action("un-b"), action("un-better")};
  scenario.transfer[1].text = "edited";
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"un-better"}));
}

TEST_F(Rollback, KilledBetweenTwoUndosGoesOn) {
  go();
  at_boundary = [](const std::string& boundary) {
    if (boundary == "after step-undone") throw std::runtime_error("kill -9");
  };
  EXPECT_EQ(back({"a", false, false}).exit, 70);
  EXPECT_THAT(said(), HasSubstr("the same command goes on: drydock rollback " + scenario.file + " --to a"));
  at_boundary = nullptr;
  EXPECT_EQ(back({"a", false, false}).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"a", "b", "c", "d", "un-d", "un-b"}));
}

TEST_F(Rollback, KeepsHowFarItGoesWhereAPersonIsAsked) {
  go({"b", false});
  fails("un-b");
  EXPECT_EQ(back({"", true, false}).exit, 7);
  EXPECT_THAT(said(), HasSubstr("to try the undo again: drydock rollback " + scenario.file + " --all"));
  out.str({});
  EXPECT_EQ(marked("b", "again"), 0);
  EXPECT_THAT(said(), HasSubstr("next: drydock rollback " + scenario.file + " --all"));
  world.outcome = [](const std::string&) { return ActionResult{ActionEnd::unknown, "lost", "", {}, true}; };
  EXPECT_EQ(back({"", true, false}).exit, 7);
  out.str({});
  EXPECT_EQ(marked("a", "done"), 0) << said();
  EXPECT_THAT(said(), HasSubstr("next: drydock rollback " + scenario.file + " --all"));
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
