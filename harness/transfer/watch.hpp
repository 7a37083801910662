#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "harness/gate/gate.hpp"
#include "harness/transfer/listener.hpp"
#include "harness/transfer/stop_token.hpp"
#include "harness/transfer/tell.hpp"
#include "harness/transfer/transfer_log.hpp"
#include "harness/transfer/world.hpp"

namespace drydock {

/// One gate to watch. `step` and `when` are what reports call it by; `rule` is by which rule it is judged: the gates
/// after a finished step are looked at again before the next action, and nothing is waited for then.
struct Watched {
  const GateDefinition* gate = nullptr;
  std::string step;
  GateWhen when = GateWhen::before;
  GateWhen rule = GateWhen::before;
};

struct WatchResult {
  bool interrupted = false;
  GateResult result = GateResult::go;  ///< no-go where one is no-go, else hold where one holds
  std::string gate, step;              ///< the first one that did not go
  GateWhen when = GateWhen::before;
  std::string reason;
  std::vector<ResultRecord> seen;  ///< of the last look
};

/// Looks at the gates together until all go at the same time, or one can't. Every look and decision goes to the log.
/// Without gates it is go at once. Throws JournalError.
boost::asio::awaitable<WatchResult> watch(std::vector<Watched> gates, std::size_t phase, const Scenario& scenario,
                                          World& world, StopToken& stop, TransferLog& log, Tell& tell,
                                          TransferListener* listener = nullptr);

/// Awaits `work` unless the stop token has reached `level`, or reaches it on the way: then `work` is cancelled and the
/// result is false.
boost::asio::awaitable<bool> unless_stopped(StopToken& stop, int level, boost::asio::awaitable<void> work);

}  // namespace drydock
