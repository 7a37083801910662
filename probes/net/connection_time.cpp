#include "probes/net/connection_time.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/net/deadline.hpp"

namespace drydock::net {
namespace asio = boost::asio;

namespace {

std::string text_of(Clock::duration time) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(time).count());
}

}  // namespace

asio::awaitable<void> ConnectionTime::give(asio::awaitable<void> work, std::string awaited) {
  if (patience_ == Duration(0)) {
    co_await std::move(work);
    co_return;
  }
  const auto asked = Clock::now();
  const bool in_time = co_await with_deadline(begun_ + patience_, std::move(work));
  const auto waited = Clock::now() - asked;
  slowest_ = std::max(slowest_, waited);
  if (!in_time)
    throw Failure(ErrorKind::timeout, fmt::format("no {} within {}; one connection may take {} (`timeout`)", awaited,
                                                  text_of(waited), format_duration(patience_)));
}

bool ConnectionTime::has_enough_left() const {
  return patience_ == Duration(0) || Clock::now() + 2 * slowest_ <= begun_ + patience_;
}

}  // namespace drydock::net
