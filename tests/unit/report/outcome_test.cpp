#include "harness/report/outcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "harness/report/reporters.hpp"

namespace drydock {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using Kind = StepOutcome::Kind;

/// A transfer of a finished step, one in `state` and one that has not begun.
RunRecord transfer(const std::string& state, const std::string& verb, int exit) {
  RunRecord record;
  record.scenario.name = "move";
  record.steps = {{"first", "done", {}, {}, false, {}},
                  {"second", state, {}, {}, state == "undone", {}},
                  {"third", "waiting", {}, {}, false, {}}};
  record.ending = ending_of(verb, exit);
  return record;
}

ActionRecord action(const std::string& text, const std::string& outcome) {
  return {text, false,           outcome == "failed" ? std::optional(3) : std::nullopt, outcome, "said no", {},
          {},   "alpha\nomega\n"};
}

StepOutcome second(const RunRecord& record) {
  EXPECT_EQ(outcome_of(record, summarise(record), 0).kind, Kind::passed);
  EXPECT_EQ(outcome_of(record, summarise(record), 2).kind, Kind::skipped);
  return outcome_of(record, summarise(record), 1);
}

std::string written(const std::string& format, const RunRecord& record) {
  std::ostringstream out;
  find_reporter(format)->write(record, out);
  return out.str();
}

/// Failures and errors of the first suite, and its name.
std::tuple<std::string, int, int> first_suite(const RunRecord& record) {
  std::istringstream in(written("junit", record));
  boost::property_tree::ptree document;
  boost::property_tree::read_xml(in, document);
  const auto& suite = document.get_child("testsuites.testsuite");
  return {suite.get<std::string>("<xmlattr>.name"), suite.get<int>("<xmlattr>.failures"),
          suite.get<int>("<xmlattr>.errors")};
}

ResultRecord result_of(const std::string& probe, Verdict verdict, const std::string& message) {
  ResultRecord result;
  result.probe = probe;
  result.check = "smtp.banner";
  result.host = "new";
  result.verdict = verdict;
  result.message = message;
  return result;
}

TEST(Outcome, AFailedActionIsTheReasonEvenWhereItWasUndone) {
  RunRecord record = transfer("undone", "cutover", 6);
  record.steps[1].actions = {action("here: one", "done"), action("here: two", "failed"), action("here: back", "done")};
  const StepOutcome outcome = second(record);
  EXPECT_EQ(outcome.kind, Kind::failed);
  EXPECT_EQ(outcome.reason, "here: two: failed, exit 3: said no");
  ASSERT_EQ(outcome.action, &record.steps[1].actions[1]);
  for (const std::string format : {"text", "json", "junit"}) {
    const std::string text = written(format, record);
    EXPECT_THAT(text, HasSubstr("here: two"));
    EXPECT_THAT(text, HasSubstr("said no"));
    EXPECT_THAT(text, HasSubstr("omega")) << format << " has the end of the output";
  }
  EXPECT_EQ(first_suite(record), std::tuple("transfer", 1, 0));
}

TEST(Outcome, AnActionThatRanAgainAndWasDoneIsNoReason) {
  RunRecord record = transfer("undone", "cutover", 6);
  record.steps[1].actions = {action("here: one", "unknown"), action("here: one", "done")};
  record.gates = {{"ready", "first", "before", "go", "fine", 1, 1, 1, {}, {}},
                  {"steady", "second", "after", "no-go", "smtp smtp.banner on new: gone", 0, 1, 4, {}, {}}};
  EXPECT_EQ(second(record).kind, Kind::failed);
  EXPECT_EQ(second(record).reason, "gate steady after said no-go: smtp smtp.banner on new: gone");
  EXPECT_EQ(second(record).action, nullptr);
}

TEST(Outcome, WhereTheTransferStandsIsAnErrorUnlessAGateSaidNoGo) {
  RunRecord held = transfer("waiting", "cutover", 4);
  held.gates = {{"ready", "second", "before", "hold", "not steady", 1, 3, 4, {}, {}}};
  EXPECT_EQ(second(held).kind, Kind::error);
  EXPECT_EQ(second(held).reason, "gate ready before said hold: not steady");
  EXPECT_EQ(first_suite(held), std::tuple("transfer", 0, 1));

  RunRecord stopped = transfer("waiting", "cutover", 1);
  stopped.gates = {{"ready", "second", "before", "no-go", "no answer", 0, 3, 1, {}, {}}};
  EXPECT_EQ(second(stopped).kind, Kind::failed);
  EXPECT_EQ(first_suite(stopped), std::tuple("transfer", 1, 0));

  EXPECT_EQ(second(transfer("half-done", "cutover", 5)).kind, Kind::error);
  EXPECT_EQ(second(transfer("waiting", "cutover", 5)).reason, "the transfer waits for a person");
  EXPECT_EQ(second(transfer("running", "cutover", 130)).kind, Kind::error);
  EXPECT_EQ(second(transfer("failed", "rollback", 7)).kind, Kind::failed);
  EXPECT_EQ(second(transfer("running", "cutover", 7)).kind, Kind::failed) << "a gate beyond the point of no return";
  EXPECT_EQ(second(transfer("waiting", "cutover", 70)).kind, Kind::error);
}

TEST(Outcome, WhatWasAskedForIsNothingRed) {
  EXPECT_EQ(second(transfer("waiting", "cutover", 0)).reason, "its turn did not come");
  EXPECT_EQ(second(transfer("undone", "rollback", 0)).kind, Kind::skipped);
  EXPECT_EQ(second(transfer("waiting", "plan", 0)).kind, Kind::skipped);
  EXPECT_EQ(second(transfer("skipped", "cutover", 0)).kind, Kind::skipped);
  EXPECT_EQ(first_suite(transfer("undone", "rollback", 0)), std::tuple("transfer", 0, 0));
}

TEST(Outcome, WhatBlamesNoStepIsACaseOfItsOwn) {
  RunRecord refused = transfer("waiting", "cutover", 2);
  refused.steps.clear();
  EXPECT_EQ(first_suite(refused), std::tuple("transfer", 0, 1));

  RunRecord run;
  run.results = {result_of("fine", Verdict::pass, ""), result_of("slow", Verdict::inconclusive, "after 31 s")};
  run.results[1].severity = Severity::degraded;
  run.ending = Ending{143, "interrupted"};
  EXPECT_EQ(first_suite(run), std::tuple("run", 0, 1));
  EXPECT_THAT(written("junit", run), HasSubstr("not judged: slow"));
  run.ending.reset();
  EXPECT_EQ(first_suite(run), std::tuple("fine", 0, 0));
}

TEST(Outcome, TheLastLineSaysInWordsWhatItCameTo) {
  const auto last = [](const RunRecord& record) {
    const std::string text = written("text", record);
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  const auto said = [&](const std::string& state, const std::string& verb, int exit) {
    return last(transfer(state, verb, exit));
  };
  EXPECT_EQ(said("done", "cutover", 0),
            "verdict: pass (the transfer came as far as it was asked to; steps are left; exit 0)\n");
  EXPECT_THAT(said("waiting", "cutover", 1), HasSubstr("no-go (a gate said no-go"));
  EXPECT_THAT(said("waiting", "cutover", 4), HasSubstr("held (the transfer stands at a gate that holds"));
  EXPECT_THAT(said("half-done", "cutover", 5), HasSubstr("waiting (the transfer waits for a person"));
  EXPECT_THAT(said("undone", "cutover", 6), HasSubstr("undone (a step failed and was undone"));
  EXPECT_THAT(said("failed", "cutover", 6), HasSubstr("undone (a step failed and nothing of it was put back"));
  EXPECT_THAT(said("failed", "cutover", 7), HasSubstr("failed (a person must act now"));
  EXPECT_THAT(said("running", "cutover", 143), HasSubstr("interrupted (the transfer was interrupted"));
  EXPECT_THAT(said("waiting", "cutover", 2), HasSubstr("error (the command was refused"));
  EXPECT_THAT(said("waiting", "cutover", 70), HasSubstr("error (drydock or this machine"));
  EXPECT_THAT(said("waiting", "cutover", 75), HasSubstr("error (another drydock holds"));
  EXPECT_THAT(said("undone", "rollback", 0), HasSubstr("rolled-back (undone as asked; exit 0)"));
  EXPECT_THAT(said("waiting", "plan", 0), HasSubstr("planned (nothing was done; exit 0)"));
  EXPECT_THAT(said("waiting", "plan", 4),
              HasSubstr("planned (nothing was done; a cutover would stop there now; exit 4)"));
  EXPECT_THAT(written("text", transfer("waiting", "plan", 4)), HasSubstr("\nheld  step second: "));
  RunRecord complete = transfer("done", "cutover", 0);
  complete.steps.pop_back();
  EXPECT_EQ(last(complete), "verdict: pass (the transfer is complete; exit 0)\n");
  RunRecord killed = transfer("half-done", "cutover", 0);
  killed.ending.reset();
  EXPECT_THAT(last(killed), HasSubstr("interrupted (no command has said how it ended"));
}

TEST(Outcome, TheLastLineOfARunSaysWhatItCameTo) {
  RunRecord run;
  EXPECT_THAT(written("text", run), EndsWith("verdict: inconclusive (nothing was judged; exit 3)\n"));
  run.results = {result_of("a", Verdict::pass, "")};
  EXPECT_THAT(written("text", run), EndsWith("verdict: pass (nothing is wrong; exit 0)\n"));
  run.results.push_back(result_of("b", Verdict::fail, "wrong"));
  EXPECT_THAT(written("text", run), EndsWith("verdict: fail (1 critical failed; exit 1)\n"));
  run.results.back().waiver = "accepted by Ada";
  EXPECT_THAT(written("text", run), EndsWith("verdict: warn (nothing critical is wrong, but something is; exit 0)\n"));
  run.ending = Ending{130, "interrupted"};
  EXPECT_THAT(written("text", run), HasSubstr("\nverdict: interrupted (the run was interrupted"));
}

TEST(Recap, NamesWhatFailedInOneLineEachAndIsBounded) {
  RunRecord run;
  for (int i = 1; i <= 23; ++i)
    run.results.push_back(result_of("probe-" + std::to_string(i), Verdict::fail, "first line\nsecond line"));
  run.results.push_back(result_of("later", Verdict::skip, "out of phase"));
  const std::string text = written("text", run);
  const std::string recap = text.substr(text.rfind("\n\n") + 2);
  EXPECT_TRUE(recap.starts_with("FAIL  probe-1 smtp.banner on new: first line\nFAIL  probe-2 ")) << recap;
  EXPECT_THAT(recap, HasSubstr("FAIL  probe-20 smtp.banner on new: first line\nand 3 more\n0 pass, 0 warn, 23 fail, 0 "
                               "inconclusive, 1 skip (--verbose tells why)\nverdict: fail"));
  std::ostringstream verbose;
  write_text(run, verbose, {false, true});
  EXPECT_THAT(verbose.str(), Not(HasSubstr("--verbose")));
  EXPECT_THAT(verbose.str(), HasSubstr("out of phase"));
}

TEST(Recap, AReasonIsToldWholeOnce) {
  RunRecord run;
  const std::string reason = "the certificate names another host: it was made for " + std::string(60, 'x') + ".test";
  for (const std::string probe : {"imaps", "pop3s", "https"})
    run.results.push_back(result_of(probe, Verdict::warn, reason)), run.results.back().actual = probe + ".test";
  const std::string text = written("text", run);
  EXPECT_EQ(text.find(reason), text.rfind(reason)) << text;
  EXPECT_THAT(text, HasSubstr("as above: the certificate names"));
}

}  // namespace
}  // namespace drydock
