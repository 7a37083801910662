#pragma once
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/instance.hpp"

namespace drydock {

/// One probe on one host or name server, and what must have passed before it starts.
struct PlannedProbe {
  Instance instance;
  std::string skip{};              ///< why it is only reported, and not looked at; empty: it is looked at
  std::vector<std::size_t> needs;  ///< indices into the plan; no cycles
  /// Who fills a role for its checks: indices into the plan. Nobody who waits for this probe to be judged.
  struct Beside {
    const Role* role = nullptr;
    std::vector<std::size_t> probes;
  };
  std::vector<Beside> beside{};
  /// The facts of its own that others are judged by; nothing where it fills no role.
  std::optional<std::set<std::string_view>> shown{};
  /// The same probe at the host that this one's host replaces: index into the plan; nothing where it is not compared.
  std::optional<std::size_t> reference{};
  std::string why_not_compared{};  ///< where it has no reference though its host replaces another
  int compared_with_it = 0;        ///< how many are compared with it
  bool only_reference = false;     ///< and that is all it is looked at for: nothing of it is judged
};

/// What one look is made of, in the order of the scenario. Pure; its cost grows with the number of probes.
/// `ids`: those chosen; what they need is added. `hosts`: only on these (empty: all of each probe's `on`). What is only
/// needed is looked at wherever it runs: a filter by host must not hide a cause. What is compared with comes last,
/// where it is not looked at anyway. A probe needs another at the same address of the same host where that looks there,
/// else at the same host, else everywhere. Throws as make_instances does.
std::vector<PlannedProbe> plan_look(const Scenario& scenario, const std::vector<std::string>& ids,
                                    const std::set<std::string>& hosts, std::size_t phase);

}  // namespace drydock
