#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <ostream>

#include "harness/record/json_writer.hpp"
#include "harness/record/plain_text.hpp"
#include "harness/report/outcome.hpp"
#include "harness/report/recap.hpp"
#include "harness/report/reporters.hpp"

namespace drydock {
namespace {

/// In a description or a directive's reason: `\` and `#` are said with a backslash, so that no text is a directive.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char octet : plain_line(text)) {
    if (octet == '\\' || octet == '#') safe += '\\';
    safe += octet;
  }
  return safe;
}

/// Test points, counted as they are written.
class Points {
public:
  explicit Points(std::ostream& out) : out_(out) {}

  /// `directive`: of ours, such as TODO; empty for none. `reason`: why, after it.
  void point(bool ok, std::string_view description, std::string_view directive = {}, std::string_view reason = {}) {
    fmt::print(out_, "{} {} - {}", ok ? "ok" : "not ok", ++count_, escaped(description));
    if (!directive.empty()) fmt::print(out_, " # {}{}{}", directive, reason.empty() ? "" : " ", escaped(reason));
    out_ << '\n';
    if (!ok && directive.empty()) ++failed_;
  }
  [[nodiscard]] int count() const { return count_; }
  /// Those that make whoever reads it red.
  [[nodiscard]] int failed() const { return failed_; }

private:
  std::ostream& out_;
  int count_ = 0, failed_ = 0;
};

/// The YAML block below a test point. Every value is one JSON string, which YAML reads alike and which has no line
/// feed.
class Diagnostic {
public:
  explicit Diagnostic(std::ostream& out) : out_(out) { out_ << "  ---\n"; }
  ~Diagnostic() { out_ << "  ...\n"; }
  Diagnostic(const Diagnostic&) = delete;
  Diagnostic(Diagnostic&&) = delete;
  Diagnostic& operator=(const Diagnostic&) = delete;
  Diagnostic& operator=(Diagnostic&&) = delete;

  void value(std::string_view key, std::string_view text) {
    out_ << "  " << key << ": ";
    JsonWriter writer(out_, false);
    writer.text(text);
    writer.finish();
    out_ << '\n';
  }
  void value_if(std::string_view key, const SharedText& text) {
    if (text) value(key, *text);
  }

private:
  std::ostream& out_;
};

std::string description_of(const ResultRecord& result) {
  std::string text = fmt::format("{} / {}", result.probe, result.check);
  if (result.host || result.address) text += " @";
  if (result.host) text += " " + *result.host;
  if (result.address) text += " " + *result.address;
  return text + gate_suffix(result);
}

void write_diagnostic(const ResultRecord& result, std::ostream& out) {
  Diagnostic block(out);
  block.value("message", result.message);
  block.value("verdict", to_string(result.verdict));
  block.value("severity", to_string(result.severity));
  block.value_if("stage", result.stage);
  block.value_if("expected", result.expected);
  block.value_if("actual", result.actual);
  block.value_if("waiver", result.waiver);
  block.value_if("hint", result.hint);
  block.value_if("reproduce", result.reproduce);
}

void write_result(const ResultRecord& result, Points& points, std::ostream& out) {
  const std::string description = description_of(result);
  if (result.verdict == Verdict::skip) return points.point(true, description, "SKIP", result.message);
  const bool ok = result.verdict == Verdict::pass || result.verdict == Verdict::warn;
  if (result.verdict == Verdict::fail && result.waiver)
    points.point(false, description, "TODO", "waived: " + *result.waiver);
  else if (!ok && result.severity != Severity::critical)
    points.point(false, description, "TODO", "not critical");
  else
    points.point(ok, description);
  if (result.verdict != Verdict::pass) write_diagnostic(result, out);
}

void write_step(const RunRecord& record, const Summary& summary, std::size_t index, Points& points, std::ostream& out) {
  const StepOutcome outcome = outcome_of(record, summary, index);
  const std::string description = "transfer / " + record.steps[index].step;
  if (outcome.kind == StepOutcome::Kind::passed) return points.point(true, description);
  if (outcome.kind == StepOutcome::Kind::skipped) return points.point(true, description, "SKIP", outcome.reason);
  points.point(false, description);
  Diagnostic block(out);
  block.value("message", outcome.reason);
  block.value("verdict", outcome.word);
  if (outcome.action) block.value("output", end_of_output(outcome.action->output));
}

/// What ended badly without blaming a test point, such as an interrupted run, is one of its own.
void write_ending(const RunRecord& record, const Summary& summary, Points& points, std::ostream& out) {
  if (summary.exit == 0 || points.failed() > 0) return;
  points.point(false, is_transfer(record) ? "transfer" : "run");
  Diagnostic block(out);
  block.value("message", verdict_words(record, summary));
  block.value("verdict", summary.verdict);
  if (const std::string probes = not_judged(record); !probes.empty()) block.value("actual", probes);
}

}  // namespace

void write_tap(const RunRecord& record, std::ostream& out) {
  const Summary summary = summarise(record);
  fmt::print(out, "TAP version 13\n# {}{}, phase {}\n", plain_line(record.scenario.name),
             record.judged_again ? ", judged again" : "", plain_line(record.phase));
  Points points(out);
  for (std::size_t i = 0; i < record.steps.size(); ++i) write_step(record, summary, i, points, out);
  for (const auto& result : record.results) write_result(result, points, out);
  write_ending(record, summary, points, out);
  fmt::print(out, "# verdict: {} ({}; exit {})\n1..{}\n", plain_line(summary.verdict),
             plain_line(verdict_words(record, summary)), summary.exit, points.count());
}

}  // namespace drydock
