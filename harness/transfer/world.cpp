#include "harness/transfer/world.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "harness/action/dns_update.hpp"
#include "harness/premise/premise.hpp"
#include "harness/run/engine.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// Of all questions about the start, or of the guards, together.
constexpr Duration kPatienceOfPremises{25'000};

class RealWorld final : public World {
public:
  RealWorld(const Scenario& scenario, Engine& engine) : scenario_(scenario), engine_(engine) {}

  Clock::time_point now() override { return Clock::now(); }
  WallTime wall_now() override { return std::chrono::system_clock::now(); }

  asio::awaitable<void> sleep_until(Clock::time_point when) override {
    asio::steady_timer timer(co_await asio::this_coro::executor, when);
    co_await timer.async_wait(asio::use_awaitable);
  }

  void begin_gates() override { engine_.begin_gates(); }
  asio::awaitable<LookRecord> look(const std::vector<std::string>& probes, std::size_t phase) override {
    engine_.enter(phase);
    const auto wanted = [&](std::string_view id) {
      return std::find(probes.begin(), probes.end(), id) != probes.end();
    };
    std::vector<std::string> own;
    for (const auto& probe : probes)
      if (probe != kStartPremise && probe != kGuardPremise) own.push_back(probe);
    LookRecord seen;
    if (!own.empty()) seen = co_await engine_.look(own);
    const Deadline deadline = Clock::now() + kPatienceOfPremises;
    if (wanted(kStartPremise)) {
      const PremiseFacts facts = co_await ask_start(scenario_, deadline);
      add(judge_start(scenario_, phase, facts), seen.results);
    }
    if (wanted(kGuardPremise)) {
      const PremiseFacts facts = co_await ask_guards(scenario_, deadline);
      add(judge_guards(scenario_, facts), seen.results);
    }
    co_return seen;
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
  static void add(std::vector<ResultRecord> more, std::vector<ResultRecord>& to) {
    const TextFilter fit;
    for (auto& result : more) {
      result.message = fit(result.message);
      if (result.actual) result.actual = fit(*result.actual);
      to.push_back(std::move(result));
    }
  }
  const Scenario& scenario_;
  Engine& engine_;
};

}  // namespace

std::unique_ptr<World> make_world(const Scenario& scenario, Engine& engine) {
  return std::make_unique<RealWorld>(scenario, engine);
}

}  // namespace drydock
