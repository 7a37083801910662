#include "harness/gate/waivers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/gate/gate.hpp"
#include "harness/scenario/instant.hpp"
#include "tests/unit/gate/results.hpp"

namespace drydock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const WallTime kNow = *parse_instant("2026-11-22T20:00:00Z");

Waiver waiver() {
  return {"smtp.starttls", "smtp", {}, {}, {}, {"jim", "ann"}, "renewed on Monday", "2026-12-01", {}};
}

ResultRecord result(const std::string& probe, Verdict verdict, Severity severity = Severity::critical) {
  ResultRecord r = test::result_of(probe, probe + ".starttls", verdict, severity, "no TLS");
  r.host = "new";
  r.address = "192.0.2.2:25";
  return r;
}

/// What apply_waivers makes of a fail of smtp.starttls on new, with other results of the same look.
ResultRecord after(const Waiver& waiver, std::vector<ResultRecord> others = {}, WallTime now = kNow,
                   ResultRecord failed = result("smtp", Verdict::fail)) {
  others.insert(others.begin(), std::move(failed));
  apply_waivers(others, {waiver}, now);
  return others.front();
}

bool applies(const Waiver& waiver, std::vector<ResultRecord> others = {}) {
  return after(waiver, std::move(others)).waiver.has_value();
}

TEST(ApplyWaivers, SaysWhoAcceptedItUntilWhenAndWhy) {
  const ResultRecord waived = after(waiver());
  EXPECT_EQ(waived.waiver, "jim, ann until 2026-12-01: renewed on Monday");
  EXPECT_EQ(waived.verdict, Verdict::fail);
  EXPECT_EQ(waived.message, "no TLS");
}

TEST(ApplyWaivers, OnlyToItsCheckProbeHostAndAddress) {
  Waiver other = waiver();
  other.check = "smtp.banner";
  EXPECT_FALSE(applies(other));
  other = waiver();
  other.probe = "submission";
  EXPECT_FALSE(applies(other));
  other = waiver();
  other.host = "old";
  EXPECT_FALSE(applies(other));
  other.host = "new";
  EXPECT_TRUE(applies(other));
  other = waiver();
  for (const char* address : {"192.0.2.2", "192.0.2.2:25"}) {
    other.address = address;
    EXPECT_TRUE(applies(other)) << address;
  }
  for (const char* address : {"192.0.2.1", "192.0.2.2:587", "2001:db8::1", ""}) {
    other.address = address;
    EXPECT_FALSE(applies(other)) << address;
  }
  other = waiver();
  other.row = "jim@python.test";
  EXPECT_FALSE(applies(other));
}

TEST(ApplyWaivers, OnlyAFailIsWaived) {
  for (const Verdict verdict : {Verdict::inconclusive, Verdict::warn, Verdict::pass, Verdict::skip})
    EXPECT_FALSE(after(waiver(), {}, kNow, result("smtp", verdict)).waiver);
}

TEST(ApplyWaivers, AnExpiredOneIsTold) {
  EXPECT_TRUE(after(waiver(), {}, *parse_instant("2026-12-01T23:59:59.999Z")).waiver);
  const ResultRecord late = after(waiver(), {}, *parse_instant("2026-12-02T00:00:00Z"));
  EXPECT_FALSE(late.waiver);
  EXPECT_EQ(late.message, "no TLS; the waiver of jim, ann expired on 2026-12-01");
  Waiver unreadable = waiver();
  unreadable.until = "never";
  EXPECT_FALSE(applies(unreadable));
}

TEST(ApplyWaivers, SaysSoOnceHoweverOftenItIsCalled) {
  std::vector<ResultRecord> results{result("smtp", Verdict::fail)};
  for (int i = 0; i < 3; ++i) apply_waivers(results, {waiver()}, kNow + std::chrono::hours(24 * 365));
  EXPECT_EQ(results[0].message, "no TLS; the waiver of jim, ann expired on 2026-12-01");
}

TEST(ApplyWaivers, AnotherOneMayStillApply) {
  Waiver old = waiver();
  old.until = "2026-11-01";
  std::vector<ResultRecord> results{result("smtp", Verdict::fail)};
  apply_waivers(results, {old, waiver()}, kNow);
  EXPECT_TRUE(results[0].waiver);
  EXPECT_EQ(results[0].message, "no TLS");
}

TEST(ApplyWaivers, ACriticalCheckNeedsTwoNames) {
  Waiver one = waiver();
  one.as = {"jim"};
  EXPECT_THAT(after(one).message,
              HasSubstr("the waiver of jim doesn't hold, because a critical check needs two names"));
  EXPECT_FALSE(applies(one));
  EXPECT_TRUE(after(one, {}, kNow, result("smtp", Verdict::fail, Severity::degraded)).waiver);
}

TEST(ApplyWaivers, ItsMitigationMustPassInTheSameLook) {
  Waiver with = waiver();
  with.mitigation = "relay";
  using enum Verdict;
  EXPECT_TRUE(applies(with, {result("relay", pass)}));
  EXPECT_TRUE(applies(with, {result("relay", warn), result("relay", skip)}));
  EXPECT_TRUE(applies(with, {result("relay", pass), result("relay", fail, Severity::advisory)}));
  EXPECT_FALSE(applies(with, {}));
  for (const Verdict verdict : {fail, inconclusive, skip}) EXPECT_FALSE(applies(with, {result("relay", verdict)}));
  EXPECT_FALSE(applies(with, {result("relay", pass), result("relay", inconclusive)}));
  EXPECT_FALSE(applies(with, {result("relay", pass), result("relay", fail, Severity::degraded)}));
  EXPECT_FALSE(applies(with, {result("relay", fail, Severity::advisory)}));
  EXPECT_FALSE(applies(with, {result("other", pass)}));
  EXPECT_THAT(after(with).message, HasSubstr("the waiver of jim, ann doesn't hold, because `relay`, which must pass"));
}

TEST(ApplyWaivers, AMitigationThatIsItselfWaivedMakesUpForNothing) {
  Waiver with = waiver();
  with.mitigation = "relay";
  Waiver of_relay = waiver();
  of_relay.probe = "relay";
  of_relay.check = "relay.starttls";
  std::vector<ResultRecord> results{result("relay", Verdict::fail), result("smtp", Verdict::fail)};
  apply_waivers(results, {of_relay, with}, kNow);
  EXPECT_TRUE(results[0].waiver);
  EXPECT_FALSE(results[1].waiver);
}

TEST(ApplyWaivers, AGateGoesByThemUntilTheyExpire) {
  GateDefinition gate;
  gate.probes = {"smtp", "web"};
  const auto look = [&](WallTime now) {
    std::vector<ResultRecord> results{result("smtp", Verdict::fail), result("web", Verdict::pass)};
    apply_waivers(results, {waiver()}, now);
    return fold_look(gate, results, {}, {});
  };
  EXPECT_EQ(look(kNow).outcome, Look::Outcome::pass);
  EXPECT_THAT(look(kNow).waived, ElementsAre(HasSubstr("jim, ann until 2026-12-01")));
  const Look late = look(kNow + std::chrono::hours(24 * 30));
  EXPECT_EQ(late.outcome, Look::Outcome::fail);
  EXPECT_THAT(late.reason, HasSubstr("the waiver of jim, ann expired on 2026-12-01"));
}

TEST(Mitigations, AreThoseThatTheGateDoesNotLookAtItself) {
  GateDefinition gate;
  gate.probes = {"smtp", "web"};
  Waiver with = waiver();
  with.mitigation = "relay";
  EXPECT_THAT(mitigations(gate, {with, with, waiver()}, kNow), ElementsAre("relay"));
  EXPECT_THAT(mitigations(gate, {with}, kNow + std::chrono::hours(24 * 30)), IsEmpty());
  with.mitigation = "web";
  EXPECT_THAT(mitigations(gate, {with}, kNow), IsEmpty());
  with.mitigation = "relay";
  with.probe = "elsewhere";
  EXPECT_THAT(mitigations(gate, {with}, kNow), IsEmpty());
}

TEST(ApplyWaivers, WhatDependsOnAMitigationIsKnownWithAllResultsOnly) {
  Waiver with = waiver();
  with.mitigation = "relay";
  EXPECT_TRUE(awaits_mitigation(result("smtp", Verdict::fail), {waiver(), with}));
  EXPECT_FALSE(awaits_mitigation(result("smtp", Verdict::fail), {waiver()}));
  EXPECT_FALSE(awaits_mitigation(result("smtp", Verdict::pass), {with}));
  EXPECT_FALSE(awaits_mitigation(result("other", Verdict::fail), {with}));
}

}  // namespace
}  // namespace drydock
