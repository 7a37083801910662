#include "harness/transfer/carrier.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "harness/action/action.hpp"
#include "harness/journal/journal.hpp"
#include "harness/transfer/actor.hpp"
#include "harness/transfer/approval.hpp"
#include "harness/transfer/record.hpp"
#include "probes/core/shell_word.hpp"

namespace drydock {
namespace asio = boost::asio;

std::string default_journal(const std::string& scenario_file) {
  return std::filesystem::path(scenario_file).replace_extension(".journal").string();
}

std::string no_such_step(const Scenario& scenario, const std::string& step) {
  std::string ids;
  for (const auto& known : scenario.transfer) ids += (ids.empty() ? "" : ", ") + known.id;
  return fmt::format("there is no step '{}' in this transfer; its steps are: {}", step, ids.empty() ? "none" : ids);
}

namespace {

/// Also where nobody can see whether there is one.
bool may_exist(const std::string& journal) {
  try {
    return journal_exists(journal);
  } catch (const JournalError&) {
    return true;
  }
}

}  // namespace

std::string command_line(const Scenario& scenario, const TransferOptions& options, const std::string& verb,
                         const std::string& rest) {
  std::string line = fmt::format("drydock {} {}", verb, shell_word(scenario.file));
  if (!rest.empty()) line += " " + rest;
  if ((verb == "cutover" || verb == "rollback") && !options.output_folder.empty())
    line += " --output " + shell_word(options.output_folder);
  // The journal keeps the vars; before there is one they must be given again.
  if (!options.arguments.empty() && !may_exist(options.journal)) line += " " + options.arguments;
  if (options.journal != default_journal(scenario.file)) line += " --journal " + shell_word(options.journal);
  return line;
}

int machine_failed(Tell& errors, const Scenario& scenario, const TransferOptions& options,
                   const std::exception& error) {
  errors.say("drydock can't go on: {}", error.what());
  if (dynamic_cast<const JournalDamaged*>(&error))
    errors.say("every problem of it: {}; what it holds all the same: {}",
               command_line(scenario, options, "history", "--verify"), command_line(scenario, options, "history"));
  return exit_code::kMachine;
}

namespace {

/// A journal beside this one that is not there yet.
std::string another_journal(const std::string& journal) {
  const std::filesystem::path path(journal);
  for (int number = 2;; ++number) {
    auto name = path.parent_path() / path.stem();
    name += fmt::format("-{}{}", number, path.extension().string());
    if (!may_exist(name.string())) return name.string();
  }
}

}  // namespace

std::vector<std::string> forbidden_changes(const Scenario& scenario, const TransferOptions& options,
                                           const TransferLog& log) {
  std::vector<std::string> lines = forbidden_changes(scenario, log);
  if (lines.empty()) return lines;
  TransferOptions another = options;
  another.journal = another_journal(options.journal);
  const bool acted = std::any_of(log.events().begin(), log.events().end(),
                                 [](const Event& event) { return event.get<event::ActionIntended>() != nullptr; });
  if (log.opened().name != scenario.name)
    lines.push_back(fmt::format("nothing was sent. To begin this transfer with a journal of its own: {}",
                                command_line(scenario, another, "cutover")));
  else if (!acted)
    lines.push_back(fmt::format("nothing was sent, and by that journal no action was begun; to begin with another: {}",
                                command_line(scenario, another, "cutover")));
  else if (!options.arguments.empty())
    lines.push_back(fmt::format("nothing was sent. Without --set and --vars the values of the journal count: {}",
                                command_line(scenario, options, "plan")));
  else
    lines.push_back(fmt::format("nothing was sent. Put that back in {}, then: {}", scenario.file,
                                command_line(scenario, options, "plan")));
  return lines;
}

void tell_heading(Tell& tell, const Scenario& scenario, const TransferOptions& options, std::size_t phase) {
  std::string addresses;
  for (const auto& host : scenario.hosts)
    addresses += fmt::format("{}{} {}", addresses.empty() ? "" : ", ", host.id, fmt::join(host.addresses(), " "));
  tell.head(fmt::format("phase {}; journal {}; {}", scenario.phases.at(phase), options.journal, addresses));
}

Standing Carrier::standing() {
  return stand(outline_of(scenario_), log_.events());
}

Standing Carrier::look_where_it_stands() {
  log_.refresh();
  decides_by_ = log_.moves_of_others();
  return standing();
}

void Carrier::stop_where_another_began() const {
  if (const event::Began* began = log_.last_began(); began && !dry_run_ && !is_this_process(began->actor))
    throw JournalError(
        fmt::format("{} has begun as well, although this drydock had the transfer: somebody has removed its lock, or "
                    "taken it over",
                    words_of(began->actor)));
}

bool Carrier::decide(EventContent what) {
  do {
    stop_where_another_began();
    if (log_.moves_of_others() != decides_by_) return false;
  } while (!log_.append_if_last(what, world_.wall_now()));
  return true;
}

int Carrier::interrupted() {
  note(event::Interrupted{stop_.signal()});
  const std::string dry = dry_run_ ? (arguments_.empty() ? "--dry-run" : " --dry-run") : "";
  tell_.say("interrupted; the journal is intact. Go on with: {}", next(verb_, arguments_ + dry));
  return stop_.exit_code();
}

std::string Carrier::next(const std::string& verb, const std::string& rest) const {
  const bool no_further = verb == "cutover" && rest.empty() && !until_.empty();
  return command_line(scenario_, options_, verb, no_further ? "--until " + until_ : rest);
}

asio::awaitable<int> Carrier::forward(std::string until) {
  until_ = until;
  while (true) {
    const Standing now = look_where_it_stands();
    const Move move = next_move(scenario_, now);
    const auto last =
        std::find_if(now.steps.begin(), now.steps.end(), [&](const auto& step) { return step.id == until; });
    const bool reached = last != now.steps.end() &&
                         std::all_of(now.steps.begin(), last + 1, [](const auto& step) { return step.finished; });
    const bool settled = move.kind != Move::Kind::undo && move.kind != Move::Kind::undo_failed &&
                         move.kind != Move::Kind::edited && move.kind != Move::Kind::act_now &&
                         move.kind != Move::Kind::half_done;
    if (move.kind == Move::Kind::complete) {
      tell_.say("the transfer is complete: every step is finished");
      co_return exit_code::kDone;
    }
    if (reached && settled) co_return say_reached(now, until);
    if (stop_.level() > 0) co_return interrupted();
    const std::optional<int> ended = co_await move_on(move);
    if (ended) co_return *ended;
  }
}

asio::awaitable<std::optional<int>> Carrier::move_on(Move move) {
  const StepDefinition& step = scenario_.transfer[move.step];
  if (options_.listener) options_.listener->step(move.step + 1, scenario_.transfer.size(), step.id);
  std::optional<int> ended;
  switch (move.kind) {
    case Move::Kind::complete:
      break;
    case Move::Kind::edited:
      ended = ask_about_edit(move.step);
      break;
    case Move::Kind::undo:
      if (dry_run_)
        ended = say_dry(move.step, move.action);
      else
        ended = co_await undo(move.step, "its action failed", "cutover");
      break;
    case Move::Kind::undo_failed:
      ended = say_undo_failed(move.step);
      break;
    case Move::Kind::act_now:
      ended = say_act_now(move.step);
      break;
    case Move::Kind::retry:
      ended = co_await retry(move.step, move.action);
      break;
    case Move::Kind::begin:
      ended = co_await begin(move.step);
      break;
    case Move::Kind::act:
      ended = co_await act(move.step, move.action, false);
      break;
    case Move::Kind::repeat:
      ended = co_await repeat(move.step, move.action);
      break;
    case Move::Kind::half_done:
      ended = ask_about_half_done(move.step, move.action);
      break;
    case Move::Kind::confirm:
      ended = ask_for_confirmation(step, step.run[move.action], false);
      break;
    case Move::Kind::conclude:
      ended = co_await conclude(move.step);
      break;
  }
  co_return ended;
}

/// The gates before a step; at the start of an invocation also those after the step that finished last: the world may
/// have changed since.
std::vector<Watched> Carrier::gates_before(std::size_t step) {
  std::vector<Watched> gates;
  const Standing now = standing();
  const bool untouched = std::none_of(now.steps.begin(), now.steps.end(), std::mem_fn(&StepStanding::acted));
  const std::string& next_id = scenario_.transfer[step].id;
  if (untouched) start_gate_ = start_gate(scenario_, now.phase);
  if (untouched && start_gate_) gates.push_back({&*start_gate_, next_id, GateWhen::before, GateWhen::before});
  if (guard_gate_) gates.push_back({&*guard_gate_, next_id, GateWhen::before, GateWhen::before});
  if (!looked_back_ && !now.finished_order.empty()) {
    const StepDefinition* finished = scenario_.step(now.finished_order.back());
    for (const auto& id : finished->after)
      gates.push_back({scenario_.gate(id), finished->id, GateWhen::after, GateWhen::before});
  }
  looked_back_ = true;
  const StepDefinition& next_step = scenario_.transfer[step];
  for (const auto& id : next_step.before)
    gates.push_back({scenario_.gate(id), next_step.id, GateWhen::before, GateWhen::before});
  return gates;
}

std::string Carrier::too_late(std::size_t index) {
  const StepDefinition& step = scenario_.transfer[index];
  if (!step.point_of_no_return || !scenario_.window_end) return {};
  Duration forward{0}, back{0};
  const Standing now = standing();
  for (std::size_t i = 0; i < scenario_.transfer.size(); ++i) {
    if (i >= index) forward += run_time(scenario_.transfer[i]);
    if (now.steps[i].finished) back += undo_time(scenario_.transfer[i]);
  }
  if (world_.wall_now() + forward + back <= *scenario_.window_end) return {};
  return fmt::format(
      "step {} is a point of no return, and the window ends at {}: what is left takes {}, going back {}, so "
      "it would come too late",
      step.id, format_time(*scenario_.window_end), format_duration(forward), format_duration(back));
}

std::vector<std::string> Carrier::counting_approvals(const StepDefinition& step, const StepStanding& state) const {
  return drydock::counting_approvals(step, state, this_actor(options_.person).person.value);
}

asio::awaitable<std::optional<int>> Carrier::begin(std::size_t index) {
  const StepDefinition& step = scenario_.transfer[index];
  tell_.say("step {} ({} of {})", step.id, index + 1, scenario_.transfer.size());
  std::vector<Watched> gates = gates_before(index);
  const Standing before = standing();
  const WatchResult result =
      co_await watch(std::move(gates), before.phase, scenario_, world_, stop_, log_, tell_, options_.listener);
  if (result.interrupted) co_return interrupted();
  if (result.result == GateResult::no_go) {
    const bool act_now = result.when == GateWhen::after && before.beyond_point_of_no_return;
    tell_.say("no-go: gate {} ({} {}): {}", result.gate, to_string(result.when), result.step, result.reason);
    tell_.say("nothing was changed. Mend what failed, then: {}", next("cutover"));
    co_return act_now ? exit_code::kActNow : exit_code::kNoGo;
  }
  if (result.result == GateResult::hold) {
    tell_.say("hold: gate {} ({} {}): {}", result.gate, to_string(result.when), result.step, result.reason);
    tell_.say("nothing was undone; the transfer stands before step {}. Look again with: {}", step.id, next("cutover"));
    co_return exit_code::kHold;
  }
  log_.refresh();
  const Standing now = standing();
  const StepStanding& state = now.steps[index];
  std::string worse = what_got_worse(state, seen_before(scenario_, step, result.seen));
  if (const StepDefinition* other = touched_since(scenario_, state, log_.events()); worse.empty() && other)
    worse = fmt::format("step {} has touched what was seen", other->id);
  if (!worse.empty()) {
    if (!dry_run_ && !decide(event::ApprovalsVoid{step.id, {worse}})) co_return std::nullopt;
    tell_.say("what step {} was approved on does not hold any more, so its approvals are void: {}", step.id,
              fit(worse));
    co_return ask_for_approval(step, standing().steps[index]);
  }
  if (static_cast<int>(counting_approvals(step, state).size()) < step.approvals)
    co_return ask_for_approval(step, state);
  if (const std::string late = too_late(index); !late.empty()) co_return refuse_late(index, late);
  if (dry_run_) co_return say_dry(index, 0);
  if (!step.run.empty()) {
    const std::optional<int> ended = co_await act(index, 0, false);
    co_return ended;
  }
  (void)decide(event::ActionsDone{step.id, text_of(step), step.point_of_no_return});
  co_return std::nullopt;
}

asio::awaitable<std::optional<int>> Carrier::conclude(std::size_t index) {
  const StepDefinition& step = scenario_.transfer[index];
  const StepStanding state = standing().steps[index];
  if (!dry_run_ && !state.actions_done && !decide(event::ActionsDone{step.id, text_of(step), step.point_of_no_return}))
    co_return std::nullopt;
  if (step.enters && !state.phase_entered) {
    const std::string& phase = scenario_.phases.at(*step.enters);
    if (!decide(event::PhaseEntered{step.id, phase})) co_return std::nullopt;
    if (!dry_run_) tell_.say("  phase {} entered", phase);
  }
  std::vector<Watched> gates;
  for (const auto& id : step.after) gates.push_back({scenario_.gate(id), step.id, GateWhen::after, GateWhen::after});
  looked_back_ = true;
  const std::size_t phase = standing().phase;
  const WatchResult result =
      co_await watch(std::move(gates), phase, scenario_, world_, stop_, log_, tell_, options_.listener);
  const std::optional<int> ended = co_await judged_after(index, result);
  co_return ended;
}

asio::awaitable<std::optional<int>> Carrier::judged_after(std::size_t index, WatchResult result) {
  const StepDefinition& step = scenario_.transfer[index];
  if (result.interrupted) co_return interrupted();
  if (result.result == GateResult::hold) {
    tell_.say("hold: gate {} after step {}: {}", result.gate, step.id, result.reason);
    tell_.say("nothing was undone; the transfer stands after the action of step {}. Look again with: {}", step.id,
              next("cutover"));
    co_return exit_code::kHold;
  }
  if (result.result == GateResult::go) {
    if (!decide(event::StepDone{step.id, text_of(step)})) co_return std::nullopt;
    tell_.say("  step {} {}", step.id, dry_run_ ? "would be finished with that" : "is finished");
    if (dry_run_) co_return exit_code::kDone;
    co_return std::nullopt;
  }
  tell_.say("no-go: gate {} after step {}: {}", result.gate, step.id, result.reason);
  switch (after_failure(scenario_, standing(), index)) {
    case AfterFailure::beyond:
      tell_.say("the point of no return is passed, so nothing is undone by itself: a person must act now");
      tell_.say("when it is mended: {}; to go back in spite of it: {}", next("cutover"), next("rollback", "--force"));
      co_return exit_code::kActNow;
    case AfterFailure::in_order:
      tell_.say("later steps stand on it, so it is not undone by itself: a person must act now");
      tell_.say("when it is mended: {}; to go back: {}", next("cutover"), next("rollback"));
      co_return exit_code::kActNow;
    case AfterFailure::stays:
      co_return say_stays(index);
    case AfterFailure::undo:
      break;
  }
  if (dry_run_) {
    tell_.say("dry run: the cutover would undo step {} now", step.id);
    co_return exit_code::kNoGo;
  }
  const std::string why = fmt::format("gate {} said no-go: {}", result.gate, result.reason);
  const int ended = co_await undo(index, why, "cutover");
  co_return ended;
}

asio::awaitable<std::optional<int>> Carrier::repeat(std::size_t index, std::size_t action) {
  const StepDefinition& step = scenario_.transfer[index];
  const std::string key = fmt::format("{}/{}", step.id, action);
  if (unknown_ends_[key] >= 2) {
    tell_.say("the end of this action was unknown twice in a row; it may be repeated: {}", next("cutover"));
    co_return ask_about_half_done(index, action);
  }
  if (dry_run_) co_return say_dry(index, action);
  tell_.say("step {} is half-done: nobody knows how far '{}' came; it is repeatable and runs again", step.id,
            describe(step.run[action]));
  const std::optional<int> ended = co_await act(index, action, false);
  co_return ended;
}

asio::awaitable<std::optional<int>> Carrier::retry(std::size_t index, std::size_t action) {
  if (failed_ == index) co_return say_stays(index);
  if (dry_run_) co_return say_dry(index, action);
  tell_.say("step {} failed before; what came before this of it stays done", scenario_.transfer[index].id);
  const std::optional<int> ended = co_await act(index, action, false);
  co_return ended;
}

std::optional<int> Carrier::say_dry(std::size_t index, std::size_t action) {
  const StepDefinition& step = scenario_.transfer[index];
  const StepStanding state = standing().steps[index];
  const bool fails_back = state.run.failed && after_failure(scenario_, standing(), index) == AfterFailure::undo;
  if (state.undoing || fails_back)
    tell_.say("dry run: next the cutover would undo step {}", step.id);
  else if (action < step.run.size())
    tell_.say("dry run: next comes step {}: {}", step.id, describe(step.run[action]));
  else
    tell_.say("dry run: next comes step {}, which has no action", step.id);
  return exit_code::kDone;
}

}  // namespace drydock
