#include "probes/net/run_probe.hpp"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "probes/net/deadline.hpp"
#include "probes/net/failure.hpp"

namespace drydock::net {
namespace asio = boost::asio;

namespace {

void end_early(Observation& out, Error error) {
  if (out.error) return;
  out.error = std::move(error);
  out.error_stage = out.stage;
}

/// Whole milliseconds below a second, else whole seconds, rounded: 250ms, 30s.
std::string patience_text(Clock::duration patience) {
  const auto whole = std::chrono::round<Duration>(patience);
  return whole < std::chrono::seconds(1) ? format_duration(whole)
                                         : format_duration(std::chrono::round<std::chrono::seconds>(whole));
}

Error error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Failure& failure) {
    return {failure.kind(), failure.what()};
  } catch (const boost::system::system_error& error) {
    return to_error(error.code(), "");
  } catch (const std::exception& error) {
    return {ErrorKind::local, fmt::format("a defect of the probe: {}", error.what())};
  }
}

}  // namespace

asio::awaitable<void> run_probe(const Probe& probe, const ProbeContext& context, Observation& out) {
  const auto patience = context.deadline - Clock::now();
  bool ended = true;
  std::exception_ptr thrown;
  try {
    ended = co_await with_deadline(context.deadline, probe.run(context, out));
  } catch (...) {
    thrown = std::current_exception();
  }
  out.answered = context.answered && context.answered->contains(context.subject.target.ip);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    end_early(out, {ErrorKind::interrupted, "interrupted"});
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (thrown) end_early(out, error_of(thrown));
  if (!ended) end_early(out, {ErrorKind::timeout, fmt::format("no answer within {}", patience_text(patience))});
}

}  // namespace drydock::net
