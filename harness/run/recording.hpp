#pragma once
#include <optional>
#include <string>

#include "harness/record/run_record.hpp"
#include "harness/run/judging.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {

/// One attempt at one probe.
struct Attempt {
  int id = 0;      ///< of the observation
  int number = 1;  ///< counts from 1
  WallTime started{};
  Duration took{};
};

/// What an attempt saw, as records hold it: every text through the filter, secrets removed from facts. `whole`: false
/// where nothing was found wrong; then long texts are left out, by name.
ObservationRecord record_observation(const ProbeDefinition& probe, const Observation& seen, const Subject& subject,
                                     const Attempt& attempt, bool whole, const Redactor* redactor);

/// One judged check. `seen`: what it was judged from; null where nothing was looked at.
ResultRecord record_result(const ProbeDefinition& probe, const Subject& subject, const Judged& judged,
                           const ObservationRecord* seen, const TextFilter& filter);

/// That a probe is not looked at, and why.
ResultRecord record_skip(const ProbeDefinition& probe, const Subject& subject, const std::string& why);

}  // namespace drydock
