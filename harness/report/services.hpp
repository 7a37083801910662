#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/record/run_record.hpp"

/// The table of a move: what each probe came to on each host. Pure.
namespace drydock {

/// The results that count, of each probe by host; both in the order in which they come. Points into the record.
struct Services {
  std::vector<std::string> probes, hosts;
  std::map<std::pair<std::string, std::string>, std::vector<const ResultRecord*>> results;

  explicit Services(const RunRecord& record);
  /// Empty where the probe did not look at the host.
  [[nodiscard]] const std::vector<const ResultRecord*>& at(const std::string& probe, const std::string& host) const;
};

/// The result that weighs most; null where there is none.
const ResultRecord* worst_of(const std::vector<const ResultRecord*>& results);

/// `FAIL 1 of 9`, `pass 9`: the worst, and how many are like it. Empty where there is none.
std::string cell_of(const std::vector<const ResultRecord*>& results);

}  // namespace drydock
