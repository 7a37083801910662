#pragma once
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/scenario/scenario.hpp"

namespace drydock {

/// The observation of a record as its judges want it. A fact that was left out, that the type no longer has, or whose
/// type has changed is one that was not seen.
Observation observation_of(const ObservationRecord& seen, const ProbeType& type);

/// What a person should know of a record that was judged again; one line each, without a line end, in no more lines
/// than the record has results and the scenario has probes.
struct JudgingNotes {
  std::vector<std::string> as_then;  ///< whose results had to stay as they were, and why
  std::vector<std::string> unseen;   ///< ids of the scenario's probes of which the record holds nothing
  std::vector<std::string> changed;  ///< verdicts that are not what they were, checks that came or went
};

/// Judges the record's observations by the checks of this drydock and by what the scenario says now, each in the
/// phase in which it was made, and puts these results in place of the old ones; then `waivers` apply, as on the day on
/// which the record ended, and no others. Results stay as they were where nothing was looked at, where the scenario no
/// longer looks, where it would ask something else now (asked_otherwise), and where the verdict would change because
/// the record lacks what was seen; so do gates and steps, which were decided then. The record says nothing of this by
/// itself: see RunRecord::judged_again.
JudgingNotes judge_again(const Scenario& scenario, const std::vector<Waiver>& waivers, RunRecord& record);

}  // namespace drydock
