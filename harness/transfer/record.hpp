#pragma once
#include <string>
#include <vector>

#include "harness/plan/event.hpp"
#include "harness/report/run_record.hpp"
#include "harness/transfer/ledger.hpp"

namespace drydock {

/// One gate that a look was for.
struct LookedGate {
  std::string gate, step, when;
  int look = 0;  ///< from 1
  std::vector<std::string> probes;
};

/// What the entry `looked` keeps: the gates and all results.
std::string look_detail(const std::vector<LookedGate>& gates, const std::vector<ResultRecord>& results);

/// Pure. What a report says of these entries.
RunRecord record_of(const OpenedDetail& opened, const std::vector<Event>& events);

}  // namespace drydock
