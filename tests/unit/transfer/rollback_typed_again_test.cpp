// A rollback that was killed, failed, was asked about or edited, and what the next command does.
#include <gmock/gmock.h>

#include <tuple>

#include "tests/unit/transfer/rollback_fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

class RollbackTypedAgain : public Rollback {
protected:
  /// The next command ends at this boundary as if it were killed there.
  void kill(const std::string& where) {
    at_boundary = [where](const std::string& boundary) {
      if (boundary == where) throw std::runtime_error("kill -9");
    };
  }
};

TEST_F(RollbackTypedAgain, AFailedUndoMayBeCorrectedInTheFileAndSaysWhatRunsInItsPlace) {
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

TEST_F(RollbackTypedAgain, OfAnUndoThatCantBeToldApartAnyMoreSaysNothingOfGoingOn) {
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

TEST_F(RollbackTypedAgain, KilledAfterItsLastUndoHasNothingLeftToDo) {
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

TEST_F(RollbackTypedAgain, TypedAgainAndKilledAgainUndoesNoStepMore) {
  go();
  kill("after step-undone");
  EXPECT_EQ(back().exit, 70);
  kill("after began");
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

TEST_F(RollbackTypedAgain, WhoseEndNobodyCouldReadIsNotGoneBeyondEither) {
  go();
  TransferOptions deaf = options();
  deaf.output_lost = [] { return true; };
  EXPECT_EQ(run(drydock::rollback(scenario, world, stop, deaf, {})).exit, 0);
  world.performed.clear();
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_TRUE(world.performed.empty());
  EXPECT_EQ(back().exit, 2) << "c has no undo: " << said();
}

TEST_F(RollbackTypedAgain, OfWhichTheStepWasTakenOutOfTheFileUndoesNoOtherOne) {
  go({"b", false});
  kill("after step-undone");
  EXPECT_EQ(back().exit, 70);
  at_boundary = nullptr;
  world.performed.clear();
  scenario.transfer.erase(scenario.transfer.begin() + 1);
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_THAT(said(), HasSubstr("had been done; nothing more was done\nrolled back: b"));
  EXPECT_TRUE(world.performed.empty());
}

TEST_F(RollbackTypedAgain, CarriedOnByAnotherGoesAsFarAsThatOneWasToGo) {
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

TEST_F(RollbackTypedAgain, ThatACutoverCarriesOnIsNamedAsItWasTyped) {
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

TEST_F(RollbackTypedAgain, KilledAfterTheFirstStepNamesNoFurtherOne) {
  go({"a", false});
  kill("after step-undone");
  EXPECT_EQ(back().exit, 70);
  at_boundary = nullptr;
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(said().find("the step before it"), std::string::npos) << said();
}

TEST_F(RollbackTypedAgain, PutBackByHandNamesNoRollbackThatHasNothingLeftToDo) {
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

TEST_F(RollbackTypedAgain, OfWhichAnActionFailedWhenItWasKilledIsTriedAgainAsItIsWrittenNow) {
  go({"b", false});
  scenario.transfer[1].undo = {action("un-b"), action("un-bb")};
  fails("un-bb");
  kill("before undo-failed");
  EXPECT_EQ(back().exit, 70);
  at_boundary = nullptr;
  world.outcome = nullptr;
  world.performed.clear();
  scenario.transfer[1].undo = {action("un-b"), action("un-better")};
  scenario.transfer[1].text = "edited";
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"un-better"}));
}

TEST_F(RollbackTypedAgain, KilledBetweenTwoUndosGoesOn) {
  go();
  kill("after step-undone");
  EXPECT_EQ(back({"a", false, false}).exit, 70);
  EXPECT_THAT(said(), HasSubstr("the same command goes on: drydock rollback " + scenario.file + " --to a"));
  at_boundary = nullptr;
  EXPECT_EQ(back({"a", false, false}).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"a", "b", "c", "d", "un-d", "un-b"}));
}

TEST_F(RollbackTypedAgain, KeepsHowFarItGoesWhereAPersonIsAsked) {
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

}  // namespace
}  // namespace drydock::test
