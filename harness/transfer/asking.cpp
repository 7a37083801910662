#include <algorithm>

#include "harness/action/action.hpp"
#include "harness/transfer/carrier.hpp"
#include "harness/transfer/rollback.hpp"
#include "probes/core/process_identity.hpp"

namespace drydock {

namespace {

constexpr const char* kSigned = "--as NAME --because TEXT";

/// Of a step that is in force and not finished, nor half-done, edited or undone: what it waits for.
std::string unfinished_words(const StepStanding& step) {
  if (step.state() == StepState::failed) return "has failed";
  if (step.state() == StepState::half_done) return "is half-done";
  if (!step.begun) return "is to be done again";
  if (step.actions_done) return "waits for its gates";
  return "has begun and is not finished";
}

/// As the journal keeps it.
std::string text_at(const std::vector<ActionDefinition>& list, std::size_t index, const TextFilter& filter) {
  return index < list.size() ? filter(describe(list[index])) : "nothing";
}

}  // namespace

std::string misplaced(const std::vector<ActionDefinition>& list, const Progress& progress, const TextFilter& filter) {
  std::vector<std::string> before = progress.passed;
  if (progress.open) before.push_back(progress.text);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].empty()) continue;
    const std::string now = text_at(list, i, filter);
    if (now != before[i]) return fmt::format("'{}' was action {} of it, and now '{}' is", before[i], i + 1, now);
  }
  return {};
}

std::string replaced(const std::vector<ActionDefinition>& list, const Progress& progress, const TextFilter& filter) {
  if (!progress.failed || progress.text.empty()) return {};
  const std::string failed = fmt::format("'{}' failed as action {} of it, and now ", progress.text, progress.next + 1);
  if (progress.next >= list.size()) return failed + "it is taken out";
  const std::string now = text_at(list, progress.next, filter);
  return now == progress.text ? std::string() : fmt::format("{}'{}' stands there", failed, now);
}

void Carrier::tell_marks(const StepDefinition& step, const std::string& done, const std::string& again,
                         const std::string& skipped) {
  const auto line = [&](const char* option, const std::string& meaning) {
    if (!meaning.empty())
      tell_.say("  {}: {}", meaning, next("mark", fmt::format("{} {} {}", step.id, option, kSigned)));
  };
  line("--done", done);
  line("--again", again);
  line("--skipped", skipped);
}

int Carrier::ask_for_approval(const StepDefinition& step, const StepStanding& standing) {
  std::string persons;
  const auto counting = counting_approvals(step, standing);
  for (const auto& person : counting) persons += (persons.empty() ? "" : ", ") + printable(fit(person));
  tell_.say("step {} waits for approval: {} of {} persons approved{}{}", step.id, counting.size(), step.approvals,
            persons.empty() ? "" : ": ", persons);
  tell_.say("each person types: {}", next("approve", step.id + " " + kSigned));
  tell_.say("then: {}", next("cutover"));
  return exit_code::kPerson;
}

int Carrier::ask_about_half_done(std::size_t index, std::size_t number) {
  const StepDefinition& step = scenario_.transfer[index];
  tell_.say("step {} is half-done: nobody knows how far this came: {}", step.id, describe(step.run[number]));
  const StepStanding state = standing().steps[index];
  for (const auto& child : state.run.children)
    if (lives({child.pid, child.start, child.boot}))
      tell_.say("  process {} of it still runs: wait for its end, or end it (pkill -TERM -s {}), before you mark it",
                child.pid, child.pid);
  tell_.say("look at the host, then say what holds:");
  tell_marks(step, "it was done", "it is to run again", "it is not to be done");
  tell_.say("then: {}", next("cutover"));
  return exit_code::kPerson;
}

int Carrier::ask_about_half_done_undo(std::size_t index, std::size_t number) {
  const StepDefinition& step = scenario_.transfer[index];
  tell_.say("the undo of step {} is half-done: nobody knows how far this came: {}", step.id,
            describe(step.undo[number]));
  tell_.say("a person must act now: look at the host, then say what holds:");
  tell_marks(step, "it was done", "it is to run again", "it is not to be done");
  tell_.say("then: {}", next(verb_, arguments_));
  return exit_code::kActNow;
}

std::string Carrier::goes_on_back() {
  return next("rollback", verb_ == "rollback" ? arguments_ : way_back(log_, standing()));
}

std::optional<int> Carrier::ask_about_undo(std::size_t index) {
  const StepDefinition& step = scenario_.transfer[index];
  const StepStanding state = standing().steps[index];
  if (!state.undoing || state.undo_failed) return std::nullopt;
  const UndoMove move = next_undo(step, state);
  if (move.kind == UndoMove::Kind::unknown) return ask_about_half_done_undo(index, move.action);
  if (move.kind == UndoMove::Kind::confirm) return ask_for_confirmation(step, step.undo[move.action], true);
  return std::nullopt;
}

int Carrier::ask_for_confirmation(const StepDefinition& step, const ActionDefinition& action, bool undo) {
  tell_.say("step {} waits for a person{}: {}", step.id, undo ? ", to undo it" : "",
            std::get<ConfirmAction>(action.what).text);
  tell_marks(step, "when it is done", "", "");
  tell_.say("then: {}", undo ? goes_on_back() : next("cutover"));
  return exit_code::kPerson;
}

int Carrier::ask_about_edit(std::size_t index) {
  const StepDefinition& step = scenario_.transfer[index];
  const StepStanding state = standing().steps[index];
  tell_.say("step {} was edited after it {}", step.id, state.finished ? "was finished" : "had begun");
  tell_.say("  as done: {}", fit(state.text.text.value));
  tell_.say("  as written now: {}", fit(step.text));
  const Progress& run = state.run;
  const std::string lost = misplaced(step.run, run, TextFilter(options_.redactor));
  if (!state.actions_done && !state.finished && !lost.empty()) {
    tell_.say("nobody can tell where it would go on: {}", lost);
    if (run.open || run.failed)
      tell_.say("put that back in {}", scenario_.file);
    else
      tell_marks(
          step, "",
          fmt::format("put that back in {}, or have the whole step done again as it is written now", scenario_.file),
          "");
    tell_.say("then: {}", next("cutover"));
    return exit_code::kPerson;
  }
  const std::string other = replaced(step.run, run, TextFilter(options_.redactor));
  if (!state.actions_done && !state.finished && !other.empty()) {
    tell_.say("and {}", other);
    tell_.say("put the text back, or say that the step goes on as it is written now:");
    tell_marks(step, "", run.next < step.run.size() ? "what stands there now comes next" : "nothing is left to do", "");
    tell_.say("then: {}", next("cutover"));
    return exit_code::kPerson;
  }
  if ((run.open || run.failed) && !state.actions_done && !state.finished) {
    tell_.say("and an action of it {}: {}", run.failed ? "failed" : "is half-done, nobody knows how far it came",
              fit(run.text));
    tell_.say("put the text back, or say what holds of that action; what follows is done as it is written now:");
    tell_marks(step, "it was done", "it is to run again", "it is not to be done");
    tell_.say("then: {}", next("cutover"));
    return exit_code::kPerson;
  }
  tell_.say("put the text back, or say what holds:");
  if (!state.finished && !state.actions_done && run.next < step.run.size())
    tell_marks(step,
               fmt::format("what was done stands, and it goes on with action {} of {}: {}", run.next + 1,
                           step.run.size(), describe(step.run[run.next])),
               "the whole step is to be done again, from its first action", "nothing more of it is to be done");
  else
    tell_marks(step, "what was done stands, and the new text is right", "it is to be done again as it is written now",
               "the new text is right and nothing is to be done");
  tell_.say("then: {}", next("cutover"));
  return exit_code::kPerson;
}

int Carrier::refuse_late(std::size_t index, const std::string& why) {
  const WallTime now = world_.wall_now();
  event::GateDecided decided;
  decided.step = scenario_.transfer[index].id;
  decided.gate = kWindowGate;
  decided.when = to_string(GateWhen::before);
  decided.reason = {why};
  decided.result = to_string(GateResult::no_go);
  decided.started = decided.finished = now;
  note(std::move(decided));
  tell_.say("no-go: {}", why);
  if (standing().finished_order.empty())
    tell_.say("nothing was changed. See where it stands: {}", next("plan"));
  else
    tell_.say("nothing was changed. To go back while there is time: {}", next("rollback", "--all"));
  return exit_code::kNoGo;
}

int Carrier::say_undo_failed(std::size_t index) {
  const StepDefinition& step = scenario_.transfer[index];
  tell_.say("the undo of step {} failed: a person must act now", step.id);
  tell_.say("  to try the undo again: {}", goes_on_back());
  tell_marks(step, "the step's action is in force after all", "it was put back by hand", "");
  return exit_code::kActNow;
}

int Carrier::say_moved(std::size_t index) {
  tell_.say("step {} was marked by a person meanwhile; nothing more was done. See where it stands: {}",
            scenario_.transfer[index].id, next("plan"));
  return exit_code::kPerson;
}

std::optional<int> Carrier::refuse_misplaced_undo(std::size_t index) {
  const StepDefinition& step = scenario_.transfer[index];
  const StepStanding state = standing().steps[index];
  if (!edited(state.text, text_of(step))) return std::nullopt;
  const std::string lost = misplaced(step.undo, state.undo, TextFilter(options_.redactor));
  if (lost.empty()) return std::nullopt;
  tell_.say("the undo of step {} was edited while it was under way, so nobody can tell where it would go on: {}",
            step.id, lost);
  tell_.say("put that back in {}, then: {}", scenario_.file, next(verb_, arguments_));
  return exit_code::kPerson;
}

int Carrier::fail_undo(std::size_t index, const std::string& why) {
  if (!decide(event::UndoFailed{scenario_.transfer[index].id, {why}})) return say_moved(index);
  return say_undo_failed(index);
}

int Carrier::say_act_now(std::size_t index) {
  const StepDefinition& step = scenario_.transfer[index];
  const Standing now = standing();
  const bool beyond = now.beyond_point_of_no_return;
  tell_.say("step {} failed {}, so nothing is undone by itself: a person must act now", step.id,
            beyond ? "beyond the point of no return" : "under later steps that stand on it");
  tell_.say("  it failed at: {}", describe(step.run.at(now.steps[index].run.next)));
  tell_marks(step, "it was done by hand", "it is to run again", "it is not to be done");
  return exit_code::kActNow;
}

int Carrier::say_reached(const Standing& now, const std::string& until) {
  until_.clear();
  std::string stands = until;
  for (auto step = std::find_if(now.steps.begin(), now.steps.end(), [&](const auto& any) { return any.id == until; });
       step != now.steps.end(); ++step) {
    if (step->finished) stands = step->id;
    if (step->finished || !step->in_force()) continue;
    tell_.say("step {} is finished, as asked, but step {} after it {}: the transfer does not stand there", until,
              step->id, unfinished_words(*step));
    const auto before = std::find_if(now.steps.begin(), step, [](const auto& any) { return !any.finished; });
    tell_.say("  to finish that one{}: {}", before == step ? "" : ", after step " + before->id,
              next("cutover", "--until " + step->id));
    const auto back = undone_by_rollback(scenario_, now);
    if (back && now.steps[*back].id == step->id)
      tell_.say("  to take it back: {}", next("rollback", now.beyond_point_of_no_return ? "--force" : ""));
    else
      tell_.say("  to see where it stands: {}", next("plan"));
    return exit_code::kPerson;
  }
  if (stands == until)
    tell_.say("step {} is finished, as asked; the transfer stands there. Go on with: {}", until, next("cutover"));
  else
    tell_.say("step {} is finished, as asked; the transfer stands further on, after step {}. Go on with: {}", until,
              stands, next("cutover"));
  return exit_code::kDone;
}

int Carrier::say_stays(std::size_t index) {
  const StepDefinition& step = scenario_.transfer[index];
  const StepStanding state = standing().steps[index];
  if (!state.acted)
    tell_.say("step {} was skipped, so there is nothing to undo", step.id);
  else
    tell_.say("step {} has no undo, and what was done of it is not to be done twice: it stays as it is", step.id);
  if (state.run.failed)
    tell_.say("the next cutover runs this again: {}", describe(step.run.at(state.run.next)));
  else
    tell_.say("the next cutover looks at the gates after it again");
  tell_.say("mend what failed, then: {}", next("cutover"));
  return exit_code::kUndone;
}

}  // namespace drydock
