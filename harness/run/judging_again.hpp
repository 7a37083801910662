#pragma once
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/scenario/scenario.hpp"

namespace drydock {

/// The observation of a record as its judges want it. A fact that was left out, that the type no longer has, or whose
/// type has changed is one that was not seen.
Observation observation_of(const ObservationRecord& seen, const ProbeType& type);

/// Judges the record's observations by the checks of this drydock and by what the scenario says now, each in the
/// phase in which it was made, and puts these results in place of the old ones. What was not looked at, and premises of
/// a transfer, stay as they are; so do gates and steps, which were decided then. Returns one line for each probe whose
/// results had to stay because the scenario no longer looks there.
std::vector<std::string> judge_again(const Scenario& scenario, RunRecord& record);

}  // namespace drydock
