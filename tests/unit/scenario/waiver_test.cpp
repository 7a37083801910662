#include "harness/scenario/waiver.hpp"

#include <gmock/gmock.h>

#include "probes/registry.hpp"
#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

const ProbeType& type(std::string_view name) {
  for (const ProbeType* one : probe_types())
    if (one->name == name) return *one;
  throw std::logic_error("no such type");
}

bool has_check(const ProbeType& type, std::string_view id) {
  return std::any_of(type.checks.begin(), type.checks.end(), [&](const CheckSpec& check) { return check.id == id; });
}

struct Protected {
  const char* type;
  const char* check;
};

TEST(NeverWaived, WhatLosesMailOrOpensAHost) {
  for (const auto& [name, check] :
       {Protected{"smtp_relay", "smtp.relay-denied"}, Protected{"smtp", "smtp.recipients"},
        Protected{"smtp", "smtp.unknown-recipient"}, Protected{"smtp", "smtp.auth-clear"},
        Protected{"mail", "mail.accepted"}, Protected{"mail", "mail.delivered"}, Protected{"mail", "mail.single-copy"},
        Protected{"ftp", "ftp.clear-login"}, Protected{"imap", "imap.plain-port"}}) {
    EXPECT_TRUE(has_check(type(name), check)) << check;
    EXPECT_NE(never_waived(type(name), check), "") << check;
  }
}

TEST(NeverWaived, AssertionsAndComparisonsOfTheSameFactsNeither) {
  for (const auto& [name, fact] :
       {Protected{"smtp_relay", "replies"}, Protected{"smtp", "recipients"}, Protected{"smtp", "unknown"},
        Protected{"smtp", "clear_auth"}, Protected{"mail", "copies"}, Protected{"mail", "submission"},
        Protected{"ftp", "clear"}, Protected{"imap", "clear.state"}}) {
    const auto& facts = type(name).facts;
    EXPECT_TRUE(std::any_of(facts.begin(), facts.end(), [&](const FactSpec& one) {
      return one.name == std::string(name) + "." + fact;
    })) << fact;
    EXPECT_NE(never_waived(type(name), std::string("expect.") + fact), "") << fact;
    EXPECT_NE(never_waived(type(name), std::string("same.") + fact), "") << fact;
  }
}

TEST(NeverWaived, EverythingElseMayBe) {
  for (const auto& [name, check] :
       {Protected{"smtp", "smtp.starttls"}, Protected{"smtp", "expect.banner"}, Protected{"mail", "mail.speed"},
        Protected{"mail", "expect.seconds"}, Protected{"tls", "tls.chain"}, Protected{"http", "same.status"},
        Protected{"mail", "expect.submission_stage"}})
    EXPECT_EQ(never_waived(type(name), check), "") << check;
}

TEST(NeverWaived, ALaterCheckOfTheSameNumberNeither) {
  const CheckSpec checks[] = {{.id = "files.same",
                               .title = "",
                               .rfc = "",
                               .spec = "STO-04",
                               .catches = "",
                               .why = "",
                               .by_hand = "",
                               .mend = ""}};
  const ProbeType files{.name = "files", .summary = "", .parameters = {}, .facts = {}, .checks = checks};
  EXPECT_EQ(never_waived(files, "files.same"), "lost files");
}

TEST(WeightOf, FollowsOverridesAndSeverity) {
  const auto result = load(head() +
                           "probes:\n  - {id: a, smtp: {}, severity: degraded, checks: {smtp.vrfy: off, smtp.size: "
                           "critical, expect.banner: advisory}, expect: {banner: x}}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  const ProbeDefinition& probe = result.scenario->probes[0];
  EXPECT_EQ(weight_of(probe, "smtp.banner"), Severity::degraded);
  EXPECT_EQ(weight_of(probe, "smtp.size"), Severity::degraded);
  EXPECT_EQ(weight_of(probe, "smtp.vrfy"), std::nullopt);
  EXPECT_EQ(weight_of(probe, "expect.banner"), Severity::advisory);
  EXPECT_EQ(weight_of(probe, "smtp.other"), std::nullopt);
}

TEST(RefuseWaiver, SaysWhichKeyIsToBlame) {
  const auto result = load(head() + "probes:\n  - {id: a, smtp: {}}\n  - {id: b, smtp: {}}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  const Waiver right{"smtp.banner", "a", "new", "192.0.2.2", {}, {"jim", "ann"}, "why", "2026-12-01", "b"};
  EXPECT_FALSE(refuse_waiver(right, *result.scenario));
  const auto blamed = [&](auto change) {
    Waiver wrong = right;
    change(wrong);
    const auto refusal = refuse_waiver(wrong, *result.scenario);
    return refusal ? refusal->key : "nothing";
  };
  EXPECT_EQ(blamed([](Waiver& w) { w.probe = "c"; }), "probe");
  EXPECT_EQ(blamed([](Waiver& w) { w.check = "probe"; }), "check");
  EXPECT_EQ(blamed([](Waiver& w) { w.host = "old"; }), "host");
  EXPECT_EQ(blamed([](Waiver& w) { w.address = "somewhere"; }), "address");
  EXPECT_EQ(blamed([](Waiver& w) { w.as = {}; }), "as");
  EXPECT_EQ(blamed([](Waiver& w) { w.as = {"jim", "JIM"}; }), "as");
  EXPECT_EQ(blamed([](Waiver& w) { w.because = "\n"; }), "because");
  EXPECT_EQ(blamed([](Waiver& w) { w.because = "why\nstep a: done"; }), "because");
  EXPECT_EQ(blamed([](Waiver& w) { w.because = "why\x1b[2J"; }), "because");
  EXPECT_EQ(blamed([](Waiver& w) { w.as = {"jim\n", "ann"}; }), "as");
  EXPECT_EQ(blamed([](Waiver& w) { w.until = "tomorrow"; }), "until");
  EXPECT_EQ(blamed([](Waiver& w) { w.mitigation = "a"; }), "mitigation");
}

}  // namespace
}  // namespace drydock::test
