#include "harness/plan/standing.hpp"

#include <gtest/gtest.h>

namespace drydock {
namespace {

ActionDefinition command() {
  return {CommandAction{{"true"}, "", ""}, Duration(1000), {}};
}

Scenario two_steps() {
  Scenario scenario;
  scenario.phases = {"before", "freeze", "cut"};
  StepDefinition one;
  one.id = "one";
  one.enters = 1;
  one.run = {command(), command()};
  one.undo = {command()};
  one.text = "one";
  StepDefinition two;
  two.id = "two";
  two.enters = 2;
  two.run = {{ConfirmAction{"do it"}, Duration(1000), {}}};
  two.text = "two";
  scenario.transfer = {one, two};
  return scenario;
}

StepText text(const std::string& words) {
  StepDefinition step;
  step.text = words;
  return text_of(step);
}

class Story {
public:
  explicit Story(const Scenario& told) : scenario(told) {}
  template <class Kind>
  Story& add(Kind what) {
    Event event;
    event.time = WallTime(std::chrono::seconds(static_cast<int>(events.size()) + 1));
    event.what = std::move(what);
    events.push_back(std::move(event));
    return *this;
  }
  template <class Kind>
  Kind& last() {
    return std::get<Kind>(events.back().what);
  }
  Story& intend(int action, bool undo = false, const std::string& step = "one") {
    event::ActionIntended intent;
    intent.step = step;
    intent.action = action;
    intent.undo = undo;
    intent.step_text = text(step);
    return add(intent);
  }
  Story& end(int action, const std::string& outcome = "done", bool undo = false, const std::string& step = "one") {
    event::ActionEnded ended;
    ended.step = step;
    ended.action = action;
    ended.undo = undo;
    ended.outcome = outcome;
    return add(ended);
  }
  Story& mark(const std::string& word, int action, bool undo = false, const std::string& step = "one") {
    event::Marked marked;
    marked.step = step;
    marked.word = word;
    marked.action = action;
    marked.undo = undo;
    marked.step_text = text(step);
    return add(marked);
  }
  Story& approve(const std::string& person) {
    event::Approved approved;
    approved.step = "one";
    approved.actor.person.value = person;
    return add(approved);
  }
  Story& actions_done(const std::string& step = "one") { return add(event::ActionsDone{step, text(step), false}); }
  Story& enter(const std::string& step = "one") { return add(event::PhaseEntered{step, "phase"}); }
  Story& done(const std::string& step = "one") { return add(event::StepDone{step, text(step)}); }
  Story& start_undo() { return add(event::UndoStarted{"one", "cutover", {"why"}}); }
  Story& undone() { return add(event::StepUndone{"one", {"put back"}}); }
  Story& finish_one() { return intend(0).end(0).intend(1).end(1).actions_done().enter().done(); }
  [[nodiscard]] Standing standing() const { return stand(outline_of(scenario), events); }
  [[nodiscard]] Move::Kind move() const { return next_move(scenario, standing()).kind; }
  Scenario scenario;
  std::vector<Event> events;
};

TEST(Plan, BeginsWithTheFirstStepAndEndsComplete) {
  Story story(two_steps());
  EXPECT_EQ(story.move(), Move::Kind::begin);
  story.intend(0);
  EXPECT_EQ(story.move(), Move::Kind::half_done);
  story.end(0);
  EXPECT_EQ(story.move(), Move::Kind::act);
  story.intend(1).end(1);
  EXPECT_EQ(story.move(), Move::Kind::conclude);
  EXPECT_EQ(story.standing().steps[0].state(), StepState::running);
  story.actions_done().enter().done();
  EXPECT_EQ(story.standing().phase, 1U);
  EXPECT_EQ(next_move(story.scenario, story.standing()).step, 1U);
  story.intend(0, false, "two");
  EXPECT_EQ(story.move(), Move::Kind::confirm);
  story.mark("done", 0, false, "two");
  EXPECT_EQ(story.move(), Move::Kind::conclude);
  story.done("two");
  EXPECT_EQ(story.move(), Move::Kind::complete);
}

TEST(Plan, AnOpenIntentIsRepeatedOnlyWhereThatIsDeclaredOrHarmless) {
  Story story(two_steps());
  story.intend(0);
  story.scenario.transfer[0].repeatable = true;
  EXPECT_EQ(story.move(), Move::Kind::repeat);
  story.scenario.transfer[0].repeatable = false;
  const DnsUpdateAction update;
  story.scenario.transfer[0].run[0] = {update, Duration(1), {}};
  EXPECT_EQ(story.move(), Move::Kind::repeat);
  story.scenario.transfer[0].run[0] = {WaitAction{}, Duration(1), {}};
  EXPECT_EQ(story.move(), Move::Kind::repeat);
}

TEST(Plan, AFailedActionIsUndoneAndTheStepBeginsAnewInThePhaseBefore) {
  Story story(two_steps());
  story.intend(0).end(0).intend(1).end(1, "failed");
  EXPECT_EQ(story.move(), Move::Kind::undo);
  EXPECT_EQ(story.standing().steps[0].state(), StepState::failed);
  EXPECT_FALSE(story.standing().steps[0].nothing_began());
  story.start_undo().intend(0, true).end(0, "done", true);
  EXPECT_EQ(next_undo(story.scenario.transfer[0], story.standing().steps[0]).kind, UndoMove::Kind::finished);
  story.undone();
  EXPECT_EQ(story.move(), Move::Kind::begin);
  EXPECT_EQ(story.standing().steps[0].state(), StepState::undone);
  EXPECT_EQ(story.standing().phase, 0U);
}

TEST(Plan, WhatHasNoUndoAndMayNotBeDoneTwiceStaysWhereItFailed) {
  Story story(two_steps());
  story.scenario.transfer[0].undo.clear();
  story.intend(0).end(0, "failed");
  EXPECT_EQ(story.move(), Move::Kind::undo) << "nothing of it was done that could be done twice";
  story.intend(0).end(0).intend(1).end(1, "failed");
  EXPECT_EQ(story.move(), Move::Kind::retry);
  EXPECT_EQ(next_move(story.scenario, story.standing()).action, 1U);
  story.scenario.transfer[0].repeatable = true;
  EXPECT_EQ(story.move(), Move::Kind::undo);
}

TEST(Plan, WhatAPersonSkippedAfterItMayHaveBegunStaysWhereItFailed) {
  Story story(two_steps());
  story.scenario.transfer[0].undo.clear();
  story.intend(0).mark("again", 0).mark("skipped", -1);
  EXPECT_EQ(story.move(), Move::Kind::conclude);
  EXPECT_EQ(after_failure(story.scenario, story.standing(), 0), AfterFailure::stays);
}

TEST(Plan, WhatAnActionLeftRunningIsRememberedAsThatActions) {
  Story story(two_steps());
  story.finish_one().start_undo().intend(0, true);
  story.last<event::ActionIntended>().mark = "m0";
  story.end(0, "done", true).intend(1, true);
  story.last<event::ActionIntended>().mark = "m1";
  story.end(1, "unknown", true).add(event::UndoFailed{"one", {}}).start_undo();
  EXPECT_EQ(story.standing().steps[0].undo.next, 1U) << "what of it ended well is not done twice";
  EXPECT_EQ(story.standing().steps[0].undo.mark, "m1");
  EXPECT_EQ(story.standing().steps[0].undo.left_by, 1U);
}

TEST(Plan, AStepToBeDoneAgainStillKnowsWhatItsLastStartLeft) {
  Story story(two_steps());
  story.intend(0);
  story.last<event::ActionIntended>().mark = "m0";
  story.mark("again", 0).mark("again", -1);
  EXPECT_EQ(story.move(), Move::Kind::begin);
  EXPECT_EQ(story.standing().steps[0].run.mark, "m0");
  EXPECT_FALSE(story.standing().steps[0].nothing_began());
}

TEST(Plan, WhatNeverStartedLeavesNothingToUndo) {
  Story story(two_steps());
  story.intend(0).end(0, "not-started");
  EXPECT_TRUE(story.standing().steps[0].nothing_began());
  Story second(two_steps());
  second.intend(0).intend(0).end(0, "not-started");
  EXPECT_FALSE(second.standing().steps[0].nothing_began()) << "the first start may have done something";
  Story third(two_steps());
  third.intend(0).end(0).intend(1).end(1, "not-started");
  EXPECT_FALSE(third.standing().steps[0].nothing_began());
}

TEST(Plan, AnUnknownEndOfAnUndoIsRepeatedOnlyWhereThatIsDeclared) {
  Story story(two_steps());
  story.finish_one().start_undo().intend(0, true);
  EXPECT_EQ(story.move(), Move::Kind::undo);
  EXPECT_EQ(next_undo(story.scenario.transfer[0], story.standing().steps[0]).kind, UndoMove::Kind::unknown);
  story.scenario.transfer[0].repeatable = true;
  EXPECT_EQ(next_undo(story.scenario.transfer[0], story.standing().steps[0]).kind, UndoMove::Kind::act);
}

TEST(Plan, ApprovalsAreUsedUpByTheStart) {
  Story story(two_steps());
  for (const char* person : {"Jim", "jim ", "Greg  Ward", "greg ward"}) story.approve(person);
  EXPECT_EQ(story.standing().steps[0].approvals.size(), 2U);
  story.intend(0);
  EXPECT_TRUE(story.standing().steps[0].approvals.empty());
}

TEST(Plan, AnEditOfWhatHasBegunOrIsFinishedWaitsForAMark) {
  Story story(two_steps());
  story.finish_one();
  story.scenario.transfer[0].text = "edited";
  EXPECT_EQ(story.move(), Move::Kind::edited);
  story.mark("done", -1);
  story.last<event::Marked>().step_text = text("edited");
  EXPECT_EQ(story.move(), Move::Kind::begin);
  EXPECT_EQ(next_move(story.scenario, story.standing()).step, 1U);
  Story half(two_steps());
  half.intend(0);
  half.scenario.transfer[0].text = "edited";
  EXPECT_EQ(half.move(), Move::Kind::edited);
}

TEST(Plan, ThePointOfNoReturnIsPassedWithTheIntent) {
  Story story(two_steps());
  story.intend(0);
  EXPECT_FALSE(story.standing().beyond_point_of_no_return);
  story.last<event::ActionIntended>().point_of_no_return = true;
  EXPECT_TRUE(story.standing().beyond_point_of_no_return);
  story.end(0, "failed");
  EXPECT_EQ(story.move(), Move::Kind::act_now);
}

TEST(Plan, TheEndOfAnotherActionThanTheOpenOneMovesNothing) {
  Story story(two_steps());
  story.intend(0).mark("done", 0).end(0);
  EXPECT_EQ(story.standing().steps[0].run.next, 1U) << "the late end of action 0 was taken for that of action 1";
  EXPECT_EQ(story.move(), Move::Kind::act);
  Story second(two_steps());
  second.intend(0).end(0).end(0).end(1);
  EXPECT_EQ(second.standing().steps[0].run.next, 1U);
}

TEST(Plan, AStepTextOfAnotherVersionIsNotCalledEdited) {
  Story story(two_steps());
  story.finish_one();
  story.last<event::StepDone>().step_text = {99, std::string(64, 'a'), {"another form"}};
  EXPECT_EQ(story.move(), Move::Kind::begin);
  EXPECT_EQ(next_move(story.scenario, story.standing()).step, 1U);
}

TEST(Plan, AStepThatIsSkippedBeforeItBeganLeavesOnlyItsGatesAfter) {
  Story story(two_steps());
  story.mark("skipped", -1);
  EXPECT_EQ(story.move(), Move::Kind::conclude);
  story.done();
  EXPECT_EQ(story.standing().steps[0].state(), StepState::skipped);
  EXPECT_EQ(next_move(story.scenario, story.standing()).step, 1U);
}

TEST(Plan, AnEntryThatIsNotUnderstoodChangesNothing) {
  Story story(two_steps());
  story.intend(0).add(event::Unknown{"step-frozen", "{}", "of a later version"}).end(0);
  EXPECT_EQ(story.move(), Move::Kind::act);
}

}  // namespace
}  // namespace drydock
