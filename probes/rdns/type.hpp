#pragma once
#include "probes/core/probe.hpp"

namespace drydock {

/// The reverse name of an address, and whether names and addresses lead to each other (RFC 1912 §2.1).
extern const ProbeType kRdnsType;

}  // namespace drydock
