#include "harness/run/run_plan.hpp"

#include <map>
#include <string_view>
#include <utility>

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
  std::map<std::string_view, std::vector<std::size_t>> anywhere;
  std::map<std::pair<std::string_view, std::string_view>, std::vector<std::size_t>> on_host;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (!plan[i].in_phase) continue;
    anywhere[plan[i].instance.probe->id].push_back(i);
    on_host[{plan[i].instance.probe->id, plan[i].instance.subject.host}].push_back(i);
  }
  for (auto& planned : plan) {
    if (!planned.in_phase) continue;
    for (const auto& id : planned.instance.probe->needs) {
      const auto here = on_host.find({id, planned.instance.subject.host});
      const auto& chosen = here == on_host.end() ? anywhere[id] : here->second;
      planned.needs.insert(planned.needs.end(), chosen.begin(), chosen.end());
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
      plan.push_back({Instance{&probe, {}}, false, {}});
      continue;
    }
    for (auto& instance :
         make_instances(scenario, probe, phase, chosen.contains(probe.id) ? hosts : std::set<std::string>{}))
      plan.push_back({std::move(instance), true, {}});
  }
  join_needs(plan);
  return plan;
}

}  // namespace drydock
