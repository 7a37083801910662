#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>

#include "probes/core/probe.hpp"

namespace drydock::net {

/// The time that one connection may take: the scenario's `timeout` (ProbeContext::patience), which gives a server the
/// minutes of RFC 5321 §4.5.3.2 where a person wants that. Without a patience it has no limit of its own.
class ConnectionTime {
public:
  /// Begins now.
  explicit ConnectionTime(const ProbeContext& context) : patience_(context.patience) {}

  /// Awaits `work`; where the connection's time is over first, ends it and throws Failure(timeout), which says what was
  /// awaited (`reply to RCPT TO:<x>`) and for how long.
  boost::asio::awaitable<void> give(boost::asio::awaitable<void> work, std::string awaited);

  /// False where one more answer as slow as the slowest so far might not come in time: the rest belongs on another
  /// connection.
  [[nodiscard]] bool has_enough_left() const;

private:
  Duration patience_;
  Clock::time_point begun_ = Clock::now();
  Clock::duration slowest_{};
};

}  // namespace drydock::net
