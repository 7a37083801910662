#pragma once
#include <string>

#include "harness/cli/options.hpp"
#include "harness/scenario/waiver.hpp"

namespace drydock::cli {

struct TransferArguments {
  std::string until, to, step, person, reason, output;
  Waiver waiver;
  std::string host, row, mitigation, second;
  bool dry_run = false, take_over = false, done = false, again = false, skipped = false, all = false, force = false,
       verify = false;
};

using TransferVerb = int (*)(const ScenarioOptions&, const TransferArguments&, const OutputOptions&);

int plan_transfer(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output);
int cutover_transfer(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output);
int approve_step(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output);
int mark_step(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output);
int rollback_transfer(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output);
int waive_check(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output);
int tell_history(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output);

}  // namespace drydock::cli
