#include "harness/gate/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gate/results.hpp"

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
  return test::result_of(probe, probe + ".works", verdict, severity, "what it said");
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

TEST(FoldLook, WhatTheHostsLimitsWithheldIsInconclusiveAndNeverNothing) {
  ResultRecord withheld = result("web", Verdict::skip);
  withheld.limit = "refusals";
  EXPECT_EQ(fold(steady(1), {result("smtp", Verdict::pass), withheld}), Look::Outcome::inconclusive);
  EXPECT_EQ(fold(steady(1), {withheld}), Look::Outcome::inconclusive);
  EXPECT_EQ(fold(steady(1), {result("smtp", Verdict::fail), withheld}), Look::Outcome::fail);
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

TEST(EvaluateGate, TellsATimeThatIsOverFromOneIntoWhichNoFurtherLookFits) {
  GateDefinition rare = steady(2);
  rare.every = rare.within * 2;
  const std::vector<Look> once{{kOpened, kOpened + seconds(1), Look::Outcome::pass, {}}};
  const GateDecision decision = evaluate_gate(rare, GateWhen::before, kOpened, once, once.back().ended);
  EXPECT_EQ(decision.result, GateResult::hold);
  EXPECT_THAT(decision.reason, HasSubstr("another look (every 2m) would begin after its time (1m)"));
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

TEST(Span, HoldsUntilTheLooksThatPassCoverIt) {
  GateDefinition gate = steady(3);
  gate.span = std::chrono::minutes(1);
  gate.within = std::chrono::minutes(10);
  const GateDecision three = decide(gate, GateWhen::before, "ppp");
  EXPECT_FALSE(three.decided);
  EXPECT_EQ(three.passes, 3);
  EXPECT_EQ(three.next_look, kOpened + seconds(18));
  EXPECT_THAT(three.reason, HasSubstr("3 looks in a row passed, 3 needed, and cover 13s of 1m"));
  EXPECT_FALSE(decide(gate, GateWhen::before, std::string(10, 'p')).decided);
  EXPECT_EQ(decide(gate, GateWhen::before, std::string(11, 'p')).result, GateResult::go);
}

TEST(Span, IsNotEnoughWithoutTheLooksNeeded) {
  GateDefinition gate = steady(3);
  gate.span = seconds(10);
  EXPECT_FALSE(decide(gate, GateWhen::before, "pp").decided);
  EXPECT_EQ(decide(gate, GateWhen::before, "ppp").result, GateResult::go);
}

TEST(Span, BeginsAgainAfterALookThatDidNotPass) {
  GateDefinition gate = steady(3);
  gate.span = std::chrono::minutes(1);
  gate.within = std::chrono::minutes(10);
  EXPECT_FALSE(decide(gate, GateWhen::after, "ppppppppppfp").decided);
  EXPECT_FALSE(decide(gate, GateWhen::after, "ppppppppppip").decided);
  EXPECT_FALSE(decide(gate, GateWhen::after,
                      "pppppppppp"
                      "f"
                      "pppppppppp")
                   .decided);
  EXPECT_EQ(decide(gate, GateWhen::after,
                   "pppppppppp"
                   "f"
                   "ppppppppppp")
                .result,
            GateResult::go);
}

TEST(Span, ThatIsNotCoveredWhenTimeIsOverHolds) {
  GateDefinition gate = steady(1);
  gate.span = std::chrono::minutes(1);
  const GateDecision decision = decide(gate, GateWhen::before, "iiiiippppp");
  EXPECT_TRUE(decision.decided);
  EXPECT_EQ(decision.result, GateResult::hold);
  EXPECT_THAT(decision.reason, HasSubstr("not steady: 5 looks in a row passed, 1 needed, and cover 25s of 1m"));
}

ResultRecord on(const std::string& host, Verdict verdict) {
  ResultRecord one = result("smtp", verdict);
  one.host = host;
  return one;
}

ResultRecord at(const std::string& server, Verdict verdict, const std::string& probe = "smtp") {
  ResultRecord one = result(probe, verdict);
  one.host = "dns";
  one.address = server;
  return one;
}

GateDefinition quorum(Quorum::Per per, int pass) {
  GateDefinition gate = steady(1);
  gate.quorum = Quorum{{"smtp"}, per, pass};
  return gate;
}

TEST(QuorumOf, SoManyHostsMustPassAndTheOthersMayFail) {
  const GateDefinition gate = quorum(Quorum::Per::host, 2);
  using enum Verdict;
  EXPECT_EQ(fold(gate, {on("a", pass), on("b", warn), on("c", fail)}), Look::Outcome::pass);
  EXPECT_EQ(fold(gate, {on("a", pass), on("b", fail), on("c", fail)}), Look::Outcome::fail);
  EXPECT_EQ(fold(gate, {on("a", pass), on("b", inconclusive), on("c", fail)}), Look::Outcome::inconclusive);
  EXPECT_EQ(fold(gate, {on("a", pass), on("b", fail), on("b", inconclusive), on("c", fail)}), Look::Outcome::fail);
}

TEST(QuorumOf, AHostPassesOnlyWithAllOfItsChecks) {
  using enum Verdict;
  EXPECT_EQ(fold(quorum(Quorum::Per::host, 2), {on("a", pass), on("a", fail), on("b", pass)}), Look::Outcome::fail);
  EXPECT_EQ(fold(quorum(Quorum::Per::host, 1), {on("a", pass), on("a", inconclusive)}), Look::Outcome::inconclusive);
}

TEST(QuorumOf, ServersAreCountedByTheirAddress) {
  using enum Verdict;
  const GateDefinition gate = quorum(Quorum::Per::server, 2);
  EXPECT_EQ(fold(gate, {at("192.0.2.1:53", pass), at("192.0.2.2:53", pass), at("192.0.2.3:53", fail)}),
            Look::Outcome::pass);
  EXPECT_EQ(fold(gate, {at("192.0.2.1:53", pass), at("192.0.2.1:53", pass)}), Look::Outcome::inconclusive);
}

TEST(QuorumOf, NothingSeenIsNeverAPass) {
  using enum Verdict;
  const GateDefinition gate = quorum(Quorum::Per::server, 1);
  EXPECT_EQ(fold(gate, {}), Look::Outcome::nothing);
  const Look empty = fold_look(gate, {result("web", pass)}, {}, {});
  EXPECT_EQ(empty.outcome, Look::Outcome::inconclusive);
  EXPECT_THAT(empty.reason, HasSubstr("quorum: 0 of 0 servers passed, 1 needed; nothing was judged"));
  EXPECT_EQ(fold(gate, {result("web", pass), at("192.0.2.1:53", skip)}), Look::Outcome::inconclusive);
}

TEST(QuorumOf, OtherProbesOfTheGateMustPassAsEver) {
  using enum Verdict;
  const GateDefinition gate = quorum(Quorum::Per::host, 1);
  const Look look = fold_look(gate, {on("a", pass), on("b", fail), result("web", fail)}, {}, {});
  EXPECT_EQ(look.outcome, Look::Outcome::fail);
  EXPECT_THAT(look.reason, HasSubstr("web web.works"));
}

TEST(QuorumOf, ItsReasonCountsAndNamesTheFirstThatFailed) {
  using enum Verdict;
  EXPECT_EQ(fold_look(quorum(Quorum::Per::host, 2), {on("a", pass), on("b", fail)}, {}, {}).reason,
            "quorum: 1 of 2 hosts passed, 2 needed; smtp smtp.works on b: what it said");
}

TEST(Waived, AFailWithAWaiverIsNamedAndDoesNotCount) {
  ResultRecord waived = on("new", Verdict::fail);
  waived.waiver = "jim until 2026-12-01: renewed on Monday";
  const Look look = fold_look(steady(1), {waived, result("web", Verdict::pass)}, {}, {});
  EXPECT_EQ(look.outcome, Look::Outcome::pass);
  ASSERT_EQ(look.waived.size(), 1U);
  EXPECT_EQ(look.waived[0], "smtp smtp.works on new (jim until 2026-12-01: renewed on Monday)");
  const GateDecision decision = evaluate_gate(steady(1), GateWhen::before, {}, {look}, {});
  EXPECT_EQ(decision.result, GateResult::go);
  EXPECT_EQ(decision.waived, look.waived);
  EXPECT_THAT(decision.reason, HasSubstr("; waived: smtp smtp.works on new (jim until"));
  EXPECT_EQ(fold(steady(1), {waived, result("web", Verdict::fail)}), Look::Outcome::fail);
}

TEST(Waived, NothingButAFailIs) {
  ResultRecord unclear = on("new", Verdict::inconclusive);
  unclear.waiver = "jim until 2026-12-01: why";
  const Look look = fold_look(steady(1), {unclear, result("web", Verdict::pass)}, {}, {});
  EXPECT_EQ(look.outcome, Look::Outcome::inconclusive);
  EXPECT_TRUE(look.waived.empty());
}

}  // namespace
}  // namespace drydock
