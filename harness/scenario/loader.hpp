#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace drydock {

struct Diagnostic {
  bool is_error = true;  ///< false: a warning of `check`
  SourcePosition where;
  std::string message;      ///< `what is wrong; what would be right`
  std::string source_line;  ///< the line itself, for the caret; empty where there is none
};

/// `file:line:col: message`, the source line and a caret below it.
std::string format(const Diagnostic& diagnostic);

struct LoadOptions {
  std::map<std::string, std::string> set;  ///< --set: an undeclared name is an error
  std::vector<std::string> vars_files;     ///< --vars: an undeclared name is a warning, an error where it resembles a
                                           ///< declared one that the file lacks; later files win, --set wins over all
  std::map<std::string, std::string>
      recorded;  ///< vars kept by the journal: beneath --vars and --set, above the file's own
  std::span<const ProbeType* const> types;  ///< the probe types that may be used; empty: all of the registry
};

struct LoadResult {
  std::optional<Scenario> scenario;     ///< set where there is no error
  std::vector<Diagnostic> diagnostics;  ///< errors and warnings, in the order of the file
};

/// Reads and validates a scenario file: every problem in one go, nothing is sent and no command is run. Throws only for
/// what is this machine's fault (memory).
LoadResult load_scenario(const std::string& path, const LoadOptions& options = {});

/// The same from text, for tests; `name` is what diagnostics call the file and `folder` what paths are relative to.
LoadResult load_scenario_text(const std::string& text, const std::string& name, const std::string& folder,
                              const LoadOptions& options = {});

/// One probe from the command line (`drydock probe TYPE ADDRESS KEY=VALUE...`): the values are YAML flow values. The
/// result is a scenario with that one probe and one host, or diagnostics that name the argument.
struct ProbeArguments {
  std::string type;
  std::string address;  ///< IP, IP:port, [v6]:port
  std::string name;     ///< spoken; empty: none
  std::vector<std::pair<std::string, std::string>> keys;
};
/// A port in ADDRESS becomes HostDefinition::port, and the type's `port` where it has one. For types that ask name
/// servers ADDRESS is the server asked; for one that needs an address and was given none, that address.
LoadResult load_probe_arguments(const ProbeArguments& arguments, std::span<const ProbeType* const> types = {});

/// Reads every secret of the scenario; one that can't be read is marked missing with the reason. `run_commands`: false
/// skips those of kind `command` (they stay unresolved).
void resolve_secrets(const Scenario& scenario, bool run_commands);

/// JSON Schema (draft 2020-12) of the scenario file, from the same tables as the loader.
std::string scenario_schema(std::span<const ProbeType* const> types = {});

}  // namespace drydock
