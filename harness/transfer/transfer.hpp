#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/transfer/listener.hpp"
#include "harness/transfer/stop_token.hpp"
#include "harness/transfer/tell.hpp"
#include "harness/transfer/world.hpp"
#include "probes/core/secret.hpp"

/// The verbs of a transfer. Each returns the exit code of the table in scenarios/README.md and tells people on `out`
/// and `err` what happened and which command to type next. None throws for what the journal or this machine does: that
/// is exit 70.
namespace drydock {

class TransferLog;

struct TransferOptions {
  std::string journal;  ///< path; see default_journal()
  std::shared_ptr<TransferLog>
      log;                ///< the journal where it has been read already, taken over by the verb; may be null
  std::string person;     ///< who acts; empty: the login name
  std::string arguments;  ///< --set and --vars as typed, for commands that are told; empty: none
  const Redactor* redactor = nullptr;    ///< applied to all that actions say; may be null
  std::ostream* out = nullptr;           ///< human text; null: none
  std::ostream* err = nullptr;           ///< errors; null: none
  std::ostream* progress = nullptr;      ///< what goes on, look by look; null: none
  std::string token;                     ///< the run's token, for reports
  TellStyle style;                       ///< of what is told on out and progress
  TransferListener* listener = nullptr;  ///< told what goes on; may be null; must outlive the verb
  std::string output_folder;             ///< for all that actions say, a file each; empty: none
  /// True once words for people could not be written, which the journal is to know; may be empty.
  std::function<bool()> output_lost;
  /// Called at every boundary of a transfer, such as `before action-intended` and `after action-intended`; for tests of
  /// crashes.
  std::function<void(const std::string& boundary)> at_boundary;
};

struct TransferResult {
  int exit = 70;
  RunRecord record;  ///< for --report: every gate and step, of each gate the results of its last look; `ending` is the
                     ///< verb's
};

/// `NAME.journal` beside `NAME.yaml`.
std::string default_journal(const std::string& scenario_file);

/// What later commands take from a journal before they load the scenario, and in which phase the transfer stands.
struct Recorded {
  std::map<std::string, std::string> vars;
  std::string phase;  ///< id
};
/// Nothing where the log has no journal yet.
std::optional<Recorded> recorded(const TransferLog& log);

/// What the loaded scenario has changed that the journal forbids: another scenario's journal, a host's address, a name,
/// a finished step's text by other vars. Each line names both values, the last one the command that goes on; any line
/// is exit 2. Empty where there is no journal.
std::vector<std::string> forbidden_changes(const Scenario& scenario, const TransferOptions& options,
                                           const TransferLog& log);

struct CutoverOptions {
  std::string until;  ///< step id; empty: to the end
  bool dry_run = false;
  bool take_over = false;  ///< the owner on another machine is gone: TransferOptions::person says so
  std::string because{};   ///< why, with take_over
};
boost::asio::awaitable<TransferResult> cutover(const Scenario& scenario, World& world, StopToken& stop,
                                               TransferOptions options, CutoverOptions what);

struct RollbackOptions {
  std::string to;  ///< the step that stays; empty: not said
  bool all = false;
  bool force = false;
  bool dry_run = false;    ///< lists what would be undone, in order
  bool take_over = false;  ///< as in CutoverOptions
  std::string because{};
};
boost::asio::awaitable<TransferResult> rollback(const Scenario& scenario, World& world, StopToken& stop,
                                                TransferOptions options, RollbackOptions what);

/// A person's word: TransferOptions::person says whose.
int approve(const Scenario& scenario, TransferOptions options, const std::string& step, const std::string& because);
/// `word`: done, again, skipped.
int mark(const Scenario& scenario, TransferOptions options, const std::string& step, const std::string& word,
         const std::string& because);

/// A person accepts one failing check from here on; written into the journal. `waiver.as`: at least one name.
int waive(const Scenario& scenario, TransferOptions options, const Waiver& waiver);

/// When the window ends, or that it has.
std::string window_words(WallTime end, WallTime now);

/// Steps, gates and where the transfer stands. Writes and locks nothing.
TransferResult plan(const Scenario& scenario, TransferOptions options);

/// The journal in words. With `verify`: whether it is whole, and the hash of its last entry. Needs no scenario.
int history(const std::string& journal, bool verify, std::ostream& out, std::ostream& err);

/// What a journal tells reporters, with the exit code of its last command. Needs no scenario. Throws JournalError.
RunRecord record_of_journal(const std::string& journal);

}  // namespace drydock
