#include "harness/plan/standing.hpp"

#include <algorithm>
#include <cctype>

namespace drydock {
namespace {

std::string folded(std::string_view person) {
  std::string name;
  for (const char c : person) {
    if (std::isspace(static_cast<unsigned char>(c)) && (name.empty() || name.back() == ' ')) continue;
    name += std::isspace(static_cast<unsigned char>(c))
                ? ' '
                : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  while (!name.empty() && name.back() == ' ') name.pop_back();
  return name;
}

void approve(StepStanding& step, const std::string& person) {
  const auto same = [&](const std::string& other) { return folded(other) == folded(person); };
  if (std::none_of(step.approvers.begin(), step.approvers.end(), same)) step.approvers.push_back(person);
}

void move_on(Progress& progress) {
  const std::size_t next = progress.next + 1;
  progress = {};
  progress.next = next;
}

/// The step begins anew; what it entered stays entered unless it was undone.
void start_over(StepStanding& step, bool undone) {
  const bool entered = step.phase_entered && !undone;
  StepStanding fresh;
  fresh.id = step.id;
  fresh.undone = undone;
  fresh.phase_entered = entered;
  fresh.passed_point_of_no_return = step.passed_point_of_no_return && !undone;
  fresh.started = step.started;
  fresh.output = std::move(step.output);
  step = std::move(fresh);
}

void begin(StepStanding& step, const Event& event) {
  if (!step.begun) {
    step.started = event.time;
    step.ended.reset();
    step.undone = false;
    step.output.clear();
  }
  step.begun = true;
  step.text = event.step_text;
  step.approvers.clear();
  if (event.point_of_no_return) step.passed_point_of_no_return = true;
}

void intend(StepStanding& step, const Event& event) {
  if (!event.undo) begin(step, event);
  Progress& progress = event.undo ? step.undo : step.run;
  if (progress.open) progress.began = true;
  progress.next = static_cast<std::size_t>(std::max(event.action, 0));
  progress.open = true;
  progress.failed = false;
  if (!progress.intended) progress.intended = event.time;
  progress.mark = event.mark;
}

void end_action(StepStanding& step, const Event& event) {
  Progress& progress = event.undo ? step.undo : step.run;
  if (!event.output.empty()) {
    step.output += event.output;
    if (step.output.back() != '\n') step.output += '\n';
  }
  if (event.word == "done") {
    move_on(progress);
  } else if (event.word == "failed" || event.word == "not-started") {
    progress.began = progress.began || event.word == "failed";
    progress.open = false;
    progress.failed = true;
  } else {
    progress.began = true;
    ++progress.unknown_ends;
  }
}

/// A mark about the step as a whole: its undo failed, or its text was edited after it had begun.
void mark_step(StepStanding& step, const Event& event) {
  if (event.word == "again") {
    start_over(step, step.undo_failed);
    return;
  }
  step.text = event.step_text;
  if (event.word == "skipped") ++step.skipped_actions;
  if (step.finished && !step.undo_failed) return;
  if (!step.undo_failed && event.word == "done") return;
  step.finished = step.undoing = step.undo_failed = false;
  step.undo = {};
  step.run.open = step.run.failed = false;
  step.begun = step.actions_done = true;
}

void mark_action(StepStanding& step, const Event& event) {
  Progress& progress = event.undo ? step.undo : step.run;
  if (progress.next != static_cast<std::size_t>(event.action)) return;
  if (!event.undo) step.text = event.step_text;
  if (event.word == "again") {
    progress.began = progress.began || progress.open;
    progress.open = progress.failed = false;
    progress.unknown_ends = 0;
    progress.intended.reset();
    return;
  }
  if (event.word == "skipped" && !event.undo) ++step.skipped_actions;
  move_on(progress);
}

void start_undo(StepStanding& step, const Event& event) {
  step.undoing = true;
  step.undo_failed = false;
  step.undo_reason = event.text;
  const Progress before = std::move(step.undo);
  step.undo = {};
  step.undo.children = before.children;
  step.undo.mark = before.mark;
}

void apply(StepStanding& step, const Event& event) {
  switch (event.kind) {
    case EventKind::approved:
      if (!step.begun) approve(step, event.person);
      break;
    case EventKind::action_intended:
      intend(step, event);
      break;
    case EventKind::child_started:
      (event.undo ? step.undo : step.run).children.push_back(child_from_json(event.detail));
      break;
    case EventKind::action_ended:
      end_action(step, event);
      break;
    case EventKind::actions_done:
      begin(step, event);
      step.actions_done = true;
      break;
    case EventKind::phase_entered:
      step.phase_entered = true;
      break;
    case EventKind::step_done:
      step.finished = true;
      step.ended = event.time;
      step.text = event.step_text;
      break;
    case EventKind::undo_started:
      start_undo(step, event);
      break;
    case EventKind::undo_failed:
      step.undo_failed = true;
      break;
    case EventKind::step_undone:
      start_over(step, true);
      step.ended = event.time;
      break;
    case EventKind::marked:
      event.action < 0 ? mark_step(step, event) : mark_action(step, event);
      break;
    default:
      break;
  }
}

}  // namespace

std::string_view to_string(StepState state) {
  switch (state) {
    case StepState::waiting:
      return "waiting";
    case StepState::running:
      return "running";
    case StepState::half_done:
      return "half-done";
    case StepState::done:
      return "done";
    case StepState::undone:
      return "undone";
    case StepState::failed:
      return "failed";
    case StepState::skipped:
      return "skipped";
  }
  return "waiting";
}

StepState StepStanding::state() const {
  if (undo_failed || (run.failed && !undoing)) return StepState::failed;
  if (finished && !undoing) return skipped_actions > 0 ? StepState::skipped : StepState::done;
  if (run.open || undo.open) return StepState::half_done;
  if (begun || undoing) return StepState::running;
  return undone ? StepState::undone : StepState::waiting;
}

bool StepStanding::nothing_began() const {
  return run.failed && run.next == 0 && !run.began && !actions_done && skipped_actions == 0;
}

const StepStanding* Standing::step(std::string_view id) const {
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const StepStanding& step) { return step.id == id; });
  return found == steps.end() ? nullptr : &*found;
}

Outline outline_of(const Scenario& scenario) {
  Outline outline;
  for (const auto& step : scenario.transfer) outline.steps.push_back({step.id, step.enters});
  return outline;
}

Outline outline_of(const OpenedDetail& opened) {
  Outline outline;
  for (const auto& step : opened.steps) {
    const auto phase = std::find(opened.phases.begin(), opened.phases.end(), step.enters);
    std::optional<std::size_t> enters;
    if (phase != opened.phases.end()) enters = static_cast<std::size_t>(phase - opened.phases.begin());
    outline.steps.push_back({step.id, enters});
  }
  return outline;
}

Standing stand(const Outline& outline, const std::vector<Event>& events) {
  Standing standing;
  for (const auto& step : outline.steps) standing.steps.emplace_back().id = step.id;
  auto& order = standing.finished_order;
  for (const auto& event : events) {
    if (event.step.empty()) continue;
    const auto known = std::find_if(standing.steps.begin(), standing.steps.end(),
                                    [&](const StepStanding& step) { return step.id == event.step; });
    if (known == standing.steps.end()) continue;
    apply(*known, event);
    const bool listed = std::find(order.begin(), order.end(), event.step) != order.end();
    if (known->finished && !listed) order.push_back(event.step);
    if (!known->finished && listed) order.erase(std::find(order.begin(), order.end(), event.step));
  }
  for (std::size_t i = 0; i < standing.steps.size(); ++i) {
    if (standing.steps[i].phase_entered && outline.steps[i].enters)
      standing.phase = std::max(standing.phase, *outline.steps[i].enters);
    if (standing.steps[i].passed_point_of_no_return) standing.beyond_point_of_no_return = true;
  }
  return standing;
}

bool repeatable(const StepDefinition& step, const ActionDefinition& action) {
  return step.repeatable || std::holds_alternative<DnsUpdateAction>(action.what) ||
         std::holds_alternative<WaitAction>(action.what);
}

namespace {

Move move_of(const Scenario& scenario, const Standing& standing, std::size_t index) {
  const StepDefinition& step = scenario.transfer[index];
  const StepStanding& state = standing.steps[index];
  const std::size_t action = state.run.next;
  if (state.undo_failed) return {Move::Kind::undo_failed, index, state.undo.next};
  if (state.undoing) return {Move::Kind::undo, index, state.undo.next};
  if (state.run.failed)
    return {standing.beyond_point_of_no_return ? Move::Kind::failed_beyond : Move::Kind::undo, index, action};
  if (!state.begun) return {Move::Kind::begin, index, 0};
  if (state.actions_done || action >= step.run.size()) return {Move::Kind::conclude, index, action};
  if (!state.run.open) return {Move::Kind::act, index, action};
  if (std::holds_alternative<ConfirmAction>(step.run[action].what)) return {Move::Kind::confirm, index, action};
  return {repeatable(step, step.run[action]) ? Move::Kind::repeat : Move::Kind::half_done, index, action};
}

}  // namespace

Move next_move(const Scenario& scenario, const Standing& standing) {
  for (std::size_t i = 0; i < scenario.transfer.size(); ++i)
    if (standing.steps[i].undoing) return move_of(scenario, standing, i);
  for (std::size_t i = 0; i < scenario.transfer.size(); ++i) {
    const StepStanding& state = standing.steps[i];
    if ((state.finished || state.begun) && state.text != scenario.transfer[i].text)
      return {Move::Kind::edited, i, state.run.next};
  }
  for (std::size_t i = 0; i < scenario.transfer.size(); ++i)
    if (!standing.steps[i].finished) return move_of(scenario, standing, i);
  return {Move::Kind::complete, scenario.transfer.size(), 0};
}

UndoMove next_undo(const StepDefinition& step, const StepStanding& standing) {
  const Progress& progress = standing.undo;
  if (progress.next >= step.undo.size()) return {UndoMove::Kind::finished, progress.next};
  const ActionDefinition& action = step.undo[progress.next];
  if (!progress.open) return {UndoMove::Kind::act, progress.next};
  if (std::holds_alternative<ConfirmAction>(action.what)) return {UndoMove::Kind::confirm, progress.next};
  return {repeatable(step, action) ? UndoMove::Kind::act : UndoMove::Kind::unknown, progress.next};
}

}  // namespace drydock
