#pragma once
#include "probes/core/check.hpp"

/// The judgements of the probe type ports; each is named like its check.
namespace drydock::ports {

Judgement judge_open(const Observation& seen, const Subject& subject);
Judgement judge_closed(const Observation& seen, const Subject& subject, const Evidence& evidence);
/// Silence alone: whether it means closed is for other probes of the address to say.
bool closed_awaits_others(const Observation& seen, const Subject& subject);

}  // namespace drydock::ports
