#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <ostream>
#include <utility>

#include "harness/record/plain_text.hpp"
#include "harness/report/current.hpp"
#include "harness/report/reporters.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {
namespace {

/// Series of one metric; what is more is counted.
constexpr std::size_t kMostSeries = 5000;
constexpr std::size_t kLongestLabel = 200;

/// Every verdict that a summary knows.
constexpr std::array<std::string_view, 13> kVerdicts{"pass",    "warn",        "fail",   "inconclusive", "no-go",
                                                     "held",    "waiting",     "undone", "failed",       "rolled-back",
                                                     "planned", "interrupted", "error"};
constexpr std::array<std::string_view, 7> kStates{"waiting", "running", "half-done", "done",
                                                  "undone",  "failed",  "skipped"};

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string escaped(std::string_view value) {
  std::string safe;
  for (const char octet : clip(plain_line(value), kLongestLabel)) {
    if (octet == '\\' || octet == '"') safe += '\\';
    safe += octet;
  }
  return safe;
}

double seconds_of(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// One gauge and all its series, of which no two have the same labels: that which is added last counts.
class Metric {
public:
  Metric(const RunRecord& record, std::string_view name, std::string_view help)
      : scenario_(fmt::format("scenario=\"{}\"", escaped(record.scenario.name))), name_(name), help_(help) {}

  void add(const Labels& labels, double value) {
    if (!std::isfinite(value)) return;
    std::string all = scenario_;
    for (const auto& [name, text] : labels) all += fmt::format(",{}=\"{}\"", name, escaped(text));
    if (series_.size() >= kMostSeries && !series_.contains(all))
      ++left_out_;
    else
      series_[all] = value;
  }
  void write(std::ostream& out) const {
    if (series_.empty()) return;
    fmt::print(out, "# HELP {} {}\n# TYPE {} gauge\n", name_, help_, name_);
    for (const auto& [labels, value] : series_) fmt::print(out, "{}{{{}}} {}\n", name_, labels, value);
  }
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] int left_out() const { return left_out_; }

private:
  std::string scenario_;
  std::string_view name_, help_;
  std::map<std::string, double> series_;
  int left_out_ = 0;
};

Labels place_of(const ObservationRecord& seen) {
  return {{"probe", seen.probe}, {"host", seen.host.value_or("")}, {"address", seen.address.value_or("")}};
}

Metric info(const RunRecord& record) {
  Metric metric(record, "drydock_info", "What made this report, and in which phase; always 1.");
  metric.add({{"tool", record.tool}, {"phase", record.phase}}, 1);
  return metric;
}

Metric verdicts(const RunRecord& record, const Summary& summary) {
  Metric metric(record, "drydock_verdict", "1 for the verdict of the run or transfer, 0 for every other one.");
  for (const std::string_view verdict : kVerdicts)
    metric.add({{"verdict", std::string(verdict)}}, verdict == summary.verdict ? 1 : 0);
  return metric;
}

Metric single(const RunRecord& record, std::string_view name, std::string_view help, std::optional<double> value) {
  Metric metric(record, name, help);
  if (value) metric.add({}, *value);
  return metric;
}

Metric counts(const RunRecord& record, const Summary& summary) {
  Metric metric(record, "drydock_results", "How many results have this verdict.");
  for (const auto& [verdict, count] :
       {std::pair("pass", summary.pass), std::pair("warn", summary.warn), std::pair("fail", summary.fail),
        std::pair("inconclusive", summary.inconclusive), std::pair("skip", summary.skip)})
    metric.add({{"verdict", verdict}}, count);
  return metric;
}

Metric steps(const RunRecord& record) {
  Metric metric(record, "drydock_steps", "How many steps of the transfer are in this state.");
  for (const std::string_view state : kStates)
    if (!record.steps.empty())
      metric.add({{"state", std::string(state)}},
                 static_cast<double>(std::ranges::count(record.steps, state, &StepRecord::state)));
  return metric;
}

Metric results(const RunRecord& record) {
  std::map<Labels, const ResultRecord*> worst;
  for (const ResultRecord* result : current_results(record)) {
    const ResultRecord*& kept = worst[{{"probe", result->probe},
                                       {"check", result->check},
                                       {"host", result->host.value_or("")},
                                       {"address", result->address.value_or("")},
                                       {"severity", std::string(to_string(result->severity))}}];
    if (!kept || badness(*result) > badness(*kept)) kept = result;
  }
  std::vector<std::pair<Labels, const ResultRecord*>> worst_first(worst.begin(), worst.end());
  std::ranges::stable_sort(worst_first, std::greater(), [](const auto& one) { return badness(*one.second); });
  Metric metric(record, "drydock_result_info", "The verdict of a check at a place; always 1.");
  for (auto& [labels, result] : worst_first) {
    labels.emplace_back("verdict", to_string(result->verdict));
    labels.emplace_back("waived", result->waiver ? "true" : "false");
    metric.add(labels, 1);
  }
  return metric;
}

Metric durations(const RunRecord& record, const std::vector<const ObservationRecord*>& observations) {
  Metric metric(record, "drydock_probe_duration_seconds", "How long the last attempt of a probe at a place took.");
  for (const ObservationRecord* seen : observations) {
    Labels labels = place_of(*seen);
    labels.emplace_back("type", seen->type);
    metric.add(labels, seen->duration_ms / 1000);
  }
  return metric;
}

Metric certificates(const RunRecord& record, const std::vector<const ObservationRecord*>& observations) {
  Metric metric(record, "drydock_certificate_not_after_timestamp_seconds",
                "Until when a certificate is valid: the one served, or what ends first of its issuers.");
  for (const auto& end : certificate_ends(observations)) {
    Labels labels = place_of(*end.observation);
    labels.emplace_back("fact", end.fact);
    metric.add(labels, seconds_of(end.value));
  }
  return metric;
}

Metric ttls(const RunRecord& record, const std::vector<const ObservationRecord*>& observations) {
  Metric metric(record, "drydock_dns_ttl_seconds", "Smallest TTL of the records that a name server answered.");
  for (const auto& ttl : dns_ttls(observations)) metric.add(place_of(*ttl.observation), ttl.value);
  return metric;
}

}  // namespace

void write_prometheus(const RunRecord& record, std::ostream& out) {
  const Summary summary = summarise(record);
  const auto seen = current_observations(record);
  const auto ended = record.finished ? record.finished : record.started;
  std::optional<double> at;
  if (ended) at = seconds_of(*ended);
  const std::vector<Metric> metrics{
      info(record),
      verdicts(record, summary),
      single(record, "drydock_exit_code", "The exit code that the README explains.", summary.exit),
      single(record, "drydock_run_timestamp_seconds", "When the run or transfer ended.", at),
      single(record, "drydock_run_duration_seconds", "How long it took.", seconds_taken(record)),
      counts(record, summary),
      single(record, "drydock_results_waived", "How many of the fails somebody has accepted.", summary.waived),
      steps(record),
      results(record),
      durations(record, seen),
      certificates(record, seen),
      ttls(record, seen),
  };
  Metric left_out(record, "drydock_series_left_out", "Series of a metric that were too many to be written.");
  for (const Metric& metric : metrics) {
    metric.write(out);
    if (metric.left_out() > 0) left_out.add({{"metric", std::string(metric.name())}}, metric.left_out());
  }
  left_out.write(out);
}

}  // namespace drydock
