#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/action/action.hpp"
#include "harness/record/run_record.hpp"
#include "harness/scenario/scenario.hpp"
#include "probes/core/duration.hpp"

namespace drydock {

class Engine;

/// All that a transfer does to the world and asks of it: clocks, looks, actions. Tests script it.
class World {
public:
  virtual ~World() = default;
  virtual Clock::time_point now() = 0;
  virtual WallTime wall_now() = 0;
  /// Obeys cancellation.
  virtual boost::asio::awaitable<void> sleep_until(Clock::time_point when) = 0;
  /// Looks from here on are for other gates than those before.
  virtual void begin_gates() {}
  /// Fresh observations of these probes in this phase. Obeys cancellation.
  virtual boost::asio::awaitable<LookRecord> look(const std::vector<std::string>& probes, std::size_t phase) = 0;
  /// A command or dns_update, once. Cancelled: it is ended, and operation_aborted thrown.
  virtual boost::asio::awaitable<ActionResult> perform(const ActionDefinition& action,
                                                       const ActionContext& context) = 0;
  /// Ends what earlier starts of this action left running: these processes here, and what carries this mark on its
  /// host. False where something may still run.
  virtual boost::asio::awaitable<bool> end_leftovers(const ActionDefinition& action, const std::vector<int>& pids,
                                                     const ActionContext& context) = 0;
};

/// The real one. Scenario and engine must outlive it.
std::unique_ptr<World> make_world(const Scenario& scenario, Engine& engine);

}  // namespace drydock
