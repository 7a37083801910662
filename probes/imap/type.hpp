#pragma once
#include "probes/core/probe.hpp"

namespace drydock {

/// The probe type `imap`: a mailbox server as a mail client meets it.
extern const ProbeType kImapType;

}  // namespace drydock
