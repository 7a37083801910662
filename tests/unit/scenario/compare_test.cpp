#include <gmock/gmock.h>

#include "harness/scenario/waiver.hpp"
#include "tests/unit/scenario/support.hpp"

/// `compare` and `replaces`.
namespace drydock::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// With the real types: what can be compared is theirs to say.
LoadResult load_real(const std::string& text) {
  return load_scenario_text(text, "t.yaml", "/somewhere", {});
}

const ProbeDefinition& only_probe(const LoadResult& result) {
  return result.scenario->probes.front();
}

TEST(CompareInScenario, NewReplacesOldUnlessSaid) {
  const auto result = load_real(head() + "probes: [{id: page, http: {path: /}, compare: true}]\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_THAT(result.scenario->host("new")->replaces, ElementsAre("old"));
  EXPECT_THAT(result.scenario->host("old")->replaces, IsEmpty());
  EXPECT_EQ(only_probe(result).compare, Compare::itself);
  EXPECT_THAT(check_ids(only_probe(result)), Contains("same.status"));
}

TEST(CompareInScenario, AllMeansAllThatCanBeAndDontSayNo) {
  const auto result = load_real(head() +
                                "compare: all\ndns: {authoritative: [192.0.2.53]}\nprobes:\n"
                                "  - {id: page, http: {path: /}}\n"
                                "  - {id: not-this, http: {path: /}, compare: false}\n"
                                "  - {id: at-old, on: old, http: {path: /}}\n"
                                "  - {id: zone, dns: {name: www.test, type: A}}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  std::vector<std::string> compared;
  for (const auto& probe : result.scenario->probes)
    if (probe.compare == Compare::as_all) compared.push_back(probe.id);
  EXPECT_THAT(compared, ElementsAre("page"));
}

TEST(CompareInScenario, WhatChecksWeighHoldsForComparisons) {
  const auto result = load_real(
      head() +
      "probes: [{id: page, http: {path: /}, compare: true, checks: {same.body: off, 'same.hops*': advisory}}]\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(weight_of(only_probe(result), "same.body"), std::nullopt);
  EXPECT_EQ(weight_of(only_probe(result), "same.hops"), Severity::advisory);
  EXPECT_EQ(weight_of(only_probe(result), "same.status"), Severity::critical);
  EXPECT_THAT(shown(load_real(head() + "probes: [{id: page, http: {path: /}, checks: {same.body: off}}]\n")),
              HasSubstr("has no check `same.body`"))
      << "it is not compared";
}

TEST(CompareInScenario, RefusesWhatCanNotBe) {
  const auto said = [](const std::string& more) { return shown(load_real(head() + more)); };
  EXPECT_THAT(said("probes: [{id: p, on: old, http: {path: /}, compare: true}]\n"), HasSubstr("replaces another"));
  EXPECT_THAT(said("dns: {authoritative: [192.0.2.53]}\n"
                   "probes: [{id: p, dns: {name: www.test, type: A}, compare: true}]\n"),
              HasSubstr("can be compared"));
  EXPECT_THAT(said("compare: some\nprobes: [{id: p, http: {path: /}}]\n"), HasSubstr("`compare`"));
  const std::string start =
      "drydock: 1\nname: t\nnames: {canonical: www.test}\nprobes: [{id: p, on: a, http: {path: /}}]\n";
  EXPECT_THAT(shown(load_real(start + "hosts: {a: {address: 192.0.2.1, replaces: [b]}}\n")),
              HasSubstr("there is no host `b`"));
  EXPECT_THAT(shown(load_real(start + "hosts: {a: {address: 192.0.2.1, replaces: [b]}, b: {address: 192.0.2.2, "
                                      "replaces: [a]}}\n")),
              HasSubstr("would replace itself"));
}

TEST(CompareInScenario, AWaiverOfARowApplies) {
  const std::string waiver =
      "waivers: [{check: CHECK, probe: p, row: jim@www.test, as: [ann, ben], because: moved, until: 2099-01-01}]\n";
  const auto said = [&](const std::string& check) {
    std::string text = head() + "probes: [{id: p, http: {path: /}, compare: true}]\n" + waiver;
    text.replace(text.find("CHECK"), 5, check);
    return shown(load_real(text));
  };
  EXPECT_THAT(said("same.status"), Not(HasSubstr("has rows")));
  EXPECT_THAT(said("http.answers"), HasSubstr("has rows"));
}

}  // namespace
}  // namespace drydock::test
