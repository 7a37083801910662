#include "harness/plan/standing.hpp"

#include <algorithm>
#include <cctype>

#include "harness/scenario/step_text.hpp"
#include "probes/core/digest.hpp"

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

/// The later approval of a person takes the place of the earlier one: it is bound to what was seen last.
void approve(StepStanding& step, const event::Approved& approval) {
  std::erase_if(step.approvals, [&](const event::Approved& other) {
    return same_person(other.actor.person.value, approval.actor.person.value);
  });
  step.approvals.push_back(approval);
}

void move_on(Progress& progress) {
  Progress moved;
  moved.next = progress.next + 1;
  moved.passed = std::move(progress.passed);
  moved.passed.push_back(std::move(progress.text));
  progress = std::move(moved);
}

/// What is next begins anew.
void try_again(Progress& progress) {
  progress.began = progress.began || progress.open;
  progress.open = progress.failed = false;
  progress.unknown_ends = 0;
  progress.intended.reset();
}

/// Persons and gates have said that the step is done: what it once left no longer keeps other steps waiting.
void forget_leftovers(Progress& progress) {
  progress.mark.clear();
  progress.children.clear();
}

/// Nothing of it is behind any more; what it left running is not forgotten.
void start_over(Progress& progress) {
  Progress fresh;
  fresh.mark = progress.mark;
  fresh.children = std::move(progress.children);
  fresh.left_by = progress.left_by;
  progress = std::move(fresh);
}

/// The step begins anew. Unless it was undone, what it did and entered stays in force.
void start_over(StepStanding& step, bool undone) {
  StepStanding fresh;
  fresh.id = step.id;
  fresh.started = step.started;
  fresh.undone = undone;
  if (!undone) {
    fresh.phase_entered = step.phase_entered;
    fresh.acted = fresh.acted_before = step.acted;
    fresh.passed_point_of_no_return = step.passed_point_of_no_return;
    start_over(step.run);
    fresh.run = std::move(step.run);
  }
  step = std::move(fresh);
}

void begin(StepStanding& step, const StepText& text, bool point_of_no_return, WallTime time) {
  if (!step.begun) {
    step.started = time;
    step.ended.reset();
    step.undone = false;
  }
  step.begun = true;
  step.text = text;
  step.approvals.clear();
  if (point_of_no_return) step.passed_point_of_no_return = true;
}

Progress& progress_of(StepStanding& step, bool undo) {
  return undo ? step.undo : step.run;
}

/// A mark about the step as a whole: it is skipped before it began, its undo failed, or its text was edited after it
/// had begun.
void mark_step(StepStanding& step, const event::Marked& mark) {
  if (mark.word == "again") {
    start_over(step, step.undo_failed);
    return;
  }
  step.text = mark.step_text;
  if (mark.word == "skipped") ++step.skipped_actions;
  if (step.finished && !step.undo_failed) return;
  if (!step.undo_failed && mark.word == "done") return;
  step.finished = step.undoing = step.undo_failed = step.undone = false;
  step.undo = {};
  step.run.open = step.run.failed = false;
  step.begun = step.actions_done = true;
}

void mark_action(StepStanding& step, const event::Marked& mark) {
  Progress& progress = progress_of(step, mark.undo);
  if (progress.next != static_cast<std::size_t>(mark.action)) return;
  if (!mark.undo) step.text = mark.step_text;
  if (mark.word == "again") {
    try_again(progress);
    return;
  }
  if (mark.word == "skipped" && !mark.undo) ++step.skipped_actions;
  move_on(progress);
}

/// Takes one entry into the step it is about. What is not named here says nothing of where a step stands.
struct Apply {
  StepStanding& step;
  WallTime time;

  void operator()(const event::Approved& approval) const {
    if (!step.begun) approve(step, approval);
  }
  void operator()(const event::ApprovalsVoid&) const { step.approvals.clear(); }
  void operator()(const event::ActionIntended& intent) const {
    if (!intent.undo) {
      begin(step, intent.step_text.value_or(StepText{}), intent.point_of_no_return, time);
      step.acted = true;
    }
    Progress& progress = progress_of(step, intent.undo);
    if (progress.open) progress.began = true;
    progress.next = static_cast<std::size_t>(std::max(intent.action, 0));
    progress.open = true;
    progress.failed = false;
    if (!progress.intended) progress.intended = time;
    progress.text = intent.text.value;
    progress.by_person = intent.by_person.value_or(false);
    progress.mark = intent.mark;
    progress.left_by = progress.next;
  }
  void operator()(const event::ChildStarted& child) const {
    Progress& progress = progress_of(step, child.undo);
    if (progress.next == static_cast<std::size_t>(child.action)) progress.children.push_back(child);
  }
  /// Only the action that is open can end: the end of another one would pass over one that never ran.
  void operator()(const event::ActionEnded& end) const {
    Progress& progress = progress_of(step, end.undo);
    if (!progress.open || progress.next != static_cast<std::size_t>(end.action)) return;
    if (end.outcome == "done") {
      move_on(progress);
    } else if (end.outcome == "failed" || end.outcome == "not-started") {
      progress.began = progress.began || end.outcome == "failed";
      progress.open = false;
      progress.failed = true;
      progress.mark.clear();
    } else {
      progress.began = true;
      ++progress.unknown_ends;
    }
  }
  void operator()(const event::ActionsDone& done) const {
    begin(step, done.step_text, done.point_of_no_return, time);
    step.actions_done = true;
  }
  void operator()(const event::PhaseEntered&) const { step.phase_entered = true; }
  void operator()(const event::StepDone& done) const {
    step.finished = true;
    step.ended = time;
    step.text = done.step_text;
    forget_leftovers(step.run);
    forget_leftovers(step.undo);
  }
  void operator()(const event::UndoStarted& undo) const {
    const bool tried_again = step.undoing && step.undo_failed;
    step.undoing = true;
    step.undo_failed = false;
    step.undo_reason = undo.why.value;
    if (tried_again) {
      try_again(step.undo);  // what of it ended well stays behind
      return;
    }
    start_over(step.undo);
  }
  void operator()(const event::UndoFailed&) const { step.undo_failed = true; }
  void operator()(const event::StepUndone&) const {
    start_over(step, true);
    step.ended = time;
  }
  void operator()(const event::Marked& mark) const {
    mark.action < 0 ? mark_step(step, mark) : mark_action(step, mark);
  }
  template <class Other>
  void operator()(const Other&) const {}
};

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
  if ((run.open && !run.by_person) || (undo.open && !undo.by_person)) return StepState::half_done;
  if (begun || undoing) return StepState::running;
  return undone ? StepState::undone : StepState::waiting;
}

bool StepStanding::nothing_began() const {
  if (acted_before) return false;
  if (!acted) return skipped_actions > 0;
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

Outline outline_of(const event::Opened& opened) {
  Outline outline;
  for (const auto& step : opened.steps) {
    const auto phase = std::find(opened.phases.begin(), opened.phases.end(), step.enters);
    std::optional<std::size_t> enters;
    if (phase != opened.phases.end()) enters = static_cast<std::size_t>(phase - opened.phases.begin());
    outline.steps.push_back({step.id, enters});
  }
  return outline;
}

StepText text_of(const StepDefinition& step) {
  return {step_text_version(step.text), sha256_hex(step.text), {step.text}};
}

bool edited(const StepText& done, const StepText& now) {
  return done.version == now.version && done.sha256 != now.sha256;
}

bool same_person(std::string_view a, std::string_view b) {
  return folded(a) == folded(b);
}

Standing stand(const Outline& outline, const std::vector<Event>& events) {
  Standing standing;
  for (const auto& step : outline.steps) standing.steps.emplace_back().id = step.id;
  auto& order = standing.finished_order;
  for (const auto& event : events) {
    const std::string_view id = step_of(event.what);
    if (id.empty()) continue;
    const auto known = std::find_if(standing.steps.begin(), standing.steps.end(),
                                    [&](const StepStanding& step) { return step.id == id; });
    if (known == standing.steps.end()) continue;
    std::visit(Apply{*known, event.time}, event.what);
    const bool listed = std::find(order.begin(), order.end(), known->id) != order.end();
    if (known->finished && !listed) order.push_back(known->id);
    if (!known->finished && listed) order.erase(std::find(order.begin(), order.end(), known->id));
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

AfterFailure after_failure(const Scenario& scenario, const Standing& standing, std::size_t index) {
  const StepDefinition& step = scenario.transfer[index];
  if (standing.beyond_point_of_no_return) return AfterFailure::beyond;
  for (std::size_t later = index + 1; later < standing.steps.size(); ++later)
    if (standing.steps[later].acted) return AfterFailure::in_order;
  const StepStanding& state = standing.steps[index];
  if (!state.acted && state.skipped_actions > 0) return AfterFailure::stays;
  if (!step.undo.empty()) return AfterFailure::undo;
  const auto behind = state.actions_done ? step.run.size() : std::min(state.run.next, step.run.size());
  const bool all_repeatable =
      std::all_of(step.run.begin(), step.run.begin() + static_cast<std::ptrdiff_t>(behind), [&](const auto& action) {
        return repeatable(step, action) || std::holds_alternative<ConfirmAction>(action.what);
      });
  return all_repeatable ? AfterFailure::undo : AfterFailure::stays;
}

namespace {

Move move_of(const Scenario& scenario, const Standing& standing, std::size_t index) {
  const StepDefinition& step = scenario.transfer[index];
  const StepStanding& state = standing.steps[index];
  const std::size_t action = state.run.next;
  if (state.undo_failed) return {Move::Kind::undo_failed, index, state.undo.next};
  if (state.undoing) return {Move::Kind::undo, index, state.undo.next};
  if (state.run.failed) {
    const AfterFailure after = after_failure(scenario, standing, index);
    if (after == AfterFailure::undo) return {Move::Kind::undo, index, action};
    return {after == AfterFailure::stays ? Move::Kind::retry : Move::Kind::act_now, index, action};
  }
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
    if ((state.finished || state.begun) && edited(state.text, text_of(scenario.transfer[i])))
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
