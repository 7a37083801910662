#pragma once
#include "probes/core/check.hpp"

/// The judgements of the probe type command; each is named like its check.
namespace drydock::command {

Judgement judge_ran(const Observation& seen, const Subject& subject);
Judgement judge_exit(const Observation& seen, const Subject& subject);

}  // namespace drydock::command
