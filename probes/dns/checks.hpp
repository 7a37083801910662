#pragma once
#include <array>

#include "probes/core/check.hpp"

namespace drydock {

/// In the order of documentation.
extern const std::array<CheckSpec, 5> kDnsChecks;

/// The checks by themselves, for tests and for the table.
Judgement judge_dns_answer(const Observation& seen, const Subject& subject);
Judgement judge_dns_authoritative(const Observation& seen, const Subject& subject);
Judgement judge_dns_ns_set(const Observation& seen, const Subject& subject);
Judgement judge_dns_serial(const Observation& seen, const Subject& subject);
Judgement judge_dns_exists(const Observation& seen, const Subject& subject);

}  // namespace drydock
