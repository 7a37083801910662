#include "probes/net/in_thread.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "probes/net/deadline.hpp"
#include "tests/support/observe.hpp"

namespace drydock::net {
namespace {

namespace asio = boost::asio;

/// Blocking work that only an interrupt ends.
struct Blocked {
  std::mutex mutex;
  std::condition_variable changed;
  bool interrupted = false;

  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return interrupted; });
  }
  void interrupt() {
    const std::lock_guard lock(mutex);
    interrupted = true;
    changed.notify_all();
  }
};

TEST(InThreadTest, RunsElsewhereAndResumesHere) {
  const auto here = std::this_thread::get_id();
  std::thread::id worked;
  std::thread::id resumed;
  test::run_on_loop([&]() -> asio::awaitable<void> {
    co_await in_thread([&] { worked = std::this_thread::get_id(); }, [] {});
    resumed = std::this_thread::get_id();
  });
  EXPECT_NE(worked, here);
  EXPECT_EQ(resumed, here);
}

TEST(InThreadTest, ThrowsWhatTheWorkThrows) {
  EXPECT_THROW(test::run_on_loop([]() -> asio::awaitable<void> {
                 co_await in_thread([] { throw std::runtime_error("no"); }, [] {});
               }),
               std::runtime_error);
}

TEST(InThreadTest, InterruptsTheWorkAtTheDeadlineAndAwaitsItsEnd) {
  Blocked blocked;
  std::atomic<bool> ended = false;
  bool in_time = true;
  test::run_on_loop([&]() -> asio::awaitable<void> {
    in_time = co_await with_deadline(Clock::now() + Duration(50), in_thread(
                                                                      [&] {
                                                                        blocked.wait();
                                                                        ended = true;
                                                                      },
                                                                      [&] { blocked.interrupt(); }));
    EXPECT_TRUE(ended);
  });
  EXPECT_FALSE(in_time);
}

TEST(InThreadTest, DoesNotStallTheLoop) {
  Blocked blocked;
  test::run_on_loop([&]() -> asio::awaitable<void> {
    const bool in_time =
        co_await with_deadline(Clock::now() + Duration(10'000), [](Blocked& work) -> asio::awaitable<void> {
          asio::steady_timer timer(co_await asio::this_coro::executor, Duration(1));
          timer.async_wait([&work](const boost::system::error_code&) { work.interrupt(); });
          co_await in_thread([&work] { work.wait(); }, [&work] { work.interrupt(); });
        }(blocked));
    EXPECT_TRUE(in_time);
  });
}

}  // namespace
}  // namespace drydock::net
