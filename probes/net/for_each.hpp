#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>

#include "probes/core/probe.hpp"

namespace drydock::net {

/// Runs `work(0)` to `work(count - 1)`, at most `at_once` of them at the same time, and ends when all have ended. The
/// first exception ends the others and is thrown on. Cancelled with the coroutine that awaits it. `work` must outlive
/// it.
boost::asio::awaitable<void> for_each_index(std::size_t count, std::size_t at_once,
                                            const std::function<boost::asio::awaitable<void>(std::size_t)>& work);

/// The same in rounds, each with as many at the same time as the slot of the address has places that nobody else wants,
/// its own included, and `at_once` at the most. Without a slot: `at_once`.
boost::asio::awaitable<void> for_each_index(Slot* slot, std::size_t count, std::size_t at_once,
                                            const std::function<boost::asio::awaitable<void>(std::size_t)>& work);

}  // namespace drydock::net
