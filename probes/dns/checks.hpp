#pragma once
#include "probes/core/check.hpp"

namespace drydock {

/// The judgements of the probe type dns; each is named like its check.
Judgement judge_dns_answer(const Observation& seen, const Subject& subject);
Judgement judge_dns_authoritative(const Observation& seen, const Subject& subject);
Judgement judge_dns_ns_set(const Observation& seen, const Subject& subject);
Judgement judge_dns_serial(const Observation& seen, const Subject& subject);
Judgement judge_dns_exists(const Observation& seen, const Subject& subject);

}  // namespace drydock
