#pragma once
#include <memory>

#include "probes/core/probe.hpp"

namespace drydock {

/// `smtp_port`: where the address is asked for the name that it gives itself.
std::unique_ptr<const Probe> make_rdns_probe(const Parameters& parameters, std::uint16_t smtp_port);

}  // namespace drydock
