#pragma once
#include <array>

#include "probes/core/check.hpp"

namespace drydock {

/// In the order of documentation.
extern const std::array<CheckSpec, 3> kRdnsChecks;

Judgement judge_rdns_ptr(const Observation& seen, const Subject& subject);
Judgement judge_rdns_forward(const Observation& seen, const Subject& subject);
Judgement judge_rdns_helo(const Observation& seen, const Subject& subject);

}  // namespace drydock
