#include <gmock/gmock.h>

#include <fstream>

#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Vars, SetWinsOverFilesOverTheJournalOverTheFile) {
  const std::string text = "vars: {a: 1, b: 1, c: 1, d: 1}\n" + head() +
                           "probes:\n  - {id: x, command: {argv: [\"${vars.a}\", \"${vars.b}\", \"${vars.c}\", "
                           "\"${vars.d}\"]}, expect: {exit: 0}}\n";
  LoadOptions options;
  options.recorded = {{"b", "2"}, {"c", "2"}, {"d", "2"}, {"gone", "2"}};
  options.vars_files = {golden("vars.yaml")};
  options.set = {{"d", "4"}};
  const auto result = load(text, options);
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_THAT(result.scenario->probes[0].parameters.texts("argv"), ElementsAre("1", "2", "3", "4"));
  EXPECT_EQ(result.scenario->vars.at("c"), "3");
}

TEST(Vars, WhatIsSetMustBeDeclared) {
  LoadOptions options;
  options.set = {{"pase", "1s"}};
  const auto result =
      load("vars: {pace: 5s}\n" + head() + "probes:\n  - {id: a, smtp: {}, timeout: \"${vars.pace}\"}\n", options);
  EXPECT_FALSE(result.scenario);
  EXPECT_EQ(shown(result), "--set:1:1: `pase` isn't declared under vars; did you mean `pace`?\n  pase=1s\n  ^\n");
}

TEST(Vars, ThatAreNoTextAreRefused) {
  LoadOptions options;
  const std::string text =
      "vars: {pace: 5s}\n" + head() + "probes:\n  - {id: \"a\", smtp: {}, tags: [\"${vars.pace}\"]}\n";
  for (const char* value : {"caf\xe9", "a\x1b[0m", "\xed\xa0\x80"}) {
    options.set = {{"pace", value}};
    const auto result = load(text, options);
    EXPECT_FALSE(result.scenario) << value;
    EXPECT_THAT(shown(result), HasSubstr("--set:1:"));
  }
  options.set = {{"pace", "caf\xc3\xa9"}};
  EXPECT_TRUE(load(text, options).scenario);
}

/// What is said where a file for --vars holds this text and the scenario declares `vars`.
LoadResult with_vars_file(const std::string& vars, const std::string& text) {
  const std::string file = example("given.yaml");
  std::ofstream(file) << text;
  LoadOptions options;
  options.vars_files = {file};
  return load("vars: {" + vars + "}\n" + head() +
                  "probes:\n  - {id: a, command: {argv: [\"${vars.old}\", \"${vars.new}\"]}, expect: {exit: 0}}\n",
              options);
}

TEST(Vars, ThatNobodyDeclaredAreAWarning) {
  const auto result = with_vars_file("old: 1, new: 2", "new: 3\nelsewhere: 4\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(result.scenario->vars.at("new"), "3");
  EXPECT_THAT(shown(result), HasSubstr("given.yaml:2:1: warning: the scenario declares no var `elsewhere`"));
}

TEST(Vars, ThatResembleOneThatTheFileDoesNotGiveAreAnError) {
  const auto slip = with_vars_file("old: 1, new: 2", "old: 3\nnwe: 4\n");
  EXPECT_FALSE(slip.scenario);
  EXPECT_THAT(shown(slip), HasSubstr("given.yaml:2:1: the scenario declares no var `nwe`; did you mean `new`, which "
                                     "this file doesn't give?"));
  const auto both = with_vars_file("old: 1, new: 2", "new: 3\nnwe: 4\n");
  EXPECT_TRUE(both.scenario) << shown(both);
}

TEST(Vars, UndecidedIsGoneOnceItIsSet) {
  const std::string text =
      "vars: {port: undecided}\n" + head() + "probes:\n  - {id: a, smtp: {port: \"${vars.port}\"}}\n";
  const auto open = load(text);
  EXPECT_FALSE(open.scenario);
  EXPECT_EQ(open.diagnostics.size(), 1U) << shown(open);
  LoadOptions options;
  options.set = {{"port", "25"}};
  EXPECT_TRUE(load(text, options).scenario);
  options.set = {{"port", "undecided"}};
  EXPECT_FALSE(load(text, options).scenario);
}

/// A journal keeps vars and the scenario's name, and compares them later: what can't be seen is no difference to
/// people.
TEST(Vars, ThatHoldWhatCannotBeSeenAreRefused) {
  const std::string probes = "probes:\n  - {id: a, command: {argv: [\"${vars.old}\"]}, expect: {exit: 0}}\n";
  for (const std::string unseen : {"\u200e", "\u200f", "\ufeff", "\u202e", "\u2066", "\u200b"}) {
    LoadOptions options;
    options.set = {{"old", "127.0.0.1" + unseen}};
    const auto set = load("vars: {old: 1}\n" + head() + probes, options);
    EXPECT_FALSE(set.scenario);
    EXPECT_THAT(shown(set), HasSubstr("the var `old` holds a character that can't be seen or that turns text around: "
                                      "127.0.0.1\\u{"));
    const auto written = load("vars: {old: \"1" + unseen + "\"}\n" + head() + probes);
    EXPECT_FALSE(written.scenario);
    std::string named = head();
    named.insert(named.find("name: ") + 6, unseen);
    EXPECT_FALSE(load("vars: {old: 1}\n" + named + probes).scenario);
  }
  EXPECT_TRUE(load("vars: {old: \"caf\u00e9\\n\\tund mehr\"}\n" + head() + probes).scenario);
}

}  // namespace
}  // namespace drydock::test
