#pragma once
#include <memory>
#include <string>

#include "harness/cli/options.hpp"
#include "harness/cli/output.hpp"
#include "harness/record/run_record.hpp"
#include "harness/scenario/loader.hpp"
#include "probes/core/secret.hpp"

namespace drydock {
class TransferLog;
}

namespace drydock::cli {

/// A scenario made ready for a verb, with what the journal beside it says.
struct Prepared {
  Scenario scenario;
  std::string journal;               ///< path; the file need not exist
  std::shared_ptr<TransferLog> log;  ///< the journal, read once; null where there is none
  std::string arguments;             ///< --vars and --set as typed, for commands that are told
  std::size_t phase = 0;             ///< where the journal stands, else the first
  std::string lost_phase;            ///< where the journal stands, where the scenario has no such phase any more
};

/// Whether the scenario's warnings are told one by one, or counted with the command that tells them. Those about what
/// was typed are always told.
enum class Warnings { told, counted };

/// Loads and validates. Diagnostics go to standard error; errors among them end in UsageError with an empty message
/// (everything has been said). Vars kept by the journal are taken from it; a changed address or name is refused.
Prepared prepare(const ScenarioOptions& options, Warnings warnings = Warnings::counted);

/// `NAME=VALUE` arguments as a map; throws UsageError on a missing `=`.
std::map<std::string, std::string> assignments(const std::vector<std::string>& arguments, const std::string& option);

/// Prints diagnostics to standard error; with errors among them no warnings, so that what refuses stands alone.
void print(const std::vector<Diagnostic>& diagnostics);

/// Removes every secret of the scenario that is available.
Redactor redactor_for(const Scenario& scenario);

/// The files that a journal of that path consists of.
std::vector<ProtectedFile> files_of_journal(const std::string& journal);
/// What the scenario is read from and reads: itself, secrets, keys, known hosts, authorities.
std::vector<ProtectedFile> files_of(const Scenario& scenario);
/// Those, the journal and the vars files.
std::vector<ProtectedFile> files_of(const Prepared& prepared, const ScenarioOptions& options);

/// A record with everything that is known before the first probe runs. `token` is the run's.
RunRecord new_record(const Scenario& scenario, std::size_t phase, const std::string& token);

/// The first line of human text: phase, journal, addresses.
std::string first_line(const Prepared& prepared);

/// Sixteen letters and digits of the system's randomness, for a run's id and token.
std::string new_token();

}  // namespace drydock::cli
