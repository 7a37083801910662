#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "probes/net/connect_tcp.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/stream.hpp"

namespace drydock::net {
namespace asio = boost::asio;

namespace {

asio::awaitable<void> try_port(const ProbeContext& context, Endpoint to, PortState& state) {
  try {
    const auto socket = co_await connect_tcp(context.subject.surroundings.vantage.dials_from(to.ip), to);
    state = PortState::open;
  } catch (const Failure& failure) {
    switch (failure.kind()) {
      case ErrorKind::refused:
        state = PortState::refused;
        break;
      case ErrorKind::prohibited:
        state = PortState::prohibited;
        break;
      case ErrorKind::unreachable:
        state = PortState::unreachable;
        break;
      case ErrorKind::timeout:
        state = PortState::silent;
        break;
      case ErrorKind::reset:
        state = PortState::refused;
        break;
      default:
        throw;
    }
  }
}

}  // namespace

std::string_view to_string(PortState state) {
  switch (state) {
    case PortState::open:
      return "open";
    case PortState::refused:
      return "refused";
    case PortState::prohibited:
      return "prohibited";
    case PortState::silent:
      return "silent";
    case PortState::unreachable:
      return "unreachable";
  }
  return "?";
}

asio::awaitable<PortState> knock(const ProbeContext& context, Endpoint to, Duration patience) {
  PortState state = PortState::silent;
  const bool ended = co_await with_deadline(Clock::now() + patience, try_port(context, to, state));
  const bool answered = ended && (state == PortState::open || state == PortState::refused);
  if (answered && context.answered) context.answered->insert(to.ip);
  co_return state;
}

asio::awaitable<void> pause(Duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> pause_while_unwanted(Deadline until, const Slot* slot) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (Clock::now() < until && !(slot && slot->is_wanted())) {
    timer.expires_at(slot ? std::min<Deadline>(until, Clock::now() + kSlotLookedAt) : until);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace drydock::net
