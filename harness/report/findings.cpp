#include "harness/report/findings.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace drydock {
namespace {

void add_ranked(const RunRecord& record, int wanted, Consequences& untold, std::vector<Finding>& all) {
  std::vector<const ResultRecord*> ranked;
  for (const auto& result : record.results)
    if (rank(result) == wanted) ranked.push_back(&result);
  for (auto& group : alike(ranked)) {
    std::vector<std::string> checks = take_consequences(record, group, untold);
    all.push_back({std::move(group), std::move(checks)});
  }
}

void add_unseen(const RunRecord& record, std::vector<Finding>& all) {
  std::map<const ResultRecord*, std::vector<std::string>> also;
  std::vector<const ResultRecord*> first;
  for (const auto& group : unseen(record)) {
    first.push_back(group.front());
    for (std::size_t i = 1; i < group.size(); ++i) also[group.front()].push_back(group[i]->check);
  }
  for (auto& group : alike(first)) {
    std::vector<std::string> checks = also[group.front()];
    all.push_back({std::move(group), std::move(checks)});
  }
}

}  // namespace

std::vector<std::string> take_consequences(const RunRecord& record, const Alike& group, Consequences& untold) {
  std::vector<std::string> checks;
  for (const ResultRecord* result : group)
    if (result->verdict == Verdict::fail && tells_of_the_end(record, *result))
      std::ranges::move(std::exchange(untold[*result->observation], {}), std::back_inserter(checks));
  return checks;
}

std::vector<Finding> what_did_not_pass(const RunRecord& record) {
  std::vector<Finding> all;
  Consequences untold = consequences_of_ends(record);
  for (const int wanted : {0, 1}) add_ranked(record, wanted, untold, all);
  add_unseen(record, all);
  for (const int wanted : {2, 3}) add_ranked(record, wanted, untold, all);
  return all;
}

}  // namespace drydock
