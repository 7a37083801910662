#pragma once
#include "probes/core/check.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/subject.hpp"
#include "probes/facet/certificate.hpp"

/// The rules of the types smtp and smtp_relay: pure functions over what a dialogue saw.
namespace drydock {

/// For the check `check` whose fact was not seen: a fail where the server broke the connection off at what the check is
/// about, else inconclusive, in both with the words of what happened there.
Judgement unseen(const Observation& seen, std::string_view check, std::string_view what, std::string_view expected);
/// Whether the server broke a connection off at what the check is about.
bool broken_at(const Observation& seen, std::string_view check);
/// With the command that shows it, and the stage where the judgement has none.
Judgement staged(Judgement judgement, std::string_view stage, std::string reproduce);

Judgement judge_smtp_greeting(const Observation& seen, const Subject& subject);
Judgement judge_smtp_name(const Observation& seen, const Subject& subject);
Judgement judge_smtp_capabilities(const Observation& seen, const Subject& subject);
Judgement judge_smtp_starttls(const Observation& seen, const Subject& subject);
/// Skips where the scenario wants no TLS.
Judgement of_smtp_certificate(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge);
/// The same for the chain; between mail servers a self-signed certificate is a warning.
Judgement judge_smtp_chain(const Observation& seen, const Subject& subject);

Judgement judge_smtp_clear_auth(const Observation& seen, const Subject& subject);
Judgement judge_smtp_auth(const Observation& seen, const Subject& subject);
Judgement judge_smtp_wrong_password(const Observation& seen, const Subject& subject);

Judgement judge_smtp_recipients(const Observation& seen, const Subject& subject);
Judgement judge_smtp_unknown(const Observation& seen, const Subject& subject);
Judgement judge_smtp_postmaster(const Observation& seen, const Subject& subject);
Judgement judge_smtp_null_sender(const Observation& seen, const Subject& subject);
Judgement judge_smtp_defers(const Observation& seen, const Subject& subject);
Judgement judge_smtp_scanner(const Observation& seen, const Subject& subject);

Judgement judge_relay_denied(const Observation& seen, const Subject& subject);

}  // namespace drydock
