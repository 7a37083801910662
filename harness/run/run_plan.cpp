#include "harness/run/run_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include "harness/run/judging.hpp"

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

/// Who waits for a probe to be judged before it is looked at itself, directly or not. A probe waits for the judgement
/// of what it needs; and that, for what was seen by those that fill a role for it.
class Waiting {
public:
  explicit Waiting(const std::vector<PlannedProbe>& plan) : users_(plan.size()), judged_by_(plan.size()) {
    for (std::size_t i = 0; i < plan.size(); ++i)
      for (const std::size_t needed : plan[i].needs) users_[needed].push_back(i);
  }
  void fills_a_role(std::size_t filler, std::size_t judged) { judged_by_[filler].push_back(judged); }

  [[nodiscard]] std::set<std::size_t> for_judgement_of(std::size_t judged) const {
    std::set<std::size_t> late{judged}, waiting;  // judged late; looked at late
    std::vector<std::size_t> open{judged};
    const auto delay = [&](std::size_t other) {
      if (late.insert(other).second) open.push_back(other);
    };
    while (!open.empty()) {
      const std::size_t now = open.back();
      open.pop_back();
      for (const std::size_t user : users_[now]) {
        if (!waiting.insert(user).second) continue;
        delay(user);
        std::ranges::for_each(judged_by_[user], delay);
      }
    }
    return waiting;
  }

private:
  std::vector<std::vector<std::size_t>> users_, judged_by_;
};

using Fillers = std::map<std::string, std::vector<std::size_t>>;  ///< by what they offer

Fillers fillers_of(const Role& role, const std::vector<PlannedProbe>& plan) {
  Fillers fillers;
  for (std::size_t i = 0; i < plan.size(); ++i)
    if (plan[i].skip.empty()) fillers[role.offers(plan[i].instance.subject)].push_back(i);
  return fillers;
}

/// Fills the roles. What would have to wait for itself that way is left out.
void join_roles(std::vector<PlannedProbe>& plan) {
  std::map<std::string_view, Fillers> known;  // by role
  Waiting waiting(plan);
  for (std::size_t judged = 0; judged < plan.size(); ++judged) {
    if (!plan[judged].skip.empty()) continue;
    for (const Role* role : roles_of(*plan[judged].instance.probe)) {
      if (!known.contains(role->name)) known.emplace(role->name, fillers_of(*role, plan));
      const std::string wanted = role->wants(plan[judged].instance.subject);
      if (wanted.empty()) continue;
      const auto waits = waiting.for_judgement_of(judged);
      PlannedProbe::Beside beside{role, {}};
      for (const std::size_t filler : known[role->name][wanted]) {
        if (filler == judged || waits.contains(filler)) continue;
        beside.probes.push_back(filler);
        waiting.fills_a_role(filler, judged);
        auto& shown = plan[filler].shown;
        if (!shown) shown.emplace();
        shown->insert(role->facts.begin(), role->facts.end());
      }
      plan[judged].beside.push_back(std::move(beside));
    }
  }
}

/// Where the reference is looked at: the address of the same family, from the vantage as any other.
std::optional<Instance> reference_of(const Scenario& scenario, const HostDefinition& host, const Instance& compared,
                                     std::size_t phase) {
  for (const std::string& replaced : host.replaces)
    for (Instance& instance : instances_at(scenario, *compared.probe, phase, replaced))
      if (instance.unreachable.empty() &&
          family_of(instance.subject.target.ip) == family_of(compared.subject.target.ip))
        return std::move(instance);
  return std::nullopt;
}

/// What is done for these checks writes to a host or provokes it: the reference is spared it, unless the probe itself
/// says that it is compared.
void spare(Instance& reference) {
  const ProbeType& type = *reference.probe->type;
  if (reference.probe->compare == Compare::itself || !type.costs) return;
  for (const CheckCost& cost : type.costs(reference.subject)) reference.subject.withheld.emplace_back(cost.check);
}

/// What a probe does on a host besides asking, which nobody has allowed on the reference; empty where that is nothing.
std::string does_besides_asking(const Instance& compared) {
  const ProbeDefinition& probe = *compared.probe;
  if (probe.compare == Compare::itself || !probe.type->announce) return {};
  return probe.type->announce(compared.subject);
}

void join_references(std::vector<PlannedProbe>& plan, const Scenario& scenario, std::size_t phase) {
  using Place = std::tuple<std::string_view, std::string, std::string>;  // probe, host, address
  std::map<Place, std::size_t> at;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const Target& target = plan[i].instance.subject.target;
    if (plan[i].skip.empty()) at.emplace(Place{plan[i].instance.probe->id, target.id, target.ip}, i);
  }
  const std::size_t judged = plan.size();
  for (std::size_t i = 0; i < judged; ++i) {
    if (!plan[i].skip.empty()) continue;
    const HostDefinition* host = scenario.host(plan[i].instance.subject.target.id);
    if (!host || host->replaces.empty() || plan[i].instance.probe->compare == Compare::no) continue;
    if (phase > 0) {
      plan[i].why_not_compared = fmt::format("not compared in '{}': what is compared with is only seen in '{}'",
                                             scenario.phases[phase], scenario.phases.front());
      continue;
    }
    if (const std::string does = does_besides_asking(plan[i].instance); !does.empty()) {
      plan[i].why_not_compared = fmt::format(
          "not compared by `compare: all`: the probe {}; compare: true on it says that it may do so on {}, too", does,
          fmt::join(host->replaces, ", "));
      continue;
    }
    auto reference = reference_of(scenario, *host, plan[i].instance, phase);
    if (!reference)
      plan[i].why_not_compared = fmt::format("not compared: {} has no address of this family that can be dialled",
                                             fmt::join(host->replaces, ", "));
    if (!reference) continue;
    const Target& target = reference->subject.target;
    const auto [place, is_new] = at.emplace(Place{reference->probe->id, target.id, target.ip}, plan.size());
    if (is_new) {
      spare(*reference);
      plan.push_back({.instance = std::move(*reference), .needs = {}, .only_reference = true});
    }
    plan[i].reference = place->second;
    ++plan[place->second].compared_with_it;
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
  join_roles(plan);
  join_references(plan, scenario, phase);
  return plan;
}

}  // namespace drydock
