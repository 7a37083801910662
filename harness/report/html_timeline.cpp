#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <ostream>
#include <tuple>

#include "harness/report/current.hpp"
#include "harness/report/html_sections.hpp"
#include "harness/report/html_text.hpp"
#include "harness/report/outcome.hpp"

// The drawing: a row for each step, gate and action in the order in which they stand, time from left to right. Lengths
// are units of the viewBox, which is 1000 wide.
namespace drydock {
namespace {

constexpr std::size_t kMostRows = 300;
constexpr std::size_t kMostLooks = 200;
constexpr std::size_t kLongestLabel = 110;
constexpr double kLeft = 10, kRight = 990, kTop = 30, kRowHeight = 42, kBarAt = 19, kBarHeight = 12, kLeastWidth = 2;

/// What is drawn of a look: when, and the worst that it saw.
struct Look {
  std::optional<WallTime> at;
  const ResultRecord* worst = nullptr;
};
using GateName = std::tuple<std::string, std::string, std::string>;
using Looks = std::map<GateName, std::map<int, Look>>;

Looks looks_of(const RunRecord& record) {
  Looks looks;
  for (const auto& result : record.results) {
    if (!result.gate || !result.look) continue;
    Look& look = looks[GateName(*result.gate, result.step.value_or(""), result.when.value_or(""))][*result.look];
    const ObservationRecord* seen = find_observation(record.observations, result.observation);
    if (seen && seen->started && (!look.at || *seen->started < *look.at)) look.at = seen->started;
    if (!look.worst || badness(result) > badness(*look.worst)) look.worst = &result;
  }
  return looks;
}

/// From the first to the last time that is known.
class Axis {
public:
  explicit Axis(const RunRecord& record) {
    take(record.started), take(record.finished);
    for (const auto& gate : record.gates) take(gate.started), take(gate.finished);
    for (const auto& step : record.steps) {
      take(step.started), take(step.finished);
      for (const auto& action : step.actions) take(action.started), take(action.finished);
    }
  }
  [[nodiscard]] bool is_known() const { return from_.has_value(); }
  [[nodiscard]] double at(WallTime time) const {
    const double length = seconds(*to_) - seconds(*from_);
    const double share = length > 0 ? (seconds(time) - seconds(*from_)) / length : 0;
    return kLeft + std::clamp(share, 0.0, 1.0) * (kRight - kLeft);
  }
  [[nodiscard]] const std::optional<WallTime>& from() const { return from_; }
  [[nodiscard]] const std::optional<WallTime>& to() const { return to_; }

private:
  static double seconds(WallTime time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }
  void take(const std::optional<WallTime>& time) {
    if (!time) return;
    if (!from_ || *time < *from_) from_ = time;
    if (!to_ || *time > *to_) to_ = time;
  }
  std::optional<WallTime> from_, to_;
};

/// Writes row below row.
class Drawing {
public:
  Drawing(const RunRecord& record, std::ostream& out)
      : record_(record), axis_(record), looks_(looks_of(record)), out_(out) {}

  [[nodiscard]] const Axis& axis() const { return axis_; }
  void step(std::size_t index, const StepOutcome& outcome) {
    const StepRecord& step = record_.steps[index];
    if (!begin_row(fmt::format("step {}: {}", step.step, step.state))) return;
    bar(step.started, step.finished, html_class(tone_of(outcome)));
    stood(step);
  }
  void gate(const GateRecord& gate) {
    if (!begin_row(
            fmt::format("gate {} {}: {}, looks: {}", gate.gate, gate.when.value_or(""), gate.result, gate.looks)))
      return;
    bar(gate.started, gate.finished, html_class(tone_of(gate)));
    const auto found = looks_.find(GateName(gate.gate, gate.step.value_or(""), gate.when.value_or("")));
    if (found == looks_.end()) return;
    std::size_t drawn = 0;
    for (const auto& [number, look] : found->second)
      if (look.at && drawn++ < kMostLooks) mark(number, look);
  }
  void action(const ActionRecord& action) {
    if (begin_row(fmt::format("{}{}: {}", action.undo ? "undo: " : "", action.text, action.outcome)))
      bar(action.started, action.finished, html_class(tone_of(action)));
  }

private:
  /// False where there is no room.
  bool begin_row(std::string_view label) {
    if (rows_ >= kMostRows) return false;
    top_ = kTop + static_cast<double>(rows_++) * kRowHeight;
    fmt::print(out_, "<text x=\"{}\" y=\"{}\">{}</text>\n", kLeft, top_ + 14, html_text(label, kLongestLabel));
    return true;
  }
  void rectangle(WallTime from, WallTime to, double down, double height, std::string_view classes) {
    const double x = axis_.at(from);
    fmt::print(out_, "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" class=\"{}\"/>\n", x, top_ + down,
               std::max(axis_.at(to) - x, kLeastWidth), height, classes);
  }
  /// What has no end goes on to the end of the drawing.
  void bar(const std::optional<WallTime>& from, const std::optional<WallTime>& to, std::string_view classes) {
    if (from) rectangle(*from, to.value_or(*axis_.to()), kBarAt, kBarHeight, classes);
  }
  /// From the end of its last action until it was undone.
  void stood(const StepRecord& step) {
    std::optional<WallTime> from = step.state == "done" ? step.finished : std::nullopt, to;
    for (const auto& action : step.actions)
      if (action.undo) {
        if (!to) to = action.started;
      } else if (action.outcome == "done" && action.finished) {
        from = action.finished;
      }
    if (from) rectangle(*from, to.value_or(*axis_.to()), kBarAt + kBarHeight + 2, 4, "stood");
  }
  void mark(int number, const Look& look) {
    const Verdict verdict = look.worst->verdict;
    const std::string_view sign = verdict == Verdict::pass   ? "✓"
                                  : verdict == Verdict::fail ? "✕"
                                  : verdict == Verdict::warn ? "!"
                                                             : "?";
    fmt::print(out_, "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}<title>look {}, {}: {}</title></text>\n",
               axis_.at(*look.at), top_ + kBarAt + kBarHeight + 9, sign, number, html_text(format_time(*look.at)),
               html_text(label_of(*look.worst)));
  }

  const RunRecord& record_;
  Axis axis_;
  Looks looks_;
  std::ostream& out_;
  std::size_t rows_ = 0;
  double top_ = kTop;
};

std::size_t rows_of(const RunRecord& record) {
  std::size_t rows = record.gates.size() + record.steps.size();
  for (const auto& step : record.steps) rows += step.actions.size();
  return std::min(rows, kMostRows);
}

void draw_gates(Drawing& drawing, const RunRecord& record, const std::optional<std::string>& step, bool before) {
  for (const auto& gate : record.gates)
    if (gate.step == step && (gate.when != "after") == before) drawing.gate(gate);
}

/// Gates of no step of the record, such as those of a run that only looks.
void draw_other_gates(Drawing& drawing, const RunRecord& record) {
  for (const auto& gate : record.gates)
    if (std::ranges::none_of(record.steps, [&](const StepRecord& step) { return gate.step == step.step; }))
      drawing.gate(gate);
}

void draw_axis(const Axis& axis, double height, std::ostream& out) {
  fmt::print(out,
             "<line class=\"axis\" x1=\"{0}\" y1=\"22\" x2=\"{1}\" y2=\"22\"/>"
             "<line class=\"axis\" x1=\"{0}\" y1=\"22\" x2=\"{0}\" y2=\"{2}\"/>"
             "<line class=\"axis\" x1=\"{1}\" y1=\"22\" x2=\"{1}\" y2=\"{2}\"/>\n",
             kLeft, kRight, height);
  fmt::print(out, "<text x=\"{}\" y=\"16\">{}</text><text x=\"{}\" y=\"16\" text-anchor=\"end\">{}</text>\n", kLeft,
             html_text(format_time(*axis.from())), kRight, html_text(format_time(*axis.to())));
}

}  // namespace

void write_html_timeline(const HtmlView& view, std::ostream& out) {
  const RunRecord& record = view.record;
  Drawing drawing(record, out);
  if (!drawing.axis().is_known()) return;
  const double height = kTop + static_cast<double>(rows_of(record)) * kRowHeight;
  fmt::print(out,
             "<p>Time runs from left to right. The thin line below a step is when what it did stood. Looks of gates: ✓ "
             "passed, ! warned, ✕ failed, ? could not be judged. The tables below say the same.</p>\n"
             "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Timeline\"><svg class=\"timeline\" "
             "viewBox=\"0 0 1000 {}\" role=\"img\" aria-label=\"Timeline of steps, gates and actions\">\n",
             height);
  draw_axis(drawing.axis(), height, out);
  draw_other_gates(drawing, record);
  for (std::size_t i = 0; i < record.steps.size(); ++i) {
    drawing.step(i, outcome_of(record, view.summary, i));
    draw_gates(drawing, record, record.steps[i].step, true);
    for (const auto& action : record.steps[i].actions) drawing.action(action);
    draw_gates(drawing, record, record.steps[i].step, false);
  }
  out << "</svg></div>\n";
}

}  // namespace drydock
