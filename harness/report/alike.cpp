#include "harness/report/alike.hpp"

#include <array>
#include <map>
#include <string>

namespace drydock {

std::vector<Alike> alike(const std::vector<const ResultRecord*>& results) {
  std::map<std::array<std::string, 5>, std::size_t> known;
  std::vector<Alike> groups;
  for (const ResultRecord* result : results) {
    const auto [found, is_new] = known.emplace(
        std::array<std::string, 5>{result->message, result->expected.value_or(""), result->actual.value_or(""),
                                   result->hint.value_or(""), result->waiver.value_or("")},
        groups.size());
    if (is_new || result->message.empty())
      groups.push_back({result});
    else
      groups[found->second].push_back(result);
  }
  return groups;
}

}  // namespace drydock
