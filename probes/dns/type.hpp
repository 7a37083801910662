#pragma once
#include "probes/core/probe.hpp"

namespace drydock {

/// One question to one name server, RFC 1035; asked of an authoritative server, also where its zone stands there and on
/// the other authoritative servers.
extern const ProbeType kDnsType;

}  // namespace drydock
