#pragma once
#include "probes/core/check.hpp"

/// The judgements of the probe type rdns; each is named like its check.
namespace drydock {

Judgement judge_rdns_ptr(const Observation& seen, const Subject& subject);
Judgement judge_rdns_forward(const Observation& seen, const Subject& subject);
Judgement judge_rdns_helo(const Observation& seen, const Subject& subject);

}  // namespace drydock
