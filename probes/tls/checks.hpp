#pragma once
#include "probes/core/check.hpp"
#include "probes/facet/certificate.hpp"

/// The judgements of the probe type tls; each is named like its check.
namespace drydock::tls {

Judgement judge_answers(const Observation& seen, const Subject& subject);
Judgement of_certificate(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge);
Judgement judge_protocol_floor(const Observation& seen, const Subject& subject);

}  // namespace drydock::tls
