#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>

#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"

namespace drydock::net {

/// How what a dialogue leaves on a host is removed where the dialogue ends early.
struct CleanUp {
  std::function<bool()> needed;  ///< asked once the dialogue has ended
  /// Not cancelled but by the end of its time; throws nothing.
  std::function<boost::asio::awaitable<void>()> run;
  Duration after_a_break;  ///< how long it may take at the most
  Duration interrupted;    ///< where the probe was cancelled; within the deadline of the context, either
};

/// Runs `dialogue`. Where it ends early, by a Failure, by cancellation or since its time is over, what it left is
/// removed, and then it is thrown on: Failure(timeout) for the time. A fifth of the time, 3 seconds at most, is kept
/// for that. out.stage stays as the dialogue left it.
boost::asio::awaitable<void> with_clean_up(const ProbeContext& context, Observation& out,
                                           boost::asio::awaitable<void> dialogue, CleanUp clean_up);

}  // namespace drydock::net
