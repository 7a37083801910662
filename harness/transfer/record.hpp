#pragma once
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/transfer/transfer_log.hpp"

namespace drydock {

/// One gate that a look was for, and the probes it is made of.
struct GateProbes {
  std::string gate, step, when;
  std::vector<std::string> probes;
};

/// Of the results of a look at these gates those of one gate: of its own probes, and of those that no gate named but
/// that were needed; with step, gate, when and the number of its look.
std::vector<ResultRecord> results_for(const GateProbes& own, int look, const std::vector<GateProbes>& gates,
                                      std::vector<ResultRecord> all);

/// What the entry `looked` keeps of what was seen: the gates' probes, all observations and all results, as JSON.
std::string look_detail(const std::vector<GateProbes>& gates, const LookRecord& seen);

/// A digest of every check's verdict, not of its words: two looks with equal ones say the same.
std::string verdict_digest(const std::vector<ResultRecord>& results);

/// What a gate's last look saw; empty where the journal does not hold them, or in a form that this drydock
/// does not understand.
LookRecord seen_in(const LastLook& look);

/// Pure. What a report says of this transfer.
RunRecord record_of(const TransferLog& log);

}  // namespace drydock
