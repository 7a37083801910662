#pragma once
#include "probes/core/check.hpp"

/// The judgements of the probe type http; each is named like its check.
namespace drydock::http {

Judgement judge_answers(const Observation& seen, const Subject& subject);
Judgement judge_tls_chain(const Observation& seen, const Subject& subject);
Judgement judge_tls_name(const Observation& seen, const Subject& subject);
Judgement judge_tls_validity(const Observation& seen, const Subject& subject);
Judgement judge_cgi(const Observation& seen, const Subject& subject);
Judgement judge_handler(const Observation& seen, const Subject& subject);
Judgement judge_ssi(const Observation& seen, const Subject& subject);
Judgement judge_status(const Observation& seen, const Subject& subject);
Judgement judge_vhost(const Observation& seen, const Subject& subject);
Judgement judge_redirect(const Observation& seen, const Subject& subject);
Judgement judge_canonical(const Observation& seen, const Subject& subject);

}  // namespace drydock::http
