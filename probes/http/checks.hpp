#pragma once
#include "probes/core/check.hpp"
#include "probes/facet/certificate.hpp"

/// The judgements of the probe type http; each is named like its check.
namespace drydock::http {

Judgement judge_answers(const Observation& seen, const Subject& subject);
/// Of the certificate of the URL and of those that its redirects lead to, the worst.
Judgement of_certificate(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge);
Judgement judge_cgi(const Observation& seen, const Subject& subject);
Judgement judge_handler(const Observation& seen, const Subject& subject);
Judgement judge_ssi(const Observation& seen, const Subject& subject);
Judgement judge_status(const Observation& seen, const Subject& subject);
Judgement judge_vhost(const Observation& seen, const Subject& subject);
Judgement judge_redirect(const Observation& seen, const Subject& subject);
Judgement judge_canonical(const Observation& seen, const Subject& subject);

}  // namespace drydock::http
