#pragma once
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/report/alike.hpp"
#include "harness/report/recap.hpp"

namespace drydock {

/// Something that did not pass, told once for all places where it is the same.
struct Finding {
  Alike group;                    ///< never empty
  std::vector<std::string> also;  ///< checks that could not be judged with it
};

/// The checks that could not be judged for the early end that a fail of the group tells of; each is taken out, so that
/// it is told once.
std::vector<std::string> take_consequences(const RunRecord& record, const Alike& group, Consequences& untold);

/// Pure. What did not pass: fails, what could not be judged, warnings, waived fails. Points into the record.
std::vector<Finding> what_did_not_pass(const RunRecord& record);

}  // namespace drydock
