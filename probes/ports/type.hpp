#pragma once
#include "probes/core/probe.hpp"

namespace drydock {

/// `ports`: which ports take connections, and which must not.
extern const ProbeType kPortsType;

}  // namespace drydock
