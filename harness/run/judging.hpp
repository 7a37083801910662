#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/run/instance.hpp"

namespace drydock {

/// One judged check, before it becomes a line of a report.
struct Judged {
  std::string check;
  Severity severity = Severity::critical;
  std::string rfc, spec;
  Judgement judgement;
  std::string limit{};             ///< as of StandIn
  std::string row{};               ///< of a table, where it is about one
  std::optional<int> reference{};  ///< the observation that it was compared with
};

/// What stands in for a check of which nothing was asked.
struct StandIn {
  Judgement judgement;
  std::string limit;  ///< the limit of the host that is used up, where the check was never asked
};
using StandIns = std::map<std::string, StandIn>;  ///< by check id

/// Judges an observation by every check of the probe's type and by its expectations: overrides and the probe's severity
/// are applied; a check that is switched off is a skip. Pure.
std::vector<Judged> judge_observation(const ProbeDefinition& probe, const Observation& seen, const Subject& subject,
                                      const StandIns& stand_ins = {}, const Evidence& evidence = {});

/// The roles that other observations of a look play for the checks of this probe that are not switched off, once each.
std::vector<const Role*> roles_of(const ProbeDefinition& probe);

/// Whether one of those checks can't be judged on this observation before the others are there.
bool awaits_others(const ProbeDefinition& probe, const Observation& seen, const Subject& subject);

/// The same list where the probe could not be run at all: every check has this judgement, but those that don't apply
/// whatever is seen are skipped all the same.
std::vector<Judged> judge_unseen(const ProbeDefinition& probe, const Subject& subject, const Judgement& judgement);

/// True where the service was reached: what others need that need this probe (ProbeType::reached_by). That is judged
/// also where the scenario has switched the check off.
bool reached(const ProbeDefinition& probe, const std::vector<Judged>& judged, const Observation& seen,
             const Subject& subject);

/// True where no check that counts for this probe failed or is inconclusive. Critical checks count; of a probe whose
/// severity is lower, those of that severity.
bool passed(const ProbeDefinition& probe, const std::vector<Judged>& judged);

}  // namespace drydock
