#pragma once
#include "probes/core/check.hpp"

/// The judgements of the probe type tls; each is named like its check.
namespace drydock::tls {

Judgement judge_answers(const Observation& seen, const Subject& subject);
Judgement judge_chain(const Observation& seen, const Subject& subject);
Judgement judge_name(const Observation& seen, const Subject& subject);
Judgement judge_validity(const Observation& seen, const Subject& subject);
Judgement judge_protocol_floor(const Observation& seen, const Subject& subject);

}  // namespace drydock::tls
