#pragma once
#include "probes/core/probe.hpp"

namespace drydock {

/// `tls`: one handshake at a port, at once or after STARTTLS, its certificate, and one attempt with protocols older
/// than TLS 1.2.
extern const ProbeType kTlsType;

}  // namespace drydock
