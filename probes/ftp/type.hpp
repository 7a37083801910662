#pragma once
#include "probes/core/probe.hpp"

namespace drydock {

/// `ftp`: greeting, TLS, who may log in and how, the passive address, and a file's round trip.
extern const ProbeType kFtpType;

}  // namespace drydock
