#include "probes/net/for_each.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <vector>

namespace drydock::net {
namespace asio = boost::asio;

using Work = std::function<asio::awaitable<void>(std::size_t)>;

static asio::awaitable<void> take_turns(std::size_t& next, std::size_t count, const Work& work) {
  while (next < count) {
    const std::size_t mine = next++;
    co_await work(mine);
  }
}

asio::awaitable<void> for_each_index(std::size_t count, std::size_t at_once, const Work& work) {
  if (count == 0) co_return;
  auto executor = co_await asio::this_coro::executor;
  std::size_t next = 0;
  const auto start = [&] { return asio::co_spawn(executor, take_turns(next, count, work), asio::deferred); };
  std::vector<decltype(start())> turns;
  for (std::size_t i = 0; i < std::min(count, std::max<std::size_t>(at_once, 1)); ++i) turns.push_back(start());
  auto group = asio::experimental::make_parallel_group(std::move(turns));
  auto [order, thrown] = co_await group.async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
  for (const std::size_t index : order)
    if (thrown[index]) std::rethrow_exception(thrown[index]);
}

asio::awaitable<void> for_each_index(Slot* slot, std::size_t count, std::size_t at_once, const Work& work) {
  if (!slot) co_return co_await for_each_index(count, at_once, work);
  for (std::size_t first = 0; first < count;) {
    const std::size_t round = 1 + slot->take_more(std::min(at_once, count - first) - 1);
    const Work shifted = [&work, first](std::size_t i) { return work(first + i); };
    co_await for_each_index(round, round, shifted);
    slot->give_back_more();
    first += round;
  }
}

}  // namespace drydock::net
