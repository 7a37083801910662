#pragma once
#include <vector>

#include "harness/plan/event.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/transfer/transfer_log.hpp"

namespace drydock {

/// The waivers of the scenario, and those that persons wrote into the journal; of the latter only those that the
/// scenario as it is now does not refuse.
std::vector<Waiver> waivers_in_force(const Scenario& scenario, const TransferLog& log);

}  // namespace drydock
