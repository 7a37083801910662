#include <algorithm>
#include <exception>

#include "harness/journal/holder.hpp"
#include "harness/transfer/carrier.hpp"
#include "harness/transfer/missing_secrets.hpp"
#include "harness/transfer/record.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// What cutover and rollback have in common: the lock, the ledger, the checks before anything is done, and what is
/// noted at the end.
class Session {
public:
  Session(const Scenario& scenario, World& world, const TransferOptions& options, std::string verb, bool read_only)
      : scenario_(scenario),
        world_(world),
        options_(options),
        verb_(std::move(verb)),
        read_only_(read_only),
        tell_(options.out, options.progress),
        errors_(options.err, options.err) {}

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
        errors_.say("another drydock holds this transfer: {}; nothing was done", who);
        return exit_code::kHeld;
      }
    }
    if (journal_exists(options_.journal)) {
      const auto changes = forbidden_changes(scenario_, options_.journal);
      for (const auto& change : changes) errors_.say("{}", change);
      if (!changes.empty()) return exit_code::kUsage;
    }
    ledger_ = Ledger::read(options_.journal, scenario_, now);
    return std::nullopt;
  }

  /// From here on the verb may write. The journal is made here where there was none.
  void begin() {
    if (!read_only_) {
      ledger_ = Ledger::write(options_.journal, scenario_, world_.wall_now());
      ledger_->at_boundary = options_.at_boundary;
      note_vars();
    }
    first_event_ = ledger_->events().size();
    tell_heading(tell_, scenario_, options_, stand(outline_of(scenario_), ledger_->events()).phase);
  }

  int refuse(const std::string& why) {
    errors_.say("{}", why);
    return exit_code::kUsage;
  }

  /// The result; the end is noted in the journal where this invocation wrote anything.
  TransferResult finish(int exit) {
    TransferResult result{exit, {}};
    if (!ledger_) {
      result.record.exit_override = exit;
      return result;
    }
    if (!read_only_ && exit != exit_code::kMachine && ledger_->events().size() > first_event_) note_end(exit);
    result.record = record_of(ledger_->opened(), ledger_->events());
    result.record.tool = std::string("drydock ") + DRYDOCK_VERSION;
    result.record.token = options_.token;
    if (ledger_->exists()) result.record.journal = options_.journal;
    result.record.exit_override = exit;
    return result;
  }

  int machine_failed(const std::string& why) {
    errors_.say("drydock can't go on, and no further action was started: {}", why);
    errors_.say("when this is mended, the same command goes on: {}", command_line(scenario_, options_, verb_));
    return exit_code::kMachine;
  }

  [[nodiscard]] Ledger& ledger() { return *ledger_; }
  [[nodiscard]] Tell& tell() { return tell_; }
  [[nodiscard]] Standing standing() const { return stand(outline_of(scenario_), ledger_->events()); }

private:
  void note_vars() {
    const std::vector<std::pair<std::string, std::string>> now(scenario_.vars.begin(), scenario_.vars.end());
    if (now == ledger_->vars()) return;
    Event event;
    event.kind = EventKind::vars_changed;
    event.time = world_.wall_now();
    event.detail = pairs_to_json(now);
    ledger_->append(event);
  }

  void note_end(int exit) {
    Event event;
    event.kind = EventKind::stopped;
    event.time = world_.wall_now();
    event.word = verb_;
    event.number = exit;
    ledger_->append(event);
  }

  const Scenario& scenario_;
  World& world_;
  const TransferOptions& options_;
  std::string verb_;
  bool read_only_;
  Tell tell_, errors_;
  std::optional<Holder> holder_;
  std::optional<Ledger> ledger_;
  std::size_t first_event_ = 0;
};

std::optional<int> check_cutover(const Scenario& scenario, const CutoverOptions& what, Session& session) {
  if (!what.until.empty() && !scenario.step(what.until)) return session.refuse(no_such_step(scenario, what.until));
  const auto missing = missing_secrets(scenario, session.standing());
  for (const auto& line : missing) session.refuse(line);
  if (!missing.empty()) return session.refuse("nothing was sent");
  return std::nullopt;
}

struct Target {
  std::vector<std::size_t> steps;  ///< indices, the first to undo first
  std::string refusal;
};

/// The steps to undo: what has begun and is not finished, then the finished ones, the last finished first.
Target choose(const Scenario& scenario, const Standing& standing, const RollbackOptions& what) {
  Target target;
  std::vector<std::size_t> all;
  const auto index_of = [&](const std::string& id) {
    return static_cast<std::size_t>(std::find_if(scenario.transfer.begin(), scenario.transfer.end(),
                                                 [&](const StepDefinition& step) { return step.id == id; }) -
                                    scenario.transfer.begin());
  };
  for (std::size_t i = standing.steps.size(); i-- > 0;)
    if (!standing.steps[i].finished && (standing.steps[i].begun || standing.steps[i].undoing)) all.push_back(i);
  for (auto id = standing.finished_order.rbegin(); id != standing.finished_order.rend(); ++id)
    all.push_back(index_of(*id));
  if (!what.to.empty()) {
    if (!scenario.step(what.to)) return {{}, no_such_step(scenario, what.to)};
    const auto keep = std::find(all.begin(), all.end(), index_of(what.to));
    if (keep == all.end() || !standing.steps[*keep].finished)
      return {{}, fmt::format("step '{}' is not finished, so it can't be the one that stays", what.to)};
    all.erase(keep, all.end());
  }
  if (all.empty()) return {{}, "there is nothing to undo: no step has begun"};
  target.steps = std::move(all);
  return target;
}

bool has_undo(const Scenario& scenario, std::size_t step) {
  return !scenario.transfer[step].undo.empty();
}

asio::awaitable<int> undo_all(const Scenario& scenario, Carrier& carrier, Session& session, StopToken& stop,
                              Target target, bool only_one) {
  std::vector<std::string> passed, undone;
  for (const std::size_t index : target.steps) {
    if (stop.level() > 0) co_return carrier.interrupted();
    const int ended = co_await carrier.undo(index, "rollback", "rollback");
    if (ended != exit_code::kUndone) co_return ended;
    (has_undo(scenario, index) ? undone : passed).push_back(scenario.transfer[index].id);
    if (only_one && has_undo(scenario, index)) break;
  }
  const auto list = [](const std::vector<std::string>& ids) {
    return ids.empty() ? std::string("none") : fmt::format("{}", fmt::join(ids, ", "));
  };
  session.tell().say("rolled back: {}; passed without an undo: {}", list(undone), list(passed));
  co_return exit_code::kDone;
}

asio::awaitable<int> roll_back(const Scenario& scenario, World& world, StopToken& stop, const TransferOptions& options,
                               RollbackOptions what, Session& session) {
  const std::optional<int> refused = session.open();
  if (refused) co_return *refused;
  const Standing now = session.standing();
  Target target = choose(scenario, now, what);
  if (!what.to.empty() && what.all) target.refusal = "--to and --all can't be given together";
  if (!target.refusal.empty()) co_return session.refuse(target.refusal);
  if (now.beyond_point_of_no_return && !what.force)
    co_return session.refuse(
        fmt::format("the point of no return is passed: what happened since would be lost on the way back. "
                    "Nothing was undone; to go back in spite of it: {}",
                    command_line(scenario, options, "rollback", "--force")));
  session.begin();
  Carrier carrier(scenario, world, stop, options, session.ledger(), session.tell(), false);
  const int ended =
      co_await undo_all(scenario, carrier, session, stop, std::move(target), what.to.empty() && !what.all);
  co_return ended;
}

asio::awaitable<int> carry_on(const Scenario& scenario, World& world, StopToken& stop, const TransferOptions& options,
                              CutoverOptions what, Session& session) {
  std::optional<int> refused = session.open();
  if (!refused) refused = check_cutover(scenario, what, session);
  if (refused) co_return *refused;
  session.begin();
  Carrier carrier(scenario, world, stop, options, session.ledger(), session.tell(), what.dry_run);
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
  Session session(scenario, world, options, "rollback", false);
  TransferResult result = co_await guarded(roll_back(scenario, world, stop, options, what, session), session);
  co_return result;
}

}  // namespace drydock
