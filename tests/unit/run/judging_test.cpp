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

}  // namespace
}  // namespace drydock
