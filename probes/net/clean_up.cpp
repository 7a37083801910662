#include "probes/net/clean_up.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>

#include "probes/net/deadline.hpp"

namespace drydock::net {
namespace asio = boost::asio;

namespace {

constexpr Duration kMostKept{3000};

Clock::duration time_kept(Deadline deadline) {
  return std::min<Clock::duration>(kMostKept, (deadline - Clock::now()) / 5);
}

}  // namespace

asio::awaitable<void> with_clean_up(const ProbeContext& context, Observation& out, asio::awaitable<void> dialogue,
                                    CleanUp clean_up) {
  std::exception_ptr ending;
  try {
    const bool ended = co_await with_deadline(context.deadline - time_kept(context.deadline), std::move(dialogue));
    if (!ended) throw Failure(ErrorKind::timeout, "no answer in time");
  } catch (...) {
    ending = std::current_exception();
  }
  if (!ending) co_return;
  Duration most = clean_up.after_a_break;
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    most = clean_up.interrupted;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  }
  const std::string stage = out.stage;
  if (clean_up.needed())
    co_await with_deadline(std::min<Deadline>(context.deadline, Clock::now() + most), clean_up.run());
  out.stage = stage;
  std::rethrow_exception(ending);
}

}  // namespace drydock::net
