#include "probes/net/deadline.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace drydock::net {
namespace asio = boost::asio;

namespace {

bool is_abort(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

asio::awaitable<bool> with_deadline(Deadline deadline, asio::awaitable<void> work) {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, deadline);
  auto group = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(work), asio::deferred),
                                                       timer.async_wait(asio::deferred));
  auto [order, thrown, timer_error] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const bool work_was_first = order[0] == 0;
  auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    if (thrown && !is_abort(thrown)) std::rethrow_exception(thrown);
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (!thrown) co_return work_was_first;
  if (!work_was_first && is_abort(thrown)) co_return false;
  std::rethrow_exception(thrown);
}

}  // namespace drydock::net
