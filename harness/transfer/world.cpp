#include "harness/transfer/world.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "harness/action/dns_update.hpp"
#include "harness/run/engine.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

class RealWorld final : public World {
public:
  explicit RealWorld(Engine& engine) : engine_(engine) {}

  Clock::time_point now() override { return Clock::now(); }
  WallTime wall_now() override { return std::chrono::system_clock::now(); }

  asio::awaitable<void> sleep_until(Clock::time_point when) override {
    asio::steady_timer timer(co_await asio::this_coro::executor, when);
    co_await timer.async_wait(asio::use_awaitable);
  }

  asio::awaitable<std::vector<ResultRecord>> look(const std::vector<std::string>& probes, std::size_t phase) override {
    engine_.enter(phase);
    std::vector<ResultRecord> results = co_await engine_.look(probes);
    co_return results;
  }

  asio::awaitable<ActionResult> perform(const ActionDefinition& action, const ActionContext& context) override {
    if (const auto* command = std::get_if<CommandAction>(&action.what)) {
      ActionResult result = co_await run_command(*command, context);
      co_return result;
    }
    if (const auto* update = std::get_if<DnsUpdateAction>(&action.what)) {
      ActionResult result = co_await run_dns_update(*update, context.from, context.deadline);
      co_return result;
    }
    throw std::logic_error("this action is not one that is performed");
  }

  asio::awaitable<bool> end_leftovers(const ActionDefinition& action, const std::vector<int>&,
                                      const ActionContext& context) override {
    const auto* command = std::get_if<CommandAction>(&action.what);
    if (!command) co_return true;
    const bool ended = co_await end_remote_leftovers(*command, context);
    co_return ended;
  }

private:
  Engine& engine_;
};

}  // namespace

std::unique_ptr<World> make_world(const Scenario&, Engine& engine) {
  return std::make_unique<RealWorld>(engine);
}

}  // namespace drydock
