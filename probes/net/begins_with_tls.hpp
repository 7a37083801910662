#pragma once
#include <boost/asio/awaitable.hpp>

#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"

namespace drydock::net {

/// Whether TLS begins at once on this port: on a connection of its own, for some seconds at most. For a server that says
/// nothing where it should greet in clear. Sets out.stage and out.address; throws nothing for what the peer does.
boost::asio::awaitable<bool> begins_with_tls(const ProbeContext& context, Endpoint to, Observation& out);

}  // namespace drydock::net
