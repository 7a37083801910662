// What a report says of a transfer, right after the command and later from its journal.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "harness/report/outcome.hpp"
#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {
namespace {

class TransferRecord : public TransferTest {
protected:
  void SetUp() override {
    StepDefinition stop_old = step("stop-old", {action("stop"), action("freeze")}, {action("thaw"), action("start")});
    stop_old.before = {"g"};
    StepDefinition switch_dns = step("switch-dns", {action("switch")}, {action("switch-back")});
    switch_dns.before = {"g"};
    scenario.transfer = {stop_old, switch_dns};
  }
  /// The verdict of a command and that of the journal after it, which must agree.
  std::string verdict(const TransferResult& result) {
    const std::string now = summarise(result.record).verdict;
    EXPECT_EQ(summarise(record_of_journal(options().journal)).verdict, now);
    EXPECT_EQ(summarise(result.record).exit, result.exit);
    return now;
  }
  void fail(const std::string& which) {
    world.outcome = [which](const std::string& what) {
      return what == which ? ActionResult{ActionEnd::failed, "exit 1", "busy\n", 1, true}
                           : ActionResult{ActionEnd::done, "exit 0", "", 0, true};
    };
  }
  /// Outcomes of the step's actions, undo in brackets.
  static Names outcomes(const StepRecord& step) {
    Names names;
    for (const auto& action : step.actions) names.push_back(action.undo ? "(" + action.outcome + ")" : action.outcome);
    return names;
  }
};

TEST_F(TransferRecord, TheVerdictIsTheTransfersNotThatOfItsLooks) {
  EXPECT_EQ(verdict(go({"stop-old", false})), "pass");
  world.verdict = [](auto&, int, std::size_t) { return Verdict::fail; };
  EXPECT_EQ(verdict(go()), "no-go");
  world.verdict = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  EXPECT_EQ(verdict(go()), "held");
  world.verdict = nullptr;
  EXPECT_EQ(summarise(go({"", true}).record).verdict, "planned");
  EXPECT_EQ(verdict(back()), "rolled-back");
}

TEST_F(TransferRecord, AFailedActionIsThereWithItsTextAndItsOutput) {
  fail("freeze");
  const TransferResult result = go();
  EXPECT_EQ(verdict(result), "undone");
  for (const RunRecord& record : {result.record, record_of_journal(options().journal)}) {
    const StepRecord& step = record.steps.at(0);
    ASSERT_EQ(outcomes(step), (Names{"done", "failed", "(done)", "(done)"}));
    EXPECT_EQ(step.actions[1].text, "here: echo freeze");
    EXPECT_EQ(step.actions[1].message, "exit 1");
    EXPECT_EQ(step.actions[1].output, "busy\n");
    EXPECT_TRUE(step.actions[1].started && step.actions[1].finished);
  }
  world.outcome = nullptr;
  EXPECT_EQ(outcomes(go({"stop-old", false}).record.steps.at(0)), (Names{"done", "done"}))
      << "an earlier attempt is history's, not the report's";
}

TEST_F(TransferRecord, AJournalWhoseCommandWasKilledSaysNoPass) {
  ASSERT_EQ(go({"stop-old", false}).exit, 0);
  const pid_t child = ::fork();
  if (child == 0) {
    at_boundary = [](const std::string& boundary) {
      if (boundary == "after action-intended") ::kill(::getpid(), SIGKILL);
    };
    ::_exit(go().exit);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const RunRecord record = record_of_journal(options().journal);
  EXPECT_EQ(summarise(record).verdict, "interrupted");
  EXPECT_EQ(outcomes(record.steps.at(1)), (Names{"under-way"}));
  EXPECT_EQ(go().exit, 5) << said();
  EXPECT_EQ(outcomes(record_of_journal(options().journal).steps.at(1)), (Names{"unknown"}));
  EXPECT_EQ(marked("switch-dns", "done"), 0) << said();
  const StepRecord step = record_of_journal(options().journal).steps.at(1);
  EXPECT_EQ(outcomes(step), (Names{"done"}));
  EXPECT_EQ(step.actions.front().message, "marked done by Jim: I looked");
}

TEST_F(TransferRecord, WhatAPersonDoesIsWaitedForAndNotHalfDone) {
  scenario.transfer[0].run = {confirm("close the doors")};
  const TransferResult result = go();
  EXPECT_EQ(result.exit, 5) << said();
  EXPECT_EQ(verdict(result), "waiting");
  EXPECT_EQ(result.record.steps.at(0).state, "running");
  EXPECT_EQ(outcomes(result.record.steps.at(0)), (Names{"waiting"}));
}

TEST_F(TransferRecord, WhatAnActionSaidBeforeASecondSignalEndedItIsKept) {
  world.on_action = [this](const std::string&, const ActionContext& context) {
    context.on_output("half of the lists are moved\n");
    stop.request(2);
    stop.request(2);
  };
  EXPECT_EQ(go().exit, 130) << said();
  const StepRecord step = record_of_journal(options().journal).steps.at(0);
  EXPECT_EQ(outcomes(step), (Names{"unknown"}));
  EXPECT_EQ(step.actions.front().output, "half of the lists are moved\n");
}

TEST_F(TransferRecord, WhatOnlyPersonsHaveSpokenOfIsPlanned) {
  scenario.transfer[0].approvals = 1;
  EXPECT_EQ(approved("stop-old", "Greg"), 0) << said();
  EXPECT_EQ(summarise(record_of_journal(options().journal)).verdict, "planned");
}

TEST_F(TransferRecord, AStepWithoutUndoIsNotToldAsPutBack) {
  scenario.transfer[0].undo.clear();
  fail("stop");
  const TransferResult result = go();
  EXPECT_EQ(verdict(result), "undone");
  EXPECT_EQ(verdict_words(result.record, summarise(result.record)),
            "a step failed and has no undo, so nothing of it was put back; the next cutover begins with it");
}

TEST_F(TransferRecord, ARefusedCommandIsAnError) {
  const TransferResult result = go({"no-such-step", false});
  EXPECT_EQ(result.exit, 2);
  EXPECT_EQ(summarise(result.record).verdict, "error");
  EXPECT_EQ(result.record.scenario.name, scenario.name);
}

TEST_F(TransferRecord, TellsEachLookAsItComesWithItsGateAndNumber) {
  struct Heard : TransferListener {
    Names said;
    std::size_t observations = 0;
    void looked(const std::vector<ObservationRecord>& seen, const std::vector<ResultRecord>& results) override {
      observations += seen.size();
      for (const auto& result : results)
        said.push_back(*result.gate + " " + *result.when + " " + *result.step + " " + std::to_string(*result.look) +
                       " " + result.probe);
    }
  } heard;
  scenario.gates[0].need = 2;
  TransferOptions how = options();
  how.listener = &heard;
  run(drydock::cutover(scenario, world, stop, how, {"stop-old", false}));
  EXPECT_THAT(heard.said, testing::IsSupersetOf({"g before stop-old 1 p", "g before stop-old 2 p"}));
  EXPECT_EQ(std::ranges::count(heard.said, "g before stop-old 1 p"), 1);
  EXPECT_GT(heard.observations, 0U);
}

}  // namespace
}  // namespace drydock::test
