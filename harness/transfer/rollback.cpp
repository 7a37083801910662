#include "harness/transfer/rollback.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <sstream>

#include "harness/action/action.hpp"
#include "harness/transfer/carrier.hpp"
#include "harness/transfer/missing_secrets.hpp"
#include "harness/transfer/session.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

bool has_undo(const Scenario& scenario, std::size_t step) {
  return !scenario.transfer[step].undo.empty();
}

struct Target {
  std::vector<std::size_t> steps;  ///< indices, the first to undo first
  std::string refusal;
};

/// The steps that are in force, the first to undo first: an undo that is under way, then the last step of which
/// something may be in force, then what it stands on, in the order of the scenario: also where an earlier one was done
/// again.
std::vector<std::size_t> in_force(const Standing& standing) {
  std::vector<std::size_t> all;
  for (std::size_t i = standing.steps.size(); i-- > 0;) {
    const StepStanding& state = standing.steps[i];
    if (state.in_force()) all.insert(state.undoing ? all.begin() : all.end(), i);
  }
  return all;
}

/// Without --to and --all only the first of them, and only if it can be put back.
Target choose(const Scenario& scenario, const Standing& standing, const RollbackOptions& what,
              const TransferOptions& options) {
  std::vector<std::size_t> all = in_force(standing);
  const auto index_of = [&](const std::string& id) {
    return static_cast<std::size_t>(scenario.step(id) - scenario.transfer.data());
  };
  if (!what.to.empty() && what.all) return {{}, "--to and --all can't be given together"};
  if (!what.to.empty()) {
    if (!scenario.step(what.to)) return {{}, no_such_step(scenario, what.to)};
    const auto keep = std::find(all.begin(), all.end(), index_of(what.to));
    if (keep == all.end() || !standing.steps[*keep].finished)
      return {{}, fmt::format("step '{}' is not finished, so it can't be the one that stays", what.to)};
    all.erase(keep, all.end());
    if (all.empty()) return {{}, fmt::format("step '{}' was finished last: nothing came after it", what.to)};
    return {all, {}};
  }
  if (all.empty()) return {{}, "there is nothing to undo: no step is in force"};
  if (what.all) return {all, {}};
  if (const auto one = undone_by_rollback(scenario, standing)) return {{*one}, {}};
  const StepDefinition& last = scenario.transfer[all.front()];
  const auto with_undo =
      std::find_if(all.begin(), all.end(), [&](std::size_t i) { return !scenario.transfer[i].undo.empty(); });
  if (with_undo == all.end())
    return {{}, fmt::format("step '{}' has no undo, nor has any step before it, so nothing can be put back", last.id)};
  std::string rest = with_undo + 1 == all.end() ? "--all" : "--to " + scenario.transfer[*(with_undo + 1)].id;
  if (standing.beyond_point_of_no_return) rest += " --force";
  return {{},
          fmt::format("step '{}' has no undo; nothing was changed. To go further back, to before step '{}', knowing "
                      "that what '{}' did stays: {}",
                      last.id, scenario.transfer[*with_undo].id, last.id,
                      command_line(scenario, options, "rollback", rest))};
}

/// How far back, and whether in spite of a point of no return, as it is typed.
std::string arguments_of(const RollbackOptions& what, bool force) {
  std::vector<std::string> words;
  if (what.all) words.emplace_back("--all");
  if (!what.to.empty()) words.push_back("--to " + what.to);
  if (force) words.emplace_back("--force");
  return fmt::format("{}", fmt::join(words, " "));
}

/// What choose() says, unless the point of no return is passed and nobody said --force.
Target choose_or_refuse(const Scenario& scenario, const Standing& standing, const RollbackOptions& what,
                        const TransferOptions& options) {
  Target target = choose(scenario, standing, what, options);
  if (target.refusal.empty() && standing.beyond_point_of_no_return && !what.force)
    target.refusal = fmt::format(
        "the point of no return is passed: what happened since would be lost on the way back. "
        "Nothing was undone; to go back in spite of it: {}",
        command_line(scenario, options, "rollback", arguments_of(what, true)));
  return target;
}

void tell_what_is_next(const Scenario& scenario, Session& session, const TransferOptions& options,
                       const std::string& first) {
  if (scenario.step(first))
    session.tell().say("the gates before step {} can be looked at again: {}", first,
                       command_line(scenario, options, "cutover", "--dry-run"));
  const Move move = next_move(scenario, session.standing());
  session.tell().say("the next cutover begins with {}: {}",
                     move.step < scenario.transfer.size() ? "step " + scenario.transfer[move.step].id : "nothing",
                     command_line(scenario, options, "cutover"));
}

void tell_rolled_back(const Scenario& scenario, Session& session, const std::vector<std::string>& steps) {
  std::vector<std::string> undone, passed;
  for (const auto& id : steps) {
    const StepDefinition* step = scenario.step(id);  // null: taken out of the file since
    (step && step->undo.empty() ? passed : undone).push_back(id);
  }
  const auto list = [](const std::vector<std::string>& ids) {
    return ids.empty() ? std::string("none") : fmt::format("{}", fmt::join(ids, ", "));
  };
  session.tell().say("rolled back: {}; passed without an undo: {}", list(undone), list(passed));
}

asio::awaitable<int> undo_all(const Scenario& scenario, Carrier& carrier, Session& session, StopToken& stop,
                              const TransferOptions& options, Target target) {
  std::vector<std::string> undone;
  for (const std::size_t index : target.steps) {
    if (stop.level() > 0) co_return carrier.interrupted();
    if (!carrier.look_where_it_stands().steps[index].in_force()) {
      session.tell().say("step {} is not in force any more: a person has marked it meanwhile",
                         scenario.transfer[index].id);
      continue;
    }
    const int ended = co_await carrier.undo(index, "rollback", "rollback");
    if (ended != exit_code::kUndone) co_return ended;
    undone.push_back(scenario.transfer[index].id);
  }
  tell_rolled_back(scenario, session, undone);
  tell_what_is_next(scenario, session, options, scenario.transfer[target.steps.back()].id);
  co_return exit_code::kDone;
}

/// The steps that a rollback of the same arguments had undone when it ended without a word, where that was all it was
/// to do: who types it again means that one, and no step further back.
std::vector<std::string> undone_unsaid(const TransferLog& log, const Standing& standing, const RollbackOptions& what) {
  std::vector<std::string> undone;
  bool open = false;  // a rollback of these arguments has begun, and has not told its end
  bool lost = false;
  for (const auto& event : log.events()) {
    const auto* began = event.get<event::Began>();
    const auto* step = event.get<event::StepUndone>();
    if (began) {
      const bool same = began->verb == "rollback" &&
                        (began->arguments == arguments_of(what, false) || began->arguments == arguments_of(what, true));
      if (!same || !open) undone.clear();
      open = same;
    }
    // Who could not read what was told does not know of it.
    if (event.get<event::Stopped>() && !lost) open = false;
    lost = event.get<event::OutputLost>() != nullptr;
    if (step && open) undone.push_back(step->step);
  }
  const auto again = [&](const std::string& id) { return standing.step(id) && standing.step(id)->in_force(); };
  const bool one = !what.all && what.to.empty();
  const bool more = one ? std::any_of(standing.steps.begin(), standing.steps.end(), std::mem_fn(&StepStanding::undoing))
                        : goes_further_back(standing, arguments_of(what, false));
  if (!open || more || std::any_of(undone.begin(), undone.end(), again)) return {};
  return undone;
}

int say_undone(const Scenario& scenario, Session& session, const TransferOptions& options, const RollbackOptions& what,
               const std::vector<std::string>& steps) {
  session.tell().say(
      "the rollback before this one did not tell its end, but all that was asked of it had been done; {}",
      what.dry_run ? "a dry run: nothing was changed" : "nothing more was done");
  tell_rolled_back(scenario, session, steps);
  tell_what_is_next(scenario, session, options, steps.back());
  if (!what.dry_run && !what.all && what.to.empty() && undone_by_rollback(scenario, session.standing()))
    session.tell().say(
        "to undo the step before it as well: {}",
        command_line(scenario, options, "rollback", session.standing().beyond_point_of_no_return ? "--force" : ""));
  return exit_code::kDone;
}

void list_undos(const Scenario& scenario, const Standing& standing, const Target& target, Tell& tell) {
  for (const std::size_t index : target.steps) {
    const StepDefinition& step = scenario.transfer[index];
    tell.say("dry run: would undo step {}{}", step.id,
             step.undo.empty() ? ": it has no undo, so what it did stays" : "");
    const std::size_t behind = standing.steps[index].undoing ? standing.steps[index].undo.next : 0;
    for (std::size_t i = behind; i < step.undo.size(); ++i) tell.say("    {}", describe(step.undo[i]));
  }
  tell.say("dry run: nothing was changed");
}

asio::awaitable<int> roll_back(const Scenario& scenario, World& world, StopToken& stop, const TransferOptions& options,
                               RollbackOptions what, Session& session) {
  const TakeOver take_over{what.take_over, what.because};
  std::optional<int> refused = session.open();
  if (!refused) refused = session.ask_for_owner(take_over);
  if (refused) co_return *refused;
  Target target;
  if (undone_unsaid(session.log(), session.standing(), what).empty()) {
    target = choose_or_refuse(scenario, session.standing(), what, options);
    if (!target.refusal.empty()) co_return session.refuse(target.refusal);
    refused = session.refuse_missing(missing_for_undo(scenario, target.steps));
    if (refused) co_return *refused;
  }
  refused = session.begin();
  if (refused) co_return *refused;
  // The log was read before the lock was taken: what another drydock has written in between counts as well.
  if (const auto undone = undone_unsaid(session.log(), session.standing(), what); !undone.empty())
    co_return say_undone(scenario, session, options, what, undone);
  target = choose_or_refuse(scenario, session.standing(), what, options);
  if (!target.refusal.empty()) co_return session.refuse(target.refusal);
  refused = session.refuse_missing(missing_for_undo(scenario, target.steps));
  if (refused) co_return *refused;
  Carrier carrier(scenario, world, stop, options, session.log(), session.tell(), what.dry_run);
  carrier.goes_on_with("rollback", arguments_of(what, what.force));
  if (what.dry_run) {
    if (const auto lost = carrier.refuse_misplaced_undo(target.steps.front())) co_return *lost;
    if (const auto asked = carrier.ask_about_undo(target.steps.front())) co_return *asked;
    list_undos(scenario, session.standing(), target, session.tell());
    co_return exit_code::kDone;
  }
  const int ended = co_await undo_all(scenario, carrier, session, stop, options, std::move(target));
  co_return ended;
}

}  // namespace

std::optional<std::size_t> undone_by_rollback(const Scenario& scenario, const Standing& standing) {
  const std::vector<std::size_t> all = in_force(standing);
  if (all.empty()) return std::nullopt;
  const bool can = has_undo(scenario, all.front()) || standing.steps[all.front()].nothing_began();
  return can ? std::optional(all.front()) : std::nullopt;
}

std::string way_back(const TransferLog& log, const Standing& standing) {
  std::string typed, arguments;
  bool open = false;
  for (const auto& event : log.events()) {
    if (const auto* began = event.get<event::Began>()) {
      typed = began->verb == "rollback" ? began->arguments.value_or("") : "";
      if (open && began->verb == "rollback") arguments = typed;
    }
    if (event.get<event::UndoStarted>()) arguments = typed;
    const auto* mark = event.get<event::Marked>();
    if (event.get<event::UndoStarted>()) open = true;
    if (event.get<event::StepUndone>() || (mark && mark->action < 0)) open = false;
  }
  if (!standing.beyond_point_of_no_return || arguments.find("--force") != std::string::npos) return arguments;
  return arguments + (arguments.empty() ? "--force" : " --force");
}

bool goes_further_back(const Standing& standing, const std::string& arguments) {
  std::istringstream words(arguments);
  std::string word, to;
  bool all = false;
  while (words >> word) {
    all = all || word == "--all";
    if (word == "--to") words >> to;
  }
  if (!all && to.empty()) return false;
  for (std::size_t i = standing.steps.size(); i-- > 0 && standing.steps[i].id != to;)
    if (standing.steps[i].in_force()) return true;
  return false;
}

asio::awaitable<TransferResult> rollback(const Scenario& scenario, World& world, StopToken& stop,
                                         TransferOptions options, RollbackOptions what) {
  Session session(scenario, world, options, "rollback", arguments_of(what, what.force), what.dry_run);
  TransferResult result = co_await session.carry_out(roll_back(scenario, world, stop, options, what, session));
  co_return result;
}

}  // namespace drydock
