#include "harness/gate/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

GateDefinition steady(int need) {
  GateDefinition gate;
  gate.id = "ready";
  gate.probes = {"smtp", "web"};
  gate.need = need;
  gate.every = Duration(5000);
  gate.within = Duration(60'000);
  return gate;
}

ResultRecord result(const std::string& probe, Verdict verdict, Severity severity = Severity::critical) {
  ResultRecord r;
  r.probe = probe;
  r.check = probe + ".works";
  r.verdict = verdict;
  r.severity = severity;
  r.message = "what it said";
  return r;
}

Look::Outcome fold(const GateDefinition& gate, const std::vector<ResultRecord>& results) {
  return fold_look(gate, results, {}, {}).outcome;
}

const Clock::time_point kOpened{seconds(1000)};

/// Looks of a second each, five seconds apart, from the opening on: p pass, f fail, i inconclusive, n nothing.
std::vector<Look> looks(const std::string& outcomes) {
  std::vector<Look> all;
  Clock::time_point at = kOpened;
  for (const char c : outcomes) {
    const auto outcome = c == 'p'   ? Look::Outcome::pass
                         : c == 'f' ? Look::Outcome::fail
                         : c == 'i' ? Look::Outcome::inconclusive
                                    : Look::Outcome::nothing;
    all.push_back({at, at + seconds(1), outcome, "reason"});
    at += seconds(6);
  }
  return all;
}

GateDecision decide(const GateDefinition& gate, GateWhen when, const std::string& outcomes) {
  const auto all = looks(outcomes);
  return evaluate_gate(gate, when, kOpened, all, all.empty() ? kOpened : all.back().ended);
}

TEST(FoldLook, AProbeOfWhichEverythingWasSkippedHoldsTheLook) {
  ResultRecord out_of_phase = result("web", Verdict::skip);
  out_of_phase.check = "probe";
  EXPECT_EQ(fold(steady(1), {result("smtp", Verdict::pass), result("web", Verdict::skip)}),
            Look::Outcome::inconclusive);
  EXPECT_EQ(fold(steady(1), {result("smtp", Verdict::pass), out_of_phase}), Look::Outcome::pass);
  EXPECT_EQ(
      fold(steady(1), {result("smtp", Verdict::pass), result("web", Verdict::skip), result("web", Verdict::pass)}),
      Look::Outcome::pass);
}

TEST(EvaluateGate, SaysHowManyLooksPassedAndHowManyWereNeeded) {
  EXPECT_EQ(decide(steady(1), GateWhen::before, "ppp").reason, "3 looks in a row passed, 1 needed");
  EXPECT_EQ(decide(steady(1), GateWhen::before, "p").reason, "1 look in a row passed, 1 needed");
}

TEST(FoldLook, WarnPassesAndAdvisoryNeverBlocks) {
  EXPECT_EQ(fold(steady(1), {result("smtp", Verdict::warn), result("web", Verdict::fail, Severity::advisory)}),
            Look::Outcome::pass);
}

TEST(FoldLook, FailWeighsMoreThanInconclusiveAndItsMessageIsKept) {
  const Look look = fold_look(
      steady(1), {result("smtp", Verdict::inconclusive), result("web", Verdict::fail), result("web", Verdict::fail)},
      {}, {});
  EXPECT_EQ(look.outcome, Look::Outcome::fail);
  EXPECT_THAT(look.reason, HasSubstr("web web.works: what it said (and 1 more)"));
}

TEST(FoldLook, InconclusiveIsNeverAPass) {
  EXPECT_EQ(fold(steady(1), {result("smtp", Verdict::pass), result("web", Verdict::inconclusive)}),
            Look::Outcome::inconclusive);
}

TEST(FoldLook, DegradedCountsUnlessItIsReported) {
  GateDefinition gate = steady(1);
  const std::vector<ResultRecord> seen{result("smtp", Verdict::pass), result("web", Verdict::fail, Severity::degraded)};
  EXPECT_EQ(fold(gate, seen), Look::Outcome::fail);
  gate.degraded_counts = false;
  EXPECT_EQ(fold(gate, seen), Look::Outcome::pass);
}

TEST(FoldLook, OutOfPhaseIsNeutralButNothingAtAllIsNothing) {
  ResultRecord out_of_phase = result("web", Verdict::skip);
  out_of_phase.check = "probe";
  EXPECT_EQ(fold(steady(1), {result("smtp", Verdict::pass), out_of_phase}), Look::Outcome::pass);
  EXPECT_EQ(fold(steady(1), {out_of_phase}), Look::Outcome::nothing);
  EXPECT_EQ(fold(steady(1), {}), Look::Outcome::nothing);
}

TEST(FoldLook, WhereEverythingThatCountsIsSkippedNothingWasJudged) {
  EXPECT_EQ(fold(steady(1), {result("smtp", Verdict::skip), result("smtp", Verdict::pass, Severity::advisory)}),
            Look::Outcome::nothing);
}

TEST(FoldLook, ResultsOfOtherProbesDoNotCount) {
  EXPECT_EQ(fold(steady(1), {result("smtp", Verdict::pass), result("needed", Verdict::fail)}), Look::Outcome::pass);
  EXPECT_EQ(fold(steady(1), {result("needed", Verdict::pass)}), Look::Outcome::nothing);
}

struct Row {
  const char* outcomes;
  int need;
  GateWhen when;
  const char* expected;  ///< go, hold, no-go, or look
};

TEST(EvaluateGate, Table) {
  constexpr auto kBefore = GateWhen::before;
  constexpr auto kAfter = GateWhen::after;
  const Row rows[] = {
      {"", 1, kBefore, "look"},           {"p", 1, kBefore, "go"},
      {"p", 3, kBefore, "look"},          {"ppp", 3, kBefore, "go"},
      {"pp", 3, kBefore, "look"},         {"pipp", 3, kBefore, "look"},
      {"pippp", 3, kBefore, "go"},        {"f", 3, kBefore, "no-go"},
      {"ppf", 3, kBefore, "no-go"},       {"i", 1, kBefore, "look"},
      {"iiiiiiiiii", 1, kBefore, "hold"}, {"n", 1, kBefore, "no-go"},
      {"f", 1, kAfter, "look"},           {"fp", 1, kAfter, "go"},
      {"ppfpp", 3, kAfter, "look"},       {"ppfppp", 3, kAfter, "go"},
      {"ffffffffff", 1, kAfter, "no-go"}, {"fffffffffi", 1, kAfter, "hold"},
      {"iiiiiiiiif", 1, kAfter, "no-go"}, {"fffffffffp", 2, kAfter, "hold"},
      {"n", 1, kAfter, "no-go"},          {"iiiiiiiiip", 1, kAfter, "go"},
  };
  for (const auto& row : rows) {
    const GateDecision decision = decide(steady(row.need), row.when, row.outcomes);
    const std::string got = decision.decided ? std::string(to_string(decision.result)) : "look";
    EXPECT_EQ(got, row.expected) << row.outcomes << " need " << row.need << " " << to_string(row.when) << ": "
                                 << decision.reason;
    EXPECT_EQ(decision.looks, static_cast<int>(std::string(row.outcomes).size()));
  }
}

TEST(EvaluateGate, OnFailWaitLooksAgainBeforeAnAction) {
  GateDefinition gate = steady(2);
  gate.wait_on_fail = true;
  EXPECT_FALSE(decide(gate, GateWhen::before, "pf").decided);
  EXPECT_EQ(decide(gate, GateWhen::before, "pfpp").result, GateResult::go);
  EXPECT_EQ(decide(gate, GateWhen::before, "ffffffffff").result, GateResult::no_go);
}

TEST(EvaluateGate, TheNextLookStartsEveryAfterTheEndOfTheLast) {
  EXPECT_EQ(decide(steady(3), GateWhen::before, "p").next_look, kOpened + seconds(6));
  EXPECT_EQ(decide(steady(3), GateWhen::before, "").next_look, kOpened);
}

TEST(EvaluateGate, ALookThatBeganInTimeCountsHoweverLongItTook) {
  const std::vector<Look> all{{kOpened + seconds(59), kOpened + seconds(300), Look::Outcome::pass, {}}};
  EXPECT_EQ(evaluate_gate(steady(1), GateWhen::before, kOpened, all, all.back().ended).result, GateResult::go);
  const GateDecision second = evaluate_gate(steady(2), GateWhen::before, kOpened, all, all.back().ended);
  EXPECT_TRUE(second.decided);
  EXPECT_EQ(second.result, GateResult::hold);
  EXPECT_THAT(second.reason, HasSubstr("1 of 2 looks in a row passed; its time (1m) is over"));
}

TEST(EvaluateGate, RepliesThatAreAllTemporaryHoldAndNeverOpen) {
  for (std::size_t n = 1; n < 30; ++n) {
    const GateDecision decision = decide(steady(1), GateWhen::before, std::string(n, 'i'));
    EXPECT_TRUE(!decision.decided || decision.result == GateResult::hold) << n;
  }
}

TEST(EvaluateGate, AGateThatGoesFailsAgainWhenALaterLookFails) {
  EXPECT_EQ(decide(steady(2), GateWhen::before, "ppf").result, GateResult::no_go);
  EXPECT_FALSE(decide(steady(2), GateWhen::after, "ppf").decided);
}

}  // namespace
}  // namespace drydock
