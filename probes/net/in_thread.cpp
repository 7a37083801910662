#include "probes/net/in_thread.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <memory>
#include <thread>

namespace drydock::net {
namespace asio = boost::asio;

namespace {

struct Ending {
  explicit Ending(const asio::any_io_executor& executor) : told(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer told;
  std::exception_ptr thrown;
  bool done = false;
};

/// Interrupts and joins the thread where the coroutine is destroyed before it has ended.
struct Join {
  std::thread thread;
  const std::function<void()>& interrupt;
  ~Join() {
    if (!thread.joinable()) return;
    interrupt();
    thread.join();
  }
};

}  // namespace

asio::awaitable<void> in_thread(std::function<void()> work, std::function<void()> interrupt) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto ending = std::make_shared<Ending>(executor);
  Join join{std::thread([ending, executor, &work] {
              try {
                work();
              } catch (...) {
                ending->thrown = std::current_exception();
              }
              asio::post(executor, [ending] {
                ending->done = true;
                ending->told.cancel();
              });
            }),
            interrupt};
  bool cancelled = false;
  while (!ending->done) {
    boost::system::error_code woken;
    co_await ending->told.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (ending->done || cancelled || cancellation.cancelled() == asio::cancellation_type::none) continue;
    cancelled = true;
    interrupt();
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  }
  join.thread.join();
  if (cancelled) throw boost::system::system_error(asio::error::operation_aborted);
  if (ending->thrown) std::rethrow_exception(ending->thrown);
}

}  // namespace drydock::net
