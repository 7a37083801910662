#include "harness/run/judging.hpp"

#include <gtest/gtest.h>

#include "probes/core/fact_table.hpp"

namespace drydock {
namespace {

constexpr Fact<std::int64_t> kFirst{"toy.first", "what was asked for"};
constexpr Fact<std::int64_t> kLast{"toy.last", "what was not given all that it wants"};

ProbeType toy() {
  ProbeType type{.name = "toy", .summary = "a toy", .parameters = {}, .facts = {}, .checks = {}};
  type.why_not_held = [](const Observation&, std::string_view fact) -> std::string {
    return fact == kLast.name ? "it was not told the word" : "";
  };
  return type;
}

Expectation is_one(const Fact<std::int64_t>& fact) {
  Matcher matcher;
  matcher.operands = {std::int64_t{1}};
  return {std::string(fact.name), matcher, {}};
}

TEST(Judging, WhatTheTypeCannotHoldAgainstTheHostIsInconclusive) {
  const ProbeType type = toy();
  ProbeDefinition probe;
  probe.type = &type;
  probe.expectations = {is_one(kFirst), is_one(kLast)};
  const auto judged_with = [&](std::int64_t value) {
    Observation seen;
    seen.set(kFirst, value);
    seen.set(kLast, value);
    return judge_observation(probe, seen, Subject{});
  };
  const auto wrong = judged_with(2);
  EXPECT_EQ(wrong[0].judgement.verdict, Verdict::fail);
  EXPECT_EQ(wrong[1].judgement.verdict, Verdict::inconclusive);
  EXPECT_EQ(wrong[1].judgement.message, "it was not told the word");
  EXPECT_EQ(wrong[1].judgement.actual, "2");
  for (const Judged& right : judged_with(1)) EXPECT_EQ(right.judgement.verdict, Verdict::pass);
}

Judgement with_command(std::string command) {
  Judgement judgement = Judgement::pass();
  judgement.reproduce = std::move(command);
  return judgement;
}

TEST(Judging, AnExpectationIsLentTheCommandOfTheCheckThatIsAboutTheSame) {
  static const CheckSpec checks[] = {
      {"toy.greeting", "", Severity::critical, "", "", "", "", "", "",
       +[](const Observation&, const Subject&) { return with_command("greet"); }},
      {"toy.last-of-all", "", Severity::critical, "", "", "", "", "", "",
       +[](const Observation&, const Subject&) { return with_command("ask for the last"); }}};
  ProbeType type{.name = "toy", .summary = "a toy", .parameters = {}, .facts = {}, .checks = checks};
  ProbeDefinition probe;
  probe.type = &type;
  probe.expectations = {is_one(kFirst), is_one(kLast)};
  Observation seen;
  seen.set(kFirst, 2);
  seen.set(kLast, 2);
  const auto all = judge_observation(probe, seen, Subject{});
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[2].judgement.reproduce, "greet") << "no check is about it";
  EXPECT_EQ(all[3].judgement.reproduce, "ask for the last");
}

TEST(Judging, NorDoesItPassForTheLackOfWhatWasNotThere) {
  const ProbeType type = toy();
  ProbeDefinition probe;
  probe.type = &type;
  for (const auto& fact : {kFirst, kLast}) {
    Expectation not_one = is_one(fact);
    Matcher outer;
    outer.op = Matcher::Op::not_;
    outer.inner = {not_one.matcher};
    not_one.matcher = outer;
    Expectation absent = is_one(fact);
    absent.matcher = {};
    absent.matcher.op = Matcher::Op::absent;
    absent.matcher.operands = {true};
    probe.expectations.push_back(not_one);
    probe.expectations.push_back(absent);
  }
  Observation seen;
  seen.set(kFirst, 2);
  seen.set(kLast, 2);
  const auto judged = judge_observation(probe, seen, Subject{});
  EXPECT_EQ(judged[0].judgement.verdict, Verdict::pass);
  EXPECT_EQ(judged[1].judgement.verdict, Verdict::fail);
  EXPECT_EQ(judged[2].judgement.verdict, Verdict::inconclusive);
  EXPECT_EQ(judged[3].judgement.verdict, Verdict::inconclusive);
  seen = {};
  seen.set_absent(kFirst);
  seen.set_absent(kLast);
  const auto none = judge_observation(probe, seen, Subject{});
  EXPECT_EQ(none[1].judgement.verdict, Verdict::pass) << none[1].judgement.message;
  EXPECT_EQ(none[3].judgement.verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace drydock
