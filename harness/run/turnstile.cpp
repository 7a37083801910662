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

/// In the queue until it is let through, or its coroutine is gone.
struct Turnstile::Waiter {
  Waiter(Turnstile& turnstile, std::list<Waiter*>::iterator before)
      : queue(turnstile.queue_), timer(turnstile.executor_, asio::steady_timer::time_point::max()) {
    place = queue.insert(before, this);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (!let_through) queue.erase(place);
  }

  std::list<Waiter*>& queue;
  std::list<Waiter*>::iterator place;
  asio::steady_timer timer;
  bool let_through = false;
};

Turnstile::Turnstile(const asio::any_io_executor& executor, int places)
    : executor_(executor), places_(places), free_(places) {}

void Turnstile::narrow() {
  if (places_ == 1) return;
  --places_;
  --free_;
}

Turnstile::Pass::~Pass() {
  if (turnstile_) turnstile_->give_back();
}

/// The place passes to whoever has waited longest.
void Turnstile::give_back() {
  if (queue_.empty() || free_ < 0) {
    ++free_;
    return;
  }
  Waiter& next = *queue_.front();
  queue_.pop_front();
  next.let_through = true;
  next.timer.cancel();
}

asio::awaitable<Turnstile::Pass> Turnstile::enter(bool again) {
  if (free_ > 0) {
    --free_;
    co_return Pass(this);
  }
  Waiter waiter(*this, again ? queue_.begin() : queue_.end());
  // A cancelled coroutine that was not let through leaves by the exception of the next await.
  while (!waiter.let_through) co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return Pass(this);
}

std::optional<Turnstile::Pass> Turnstile::take_free() {
  if (free_ <= 0 || is_wanted()) return std::nullopt;
  --free_;
  return Pass(this);
}

std::size_t HeldSlot::take_more(std::size_t most) {
  std::size_t taken = 0;
  for (; taken < most; ++taken) {
    auto here = at_address_.take_free();
    auto in_all = of_all_.take_free();
    if (!here || !in_all) break;
    more_.push_back(std::move(*here));
    more_.push_back(std::move(*in_all));
  }
  return taken;
}

void HeldSlot::leave() {
  give_back_more();
  in_all_.reset();
  here_.reset();
}

asio::awaitable<void> HeldSlot::enter() {
  if (!here_) here_.emplace(co_await at_address_.enter(was_in_));
  if (!in_all_) in_all_.emplace(co_await of_all_.enter(was_in_));
  was_in_ = true;
}

}  // namespace drydock
