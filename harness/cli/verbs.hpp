#pragma once
#include "harness/cli/options.hpp"

namespace drydock::cli {

// Each verb returns the exit code. UsageError ends in exit 2, every other exception in exit 70.

int check(const ScenarioOptions& scenario, const OutputOptions& output);
int run_probes(const ScenarioOptions& scenario, const RunOptions& selection, const OutputOptions& output);
int probe(const ProbeOptions& probe, const OutputOptions& output);
/// `judge`: by today's checks.
int report(const std::string& recorded, bool judge, const OutputOptions& output);

int list_checks(const std::string& type, bool json);
int explain(const std::string& check);
int print_schema();

int lab(const LabOptions& options);

}  // namespace drydock::cli
