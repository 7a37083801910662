#pragma once
#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/plan/standing.hpp"
#include "harness/premise/premise.hpp"
#include "harness/record/exit_code.hpp"
#include "harness/transfer/tell.hpp"
#include "harness/transfer/transfer.hpp"
#include "harness/transfer/transfer_log.hpp"
#include "harness/transfer/watch.hpp"

namespace drydock {

/// What to type next, with the scenario's file and the journal where it is not the default one.
std::string command_line(const Scenario& scenario, const TransferOptions& options, const std::string& verb,
                         const std::string& rest = {});

/// Tells what this machine or the journal does wrong, and where to look; the exit code.
int machine_failed(Tell& errors, const Scenario& scenario, const TransferOptions& options, const std::exception& error);

/// That the transfer has no step of that id, and which it has.
std::string no_such_step(const Scenario& scenario, const std::string& step);

/// Why nobody can tell where in this list of an edited step it would go on: what was done, or is half-done, does not
/// stand there as it was. Empty where it does. An action that failed ended, and may have been corrected.
std::string misplaced(const std::vector<ActionDefinition>& list, const Progress& progress, const TextFilter& filter);
/// What stands now where the action that failed stood: as `'old' failed as action 1 of it, and now 'new' stands there`.
/// Empty where it is the same, or none failed.
std::string replaced(const std::vector<ActionDefinition>& list, const Progress& progress, const TextFilter& filter);

/// The first line of human text: phase, journal, addresses.
void tell_heading(Tell& tell, const Scenario& scenario, const TransferOptions& options, std::size_t phase);

/// Carries a transfer on, or back. One for one invocation; its parts throw JournalError.
class Carrier {
public:
  Carrier(const Scenario& scenario, World& world, StopToken& stop, const TransferOptions& options, TransferLog& log,
          Tell& tell, bool dry_run)
      : scenario_(scenario),
        world_(world),
        stop_(stop),
        options_(options),
        log_(log),
        tell_(tell),
        dry_run_(dry_run),
        guard_gate_(guard_gate(scenario)) {}

  /// From where the transfer stands, up to and including `until` (empty: to the end). The exit code.
  boost::asio::awaitable<int> forward(std::string until);
  /// Undoes one step. kUndone where it is put back.
  boost::asio::awaitable<int> undo(std::size_t step, std::string why, std::string verb);

  /// The exit code where an undo that is under way was edited so that nobody can tell where it would go on.
  std::optional<int> refuse_misplaced_undo(std::size_t step);
  /// The exit code where a person must speak before an undo that is under way goes on.
  std::optional<int> ask_about_undo(std::size_t step);
  /// Where it stands by what this carrier knows.
  [[nodiscard]] Standing standing();
  /// Takes in what others have appended. What is decided from here on is decided by this standing.
  [[nodiscard]] Standing look_where_it_stands();
  /// The command that carries on what this one was doing, told where it is interrupted; `cutover` unless said here.
  void goes_on_with(std::string verb, std::string arguments) {
    verb_ = std::move(verb);
    arguments_ = std::move(arguments);
  }
  /// Notes the interruption; the exit code.
  int interrupted();

private:
  boost::asio::awaitable<std::optional<int>> move_on(Move move);
  boost::asio::awaitable<std::optional<int>> begin(std::size_t step);
  boost::asio::awaitable<std::optional<int>> conclude(std::size_t step);
  boost::asio::awaitable<std::optional<int>> judged_after(std::size_t step, WatchResult result);
  boost::asio::awaitable<std::optional<int>> repeat(std::size_t step, std::size_t action);
  boost::asio::awaitable<std::optional<int>> retry(std::size_t step, std::size_t action);
  /// Runs one action and notes its intent and end; empty where the journal now says what comes next.
  boost::asio::awaitable<std::optional<int>> act(std::size_t step, std::size_t action, bool undo);
  struct Performed {
    ActionResult result;
    bool interrupted = false;  ///< by the second signal
  };
  /// What an earlier command has waited is reckoned by the wall clock, what this one waits is not.
  boost::asio::awaitable<Performed> wait(const WaitAction& action, const Progress& before);
  boost::asio::awaitable<Performed> perform(const event::ActionIntended& intent, const ActionDefinition& action);
  /// Ends what earlier starts of an action of this list left running; false where something may still run.
  boost::asio::awaitable<bool> end_leftovers(const StepDefinition& step, const std::vector<ActionDefinition>& list,
                                             const Progress& progress);
  /// The same of every step, before an action begins.
  boost::asio::awaitable<bool> end_all_leftovers();
  std::vector<Watched> gates_before(std::size_t step);
  /// Why a point of no return would come too late for the window; empty where it would not.
  [[nodiscard]] std::string too_late(std::size_t step);
  /// The persons whose approval counts for the start of this step.
  [[nodiscard]] std::vector<std::string> counting_approvals(const StepDefinition& step,
                                                            const StepStanding& state) const;

  int ask_for_approval(const StepDefinition& step, const StepStanding& standing);
  int ask_about_half_done(std::size_t step, std::size_t action);
  int ask_about_half_done_undo(std::size_t step, std::size_t action);
  int ask_for_confirmation(const StepDefinition& step, const ActionDefinition& action, bool undo);
  int ask_about_edit(std::size_t step);
  int refuse_late(std::size_t step, const std::string& why);
  /// That every step up to `until` is finished, and where the transfer stands.
  int say_reached(const Standing& now, const std::string& until);
  int say_undo_failed(std::size_t step);
  int say_moved(std::size_t step);
  int say_act_now(std::size_t step);
  int say_stays(std::size_t step);
  int fail_undo(std::size_t step, const std::string& why);
  std::optional<int> say_dry(std::size_t step, std::size_t action);

  /// Appends what was decided, unless somebody else has moved a step since look_where_it_stands(): then false. Throws
  /// JournalError where another drydock has begun.
  [[nodiscard]] bool decide(EventContent what);
  /// Throws JournalError where another drydock has begun since this one.
  void stop_where_another_began() const;
  void note(EventContent what) { log_.append(std::move(what), world_.wall_now()); }
  /// What an action or a person said, fit for a terminal.
  [[nodiscard]] std::string fit(const std::string& text) const { return TextFilter(options_.redactor)(text); }
  /// What to type next; a cutover goes no further than this one was asked to.
  [[nodiscard]] std::string next(const std::string& verb, const std::string& rest = {}) const;
  /// The rollback that carries on what is being undone.
  [[nodiscard]] std::string goes_on_back();
  void tell_marks(const StepDefinition& step, const std::string& done, const std::string& again,
                  const std::string& skipped);

  const Scenario& scenario_;
  World& world_;
  StopToken& stop_;
  const TransferOptions& options_;
  TransferLog& log_;
  Tell& tell_;
  bool dry_run_;
  std::string verb_ = "cutover", arguments_;
  std::string until_;  ///< the step after which this cutover stops; empty: none
  std::optional<GateDefinition> start_gate_;
  const std::optional<GateDefinition> guard_gate_;
  std::int64_t decides_by_ = 0;        ///< TransferLog::moves_of_others() at the last look where it stands
  bool looked_back_ = false;           ///< the gates after the last finished step were looked at by this invocation
  std::optional<std::size_t> failed_;  ///< the step of which an action failed in this invocation
  std::map<std::string, int> unknown_ends_;  ///< by step, list and action: how often in this invocation
};

}  // namespace drydock
