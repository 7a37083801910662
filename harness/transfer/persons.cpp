#include <algorithm>
#include <exception>

#include "harness/journal/holder.hpp"
#include "harness/transfer/carrier.hpp"

namespace drydock {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Checks that both verbs share; the exit code where the verb is refused.
std::optional<int> refused(const Scenario& scenario, const TransferOptions& options, const std::string& step,
                           const std::string& person, const std::string& because, Tell& errors) {
  const auto refuse = [&](const std::string& why) {
    errors.say("{}", why);
    return std::optional(exit_code::kUsage);
  };
  if (!scenario.step(step)) return refuse(no_such_step(scenario, step));
  if (trimmed(person).empty()) return refuse("--as wants the name of a person");
  if (trimmed(because).empty()) return refuse("--because wants a reason, for those who read the journal later");
  const auto changes = forbidden_changes(scenario, options.journal);
  for (const auto& change : changes) errors.say("{}", change);
  return changes.empty() ? std::nullopt : std::optional(exit_code::kUsage);
}

std::size_t index_of(const Scenario& scenario, const std::string& step) {
  return static_cast<std::size_t>(scenario.step(step) - scenario.transfer.data());
}

Event said(EventKind kind, const std::string& step, const std::string& person, const std::string& because,
           const TransferOptions& options) {
  Event event;
  event.kind = kind;
  event.time = std::chrono::system_clock::now();
  event.step = step;
  event.person = trimmed(person);
  event.text = options.redactor ? (*options.redactor)(trimmed(because)) : trimmed(because);
  return event;
}

/// What a mark would be about; `problem` says why there is nothing to mark.
struct Subject {
  int action = -1;
  bool undo = false;
  std::string what, problem;
};

Subject subject_of(const StepDefinition& step, const StepStanding& state) {
  const auto action = [](const std::vector<ActionDefinition>& list, const Progress& progress, bool undo) {
    return Subject{static_cast<int>(progress.next), undo, describe(list.at(progress.next)), {}};
  };
  if (state.undo_failed) return {-1, false, "the undo that failed", {}};
  if (state.undoing && state.undo.open && state.undo.next < step.undo.size())
    return action(step.undo, state.undo, true);
  if (state.undoing) return {-1, false, {}, "is being undone, and no person is asked for anything"};
  const bool pending = state.run.open || state.run.failed;
  if (state.begun && !state.actions_done && pending && state.run.next < step.run.size())
    return action(step.run, state.run, false);
  if ((state.finished || state.begun) && state.text != step.text) return {-1, false, "its edited text", {}};
  if (state.finished) return {-1, false, {}, "is finished and its text is what was done"};
  if (state.begun) return {-1, false, {}, "is under way, and no person is asked for anything"};
  return {-1, false, {}, "has not begun"};
}

bool asks_a_person(const StepDefinition& step, const Subject& subject) {
  const auto& list = subject.undo ? step.undo : step.run;
  return std::holds_alternative<ConfirmAction>(list.at(static_cast<std::size_t>(subject.action)).what);
}

int approve_or_throw(const Scenario& scenario, const TransferOptions& options, const std::string& id,
                     const std::string& person, const std::string& because, Tell& tell, Tell& errors) {
  if (const auto exit = refused(scenario, options, id, person, because, errors)) return *exit;
  const StepDefinition& step = *scenario.step(id);
  const WallTime now = std::chrono::system_clock::now();
  const auto state_of = [&](const Ledger& ledger) {
    return stand(outline_of(scenario), ledger.events()).steps[index_of(scenario, id)];
  };
  if (step.approvals == 0) {
    errors.say("step '{}' asks for no approval", id);
    return exit_code::kUsage;
  }
  if (const StepStanding state = state_of(Ledger::read(options.journal, scenario, now)); state.begun) {
    errors.say("step '{}' {}: an approval would come too late", id, state.finished ? "is finished" : "has begun");
    return exit_code::kUsage;
  }
  Ledger ledger = Ledger::write(options.journal, scenario, now);
  const std::size_t before = state_of(ledger).approvers.size();
  ledger.append(said(EventKind::approved, id, person, because, options));
  const std::size_t after = state_of(ledger).approvers.size();
  tell_heading(tell, scenario, options, stand(outline_of(scenario), ledger.events()).phase);
  if (after == before) tell.say("{} had approved step {} already; a person counts once", trimmed(person), id);
  tell.say("step {}: {} of {} persons approved", id, after, step.approvals);
  const bool enough = static_cast<int>(after) >= step.approvals;
  tell.say("{}", enough ? "next: " + command_line(scenario, options, "cutover")
                        : "another person types: " +
                              command_line(scenario, options, "approve", id + " --as NAME --because TEXT"));
  return exit_code::kDone;
}

int mark_or_throw(const Scenario& scenario, const TransferOptions& options, const std::string& id,
                  const std::string& word, const std::string& person, const std::string& because, Tell& tell,
                  Tell& errors) {
  if (const auto exit = refused(scenario, options, id, person, because, errors)) return *exit;
  const auto refuse = [&](const std::string& why) {
    errors.say("{}", why);
    return exit_code::kUsage;
  };
  if (word != "done" && word != "again" && word != "skipped")
    return refuse("one of --done, --again, --skipped is wanted");
  if (!journal_exists(options.journal))
    return refuse(
        fmt::format("the transfer has not begun (there is no {}): there is nothing to mark", options.journal));
  const StepDefinition& step = *scenario.step(id);
  const std::size_t index = index_of(scenario, id);
  const auto find = [&](const Ledger& ledger) {
    return subject_of(step, stand(outline_of(scenario), ledger.events()).steps[index]);
  };
  if (const Subject asked = find(Ledger::read(options.journal)); !asked.problem.empty())
    return refuse(fmt::format("step '{}' {}: there is nothing to mark", id, asked.problem));
  const auto holder = Holder::who_holds(options.journal);
  Ledger ledger = Ledger::write(options.journal, scenario, std::chrono::system_clock::now());
  const Subject subject = find(ledger);
  if (holder && subject.action >= 0 && !asks_a_person(step, subject)) {
    errors.say("this action of step '{}' is under way now, by {}: wait for its end; nothing was done", id, *holder);
    return exit_code::kHeld;
  }
  if (!subject.problem.empty())
    return refuse(fmt::format("step '{}' {}: there is nothing to mark", id, subject.problem));
  Event event = said(EventKind::marked, id, person, because, options);
  event.word = word;
  event.action = subject.action;
  event.undo = subject.undo;
  event.step_text = step.text;
  ledger.append(event);
  tell_heading(tell, scenario, options, stand(outline_of(scenario), ledger.events()).phase);
  tell.say("step {}: {} is marked '{}' by {}; the gates after it still decide", id, subject.what, word, event.person);
  tell.say("next: {}", command_line(scenario, options, subject.undo ? "rollback" : "cutover"));
  return exit_code::kDone;
}

template <class Verb>
int guarded(Tell& errors, Verb verb) {
  try {
    return verb();
  } catch (const std::exception& error) {
    errors.say("drydock can't go on: {}", error.what());
    return exit_code::kMachine;
  }
}

}  // namespace

int approve(const Scenario& scenario, const TransferOptions& options, const std::string& step,
            const std::string& person, const std::string& because) {
  Tell tell(options.out, options.err), errors(options.err, options.err);
  return guarded(errors, [&] { return approve_or_throw(scenario, options, step, person, because, tell, errors); });
}

int mark(const Scenario& scenario, const TransferOptions& options, const std::string& step, const std::string& word,
         const std::string& person, const std::string& because) {
  Tell tell(options.out, options.err), errors(options.err, options.err);
  return guarded(errors, [&] { return mark_or_throw(scenario, options, step, word, person, because, tell, errors); });
}

}  // namespace drydock
