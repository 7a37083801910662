#include "harness/report/alike.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <string>

#include "harness/report/recap.hpp"

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

std::string other_places(const Alike& group, std::size_t most, std::string_view how) {
  std::vector<std::string> places;
  for (std::size_t i = 1; i < group.size() && i <= most; ++i) places.push_back(place(*group[i]));
  const std::size_t more = group.size() - 1 - places.size();
  return fmt::format("{}{}", fmt::join(places, "; "), more > 0 ? fmt::format("; and {} more{}", more, how) : "");
}

}  // namespace drydock
