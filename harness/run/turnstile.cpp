#include "harness/run/turnstile.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace drydock {

namespace asio = boost::asio;

Latch::Latch(const asio::any_io_executor& executor) : timer_(executor, asio::steady_timer::time_point::max()) {}

void Latch::open() {
  open_ = true;
  timer_.cancel();
}

asio::awaitable<void> Latch::wait() {
  while (!open_) co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

Turnstile::Turnstile(const asio::any_io_executor& executor, int places)
    : timer_(executor, asio::steady_timer::time_point::max()), free_(places) {}

Turnstile::Place::~Place() {
  if (!turnstile_) return;
  ++turnstile_->free_;
  turnstile_->timer_.cancel();
}

asio::awaitable<Turnstile::Place> Turnstile::enter() {
  while (free_ == 0) co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  --free_;
  co_return Place(this);
}

}  // namespace drydock
