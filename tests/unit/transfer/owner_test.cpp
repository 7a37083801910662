// Who carries a transfer on: by its lock, by its journal, here and on another machine.
#include <gmock/gmock.h>

#include "harness/journal/holder.hpp"
#include "harness/transfer/actor.hpp"
#include "probes/core/process_identity.hpp"
#include "tests/unit/transfer/two_hands.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

class OwnerOfATransfer : public TwoHands {
protected:
  static Actor elsewhere() {
    Actor actor = this_actor("Greg");
    actor.boot = "another boot";
    actor.machine = "another machine";
    actor.host = {"mail9"};
    return actor;
  }
  static Actor another_process(pid_t pid) {
    Actor actor = this_actor("Greg");
    const ProcessIdentity process = identify(pid);
    actor.pid = process.pid;
    actor.start = process.start;
    return actor;
  }
  void append(EventContent what) {
    TransferLog other = log();
    other.open_for_writing(options().journal, scenario, world.wall_now());
    other.append(std::move(what), world.wall_now());
  }
  void remove_lock() { ::unlink((options().journal + ".lock").c_str()); }
  std::optional<Holder> take() {
    std::string who;
    return Holder::take(options().journal, "drydock cutover", world.wall_now(), who);
  }
};

TEST_F(OwnerOfATransfer, ATransferThatAnotherMachineCarriesOnIsLeftAloneUntilAPersonTakesItOver) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  append(event::Began{"cutover", "drydock 0.1.0", elsewhere()});
  world.performed.clear();
  EXPECT_EQ(go().exit, 75);
  EXPECT_THAT(said(), HasSubstr("on mail9"));
  EXPECT_THAT(said(), HasSubstr("--take-over --as NAME --because TEXT"));
  EXPECT_EQ(back().exit, 75);
  EXPECT_TRUE(world.performed.empty());
  EXPECT_EQ(go({"", true}).exit, 0) << "a dry run takes nothing from anybody: " << said();
  EXPECT_EQ(go({"", false, true, ""}).exit, 2);
  TransferOptions mine = options();
  mine.person = "Jim";
  EXPECT_EQ(run(cutover(scenario, world, stop, mine, {"", false, true, "mail9 burnt down"})).exit, 0) << said();
  std::ostringstream words;
  history(options().journal, false, words, words);
  EXPECT_THAT(words.str(), HasSubstr("taken over by Jim"));
  EXPECT_THAT(words.str(), HasSubstr("mail9 burnt down"));
}

TEST_F(OwnerOfATransfer, OnAnotherMachineNothingIsMarkedAndARollbackCanTakeItOver) {
  world.outcome = [](const std::string& what) {
    return what == "a" ? ActionResult{ActionEnd::unknown, "lost", "", {}, true}
                       : ActionResult{ActionEnd::done, "exit 0", "", 0, true};
  };
  EXPECT_EQ(go().exit, 5);
  append(event::Began{"cutover", "drydock 0.1.0", elsewhere()});
  EXPECT_EQ(marked("one", "done"), 75);
  EXPECT_THAT(said(), HasSubstr("on mail9"));
  EXPECT_THAT(said(), HasSubstr("drydock cutover " + scenario.file + " --take-over --as NAME --because TEXT"));
  out.str({});
  EXPECT_EQ(plan(scenario, options()).exit, 0);
  EXPECT_THAT(said(), HasSubstr("next: step one: here: echo a is under way, by Greg (user"));
  EXPECT_EQ(said().find("mark it"), std::string::npos) << said();
  EXPECT_EQ(back().exit, 75);
  EXPECT_THAT(said(), HasSubstr("drydock rollback " + scenario.file + " --take-over --as NAME --because TEXT"));
  TransferOptions mine = options();
  mine.person = "Jim";
  RollbackOptions what;
  what.take_over = true;
  what.because = "mail9 burnt down";
  world.performed.clear();
  EXPECT_EQ(run(rollback(scenario, world, stop, mine, what)).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"un-a"}));
}

TEST_F(OwnerOfATransfer, ADryRunSaysThatItIsUnderWayAndNotWhatWouldComeNext) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  const auto holder = take();
  ASSERT_TRUE(holder);
  EXPECT_EQ(go({"", true}).exit, 75);
  EXPECT_THAT(said(), HasSubstr("the transfer is under way now, by pid"));
}

TEST_F(OwnerOfATransfer, WhoseLockWasRemovedIsKnownByItsJournal) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  const pid_t other = another();
  append(event::Began{"cutover", "drydock 0.1.0", another_process(other)});
  for (const bool dry_run : {false, true}) {
    EXPECT_EQ(go({"", dry_run}).exit, 75);
    EXPECT_THAT(said(), HasSubstr("although its lock was removed"));
    EXPECT_EQ(said().find("--take-over"), std::string::npos) << "it can't be taken over while it runs: " << said();
  }
  EXPECT_EQ(marked("two", "skipped"), 75);
  end(other);
  EXPECT_EQ(go().exit, 0) << said();
}

TEST_F(OwnerOfATransfer, WhoBeginsInBetweenIsNotJoined) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  world.performed.clear();
  const pid_t other = another();
  at_boundary = [&](const std::string& boundary) {
    if (boundary != "before began") return;
    remove_lock();
    append(event::Began{"cutover", "drydock 0.1.0", another_process(other)});
  };
  EXPECT_EQ(go().exit, 75) << said();
  EXPECT_TRUE(world.performed.empty());
  end(other);
}

TEST_F(OwnerOfATransfer, WhoSeesThatAnotherHasBegunActsNoMore) {
  world.on_action = [&](const std::string& what, const ActionContext&) {
    if (what == "a") append(event::Began{"cutover", "drydock 0.1.0", another_process(1)});
  };
  EXPECT_EQ(go().exit, 70);
  EXPECT_EQ(world.performed, (Names{"a"}));
  EXPECT_THAT(said(), HasSubstr("has begun as well"));
}

TEST_F(OwnerOfATransfer, IsNotForgottenWhereTheOneBeforeEnds) {
  world.verdict = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  bool has_begun = false;
  world.on_look = [&](int) {
    if (!std::exchange(has_begun, true)) append(event::Began{"cutover", "drydock 0.1.0", elsewhere()});
  };
  EXPECT_EQ(go().exit, 4) << said();
  ASSERT_TRUE(has_begun);
  const TransferLog read = log();
  ASSERT_NE(read.owner(), nullptr) << "the end of the one before was taken for that of the new owner";
  EXPECT_EQ(read.owner()->actor.host.value, "mail9");
}

TEST_F(OwnerOfATransfer, KeepsPersonsFromMarkingAnEditWhileItWorks) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  scenario.transfer[0].text = "edited";
  {
    const auto holder = take();
    ASSERT_TRUE(holder);
    for (const char* word : {"done", "again", "skipped"}) EXPECT_EQ(marked("one", word), 75) << word;
  }
  EXPECT_EQ(marked("one", "done"), 0) << said();
}

TEST_F(OwnerOfATransfer, ALockThatAnotherHasMadeSinceIsNotRemoved) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  auto mine = take();
  remove_lock();
  const auto others = take();
  ASSERT_TRUE(others);
  mine.reset();
  EXPECT_TRUE(Holder::who_holds(options().journal)) << "the lock of another was removed";
}

TEST_F(TwoHands, NothingIsMarkedWhileAProcessOfAnotherStepMayStillRun) {
  scenario.transfer[1].before = {};
  EXPECT_EQ(go({"one", false}).exit, 0);
  const pid_t child = another();
  world.on_action = [child](const std::string&, const ActionContext& context) { context.on_child(child); };
  world.outcome = [](const std::string&) { return ActionResult{ActionEnd::unknown, "lost", "", {}, true}; };
  EXPECT_EQ(go().exit, 5) << said();
  scenario.transfer[0].text = "edited";
  EXPECT_EQ(marked("one", "again"), 75);
  EXPECT_THAT(said(), HasSubstr("process " + std::to_string(child) + " of an action of step two still runs"));
  end(child);
  EXPECT_EQ(marked("one", "again"), 0) << said();
}

/// A mark that a look's own entry takes in is as good as one that comes between two entries, whatever step it is of.
TEST_F(TwoHands, AMarkOfAnEarlierStepThatComesWithALookKeepsTheActionAway) {
  scenario.transfer[1].before = {"g"};
  EXPECT_EQ(go({"one", false}).exit, 0) << said();
  Scenario edited = scenario;
  edited.transfer[0].text = "edited";
  bool has_marked = false;
  at_boundary = [&](const std::string& boundary) {
    if (boundary != "before looked" || has_marked) return;
    has_marked = true;
    ::unlink((options().journal + ".lock").c_str());
    TransferOptions hand = options();
    hand.person = "Jim";
    EXPECT_EQ(drydock::mark(edited, hand, "one", "again", "it is to be done again"), 0) << said();
  };
  world.on_action = [&](const std::string& what, const ActionContext&) {
    if (what == "c") EXPECT_TRUE(stand(outline_of(scenario), log().events()).step("one")->finished);
  };
  EXPECT_EQ(go().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"a", "b", "a", "b", "c"}));
}

TEST_F(TwoHands, ARollbackUndoesNothingThatSomebodyHasUndoneMeanwhile) {
  EXPECT_EQ(go().exit, 0);
  world.performed.clear();
  world.on_action = [&](const std::string& what, const ActionContext&) {
    if (what != "un-c") return;
    TransferLog other = log();
    other.open_for_writing(options().journal, scenario, world.wall_now());
    other.append(event::StepUndone{"one", {"by hand"}}, world.wall_now());
  };
  RollbackOptions all;
  all.all = true;
  EXPECT_EQ(back(all).exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"un-c"}));
  EXPECT_THAT(said(), HasSubstr("step one is not in force any more"));
}

}  // namespace
}  // namespace drydock::test
