#include <algorithm>
#include <exception>

#include "harness/action/action.hpp"
#include "harness/action/child.hpp"
#include "harness/journal/holder.hpp"
#include "harness/transfer/actor.hpp"
#include "harness/transfer/carrier.hpp"
#include "harness/transfer/missing_secrets.hpp"
#include "harness/transfer/output_file.hpp"
#include "harness/transfer/owner.hpp"
#include "harness/transfer/record.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// That the owner on another machine is gone, as a person says.
struct TakeOver {
  bool wanted = false;
  std::string because;
};

/// What cutover and rollback have in common: the lock, the log, the checks before anything is done, and what is
/// noted at the end.
class Session {
public:
  Session(const Scenario& scenario, World& world, const TransferOptions& options, std::string verb, bool read_only)
      : scenario_(scenario),
        world_(world),
        options_(options),
        verb_(std::move(verb)),
        read_only_(read_only),
        tell_(options.out, options.progress, options.style),
        errors_(options.err, options.err, {options.style.before, {}}) {}

  /// The exit code where the verb can't begin.
  std::optional<int> open() {
    if (scenario_.transfer.empty()) return refuse("this scenario has no transfer: there is nothing to do");
    const WallTime now = world_.wall_now();
    if (!read_only_) {
      std::string who;
      auto holder = Holder::take(options_.journal, "drydock " + verb_, now, who);
      if (holder) {
        holder_.emplace(std::move(*holder));
      } else {
        return held(fmt::format("another drydock holds this transfer: {}", who));
      }
    }
    const TextFilter filter(options_.redactor);
    if (options_.log)
      log_.emplace(std::move(*options_.log));
    else
      log_.emplace(TransferLog::read_or_begin(options_.journal, scenario_, now, filter));
    log_->pass_through(filter);
    const auto changes = forbidden_changes(scenario_, options_, *log_);
    for (const auto& line : changes) errors_.say("{}", line);
    if (!changes.empty()) return exit_code::kUsage;
    return std::nullopt;
  }

  /// Nobody else may carry the transfer on: 75. Where the journal names another machine, nothing is assumed about it
  /// until a person says that it does not; a dry run takes nothing from it.
  std::optional<int> ask_for_owner(const TakeOver& take_over) {
    const auto owner = read_only_ ? owner_of(options_.journal, *log_) : owner_by_journal(*log_);
    if (!owner || (read_only_ && !owner->here)) return std::nullopt;
    if (owner->here && owner->has_lock)
      return held(fmt::format("the transfer is under way now, by {}, so what comes next is not known yet", owner->who));
    if (owner->here)
      return held(
          fmt::format("{} still carries this transfer on, although its lock was removed: wait for its end, or "
                      "interrupt it",
                      owner->who));
    if (take_over.wanted) {
      if (take_over.because.empty() || options_.person.empty())
        return refuse("--take-over wants --as NAME and --because TEXT, for those who read the journal later");
      take_over_ = event::TakenOver{this_actor(options_.person), {take_over.because}, {owner->who}};
      return std::nullopt;
    }
    errors_.say("{}; nothing was done. See whether it still runs there; where it surely does not: {}",
                elsewhere_words(*owner),
                command_line(scenario_, options_, verb_, "--take-over --as NAME --because TEXT"));
    return exit_code::kHeld;
  }

  /// From here on the verb may write, and who has the right to carry on is noted before the first thing is done with
  /// it; the exit code where somebody else has taken it meanwhile. The journal is made here where there was none.
  std::optional<int> begin() {
    if (!read_only_) {
      log_->open_for_writing(options_.journal, scenario_, world_.wall_now());
      log_->at_boundary = options_.at_boundary;
      if (take_over_) {
        const auto owner = owner_by_journal(*log_);
        const bool same = owner && owner->who == take_over_->from.value;
        if (!same || !log_->append_if_last(*take_over_, world_.wall_now()))
          return held("others have written into the journal meanwhile, so it is not taken over");
      }
      const event::Began began{verb_, std::string("drydock ") + DRYDOCK_VERSION, this_actor(options_.person)};
      do {
        if (const auto refused = ask_for_owner({})) return refused;
      } while (!log_->append_if_last(began, world_.wall_now()));
      owns_ = true;
      note_vars();
    }
    tell_heading(tell_, scenario_, options_, standing().phase);
    return std::nullopt;
  }

  void complain(const std::string& why) { errors_.say("{}", why); }
  /// Tells why, and, where that names no command, the one that shows where the transfer stands.
  int refuse(const std::string& why) {
    errors_.say("{}", why);
    if (why.find(": drydock ") == std::string::npos)
      errors_.say("see where it stands: {}", command_line(scenario_, options_, "plan"));
    return exit_code::kUsage;
  }
  int held(const std::string& why) {
    errors_.say("{}", why);
    errors_.say("nothing was done; see where it stands: {}", command_line(scenario_, options_, "plan"));
    return exit_code::kHeld;
  }

  /// The result; the end is noted in the journal.
  TransferResult finish(int exit) {
    TransferResult result{exit, {}};
    if (!log_) {
      result.record = record_of(TransferLog::in_memory(scenario_, world_.wall_now()));
      result.record.steps.clear();
      result.record.ending = ending_of(verb_, exit);
      return result;
    }
    if (owns_ && exit != exit_code::kMachine) stop(exit);
    result.record = record_of(*log_);
    result.record.tool = std::string("drydock ") + DRYDOCK_VERSION;
    result.record.token = options_.token;
    if (log_->exists()) result.record.journal = options_.journal;
    result.record.ending = ending_of(read_only_ ? "plan" : verb_, exit);
    return result;
  }

  int machine_failed(const std::string& why) {
    errors_.say("drydock can't go on, and no further action was started: {}", why);
    errors_.say("when this is mended, the same command goes on: {}", command_line(scenario_, options_, verb_));
    return exit_code::kMachine;
  }

  [[nodiscard]] bool acts() const { return !read_only_; }
  [[nodiscard]] TransferLog& log() { return *log_; }
  [[nodiscard]] Tell& tell() { return tell_; }
  [[nodiscard]] Standing standing() const { return stand(outline_of(scenario_), log_->events()); }

private:
  /// Where another has begun since, it is the other one's right that an end would end.
  void stop(int exit) {
    if (options_.output_lost && options_.output_lost())
      log_->append(event::OutputLost{{"nobody may have read what was told"}}, world_.wall_now());
    while (log_->last_began() && is_this_process(log_->last_began()->actor))
      if (log_->append_if_last(event::Stopped{verb_, exit}, world_.wall_now())) return;
  }
  void note_vars() {
    const std::vector<std::pair<std::string, std::string>> now(scenario_.vars.begin(), scenario_.vars.end());
    if (now != log_->vars()) log_->append(event::VarsChanged{now}, world_.wall_now());
  }

  const Scenario& scenario_;
  World& world_;
  const TransferOptions& options_;
  std::string verb_;
  bool read_only_;
  Tell tell_, errors_;
  std::optional<Holder> holder_;
  std::optional<TransferLog> log_;
  std::optional<event::TakenOver> take_over_;
  bool owns_ = false;
};

/// Refuses where something that is needed on the way can't be had.
std::optional<int> refuse_missing(const std::vector<std::string>& secrets, const TransferOptions& options,
                                  Session& session) {
  const bool keeps = !options.output_folder.empty() && session.acts();
  if (const std::string why = keeps ? why_no_output(options.output_folder) : ""; !why.empty())
    return session.refuse("--output: " + why);
  for (const auto& line : secrets) session.complain(line);
  if (!secrets.empty()) return session.refuse("nothing was sent");
  return std::nullopt;
}

std::optional<int> check_cutover(const Scenario& scenario, const CutoverOptions& what, const TransferOptions& options,
                                 Session& session) {
  if (!what.until.empty() && !scenario.step(what.until)) return session.refuse(no_such_step(scenario, what.until));
  return refuse_missing(missing_secrets(scenario, session.standing()), options, session);
}

struct Target {
  std::vector<std::size_t> steps;  ///< indices, the first to undo first
  std::string refusal;
};

/// The steps to undo: an undo that is under way, then the last step of which something may be in force, then what it
/// stands on, in the order of the scenario: also where an earlier one was done again. Without --to
/// and --all only the first of them, and only if it can be put back.
Target choose(const Scenario& scenario, const Standing& standing, const RollbackOptions& what,
              const TransferOptions& options) {
  std::vector<std::size_t> all;
  const auto index_of = [&](const std::string& id) {
    return static_cast<std::size_t>(std::find_if(scenario.transfer.begin(), scenario.transfer.end(),
                                                 [&](const StepDefinition& step) { return step.id == id; }) -
                                    scenario.transfer.begin());
  };
  for (std::size_t i = standing.steps.size(); i-- > 0;) {
    const StepStanding& state = standing.steps[i];
    if (state.in_force()) all.insert(state.undoing ? all.begin() : all.end(), i);
  }
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
  if (all.empty()) return {{}, "there is nothing to undo: no step has begun"};
  if (what.all) return {all, {}};
  const StepDefinition& last = scenario.transfer[all.front()];
  if (!last.undo.empty() || standing.steps[all.front()].nothing_began()) return {{all.front()}, {}};
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

bool has_undo(const Scenario& scenario, std::size_t step) {
  return !scenario.transfer[step].undo.empty();
}

asio::awaitable<int> undo_all(const Scenario& scenario, Carrier& carrier, Session& session, StopToken& stop,
                              const TransferOptions& options, Target target) {
  std::vector<std::string> passed, undone;
  for (const std::size_t index : target.steps) {
    if (stop.level() > 0) co_return carrier.interrupted();
    if (!carrier.look_where_it_stands().steps[index].in_force()) {
      session.tell().say("step {} is not in force any more: a person has marked it meanwhile",
                         scenario.transfer[index].id);
      continue;
    }
    const int ended = co_await carrier.undo(index, "rollback", "rollback");
    if (ended != exit_code::kUndone) co_return ended;
    (has_undo(scenario, index) ? undone : passed).push_back(scenario.transfer[index].id);
  }
  const auto list = [](const std::vector<std::string>& ids) {
    return ids.empty() ? std::string("none") : fmt::format("{}", fmt::join(ids, ", "));
  };
  const std::string& first = scenario.transfer[target.steps.back()].id;
  session.tell().say("rolled back: {}; passed without an undo: {}", list(undone), list(passed));
  session.tell().say("the gates before step {} can be looked at again: {}", first,
                     command_line(scenario, options, "cutover", "--dry-run"));
  const Move move = next_move(scenario, carrier.standing());
  session.tell().say("the next cutover begins with {}: {}",
                     move.step < scenario.transfer.size() ? "step " + scenario.transfer[move.step].id : "nothing",
                     command_line(scenario, options, "cutover"));
  co_return exit_code::kDone;
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
  Target target = choose_or_refuse(scenario, session.standing(), what, options);
  if (!target.refusal.empty()) co_return session.refuse(target.refusal);
  refused = refuse_missing(missing_for_undo(scenario, target.steps), options, session);
  if (refused) co_return *refused;
  refused = session.begin();
  if (refused) co_return *refused;
  if (what.dry_run) {
    list_undos(scenario, session.standing(), target, session.tell());
    co_return exit_code::kDone;
  }
  // The log was read before the lock was taken: what another drydock has written in between counts as well.
  target = choose_or_refuse(scenario, session.standing(), what, options);
  if (!target.refusal.empty()) co_return session.refuse(target.refusal);
  Carrier carrier(scenario, world, stop, options, session.log(), session.tell(), false);
  carrier.goes_on_with("rollback", arguments_of(what, what.force));
  const int ended = co_await undo_all(scenario, carrier, session, stop, options, std::move(target));
  co_return ended;
}

asio::awaitable<int> carry_on(const Scenario& scenario, World& world, StopToken& stop, const TransferOptions& options,
                              CutoverOptions what, Session& session) {
  const TakeOver take_over{what.take_over, what.because};
  std::optional<int> refused = session.open();
  if (!refused) refused = check_cutover(scenario, what, options, session);
  if (!refused) refused = session.ask_for_owner(take_over);
  if (refused) co_return *refused;
  refused = session.begin();
  if (refused) co_return *refused;
  Carrier carrier(scenario, world, stop, options, session.log(), session.tell(), what.dry_run);
  const int ended = co_await carrier.forward(what.until);
  co_return ended;
}

/// Turns what this machine does wrong into exit 70.
asio::awaitable<TransferResult> guarded(asio::awaitable<int> verb, Session& session) {
  int exit = exit_code::kMachine;
  try {
    exit = co_await std::move(verb);
    co_return session.finish(exit);
  } catch (const std::exception& error) {
    exit = session.machine_failed(error.what());
  }
  co_return session.finish(exit);
}

}  // namespace

asio::awaitable<TransferResult> cutover(const Scenario& scenario, World& world, StopToken& stop,
                                        TransferOptions options, CutoverOptions what) {
  Session session(scenario, world, options, "cutover", what.dry_run);
  TransferResult result = co_await guarded(carry_on(scenario, world, stop, options, what, session), session);
  co_return result;
}

asio::awaitable<TransferResult> rollback(const Scenario& scenario, World& world, StopToken& stop,
                                         TransferOptions options, RollbackOptions what) {
  Session session(scenario, world, options, "rollback", what.dry_run);
  TransferResult result = co_await guarded(roll_back(scenario, world, stop, options, what, session), session);
  co_return result;
}

}  // namespace drydock
