#include <fmt/format.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <map>
#include <ostream>

#include "harness/report/reporters.hpp"

namespace drydock {
namespace {

using boost::property_tree::ptree;

struct Counts {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
};

std::string evidence(const ResultRecord& result) {
  std::string text = result.message;
  const auto add = [&](std::string_view label, const std::optional<std::string>& value) {
    if (value) text += fmt::format("\n{}: {}", label, *value);
  };
  add("stage", result.stage);
  add("expected", result.expected);
  add("actual", result.actual);
  add("look at", result.hint);
  add("by hand", result.reproduce);
  for (const auto& line : result.transcript)
    text += fmt::format("\n{:>9.3f} {} {}", line.at_ms, line.direction, line.text);
  return text;
}

void add_outcome(const ResultRecord& result, ptree& test_case, Counts& counts) {
  const bool critical = result.severity == Severity::critical;
  ptree detail;
  detail.put("<xmlattr>.message", result.message);
  if (result.verdict == Verdict::skip) {
    ++counts.skipped;
    test_case.add_child("skipped", detail);
  } else if (critical && (result.verdict == Verdict::fail || result.verdict == Verdict::inconclusive)) {
    const bool failed = result.verdict == Verdict::fail;
    ++(failed ? counts.failures : counts.errors);
    detail.put("<xmlattr>.type", std::string(to_string(result.verdict)));
    detail.put_value(evidence(result));
    test_case.add_child(failed ? "failure" : "error", detail);
  } else if (result.verdict != Verdict::pass) {
    test_case.add("system-out",
                  fmt::format("{} ({}): {}", to_string(result.verdict), to_string(result.severity), evidence(result)));
  }
}

std::string case_name(const ResultRecord& result) {
  std::string name = result.check;
  if (result.host) name += " on " + *result.host;
  if (result.address) name += " " + *result.address;
  return name;
}

void put_counts(ptree& element, const Counts& counts) {
  element.put("<xmlattr>.tests", counts.tests);
  element.put("<xmlattr>.failures", counts.failures);
  element.put("<xmlattr>.errors", counts.errors);
  element.put("<xmlattr>.skipped", counts.skipped);
}

}  // namespace

void write_junit(const RunRecord& record, std::ostream& out) {
  std::vector<std::string> order;
  std::map<std::string, ptree> suites;
  std::map<std::string, Counts> counts;
  Counts total;
  for (const auto& result : record.results) {
    if (!suites.contains(result.probe)) order.push_back(result.probe);
    ptree test_case;
    test_case.put("<xmlattr>.classname", record.scenario.name + "." + result.probe);
    test_case.put("<xmlattr>.name", case_name(result));
    test_case.put("<xmlattr>.time", fmt::format("{:.3f}", result.duration_ms / 1000.0));
    Counts& suite = counts[result.probe];
    ++suite.tests;
    add_outcome(result, test_case, suite);
    suites[result.probe].add_child("testcase", test_case);
  }
  ptree root;
  ptree& all = root.add("testsuites", "");
  for (const auto& probe : order) {
    ptree suite;
    suite.put("<xmlattr>.name", probe);
    put_counts(suite, counts[probe]);
    for (const auto& child : suites[probe]) suite.push_back(child);
    all.add_child("testsuite", suite);
    total.tests += counts[probe].tests;
    total.failures += counts[probe].failures;
    total.errors += counts[probe].errors;
    total.skipped += counts[probe].skipped;
  }
  // Attributes come first whatever the order: property_tree writes <xmlattr> where it stands, so it must stand first.
  ptree head;
  head.put("<xmlattr>.name", record.scenario.name);
  put_counts(head, total);
  for (const auto& child : all) head.push_back(child);
  ptree document;
  document.add_child("testsuites", head);
  boost::property_tree::write_xml(out, document, boost::property_tree::xml_writer_make_settings<std::string>(' ', 2));
}

}  // namespace drydock
