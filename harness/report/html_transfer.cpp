#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <ostream>

#include "harness/record/plain_text.hpp"
#include "harness/report/html_sections.hpp"
#include "harness/report/html_text.hpp"
#include "harness/report/outcome.hpp"

namespace drydock {
namespace {

constexpr std::size_t kRows = 500;
constexpr std::size_t kLongestReason = 1000;

void write_step(const StepRecord& step, const StepOutcome& outcome, std::ostream& out) {
  const bool tell_undone = step.undone && step.state != "undone";
  fmt::print(out, "<tr><th scope=\"row\">{}</th><td class=\"{}\">{}{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
             html_text(step.step), html_class(tone_of(outcome)), html_text(step.state), tell_undone ? ", undone" : "",
             html_time(step.started), html_time(step.finished), html_text(outcome.reason, kLongestReason));
}

void write_steps(const HtmlView& view, std::ostream& out) {
  const auto& steps = view.record.steps;
  if (steps.empty()) return;
  out << html_table("Steps", {"step", "state", "from", "to", "why"});
  for (std::size_t i = 0; i < std::min(steps.size(), kRows); ++i)
    write_step(steps[i], outcome_of(view.record, view.summary, i), out);
  out << kHtmlTableEnd << html_left_out(steps.size(), kRows);
}

void write_gate(const GateRecord& gate, std::ostream& out) {
  fmt::print(out,
             "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"{}\">{}</td><td>{}</td><td>{} of {}</td><td>{}</td>"
             "<td>{}</td><td>{}</td></tr>\n",
             html_text(gate.gate),
             html_text(gate.step ? fmt::format("{} {}", gate.when.value_or(""), *gate.step) : std::string()),
             html_class(tone_of(gate)), html_text(gate.result), gate.looks, gate.passes, gate.need,
             html_time(gate.started), html_time(gate.finished), html_text(gate.reason, kLongestReason));
}

void write_gates(const HtmlView& view, std::ostream& out) {
  const auto& gates = view.record.gates;
  if (gates.empty()) return;
  out << html_table("Gates", {"gate", "stands", "result", "looks", "passes in a row", "from", "to", "why"});
  for (std::size_t i = 0; i < std::min(gates.size(), kRows); ++i) write_gate(gates[i], out);
  out << kHtmlTableEnd << html_left_out(gates.size(), kRows);
}

void write_action(const StepRecord& step, const ActionRecord& action, std::ostream& out) {
  fmt::print(out, "<details{}><summary>{} <code>{}</code></summary>\n<dl>\n", action.outcome == "done" ? "" : " open",
             html_badge(action.outcome, tone_of(action)), html_text(action_words(action), kLongestReason));
  fmt::print(out, "<dt>step</dt><dd>{}</dd><dt>from</dt><dd>{}</dd><dt>to</dt><dd>{}</dd>\n", html_text(step.step),
             html_time(action.started), html_time(action.finished));
  if (!action.output.empty())
    fmt::print(out, "<dt>output</dt><dd><pre><code>{}</code></pre></dd>\n", html_lines(end_of_output(action.output)));
  out << "</dl></details>\n";
}

void write_actions(const HtmlView& view, std::ostream& out) {
  std::size_t count = 0;
  for (const auto& step : view.record.steps)
    for (const auto& action : step.actions) {
      if (count == 0) out << "<h3>Actions</h3>\n";
      if (count++ < kRows) write_action(step, action, out);
    }
  out << html_left_out(count, kRows);
}

}  // namespace

Tone tone_of(const StepOutcome& outcome) {
  switch (outcome.kind) {
    case StepOutcome::Kind::passed:
      return Tone::green;
    case StepOutcome::Kind::failed:
      return Tone::red;
    case StepOutcome::Kind::error:
      return Tone::yellow;
    case StepOutcome::Kind::skipped:
      break;
  }
  return Tone::plain;
}

Tone tone_of(const GateRecord& gate) {
  return gate.result == "go" ? Tone::green : gate.result == "no-go" ? Tone::red : Tone::yellow;
}

Tone tone_of(const ActionRecord& action) {
  return action.outcome == "done" ? Tone::green : action.outcome == "failed" ? Tone::red : Tone::yellow;
}

void write_html_transfer(const HtmlView& view, std::ostream& out) {
  write_html_timeline(view, out);
  write_steps(view, out);
  write_gates(view, out);
  write_actions(view, out);
}

}  // namespace drydock
