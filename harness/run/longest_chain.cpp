#include "harness/run/longest_chain.hpp"

#include <algorithm>

namespace drydock {

std::vector<std::pair<std::string, Duration>> longest_chain(const std::vector<std::unique_ptr<Task>>& tasks) {
  struct Chain {
    Duration sum{};
    const Chain* before = nullptr;
    const Task* last = nullptr;
  };
  std::vector<Chain> chains(tasks.size());
  const auto end_with = [&](std::size_t i, const auto& self) -> const Chain& {
    Chain& chain = chains[i];
    if (chain.last) return chain;
    chain.last = tasks[i].get();
    for (const std::size_t needed : tasks[i]->needs) {
      const Chain& candidate = self(needed, self);
      if (!chain.before || candidate.sum >= chain.before->sum) chain.before = &candidate;
    }
    chain.sum = tasks[i]->took + (chain.before ? chain.before->sum : Duration{});
    return chain;
  };
  const Chain* longest = nullptr;
  for (std::size_t i = 0; i < tasks.size(); ++i)
    if (const Chain& candidate = end_with(i, end_with); !longest || candidate.sum > longest->sum) longest = &candidate;
  std::vector<std::pair<std::string, Duration>> links;
  for (; longest; longest = longest->before)
    if (longest->last->begun) links.emplace_back(longest->last->probe.id, longest->last->took);
  std::ranges::reverse(links);
  return links;
}

}  // namespace drydock
