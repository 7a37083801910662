#pragma once
#include "probes/core/check.hpp"
#include "probes/facet/certificate.hpp"

/// The judgements of the probe type imap; each is named like its check.
namespace drydock::imap_checks {

Judgement greeting(const Observation& seen, const Subject& subject);
/// Skips where the scenario wants no TLS.
Judgement of_certificate(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge);
Judgement plain_port(const Observation& seen, const Subject& subject, const Evidence& evidence);
/// Silence of port 143 alone: whether it means closed is for other probes of the address to say.
bool plain_port_awaits_others(const Observation& seen, const Subject& subject);
Judgement login(const Observation& seen, const Subject& subject);
Judgement wrong_password(const Observation& seen, const Subject& subject);
Judgement capabilities(const Observation& seen, const Subject& subject);

}  // namespace drydock::imap_checks
