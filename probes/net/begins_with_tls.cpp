#include "probes/net/begins_with_tls.hpp"

#include <algorithm>

#include "probes/net/deadline.hpp"
#include "probes/net/stream.hpp"

namespace drydock::net {
namespace asio = boost::asio;

namespace {

constexpr Duration kPatience{5000};

asio::awaitable<void> shake_hands(const ProbeContext& context, Endpoint to, Observation& out, bool& began) {
  Stream stream = co_await Stream::dial(context, std::move(to), out);
  co_await stream.start_tls(tls_options(context.subject));
  began = true;
}

}  // namespace

asio::awaitable<bool> begins_with_tls(const ProbeContext& context, Endpoint to, Observation& out) {
  out.transcript.note("no word in clear: does TLS begin at once here?");
  bool began = false;
  try {
    co_await with_deadline(std::min<Deadline>(context.deadline, Clock::now() + kPatience),
                           shake_hands(context, std::move(to), out, began));
  } catch (const Failure& failure) {
    out.transcript.note(failure.what());
  }
  co_return began;
}

}  // namespace drydock::net
