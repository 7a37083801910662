#include "harness/report/findings.hpp"

#include <map>
#include <utility>

#include "harness/report/recap.hpp"

namespace drydock {
namespace {

void add_ranked(const RunRecord& record, int wanted, std::vector<Finding>& all) {
  std::vector<const ResultRecord*> ranked;
  for (const auto& result : record.results)
    if (rank(result) == wanted) ranked.push_back(&result);
  for (auto& group : alike(ranked)) all.push_back({std::move(group), {}});
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

std::vector<Finding> what_did_not_pass(const RunRecord& record) {
  std::vector<Finding> all;
  for (const int wanted : {0, 1}) add_ranked(record, wanted, all);
  add_unseen(record, all);
  for (const int wanted : {2, 3}) add_ranked(record, wanted, all);
  return all;
}

}  // namespace drydock
