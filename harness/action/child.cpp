#include "harness/action/child.hpp"

#include <signal.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace drydock {

boost::asio::awaitable<bool> end_process(ProcessIdentity process) {
  constexpr int kChecksBeforeKill = 40;
  constexpr int kChecks = 80;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (int i = 0; i < kChecks && lives(process); ++i) {
    const int signal = i == 0 ? SIGTERM : i == kChecksBeforeKill ? SIGKILL : 0;
    if (signal != 0)
      for (const int pid : processes_led_by(process.pid)) ::kill(pid, signal);
    timer.expires_after(std::chrono::milliseconds(50));
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
  const bool still = lives(process);
  co_return !still;
}

}  // namespace drydock
