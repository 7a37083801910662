#pragma once
#include <memory>

#include "probes/core/probe.hpp"

namespace drydock {

std::unique_ptr<const Probe> make_dns_probe(const Parameters& parameters);

/// How long a server that is behind the newest serial is given to catch up: what NOTIFY (RFC 1996) and a transfer take.
inline constexpr Duration kNotifyGrace{3000};

}  // namespace drydock
