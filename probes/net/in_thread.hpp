#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>

namespace drydock::net {

/// Runs blocking `work` in a thread of its own and awaits its end, so that the event loop is never stalled. Cancelled,
/// it calls `interrupt` (in the awaiting thread), which must make `work` end soon, awaits that, and throws
/// operation_aborted. What `work` throws is thrown on. `work` never outlives the awaiting coroutine.
boost::asio::awaitable<void> in_thread(std::function<void()> work, std::function<void()> interrupt);

}  // namespace drydock::net
