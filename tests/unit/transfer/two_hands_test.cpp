// Two hands on one transfer: persons and drydocks that act at the same time, or after one was killed.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "harness/transfer/actor.hpp"
#include "harness/transfer/transfer_log.hpp"
#include "tests/support/whole_journal.hpp"
#include "tests/unit/transfer/two_hands.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

/// At each boundary of a cutover somebody marks each step in each way: while the lock keeps him away, and where
/// somebody has removed the lock.
class MarkAtAnyMoment : public TwoHands, public ::testing::WithParamInterface<bool> {
protected:
  /// Marks at the `at`th boundary of a cutover and carries the transfer to its end. False where it has no such
  /// boundary.
  bool mark_at(int at, const std::string& id, const std::string& word) {
    int boundary = 0;
    bool reached = false;
    at_boundary = [&](const std::string&) {
      if (++boundary != at) return;
      reached = true;
      at_boundary = nullptr;
      if (GetParam()) ::unlink((options().journal + ".lock").c_str());
      TransferOptions hand = options();
      std::ostringstream words;
      hand.out = hand.err = &words;
      hand.person = "Jim";
      taken_ = drydock::mark(scenario, hand, id, word, "I looked") == 0;
    };
    int exit = go().exit;
    at_boundary = nullptr;
    for (int i = 0; exit != 0 && i < 3; ++i) exit = go().exit;
    EXPECT_EQ(exit, 0) << said();
    return reached;
  }
  void expect_all_accounted_for(const std::string& id, const std::string& word) {
    for (const auto& [what, step] : {std::pair("a", "one"), std::pair("b", "one"), std::pair("c", "two")}) {
      const auto times = std::count(world.performed.begin(), world.performed.end(), what);
      if (taken_ && id == step)
        EXPECT_LE(times, word == "again" ? 2 : 1) << what;
      else
        EXPECT_EQ(times, 1) << what;
    }
    EXPECT_TRUE(whole_journal(options().journal).problems.empty());
  }
  void forget() {
    world.performed.clear();
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) ::unlink((options().journal + suffix).c_str());
  }
  bool taken_ = false;
};

TEST_P(MarkAtAnyMoment, SkipsNothingAndRepeatsNothingUnsaid) {
  int tried = 0, accepted = 0;
  for (const std::string id : {"one", "two"})
    for (const std::string word : {"done", "again", "skipped"})
      for (int at = 1;; ++at) {
        SCOPED_TRACE(id + " " + word + " at boundary " + std::to_string(at));
        taken_ = false;
        if (!mark_at(at, id, word)) break;
        expect_all_accounted_for(id, word);
        ++tried;
        accepted += taken_ ? 1 : 0;
        if (HasFailure()) return;
        forget();
      }
  EXPECT_GT(tried, 150);
  if (GetParam())
    EXPECT_GT(accepted, 10);
  else
    EXPECT_EQ(accepted, 0) << "a mark was taken while a drydock held the transfer";
}

INSTANTIATE_TEST_SUITE_P(Lock, MarkAtAnyMoment, ::testing::Bool(),
                         [](const auto& lock) { return lock.param ? "IsRemoved" : "Stands"; });

/// The other way round: a cutover goes on between what a mark has read and what it writes.
TEST_F(TwoHands, AMarkThatComesTooLateIsRefusedAndNothingIsSkipped) {
  scenario.transfer[0].repeatable = true;
  world.outcome = [](const std::string&) { return ActionResult{ActionEnd::unknown, "lost", "", {}, true}; };
  EXPECT_EQ(go().exit, 5);
  world.outcome = nullptr;
  world.performed.clear();
  TransferOptions hand = options();
  hand.person = "Jim";
  bool went_on = false;
  hand.at_boundary = [&](const std::string& boundary) {
    if (boundary != "before marked" || went_on) return;
    went_on = true;
    EXPECT_EQ(go({"one", false}).exit, 0) << said();
  };
  EXPECT_EQ(drydock::mark(scenario, hand, "one", "done", "I looked"), 2);
  EXPECT_TRUE(went_on);
  EXPECT_THAT(said(), HasSubstr("there is nothing to mark"));
  EXPECT_EQ(world.performed, (Names{"a", "b"}));
  EXPECT_EQ(go().exit, 0);
}

TEST_F(TwoHands, AnApprovalThatComesTooLateIsRefused) {
  scenario.transfer[1].approvals = 1;
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(approved("two", "Greg"), 0);
  TransferOptions hand = options();
  hand.person = "Jim";
  bool went_on = false;
  hand.at_boundary = [&](const std::string& boundary) {
    if (boundary != "before approved" || went_on) return;
    went_on = true;
    EXPECT_EQ(go().exit, 0) << said();
  };
  EXPECT_EQ(drydock::approve(scenario, hand, "two", "I looked"), 2);
  EXPECT_THAT(said(), HasSubstr("too late"));
}

TEST_F(TwoHands, AnOrphanedActionIsNamedAndNotMarkedWhileItMayStillRun) {
  const pid_t child = leaves_a_process();
  out.str({});
  EXPECT_EQ(plan(scenario, options()).exit, 0);
  EXPECT_THAT(said(), HasSubstr("process " + std::to_string(child) + " of action 1 still runs on this machine"));
  for (const char* word : {"done", "again", "skipped"}) EXPECT_EQ(marked("one", word), 75) << word;
  EXPECT_THAT(said(), HasSubstr("pkill -TERM -s " + std::to_string(child)));
  end(child);
  EXPECT_EQ(marked("one", "done"), 0) << said();
  EXPECT_EQ(go().exit, 0) << said();
  EXPECT_EQ(world.performed, (Names{"a", "b", "c"}));
}

TEST_F(TwoHands, ARollbackEndsAnOrphanBeforeItUndoes) {
  const pid_t child = leaves_a_process();
  world.on_action = [&](const std::string& what, const ActionContext&) {
    if (what == "un-a") EXPECT_EQ(::waitpid(child, nullptr, WNOHANG), child) << "undone beside what still runs";
  };
  EXPECT_EQ(back().exit, 0) << said();
  EXPECT_THAT(said(), HasSubstr("process " + std::to_string(child)));
}

TEST_F(TwoHands, AFailedUndoIsNotMarkedWhileAProcessOfItMayStillRun) {
  ASSERT_EQ(go({"one", false}).exit, 0);
  const pid_t child = another();
  world.on_action = [child](const std::string&, const ActionContext& context) { context.on_child(child); };
  world.outcome = [](const std::string&) {
    return ActionResult{ActionEnd::unknown, "the connection was lost", "", {}, true};
  };
  EXPECT_EQ(back().exit, 7) << said();
  for (const char* word : {"done", "again"}) EXPECT_EQ(marked("one", word), 75) << word;
  EXPECT_THAT(said(), HasSubstr("pkill -TERM -s " + std::to_string(child)));
  end(child);
  EXPECT_EQ(marked("one", "done"), 0) << said();
}

TEST_F(TwoHands, PlanSaysWhatIsUnderWayWhileAnotherDrydockActs) {
  std::string told;
  world.on_action = [&](const std::string& what, const ActionContext&) {
    if (what != "b") return;
    TransferOptions reader = options();
    std::ostringstream words;
    reader.out = reader.err = &words;
    reader.at_boundary = nullptr;
    EXPECT_EQ(plan(scenario, reader).exit, 0);
    told = words.str();
  };
  EXPECT_EQ(go().exit, 0);
  EXPECT_THAT(told, HasSubstr("next: step one: here: echo b is under way, by pid " + std::to_string(::getpid())));
  EXPECT_THAT(told, ::testing::Not(HasSubstr("mark it")));
}

TEST_F(TwoHands, TheHistoryNamesWhoTypedEachCommandAndWhere) {
  scenario.transfer[1].approvals = 1;
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(approved("two", "Greg"), 0);
  EXPECT_EQ(go().exit, 0);
  std::ostringstream words;
  history(options().journal, false, words, words);
  const Actor self = this_actor();
  const std::string place = "user " + self.user.value + " on " + self.host.value;
  EXPECT_THAT(words.str(), HasSubstr("cutover began by " + place));
  EXPECT_THAT(words.str(), HasSubstr("approved by Greg (" + place));
}

TEST_F(TwoHands, AStepIsSkippedBeforeItBeganAndItsGatesStillDecide) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  world.performed.clear();
  EXPECT_EQ(marked("two", "done"), 2) << "nobody can have done what was not asked for";
  EXPECT_THAT(said(), HasSubstr("drydock mark " + scenario.file + " two --skipped"));
  EXPECT_EQ(marked("two", "skipped"), 0) << said();
  const int looks = world.looks;
  const TransferResult result = go();
  EXPECT_EQ(result.exit, 0) << said();
  EXPECT_GT(world.looks, looks) << "the gates after were not looked at";
  EXPECT_TRUE(world.performed.empty());
  EXPECT_EQ(states(result.record)["two"], "skipped");
}

TEST_F(TwoHands, OnlyTheStepWhoseTurnItIsCanBeSkipped) {
  EXPECT_EQ(marked("two", "skipped"), 2);
  EXPECT_EQ(marked("one", "skipped"), 0) << said();
}

TEST_F(TwoHands, WhoActsIsNoApproverWhereTwoMustApprove) {
  scenario.transfer[0].approvals = 2;
  EXPECT_EQ(approved("one", "Jim"), 0);
  EXPECT_EQ(approved("one", "Greg"), 0);
  TransferOptions as_jim = options();
  as_jim.person = " jim";
  EXPECT_EQ(run(cutover(scenario, world, stop, as_jim, {})).exit, 5);
  EXPECT_THAT(said(), HasSubstr("1 of 2 persons approved: Greg"));
  as_jim.person = "Ada";
  EXPECT_EQ(run(cutover(scenario, world, stop, as_jim, {})).exit, 0) << said();
}

TEST_F(TwoHands, AnApprovalIsVoidWhenWhatWasSeenGetsWorse) {
  scenario.transfer[0].approvals = 1;
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(approved("one", "Greg"), 0);
  world.verdict = [](auto&, int, std::size_t) { return Verdict::warn; };
  EXPECT_EQ(go().exit, 5) << said();
  EXPECT_THAT(said(), HasSubstr("p p.answers was pass when Greg approved, and is warn"));
  EXPECT_TRUE(world.performed.empty());
  EXPECT_EQ(approved("one", "Greg"), 0);
  EXPECT_EQ(go({"one", false}).exit, 0) << said();
}

TEST_F(TwoHands, AnApprovalDoesNotHoldForWhatWasWaivedAfterIt) {
  scenario.transfer[0].approvals = 1;
  world.verdict = [](auto&, int, std::size_t) { return Verdict::fail; };
  EXPECT_EQ(go().exit, 1);
  EXPECT_EQ(approved("one", "Greg"), 0);
  world.verdict = nullptr;
  world.dress = [](ResultRecord& result) {
    if (result.probe != "p") return;
    result.verdict = Verdict::fail;
    result.waiver = "accepted by Ann, Jim until 2030-01-01";
  };
  EXPECT_EQ(go().exit, 5) << said();
  EXPECT_THAT(said(), HasSubstr("was not waived so when Greg approved"));
  EXPECT_TRUE(world.performed.empty());
}

TEST_F(TwoHands, ANameWithLineBreaksForgesNoLine) {
  scenario.transfer[0].approvals = 2;
  EXPECT_EQ(approved("one", "mallory\n22:00:00Z   gate g (before one): go"), 0);
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(said().find("\n22:00:00Z   gate g"), std::string::npos) << said();
}

TEST_F(TwoHands, AnApprovalIsVoidWhateverLookSawItGetWorse) {
  ProbeDefinition other;
  other.id = "q";
  scenario.probes.push_back(other);
  scenario.gates.push_back(gate("h", "q", 3));
  scenario.transfer[0].before = {"g", "h"};
  scenario.transfer[0].approvals = 1;
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(approved("one", "Greg"), 0);
  world.verdict = [](const std::string& probe, int, std::size_t) {
    return probe == "p" ? Verdict::warn : Verdict::pass;
  };
  EXPECT_EQ(go().exit, 5) << "the gate that is looked at once only was forgotten: " << said();
  EXPECT_THAT(said(), HasSubstr("p p.answers was pass when Greg approved, and is warn"));
}

/// What the gates after the step before say, and what needs no gate, is not what the person approved on.
TEST_F(TwoHands, AnApprovalIsBoundToTheGatesOfItsStepAlone) {
  ProbeDefinition other;
  other.id = "q";
  scenario.probes.push_back(other);
  scenario.gates.push_back(gate("h", "q"));
  scenario.transfer[0].after = {"h"};
  scenario.transfer[1].before = {"g"};
  scenario.transfer[1].approvals = 1;
  world.verdict = [](const std::string& probe, int, std::size_t) {
    return probe == "q" ? Verdict::warn : Verdict::pass;
  };
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(approved("two", "Greg"), 0);
  EXPECT_EQ(go().exit, 0) << said();
}

TEST_F(TwoHands, AnApprovalIsVoidWhenAStepHasTouchedWhatWasSeen) {
  scenario.transfer[0].touches.hosts = {"old"};
  scenario.transfer[1].before = {"g"};
  scenario.transfer[1].approvals = 1;
  EXPECT_EQ(go().exit, 5);
  EXPECT_EQ(approved("two", "Greg"), 0);
  EXPECT_EQ(back().exit, 0) << said();
  world.performed.clear();
  EXPECT_EQ(go().exit, 5) << said();
  EXPECT_EQ(world.performed, (Names{"a", "b"}));
  EXPECT_THAT(said(), HasSubstr("step one has touched what was seen"));
  EXPECT_EQ(approved("two", "Greg"), 0);
  EXPECT_EQ(go().exit, 0) << said();
}

TEST_F(TwoHands, AnApprovalIsOfTheTextThatWasApproved) {
  scenario.transfer[0].approvals = 1;
  EXPECT_EQ(approved("one", "Greg"), 0);
  scenario.transfer[0].text = "something else";
  EXPECT_EQ(go().exit, 5);
  EXPECT_THAT(said(), HasSubstr("0 of 1 persons approved"));
}

}  // namespace
}  // namespace drydock::test
