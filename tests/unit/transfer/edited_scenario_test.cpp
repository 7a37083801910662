// A scenario that is not what it was when the transfer began.
#include <gmock/gmock.h>

#include "harness/transfer/transfer_log.hpp"
#include "tests/unit/transfer/four_steps.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

class EditedScenario : public FourSteps {};

TEST_F(EditedScenario, AnEditOfAStepWithAHalfDoneActionIsAskedAboutAsThatAction) {
  world.outcome = [](const std::string&) { return ActionResult{ActionEnd::unknown, "lost", "", {}, true}; };
  EXPECT_EQ(go().exit, 5);
  scenario.transfer[0].text = "edited";
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(), HasSubstr("and an action of it is half-done, nobody knows how far it came: here: echo stop"));
  EXPECT_EQ(said().find("what was done stands"), std::string::npos) << said();
}

TEST_F(EditedScenario, AnEditOfAListThatIsUnderWaySkipsNoAction) {
  world.on_action = [this](const std::string&, const ActionContext&) { stop.request(15); };
  EXPECT_EQ(go().exit, 143);
  world.on_action = nullptr;
  stop = StopToken();
  scenario.transfer[0].run.erase(scenario.transfer[0].run.begin());
  scenario.transfer[0].text = "edited";
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(marked("stop-old", "done"), 2);
  EXPECT_THAT(said(), HasSubstr("'here: echo stop' was action 1 of it, and now 'here: echo freeze' is"));
  EXPECT_EQ(marked("stop-old", "again"), 0) << said();
  EXPECT_EQ(go({"stop-old", false}).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"stop", "freeze"}));
}

/// A step without undo of which the second action failed, as its file was then.
class EditedFailure : public EditedScenario {
protected:
  void fail_at_freeze() {
    scenario.transfer[0].undo.clear();
    fails("freeze");
    EXPECT_EQ(go().exit, 6);
    world.outcome = nullptr;
    world.performed.clear();
  }
  void write(std::vector<ActionDefinition> run) {
    scenario.transfer[0].run = std::move(run);
    scenario.transfer[0].text = "edited";
  }
};

TEST_F(EditedFailure, CanBeCorrectedInTheFile) {
  fail_at_freeze();
  write({action("stop"), action("corrected")});
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(), HasSubstr("'here: echo freeze' failed as action 2 of it, and now 'here: echo corrected' stands"));
  EXPECT_THAT(said(),
              HasSubstr("what stands there now comes next: drydock mark " + scenario.file + " stop-old --again"));
  EXPECT_EQ(said().find("--done"), std::string::npos) << said();
  EXPECT_EQ(marked("stop-old", "again"), 0) << said();
  EXPECT_EQ(go({"stop-old", false}).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"corrected"}));
}

TEST_F(EditedFailure, CorrectedTwiceIsToldWhatEachMarkMeansForTheWholeStep) {
  fail_at_freeze();
  write({action("stop"), action("corrected"), action("tell")});
  EXPECT_EQ(marked("stop-old", "again"), 0) << said();
  write({action("stop"), action("better"), action("tell")});
  scenario.transfer[0].text = "edited once more";
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(),
              HasSubstr("what was done stands, and it goes on with action 2 of 3: here: echo better: drydock mark"));
  EXPECT_THAT(said(), HasSubstr("the whole step is to be done again, from its first action: drydock mark"));
  EXPECT_EQ(marked("stop-old", "done"), 0) << said();
  EXPECT_EQ(go({"stop-old", false}).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"better", "tell"}));
}

TEST_F(EditedFailure, OfWhichNobodyKnowsWhichActionIsMeantIsNotMarkedDone) {
  fail_at_freeze();
  write({action("stop"), action("another"), action("freeze")});
  for (const char* word : {"done", "skipped"}) {
    EXPECT_EQ(marked("stop-old", word), 2);
    EXPECT_THAT(said(), HasSubstr("so nobody can tell which of them is '" + std::string(word) + "'. Put that back"));
    EXPECT_THAT(said(), HasSubstr("comes next: drydock mark " + scenario.file + " stop-old --again"));
  }
  EXPECT_EQ(marked("stop-old", "again"), 0) << said();
  EXPECT_EQ(go({"stop-old", false}).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"another", "freeze"}));
}

TEST_F(EditedFailure, ThatIsTakenOutOfTheFileRepeatsNothing) {
  fail_at_freeze();
  write({action("stop")});
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(), HasSubstr("'here: echo freeze' failed as action 2 of it, and now it is taken out"));
  EXPECT_EQ(marked("stop-old", "again"), 0) << said();
  EXPECT_EQ(go({"stop-old", false}).exit, 0) << said();
  EXPECT_EQ(world.performed, Names{});
}

TEST_F(EditedFailure, WithWhatWasDoneTakenOutIsRefused) {
  fail_at_freeze();
  write({action("freeze")});
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(), HasSubstr("'here: echo stop' was action 1 of it, and now 'here: echo freeze' is"));
  EXPECT_EQ(said().find("drydock mark"), std::string::npos) << said();
  EXPECT_EQ(marked("stop-old", "again"), 2);
  EXPECT_EQ(world.performed, Names{});
}

TEST_F(EditedScenario, AnAcceptedEditBetweenTwoActionsGoesOnByItself) {
  world.on_action = [this](const std::string&, const ActionContext&) { stop.request(15); };
  EXPECT_EQ(go().exit, 143);
  world.on_action = nullptr;
  stop = StopToken();
  scenario.transfer[0].run.back() = action("freeze-well");
  scenario.transfer[0].text = "edited";
  EXPECT_EQ(marked("stop-old", "done"), 0);
  EXPECT_EQ(marked("stop-old", "again"), 2);
  EXPECT_THAT(said(), HasSubstr("has not begun, and comes next: drydock cutover " + scenario.file + "; all that"));
  EXPECT_EQ(go({"stop-old", false}).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"stop", "freeze-well"}));
}

TEST_F(EditedScenario, AnEditedFinishedStepWaitsForAMark) {
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  scenario.transfer[0].text = "another text";
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(), HasSubstr("another text"));
  EXPECT_THAT(said(), HasSubstr("text of stop-old"));
  EXPECT_EQ(marked("stop-old", "done"), 0);
  EXPECT_EQ(go().exit, 0);
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "switch", "open", "logins"}));
}

TEST_F(EditedScenario, AMarkKeepsHowFarTheCutoverWasToGo) {
  EXPECT_EQ(go({"switch-dns", false}).exit, 0);
  scenario.transfer[0].text = "another text";
  EXPECT_EQ(go({"switch-dns", false}).exit, 5);
  out.str({});
  EXPECT_EQ(marked("stop-old", "again"), 0);
  EXPECT_THAT(said(), HasSubstr("next: drydock cutover " + scenario.file + " --until switch-dns\n"));
}

TEST_F(EditedScenario, AnEditedFinishedStepCanBeDoneAgain) {
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  scenario.transfer[0].text = "another text";
  EXPECT_EQ(marked("stop-old", "again"), 0);
  const TransferResult result = go({"stop-old", false});
  EXPECT_EQ(result.exit, 0);
  EXPECT_EQ(result.record.phase, "freeze");
  EXPECT_EQ(world.performed, (Names{"stop", "freeze", "stop", "freeze"}));
}

TEST_F(EditedScenario, AChangedAddressOrNameIsRefusedWithBothValues) {
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  scenario.hosts[1].address = "127.0.20.9";
  EXPECT_EQ(go().exit, 2);
  EXPECT_THAT(said(), HasSubstr("'127.0.20.1' in the journal and '127.0.20.9' now"));
  EXPECT_THAT(said(), HasSubstr("Put that back in " + scenario.file + ", then: drydock plan " + scenario.file));
  scenario.hosts[1].address = "127.0.20.1";
  scenario.names["canonical"] = "other.test";
  EXPECT_EQ(go().exit, 2);
  EXPECT_EQ(plan(scenario, options()).exit, 2);
  EXPECT_EQ(approved("stop-old", "Jim"), 2);
  scenario.names["canonical"] = "starship.test";
  scenario.name = "another move";
  EXPECT_EQ(go().exit, 2);
  EXPECT_THAT(said(), HasSubstr("a journal of its own: drydock cutover " + scenario.file + " --journal "));
}

TEST_F(EditedScenario, WrongValuesBindNobodyBeforeAnActionWasBegun) {
  world.verdict = [](auto&, int, std::size_t) { return Verdict::fail; };
  EXPECT_EQ(go().exit, 1);
  world.verdict = nullptr;
  std::swap(scenario.hosts[0].address, scenario.hosts[1].address);
  TransferOptions given = options();
  given.arguments = "--vars right.yaml";
  EXPECT_EQ(run(drydock::cutover(scenario, world, stop, given, {})).exit, 2);
  const std::string other = folder.path() + "/move-2.journal";
  EXPECT_THAT(said(), HasSubstr("by that journal no action was begun; to begin with another: drydock cutover " +
                                scenario.file + " --vars right.yaml --journal " + other));
  given.journal = other;
  EXPECT_EQ(run(drydock::cutover(scenario, world, stop, given, {})).exit, 0) << said();
}

TEST_F(EditedScenario, AFinishedStepChangedByOtherVarsIsRefused) {
  EXPECT_EQ(go({"stop-old", false}).exit, 0);
  scenario.vars["pace"] = "2s";
  EXPECT_EQ(go({"stop-old", false}).exit, 0) << "a var that changes no finished step may change";
  EXPECT_EQ(recorded(TransferLog::read(options().journal))->vars["pace"], "2s");
  EXPECT_EQ(recorded(TransferLog::read(options().journal))->phase, "freeze");
  scenario.vars["pace"] = "3s";
  scenario.transfer[0].text = "with 3s";
  EXPECT_EQ(go().exit, 2);
  EXPECT_THAT(said(), HasSubstr("'2s' and is '3s'"));
}

}  // namespace
}  // namespace drydock::test
