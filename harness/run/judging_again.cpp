#include "harness/run/judging_again.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "harness/record/fact_json.hpp"
#include "harness/run/recording.hpp"
#include "probes/core/ip_address.hpp"

namespace drydock {
namespace {

/// Which results are replaced together: those of one observation, at one gate.
using Group = std::tuple<int, std::string, std::string, std::string>;

Group group_of(const ResultRecord& result) {
  return {*result.observation, result.gate.value_or(""), result.step.value_or(""), result.when.value_or("")};
}

/// The scenario as it is, looking at what was seen then.
class Again {
public:
  explicit Again(const Scenario& scenario) : scenario_(scenario) {
    for (const auto& probe : scenario.probes) probes_.emplace(probe.id, &probe);
  }

  /// Null where the scenario no longer looks there, in the phase in which that was seen.
  const Instance* instance(const ObservationRecord& seen) {
    const auto probe = probes_.find(seen.probe);
    const auto phase = scenario_.phase(seen.phase);
    if (probe == probes_.end() || probe->second->type->name != seen.type || !phase) return nullptr;
    if (!probe->second->in_phase[*phase]) return nullptr;
    const auto [known, is_new] = instances_.try_emplace({seen.probe, *phase});
    if (is_new) known->second = make_instances(scenario_, *probe->second, *phase);
    const std::string address = split_endpoint(seen.address.value_or("")).ip;
    const auto found = std::ranges::find_if(known->second, [&](const Instance& one) {
      return one.subject.host == seen.host.value_or("") &&
             (one.subject.ip == address || same_address(one.subject.ip, address));
    });
    return found == known->second.end() ? nullptr : &*found;
  }

private:
  const Scenario& scenario_;
  std::map<std::string, const ProbeDefinition*> probes_;
  std::map<std::pair<std::string, std::size_t>, std::vector<Instance>> instances_;  ///< by probe and phase
};

std::vector<ResultRecord> results_of(const Instance& instance, const ObservationRecord& seen) {
  Subject subject = instance.subject;
  subject.token = seen.token.value_or("");
  subject.parameters = subject.parameters.with_token(subject.token);
  subject.address_answered = seen.address_answered;
  std::vector<ResultRecord> results;
  for (const auto& judged : judge_observation(*instance.probe, observation_of(seen, *instance.probe->type), subject))
    results.push_back(record_result(*instance.probe, subject, judged, &seen, TextFilter()));
  return results;
}

}  // namespace

Observation observation_of(const ObservationRecord& seen, const ProbeType& type) {
  Record facts;
  for (const auto& spec : type.facts)
    if (const auto* json = seen.facts.if_contains(spec.name))
      if (auto value = fact_from_json(spec, *json)) facts.set(spec.name, std::move(*value));
  Observation observation = Observation::of(facts);
  for (const auto& name : seen.absent) observation.set_absent(Fact<std::string>{name, {}});
  observation.address = seen.address.value_or("");
  observation.stage = seen.stage.value_or("");
  if (seen.error) {
    observation.error = Error{error_kind(seen.error->kind).value_or(ErrorKind::local), seen.error->message};
    observation.error_stage = seen.error->stage;
  }
  observation.certificates = seen.certificates;
  return observation;
}

std::vector<std::string> judge_again(const Scenario& scenario, RunRecord& record) {
  Again again(scenario);
  std::set<std::string> gone;
  std::map<Group, std::map<std::string, ResultRecord>> before;
  for (const auto& result : record.results)
    if (result.observation) before[group_of(result)].emplace(result.check, result);
  std::vector<ResultRecord> results;
  std::set<Group> done;
  for (auto& result : record.results) {
    const ObservationRecord* seen = find_observation(record.observations, result.observation);
    const Instance* instance = seen ? again.instance(*seen) : nullptr;
    if (!instance) {
      if (seen)
        gone.insert(fmt::format("{} on {} in '{}': the scenario no longer looks there; judged as then", seen->probe,
                                seen->host.value_or("here"), seen->phase));
      results.push_back(std::move(result));
      continue;
    }
    const Group group = group_of(result);
    if (!done.insert(group).second) continue;
    for (auto& judged : results_of(*instance, *seen)) {
      const ResultRecord& model = before[group].begin()->second;
      judged.gate = model.gate;
      judged.step = model.step;
      judged.when = model.when;
      judged.look = model.look;
      if (const auto old = before[group].find(judged.check); old != before[group].end()) {
        judged.first_failure = old->second.first_failure;
        if (judged.verdict == Verdict::fail) judged.waiver = old->second.waiver;
      }
      results.push_back(std::move(judged));
    }
  }
  record.results = std::move(results);
  return {gone.begin(), gone.end()};
}

}  // namespace drydock
