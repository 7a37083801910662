#pragma once
#include "probes/core/probe.hpp"

namespace drydock {

/// `command`: a program run on a host by ssh, or on this machine; it must only look.
extern const ProbeType kCommandType;

}  // namespace drydock
