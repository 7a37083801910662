#include <fmt/ranges.h>

#include <algorithm>
#include <exception>

#include "harness/action/action.hpp"
#include "harness/action/child.hpp"
#include "harness/transfer/actor.hpp"
#include "harness/transfer/approval.hpp"
#include "harness/transfer/carrier.hpp"
#include "harness/transfer/owner.hpp"
#include "harness/transfer/record.hpp"
#include "harness/transfer/rollback.hpp"

namespace drydock {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// What both verbs begin with: the log as it was read, and the exit code where the verb is refused.
struct Start {
  TransferLog log;
  std::optional<int> refused;
};

Start start(const Scenario& scenario, const TransferOptions& options, const std::string& step,
            const std::string& because, Tell& errors) {
  const TextFilter filter(options.redactor);
  Start start{options.log
                  ? std::move(*options.log)
                  : TransferLog::read_or_begin(options.journal, scenario, std::chrono::system_clock::now(), filter),
              {}};
  start.log.pass_through(filter);
  const auto refuse = [&](const std::string& why) {
    errors.say("{}. See where it stands: {}", why, command_line(scenario, options, "plan"));
    start.refused = exit_code::kUsage;
  };
  if (!scenario.step(step)) refuse(no_such_step(scenario, step));
  if (trimmed(options.person).empty()) refuse("--as wants the name of a person");
  if (trimmed(because).empty()) refuse("--because wants a reason, for those who read the journal later");
  for (const auto& line : forbidden_changes(scenario, options, start.log)) {
    errors.say("{}", line);
    start.refused = exit_code::kUsage;
  }
  return start;
}

std::size_t index_of(const Scenario& scenario, const std::string& step) {
  return static_cast<std::size_t>(scenario.step(step) - scenario.transfer.data());
}

/// What a mark would be about; `problem` says why there is nothing to mark.
struct Subject {
  int action = -1;
  bool undo = false;
  std::string what, problem;
  bool of_failed_undo = false;
};

Subject subject_of(const StepDefinition& step, const StepStanding& state, bool its_turn, const std::string& word) {
  const auto action = [](const std::vector<ActionDefinition>& list, const Progress& progress, bool undo) {
    return Subject{static_cast<int>(progress.next), undo, describe(list.at(progress.next)), {}, false};
  };
  if (state.undo_failed) return {-1, false, "the undo that failed", {}, true};
  if (state.undoing && state.undo.open && state.undo.next < step.undo.size())
    return action(step.undo, state.undo, true);
  if (state.undoing) return {-1, false, {}, "is being undone, and no person is asked for anything"};
  const bool pending = state.run.open || state.run.failed;
  if (state.begun && !state.actions_done && pending) {
    if (state.run.next < step.run.size()) return action(step.run, state.run, false);
    return {static_cast<int>(state.run.next), false, "going on without the action that failed", {}};
  }
  if ((state.finished || state.begun) && edited(state.text, text_of(step)))
    return {-1, false, word == "again" ? "the whole step" : "its edited text", {}};
  if (state.finished) return {-1, false, {}, "is finished and its text is what was done"};
  if (state.begun && (state.actions_done || state.run.next >= step.run.size()))
    return {-1, false, {}, "waits for its gates only, and no mark replaces them"};
  if (state.begun) return {static_cast<int>(state.run.next), false, describe(step.run.at(state.run.next)), {}};
  if (its_turn) return {-1, false, "the whole step", {}};
  return {-1, false, {}, "has not begun"};
}

/// Of what has not begun nothing can be said but that it is not to be done.
bool only_to_be_skipped(const StepStanding& state, const Subject& subject) {
  const Progress& progress = subject.undo ? state.undo : state.run;
  if (subject.action < 0) return !state.begun && !state.undo_failed;
  return !progress.open && !progress.failed;
}

bool asks_a_person(const StepDefinition& step, const Subject& subject) {
  const auto& list = subject.undo ? step.undo : step.run;
  const auto action = static_cast<std::size_t>(subject.action);
  return action < list.size() && std::holds_alternative<ConfirmAction>(list[action].what);
}

std::string refusal_of_approval(const StepDefinition& step, const StepStanding& state) {
  if (step.approvals == 0) return fmt::format("step '{}' asks for no approval", step.id);
  if (state.begun || state.finished)
    return fmt::format("step '{}' {}: an approval would come too late", step.id,
                       state.finished ? "is finished" : "has begun");
  return {};
}

/// What the gates before the step saw last, as the approval is bound to it.
void bind_to_looks(const Scenario& scenario, const StepDefinition& step, const TransferLog& log,
                   event::Approved& approval) {
  for (const auto& gate : step.before)
    if (const LastLook* look = log.last_look(step.id, "before", gate)) {
      approval.look = std::max(approval.look.value_or(0), look->entry);
      for (auto& row : rows_of(seen_before(scenario, step, seen_in(*look).results)))
        approval.seen.push_back(std::move(row));
    }
}

int approve_or_throw(const Scenario& scenario, const TransferOptions& options, const std::string& id,
                     const std::string& because, Tell& tell, Tell& errors) {
  auto [log, refused] = start(scenario, options, id, because, errors);
  if (refused) return *refused;
  const StepDefinition& step = *scenario.step(id);
  const auto state = [&, &entries = log] {
    return stand(outline_of(scenario), entries.events()).steps[index_of(scenario, id)];
  };
  const std::string person = trimmed(options.person);
  std::vector<std::string> before;
  for (bool written = false; !written;) {
    if (const std::string why = refusal_of_approval(step, state()); !why.empty()) {
      errors.say("{}. See where the transfer stands: {}", why, command_line(scenario, options, "plan"));
      return exit_code::kUsage;
    }
    if (!log.is_writing()) {
      log.open_for_writing(options.journal, scenario, std::chrono::system_clock::now());
      log.at_boundary = options.at_boundary;
      continue;  // others may have written since it was read
    }
    before = counting_approvals(step, state(), {});
    event::Approved approval{id, this_actor(person), {trimmed(because)}, text_of(step), {}, {}};
    bind_to_looks(scenario, step, log, approval);
    written = log.append_if_last(std::move(approval), std::chrono::system_clock::now());
  }
  const auto after = counting_approvals(step, state(), {});
  tell_heading(tell, scenario, options, stand(outline_of(scenario), log.events()).phase);
  if (after.size() == before.size())
    tell.say("{} had approved step {} already; a person counts once, and what was seen last is what counts",
             printable(person), id);
  const bool enough = static_cast<int>(after.size()) >= step.approvals;
  if (enough)
    tell.say("step {}: approved by {}, as many as are asked for or more ({})", id,
             printable(fmt::format("{}", fmt::join(after, ", "))), step.approvals);
  else
    tell.say("step {}: {} of {} persons approved", id, after.size(), step.approvals);
  tell.say("{}", enough ? "next: " + command_line(scenario, options, "cutover")
                        : "another person types: " +
                              command_line(scenario, options, "approve", id + " --as NAME --because TEXT"));
  return exit_code::kDone;
}

/// Why this may not be marked now, with the exit code; nothing where it may.
std::optional<int> refuse_mark(const Scenario& scenario, const TransferOptions& options, const StepDefinition& step,
                               const Standing& standing, const TransferLog& log, const Subject& subject,
                               const std::string& word, Tell& errors) {
  const std::string plan = command_line(scenario, options, "plan");
  const StepStanding& state = *standing.step(step.id);
  const auto refuse = [&](int exit, const std::string& why) {
    errors.say("{}", why);
    return std::optional(exit);
  };
  if (!subject.problem.empty())
    return refuse(exit_code::kUsage, fmt::format("step '{}' {}: there is nothing to mark. See where it stands: {}",
                                                 step.id, subject.problem, plan));
  const bool of_run = subject.action < 0 && word == "done" && state.begun && !state.finished && !state.undo_failed;
  if (edited(state.text, text_of(step)) && (subject.action >= 0 || of_run)) {
    const auto& list = subject.undo ? step.undo : step.run;
    const std::string why = misplaced(list, subject.undo ? state.undo : state.run, TextFilter(options.redactor));
    if (!why.empty())
      return refuse(exit_code::kUsage,
                    fmt::format("step '{}' was edited while it was under way, so nobody can tell where it would go on: "
                                "{}. Put that back in {}, then: {}",
                                step.id, why, scenario.file, plan));
    const std::string other = replaced(list, subject.undo ? state.undo : state.run, TextFilter(options.redactor));
    if (!other.empty() && word != "again")
      return refuse(
          exit_code::kUsage,
          fmt::format("step '{}': {}, so nobody can tell which of them is '{}'. Put that back in {}, or say "
                      "that what stands there now comes next: {}",
                      step.id, other, word, scenario.file,
                      command_line(scenario, options, "mark", step.id + " --again --as NAME --because TEXT")));
  }
  const auto owner = owner_of(options.journal, log);
  const bool confirm = subject.action >= 0 && asks_a_person(step, subject);
  if (owner && !owner->here)
    return refuse(exit_code::kHeld,
                  fmt::format("{}; nothing was done. See whether it still runs there; where it surely does not: {}",
                              elsewhere_words(*owner),
                              command_line(scenario, options, "cutover", "--take-over --as NAME --because TEXT")));
  if (owner && subject.action >= 0 && !confirm)
    return refuse(exit_code::kHeld, fmt::format("step '{}' is under way now, by {}: wait for its end; nothing was "
                                                "done. See where it stands: {}",
                                                step.id, owner->who, plan));
  if (owner && subject.action < 0 && !state.undo_failed)
    return refuse(exit_code::kHeld, fmt::format("the transfer is under way now, by {}: wait for its end, or interrupt "
                                                "it; nothing was done. See where it stands: {}",
                                                owner->who, plan));
  for (const StepStanding& any : standing.steps)
    for (const auto* children : {&any.run.children, &any.undo.children})
      for (const auto& child : *children)
        if (lives({child.pid, child.start, child.boot}))
          return refuse(
              exit_code::kHeld,
              fmt::format("process {} of an action of step {} still runs on this machine, so nobody can say yet what "
                          "became of it; nothing was done. Wait for its end, or end it: pkill -TERM -s {}",
                          child.pid, any.id, child.pid));
  if (only_to_be_skipped(state, subject) && word != "skipped")
    return refuse(
        exit_code::kUsage,
        fmt::format("step '{}': {} has not begun, and comes next: {}; all that can be marked is that it is not to be "
                    "done: {}",
                    step.id, subject.what, command_line(scenario, options, "cutover"),
                    command_line(scenario, options, "mark", step.id + " --skipped --as NAME --because TEXT")));
  return std::nullopt;
}

/// What carries on what the mark was about: back where an undo is under way or goes further, else forward, no further
/// than the last cutover was to go, or than the step that was marked.
std::string command_after_mark(const Scenario& scenario, const TransferOptions& options, const TransferLog& log,
                               const Standing& after, const Subject& subject, std::size_t index) {
  const std::string back = way_back(log, after);
  const bool put_back = subject.of_failed_undo && !after.steps[index].in_force();
  if (after.steps[index].undoing || (put_back && goes_further_back(after, back)))
    return command_line(scenario, options, "rollback", back);
  std::string arguments;
  for (const auto& event : log.events())
    if (const auto* began = event.get<event::Began>(); began && began->verb == "cutover")
      arguments = began->arguments.value_or("");
  for (std::size_t i = 0; i < index; ++i)
    if (arguments == "--until " + after.steps[i].id) arguments = "--until " + after.steps[index].id;
  return command_line(scenario, options, "cutover", arguments);
}

int mark_or_throw(const Scenario& scenario, const TransferOptions& options, const std::string& id,
                  const std::string& word, const std::string& because, Tell& tell, Tell& errors) {
  auto [log, refused] = start(scenario, options, id, because, errors);
  if (refused) return *refused;
  if (word != "done" && word != "again" && word != "skipped") {
    errors.say("one of --done, --again, --skipped is wanted: {}",
               command_line(scenario, options, "mark", id + " --done --as NAME --because TEXT"));
    return exit_code::kUsage;
  }
  const StepDefinition& step = *scenario.step(id);
  const std::size_t index = index_of(scenario, id);
  Subject subject;
  for (bool written = false; !written;) {
    const Standing standing = stand(outline_of(scenario), log.events());
    const Move move = next_move(scenario, standing);
    const StepStanding& state = standing.steps[index];
    subject = subject_of(step, state, move.kind == Move::Kind::begin && move.step == index, word);
    if (const auto exit = refuse_mark(scenario, options, step, standing, log, subject, word, errors)) return *exit;
    if (!log.is_writing()) {
      log.open_for_writing(options.journal, scenario, std::chrono::system_clock::now());
      log.at_boundary = options.at_boundary;
      continue;  // others may have written since it was read
    }
    written = log.append_if_last(event::Marked{id,
                                               subject.action,
                                               subject.undo,
                                               word,
                                               this_actor(trimmed(options.person)),
                                               {trimmed(because)},
                                               text_of(step)},
                                 std::chrono::system_clock::now());
  }
  const Standing after = stand(outline_of(scenario), log.events());
  tell_heading(tell, scenario, options, after.phase);
  tell.say("step {}: {} is marked '{}' by {}{}", id, printable(subject.what), word, printable(trimmed(options.person)),
           subject.undo || word == "again" ? "" : "; the gates after it still decide");
  tell.say("next: {}", command_after_mark(scenario, options, log, after, subject, index));
  return exit_code::kDone;
}

template <class Verb>
int guarded(Tell& errors, const Scenario& scenario, const TransferOptions& options, Verb verb) {
  try {
    return verb();
  } catch (const std::exception& error) {
    return machine_failed(errors, scenario, options, error);
  }
}

}  // namespace

int approve(const Scenario& scenario, TransferOptions options, const std::string& step, const std::string& because) {
  Tell tell(options.out, options.err), errors(options.err, options.err);
  return guarded(errors, scenario, options,
                 [&] { return approve_or_throw(scenario, options, step, because, tell, errors); });
}

int mark(const Scenario& scenario, TransferOptions options, const std::string& step, const std::string& word,
         const std::string& because) {
  Tell tell(options.out, options.err), errors(options.err, options.err);
  return guarded(errors, scenario, options,
                 [&] { return mark_or_throw(scenario, options, step, word, because, tell, errors); });
}

}  // namespace drydock
