#include "harness/run/run_plan.hpp"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <tuple>

namespace drydock {
namespace {

/// The chosen probes and those that they need, directly or not.
std::set<std::string_view> with_needs(const std::map<std::string_view, const ProbeDefinition*>& probes,
                                      const std::vector<std::string>& ids) {
  std::set<std::string_view> all;
  std::vector<std::string_view> open(ids.begin(), ids.end());
  while (!open.empty()) {
    const auto found = probes.find(open.back());
    open.pop_back();
    if (found == probes.end() || !all.insert(found->first).second) continue;
    open.insert(open.end(), found->second->needs.begin(), found->second->needs.end());
  }
  return all;
}

void join_needs(std::vector<PlannedProbe>& plan) {
  using Place = std::tuple<std::string_view, std::string_view, std::string_view>;  // probe, host, address
  std::map<Place, std::vector<std::size_t>> at;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (!plan[i].skip.empty()) continue;
    const auto& [probe, subject, unreachable] = plan[i].instance;
    at[{probe->id, subject.target.id, subject.target.ip}].push_back(i);
    if (!subject.target.ip.empty()) at[{probe->id, subject.target.id, ""}].push_back(i);
    if (!subject.target.id.empty()) at[{probe->id, "", ""}].push_back(i);
  }
  for (auto& planned : plan) {
    if (!planned.skip.empty()) continue;
    const Subject& subject = planned.instance.subject;
    for (const auto& id : planned.instance.probe->needs)
      for (const Place& place :
           {Place{id, subject.target.id, subject.target.ip}, Place{id, subject.target.id, ""}, Place{id, "", ""}}) {
        const auto found = at.find(place);
        if (found == at.end()) continue;
        planned.needs.insert(planned.needs.end(), found->second.begin(), found->second.end());
        break;
      }
  }
}

}  // namespace

std::vector<PlannedProbe> plan_look(const Scenario& scenario, const std::vector<std::string>& ids,
                                    const std::set<std::string>& hosts, std::size_t phase) {
  std::map<std::string_view, const ProbeDefinition*> probes;
  for (const auto& probe : scenario.probes) probes.emplace(probe.id, &probe);
  const auto wanted = with_needs(probes, ids);
  const std::set<std::string_view> chosen(ids.begin(), ids.end());
  std::vector<PlannedProbe> plan;
  for (const auto& probe : scenario.probes) {
    if (!wanted.contains(probe.id)) continue;
    if (!probe.in_phase[phase]) {
      plan.push_back(
          {Instance{&probe, {}, {}}, fmt::format("out of phase: not looked at in '{}'", scenario.phases[phase]), {}});
      continue;
    }
    for (auto& instance :
         make_instances(scenario, probe, phase, chosen.contains(probe.id) ? hosts : std::set<std::string>{}))
      plan.push_back({instance, instance.unreachable, {}});
  }
  join_needs(plan);
  return plan;
}

}  // namespace drydock
