#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "harness/action/action.hpp"
#include "harness/action/child.hpp"
#include "harness/scenario/syntax.hpp"
#include "harness/transfer/carrier.hpp"
#include "harness/transfer/output_file.hpp"
#include "probes/core/process_identity.hpp"
#include "probes/net/kept_output.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// Where the action's host or name server is dialled from; empty: from where the system chooses.
std::string source_of(const Scenario& scenario, const ActionDefinition& action) {
  if (const auto* update = std::get_if<DnsUpdateAction>(&action.what))
    return default_source(scenario, parse_server(update->server).value_or(ServerText{}).ip);
  const auto* command = std::get_if<CommandAction>(&action.what);
  const HostDefinition* host = command ? scenario.host(command->on) : nullptr;
  return host ? default_source(scenario, host->address) : std::string();
}

constexpr int kInterruptLevelOfActions = 2;

std::string new_mark() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

const std::vector<ActionDefinition>& list_of(const StepDefinition& step, bool undo) {
  return undo ? step.undo : step.run;
}

std::string place(const StepDefinition& step, std::size_t action, bool undo) {
  const auto& list = list_of(step, undo);
  const std::string which = list.size() > 1 ? fmt::format(" {} of {}", action + 1, list.size()) : "";
  return fmt::format("{}{}: {}", undo ? "undo" : "action", which, describe(list[action]));
}

/// Octets of each action's output that are kept for where it gives no result.
constexpr std::size_t kKeptOfInterrupted = 64 * 1024;

event::ActionEnded end_of(const event::ActionIntended& intent, const ActionResult& result) {
  event::ActionEnded end{intent.step, intent.action, intent.undo, {}, {}, {}, {}};
  end.outcome = result.end == ActionEnd::failed && !result.started ? "not-started" : to_string(result.end);
  end.text = {result.message};
  end.exit = result.exit;
  end.output = {result.output};
  return end;
}

ActionResult ended_by_signal(std::string output) {
  return {ActionEnd::unknown, "ended by a second signal", std::move(output), {}, true};
}

asio::awaitable<void> perform_into(World& world, const ActionDefinition& action, ActionContext context,
                                   std::optional<ActionResult>& result) {
  result = co_await world.perform(action, context);
}

}  // namespace

asio::awaitable<Carrier::Performed> Carrier::wait(const WaitAction& action, const Progress& before) {
  Duration passed{0};
  if (before.open && before.intended)
    passed = std::chrono::duration_cast<Duration>(world_.wall_now() - *before.intended);
  passed = std::clamp(passed, Duration(0), action.duration);
  const Clock::time_point over = world_.now() + action.duration - passed;
  const bool waited = co_await unless_stopped(stop_, kInterruptLevelOfActions, world_.sleep_until(over));
  if (!waited) co_return Performed{ended_by_signal({}), true};
  ActionResult result{ActionEnd::done, "waited", {}, {}, true};
  if (passed > Duration(0))
    result.message += fmt::format("; {} of it before this command, by this machine's clock", format_duration(passed));
  co_return Performed{std::move(result), false};
}

asio::awaitable<Carrier::Performed> Carrier::perform(const event::ActionIntended& intent,
                                                     const ActionDefinition& action) {
  const auto note_child = [&](int pid) {
    const ProcessIdentity process = identify(pid);
    note(event::ChildStarted{intent.step, intent.action, intent.undo, process.pid, process.start, process.boot});
    stop_where_another_began();  // it has not begun yet
  };
  std::optional<OutputFile> file;
  if (!options_.output_folder.empty())
    file.emplace(options_.output_folder,
                 fmt::format("{}-{}-{}{}-{}.txt", log_.size(), intent.step, intent.undo ? "undo" : "run",
                             intent.action + 1, intent.mark),
                 options_.redactor);
  net::KeptOutput kept(kKeptOfInterrupted);
  const auto on_output = [&](std::string_view chunk) {
    kept.add(chunk);
    if (file) file->add(chunk);
    if (options_.listener) options_.listener->action_said(chunk);
  };
  const ActionContext context{
      scenario_, source_of(scenario_, action), intent.mark, world_.now() + action.timeout, note_child, on_output};
  std::optional<ActionResult> result;
  if (options_.listener) options_.listener->action_started(intent.text.value);
  const bool finished =
      co_await unless_stopped(stop_, kInterruptLevelOfActions, perform_into(world_, action, context, result));
  if (options_.listener) options_.listener->action_ended();
  if (file) file->finish();
  if (file && !file->trouble().empty()) tell_.note("  {}", file->trouble());
  if (!finished) co_return Performed{ended_by_signal(kept.text()), true};
  co_return Performed{std::move(result.value()), false};
}

asio::awaitable<bool> Carrier::end_leftovers(const StepDefinition& step, const std::vector<ActionDefinition>& list,
                                             const Progress& progress) {
  std::vector<int> living;
  for (const auto& child : progress.children) {
    if (!lives({child.pid, child.start, child.boot})) continue;
    tell_.say("  process {} of an earlier start of this action still runs; it is ended first", child.pid);
    const bool gone = co_await end_process({child.pid, child.start, child.boot});
    if (!gone) living.push_back(child.pid);
  }
  bool ended = living.empty();
  if (ended && !progress.mark.empty() && progress.left_by < list.size()) {
    const ActionDefinition& action = list[progress.left_by];
    const ActionContext context{
        scenario_, source_of(scenario_, action), progress.mark, world_.now() + action.timeout, {}};
    ended = co_await world_.end_leftovers(action, living, context);
  }
  if (!ended)
    tell_.say(
        "step {}: it is not certain that an earlier start of this action has ended, so it does not run again. End it, "
        "then: {}",
        step.id, next(verb_, arguments_));
  co_return ended;
}

asio::awaitable<bool> Carrier::end_all_leftovers() {
  const Standing now = standing();
  for (std::size_t i = 0; i < now.steps.size(); ++i)
    for (const bool undo : {false, true}) {
      const Progress& progress = undo ? now.steps[i].undo : now.steps[i].run;
      if (progress.children.empty() && progress.mark.empty()) continue;
      const StepDefinition& step = scenario_.transfer[i];
      const bool ended = co_await end_leftovers(step, list_of(step, undo), progress);
      if (!ended) co_return false;
    }
  co_return true;
}

asio::awaitable<std::optional<int>> Carrier::act(std::size_t index, std::size_t number, bool undo) {
  const StepDefinition& step = scenario_.transfer[index];
  const ActionDefinition& action = list_of(step, undo)[number];
  if (dry_run_) co_return say_dry(index, number);
  const StepStanding state = standing().steps[index];
  const Progress& progress = undo ? state.undo : state.run;
  const bool passed = progress.next != number || (!undo && state.actions_done) || (undo && !state.undoing);
  if (passed) co_return std::nullopt;  // somebody's mark has moved it meanwhile
  const bool ended = co_await end_all_leftovers();
  if (stop_.level() > 0) co_return interrupted();
  if (!ended) co_return exit_code::kPerson;
  const auto* waiting = std::get_if<WaitAction>(&action.what);
  event::ActionIntended intent{step.id, static_cast<int>(number), undo, {describe(action)}, new_mark(), {}, false, {}};
  if (std::holds_alternative<ConfirmAction>(action.what)) intent.by_person = true;
  if (!undo) intent.step_text = text_of(step);
  intent.point_of_no_return = !undo && step.point_of_no_return;
  if ((!waiting || !progress.open) && !decide(intent)) co_return std::nullopt;
  tell_.say("  {}", place(step, number, undo));
  if (std::holds_alternative<ConfirmAction>(action.what)) co_return ask_for_confirmation(step, action, undo);

  Performed performed;
  if (waiting) {
    if (options_.listener) options_.listener->action_started(describe(action));
    performed = co_await wait(*waiting, progress);
    if (options_.listener) options_.listener->action_ended();
  } else {
    performed = co_await perform(intent, action);
  }
  const event::ActionEnded end = end_of(intent, performed.result);
  tell_.say("    {}: {}", end.outcome, fit(end.text.value));
  note(end);
  if (performed.interrupted) co_return interrupted();
  if (performed.result.end == ActionEnd::failed && !undo) failed_ = index;
  if (performed.result.end == ActionEnd::unknown)
    ++unknown_ends_[fmt::format("{}/{}{}", step.id, undo ? "undo" : "", number)];
  co_return std::nullopt;
}

asio::awaitable<int> Carrier::undo(std::size_t index, std::string why, std::string verb) {
  const StepDefinition& step = scenario_.transfer[index];
  StepStanding first = standing().steps[index];
  if (const auto refused = refuse_misplaced_undo(index)) co_return *refused;
  const bool alone = co_await end_all_leftovers();
  if (stop_.level() > 0) co_return interrupted();
  if (!alone) co_return exit_code::kPerson;
  // Where a kill kept drydock from saying that the undo failed, a person who types rollback tries it again.
  if (verb_ == "rollback" && first.undoing && !first.undo_failed && first.undo.failed) {
    if (!decide(event::UndoFailed{step.id, {"an undo action failed"}})) co_return say_moved(index);
    first.undo_failed = true;
  }
  if (!first.undoing || first.undo_failed) {
    const bool begun = decide(event::UndoStarted{step.id, std::move(verb), {std::move(why)}});
    if (!begun) co_return say_moved(index);
  }
  if (first.nothing_began())
    tell_.say("step {}: nothing of it began, so there is nothing to undo", step.id);
  else if (step.undo.empty())
    tell_.say("step {} has no undo; nothing is put back", step.id);
  else
    tell_.say("step {} is being undone{}", step.id,
              edited(first.text, text_of(step)) ? "; it was edited since, and its undo runs as it is written now" : "");
  if (const std::string other = first.undo_failed ? replaced(step.undo, first.undo, TextFilter(options_.redactor)) : "";
      !other.empty())
    tell_.say("  of its undo {}", other);
  while (!first.nothing_began()) {
    if (stop_.level() > 0) co_return interrupted();
    const StepStanding state = look_where_it_stands().steps[index];
    if (const auto refused = refuse_misplaced_undo(index)) co_return *refused;
    const UndoMove move = next_undo(step, state);
    if (state.undo.failed) co_return fail_undo(index, "an undo action failed");
    if (move.kind == UndoMove::Kind::finished) break;
    if (move.kind == UndoMove::Kind::confirm) co_return ask_for_confirmation(step, step.undo[move.action], true);
    const bool again = unknown_ends_[fmt::format("{}/undo{}", step.id, move.action)] > 1;
    if (move.kind == UndoMove::Kind::unknown) co_return ask_about_half_done_undo(index, move.action);
    if (again) co_return fail_undo(index, "nobody knows how far an undo action came");
    const std::optional<int> ended = co_await act(index, move.action, true);
    if (ended) co_return *ended;
  }
  const char* how = first.nothing_began() ? "nothing of it had begun"
                    : step.undo.empty()   ? "it has no undo"
                                          : "put back";
  if (!decide(event::StepUndone{step.id, {how}})) co_return say_moved(index);
  tell_.say("step {} {}; phase {}", step.id,
            step.undo.empty() && !first.nothing_began() ? "counts as not done" : "is undone",
            scenario_.phases.at(standing().phase));
  if (verb_ == "cutover") tell_.say("mend what failed; the next cutover begins with it: {}", next("cutover"));
  co_return exit_code::kUndone;
}

}  // namespace drydock
