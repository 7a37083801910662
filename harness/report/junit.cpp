#include <fmt/format.h>

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <chrono>
#include <ostream>

#include "harness/record/plain_text.hpp"
#include "harness/report/outcome.hpp"
#include "harness/report/recap.hpp"
#include "harness/report/reporters.hpp"

namespace drydock {
namespace {

using boost::property_tree::ptree;

/// The one way into the document: what is plain is also what XML 1.0 allows (§2.2).
void put_attribute(ptree& element, std::string_view name, std::string_view text) {
  element.put(fmt::format("<xmlattr>.{}", name), plain_line(text));
}
/// An element below a test case: `message` in one line for tables, and all there is to read.
void add_detail(ptree& test_case, const char* element, std::string_view message, std::string_view type,
                std::string_view text) {
  ptree detail;
  put_attribute(detail, "message", first_line(message));
  if (!type.empty()) put_attribute(detail, "type", type);
  if (!text.empty()) detail.put_value(plain_lines(text));
  test_case.add_child(element, detail);
}

struct Counts {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  Counts& operator+=(const Counts& other) {
    tests += other.tests, failures += other.failures, errors += other.errors, skipped += other.skipped;
    return *this;
  }
};

void put_counts(ptree& element, const Counts& counts) {
  element.put("<xmlattr>.tests", counts.tests);
  element.put("<xmlattr>.failures", counts.failures);
  element.put("<xmlattr>.errors", counts.errors);
}

struct Suite {
  std::string name;
  Counts counts;
  std::vector<ptree> cases;

  ptree& add(const RunRecord& record, std::string_view case_name, double seconds) {
    ptree& test_case = cases.emplace_back();
    put_attribute(test_case, "classname", record.scenario.name + "." + name);
    put_attribute(test_case, "name", case_name);
    put_attribute(test_case, "time", fmt::format("{:.3f}", seconds));
    ++counts.tests;
    return test_case;
  }
};

void add_outcome(const RunRecord& record, const ResultRecord& result, ptree& test_case, Counts& counts) {
  const bool weighs = result.severity == Severity::critical && !result.waiver;
  if (result.verdict == Verdict::skip) {
    ++counts.skipped;
    add_detail(test_case, "skipped", result.message, {}, {});
  } else if (weighs && (result.verdict == Verdict::fail || result.verdict == Verdict::inconclusive)) {
    const bool failed = result.verdict == Verdict::fail;
    ++(failed ? counts.failures : counts.errors);
    add_detail(test_case, failed ? "failure" : "error", result.message, to_string(result.verdict),
               evidence(record, result));
  } else if (result.verdict != Verdict::pass) {
    test_case.add("system-out", plain_lines(fmt::format("{} ({}): {}", to_string(result.verdict),
                                                        to_string(result.severity), evidence(record, result))));
  }
}

std::string case_name(const ResultRecord& result) {
  std::string name = result.check;
  if (result.host) name += " on " + *result.host;
  if (result.address) name += " " + *result.address;
  return name + gate_suffix(result);
}

/// A suite a probe, in the order in which they come.
std::vector<Suite> probe_suites(const RunRecord& record) {
  std::vector<Suite> suites;
  for (const auto& result : record.results) {
    auto suite = std::find_if(suites.begin(), suites.end(), [&](const Suite& one) { return one.name == result.probe; });
    if (suite == suites.end()) suite = suites.insert(suites.end(), Suite{result.probe, {}, {}});
    const ObservationRecord* seen = find_observation(record.observations, result.observation);
    ptree& test_case = suite->add(record, case_name(result), seen ? seen->duration_ms / 1000 : 0);
    add_outcome(record, result, test_case, suite->counts);
  }
  return suites;
}

double seconds_of(const StepRecord& step) {
  if (!step.started || !step.finished) return 0;
  return std::chrono::duration<double>(*step.finished - *step.started).count();
}

void add_step(const RunRecord& record, const Summary& summary, std::size_t index, Suite& suite) {
  const StepRecord& step = record.steps[index];
  const StepOutcome outcome = outcome_of(record, summary, index);
  ptree& test_case = suite.add(record, step.step, seconds_of(step));
  if (outcome.kind == StepOutcome::Kind::skipped) {
    ++suite.counts.skipped;
    add_detail(test_case, "skipped", outcome.reason, {}, {});
  } else if (outcome.kind != StepOutcome::Kind::passed) {
    const bool failed = outcome.kind == StepOutcome::Kind::failed;
    ++(failed ? suite.counts.failures : suite.counts.errors);
    const std::string output = outcome.action ? end_of_output(outcome.action->output) : std::string();
    add_detail(test_case, failed ? "failure" : "error", outcome.reason, outcome.word,
               indented(fmt::format("{}{}{}", outcome.reason, output.empty() ? "" : "\n", output), 4));
  }
}

/// A test case a step. What ended badly without blaming a step, such as an interrupted run, is a case of its own.
std::optional<Suite> ending_suite(const RunRecord& record) {
  if (!record.ending && record.steps.empty()) return std::nullopt;
  const Summary summary = summarise(record);
  Suite suite{is_transfer(record) ? "transfer" : "run", {}, {}};
  for (std::size_t i = 0; i < record.steps.size(); ++i) add_step(record, summary, i, suite);
  if (summary.exit != 0 && suite.counts.failures + suite.counts.errors == 0) {
    ++suite.counts.errors;
    const std::string words = verdict_words(record, summary);
    add_detail(suite.add(record, suite.name, 0), "error", words, summary.verdict,
               fmt::format("{}\n{}", words, not_judged(record)));
  }
  return suite;
}

/// Attributes come before children: property_tree writes `<xmlattr>` where it stands.
ptree element_of(const Suite& suite) {
  ptree element;
  put_attribute(element, "name", suite.name);
  put_counts(element, suite.counts);
  element.put("<xmlattr>.skipped", suite.counts.skipped);
  for (const auto& test_case : suite.cases) element.add_child("testcase", test_case);
  return element;
}

}  // namespace

void write_junit(const RunRecord& record, std::ostream& out) {
  std::vector<Suite> suites = probe_suites(record);
  if (auto ending = ending_suite(record)) suites.insert(suites.begin(), std::move(*ending));
  Counts total;
  for (const auto& suite : suites) total += suite.counts;
  ptree all;
  put_attribute(all, "name", record.scenario.name + (record.judged_again ? ", judged again" : ""));
  put_counts(all, total);  // Jenkins refuses `skipped` here
  for (const auto& suite : suites) all.add_child("testsuite", element_of(suite));
  ptree document;
  document.add_child("testsuites", all);
  boost::property_tree::write_xml(out, document, boost::property_tree::xml_writer_make_settings<std::string>(' ', 2));
}

}  // namespace drydock
