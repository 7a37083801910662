#pragma once
#include <boost/asio/awaitable.hpp>

#include "probes/core/duration.hpp"

namespace drydock::net {

/// Runs `work` until it ends or `deadline` comes; then `work` is cancelled and awaited. True where `work` ended by
/// itself. What `work` throws is thrown on, except operation_aborted caused by the deadline. The coroutine's own
/// cancellation is passed on to `work`.
boost::asio::awaitable<bool> with_deadline(Deadline deadline, boost::asio::awaitable<void> work);

}  // namespace drydock::net
