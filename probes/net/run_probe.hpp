#pragma once
#include <boost/asio/awaitable.hpp>

#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"

namespace drydock::net {

/// Runs one probe until it ends or context.deadline comes, and turns whatever ended it early into out.error, with
/// out.error_stage the stage reached by then. An error that the probe itself set stays. Sets
/// out.answered, where context.answered is given. At the deadline the error is of
/// the kind timeout. Throws only operation_aborted, and only where the awaiting coroutine itself was cancelled.
boost::asio::awaitable<void> run_probe(const Probe& probe, const ProbeContext& context, Observation& out);

}  // namespace drydock::net
