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

class Story {
public:
  explicit Story(const Scenario& told) : scenario(told) {}
  Event& add(EventKind kind, const std::string& step = "one") {
    Event event;
    event.kind = kind;
    event.time = WallTime(std::chrono::seconds(static_cast<int>(events.size()) + 1));
    event.step = step;
    event.step_text = step;
    events.push_back(event);
    return events.back();
  }
  Story& intend(int action, bool undo = false, const std::string& step = "one") {
    Event& event = add(EventKind::action_intended, step);
    event.action = action;
    event.undo = undo;
    return *this;
  }
  Story& end(int action, const std::string& word = "done", bool undo = false, const std::string& step = "one") {
    Event& event = add(EventKind::action_ended, step);
    event.action = action;
    event.undo = undo;
    event.word = word;
    return *this;
  }
  Story& mark(const std::string& word, int action, bool undo = false, const std::string& step = "one") {
    Event& event = add(EventKind::marked, step);
    event.word = word;
    event.action = action;
    event.undo = undo;
    return *this;
  }
  Story& then(EventKind kind, const std::string& step = "one") {
    add(kind, step);
    return *this;
  }
  Story& finish_one() {
    return intend(0)
        .end(0)
        .intend(1)
        .end(1)
        .then(EventKind::actions_done)
        .then(EventKind::phase_entered)
        .then(EventKind::step_done);
  }
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
  story.then(EventKind::actions_done).then(EventKind::phase_entered).then(EventKind::step_done);
  EXPECT_EQ(story.standing().phase, 1U);
  EXPECT_EQ(next_move(story.scenario, story.standing()).step, 1U);
  story.intend(0, false, "two");
  EXPECT_EQ(story.move(), Move::Kind::confirm);
  story.mark("done", 0, false, "two");
  EXPECT_EQ(story.move(), Move::Kind::conclude);
  story.then(EventKind::step_done, "two");
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
  story.then(EventKind::undo_started).intend(0, true).end(0, "done", true);
  EXPECT_EQ(next_undo(story.scenario.transfer[0], story.standing().steps[0]).kind, UndoMove::Kind::finished);
  story.then(EventKind::step_undone);
  EXPECT_EQ(story.move(), Move::Kind::begin);
  EXPECT_EQ(story.standing().steps[0].state(), StepState::undone);
  EXPECT_EQ(story.standing().phase, 0U);
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
  story.finish_one().then(EventKind::undo_started).intend(0, true);
  EXPECT_EQ(story.move(), Move::Kind::undo);
  EXPECT_EQ(next_undo(story.scenario.transfer[0], story.standing().steps[0]).kind, UndoMove::Kind::unknown);
  story.scenario.transfer[0].repeatable = true;
  EXPECT_EQ(next_undo(story.scenario.transfer[0], story.standing().steps[0]).kind, UndoMove::Kind::act);
}

TEST(Plan, ApprovalsAreUsedUpByTheStart) {
  Story story(two_steps());
  for (const char* person : {"Jim", "jim ", "Greg  Ward", "greg ward"}) story.add(EventKind::approved).person = person;
  EXPECT_EQ(story.standing().steps[0].approvers.size(), 2U);
  story.intend(0);
  EXPECT_TRUE(story.standing().steps[0].approvers.empty());
}

TEST(Plan, AnEditOfWhatHasBegunOrIsFinishedWaitsForAMark) {
  Story story(two_steps());
  story.finish_one();
  story.scenario.transfer[0].text = "edited";
  EXPECT_EQ(story.move(), Move::Kind::edited);
  story.mark("done", -1);
  story.events.back().step_text = "edited";
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
  story.events.back().point_of_no_return = true;
  EXPECT_TRUE(story.standing().beyond_point_of_no_return);
  story.end(0, "failed");
  EXPECT_EQ(story.move(), Move::Kind::failed_beyond);
}

TEST(Plan, EventsSurviveTheirPayload) {
  Event event;
  event.kind = EventKind::action_intended;
  event.step = "one";
  event.action = 2;
  event.undo = true;
  event.point_of_no_return = true;
  event.text = "on old: \"quoted\"\n";
  event.mark = "m";
  event.step_text = "t";
  event.number = 7;
  event.detail = R"({"pid":5})";
  const Event back = from_payload(event.kind, event.time, to_payload(event));
  EXPECT_EQ(to_payload(back), to_payload(event));
  EXPECT_EQ(back.action, 2);
  EXPECT_EQ(back.detail, event.detail);
  EXPECT_THROW(from_payload(event.kind, {}, "[]"), std::runtime_error);
  EXPECT_THROW(from_payload(event.kind, {}, "{"), std::runtime_error);
  for (int kind = 0; kind <= static_cast<int>(EventKind::stopped); ++kind)
    EXPECT_EQ(event_kind(to_string(static_cast<EventKind>(kind))), static_cast<EventKind>(kind));
}

}  // namespace
}  // namespace drydock
