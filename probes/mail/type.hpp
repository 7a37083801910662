#pragma once
#include "probes/core/probe.hpp"

namespace drydock {

/// The probe type `mail`: a message goes in by SMTP, is found by its token in the mailbox, and is deleted again.
extern const ProbeType kMailType;

}  // namespace drydock
