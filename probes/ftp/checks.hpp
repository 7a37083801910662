#pragma once
#include "probes/core/check.hpp"
#include "probes/facet/certificate.hpp"

/// The judgements of the probe type ftp; each is named like its check.
namespace drydock::ftp {

Judgement judge_greeting(const Observation& seen, const Subject& subject);
Judgement judge_tls(const Observation& seen, const Subject& subject);
Judgement of_certificate(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge);
Judgement judge_clear(const Observation& seen, const Subject& subject);
Judgement judge_anonymous(const Observation& seen, const Subject& subject);
Judgement judge_login(const Observation& seen, const Subject& subject);
Judgement judge_wrong_password(const Observation& seen, const Subject& subject);
Judgement judge_passive(const Observation& seen, const Subject& subject);
Judgement judge_round_trip(const Observation& seen, const Subject& subject);

}  // namespace drydock::ftp
