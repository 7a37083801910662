#pragma once
#include "probes/core/check.hpp"

/// The judgements of the probe type mail; each is named like its check.
namespace drydock::mail_checks {

Judgement accepted(const Observation& seen, const Subject& subject);
Judgement delivered(const Observation& seen, const Subject& subject);
Judgement single_copy(const Observation& seen, const Subject& subject);
Judgement speed(const Observation& seen, const Subject& subject);
Judgement scanned(const Observation& seen, const Subject& subject);
Judgement cleaned(const Observation& seen, const Subject& subject);

/// ProbeType::why_not_held: of a header that was clipped.
std::string why_not_held(const Observation& seen, std::string_view fact);

}  // namespace drydock::mail_checks
