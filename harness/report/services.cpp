#include "harness/report/services.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/report/current.hpp"
#include "harness/report/recap.hpp"

namespace drydock {

Services::Services(const RunRecord& record) {
  std::set<std::string> known_probes, known_hosts;
  for (const ResultRecord* result : current_results(record)) {
    const std::string host = result->host.value_or("");
    if (known_probes.insert(result->probe).second) probes.push_back(result->probe);
    if (known_hosts.insert(host).second) hosts.push_back(host);
    results[{result->probe, host}].push_back(result);
  }
}

const std::vector<const ResultRecord*>& Services::at(const std::string& probe, const std::string& host) const {
  static const std::vector<const ResultRecord*> kNone;
  const auto found = results.find({probe, host});
  return found == results.end() ? kNone : found->second;
}

const ResultRecord* worst_of(const std::vector<const ResultRecord*>& results) {
  return results.empty() ? nullptr
                         : *std::ranges::max_element(results, {}, [](const auto* one) { return badness(*one); });
}

std::string cell_of(const std::vector<const ResultRecord*>& results) {
  if (results.empty()) return "";
  const ResultRecord& worst = *worst_of(results);
  const auto alike =
      std::ranges::count_if(results, [&](const ResultRecord* one) { return badness(*one) == badness(worst); });
  const bool tells = worst.verdict == Verdict::fail || worst.verdict == Verdict::inconclusive;
  const std::string of_all =
      static_cast<std::size_t>(alike) < results.size() ? fmt::format(" of {}", results.size()) : "";
  return fmt::format("{}{} {}{}", label_of(worst),
                     tells && worst.severity != Severity::critical ? " (not critical)" : "", alike, of_all);
}

}  // namespace drydock
