#include "harness/run/judging_again.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <deque>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "harness/check/comparison.hpp"
#include "harness/gate/waivers.hpp"
#include "harness/record/fact_json.hpp"
#include "harness/run/question.hpp"
#include "harness/run/recording.hpp"
#include "probes/core/ip_address.hpp"

namespace drydock {
namespace {

/// Which results are replaced together: those of one observation, at one gate.
using Group = std::tuple<int, std::string, std::string, std::string>;

Group group_of(const ResultRecord& result) {
  return {*result.observation, result.gate.value_or(""), result.step.value_or(""), result.when.value_or("")};
}

/// An instance of today, or why there is none.
struct Aimed {
  const Instance* instance = nullptr;
  std::string why{};
};

/// The scenario as it is, looking at what was seen then.
class Again {
public:
  explicit Again(const Scenario& scenario) : scenario_(scenario) {
    for (const auto& probe : scenario.probes) probes_.emplace(probe.id, &probe);
  }

  /// Nothing where the scenario no longer looks there in the phase in which that was seen, or asks something else.
  Aimed instance(const ObservationRecord& seen) {
    constexpr std::string_view kGone = "the scenario no longer looks there";
    if (seen.error && seen.error->kind == to_string(ErrorKind::interrupted)) return {nullptr, "it was interrupted"};
    const auto probe = probes_.find(seen.probe);
    const auto phase = scenario_.phase(seen.phase);
    if (probe == probes_.end() || probe->second->type->name != seen.type || !phase)
      return {nullptr, std::string(kGone)};
    if (!probe->second->in_phase[*phase]) return {nullptr, std::string(kGone)};
    const auto [known, is_new] = instances_.try_emplace({seen.probe, *phase});
    if (is_new) known->second = make_instances(scenario_, *probe->second, *phase);
    const std::string address = split_endpoint(seen.address.value_or("")).ip;
    const auto found = std::ranges::find_if(known->second, [&](const Instance& one) {
      return one.subject.target.id == seen.host.value_or("") &&
             (one.subject.target.ip == address || same_address(one.subject.target.ip, address));
    });
    if (found == known->second.end()) return {nullptr, std::string(kGone)};
    const auto otherwise = asked_otherwise(seen, *found);
    if (otherwise.empty()) return {&*found, {}};
    return {nullptr, fmt::format("the scenario asks something else now ({})", fmt::join(otherwise, ", "))};
  }

  /// One without facts where the scenario has no such probe any more.
  [[nodiscard]] const ProbeType& type_of(const ObservationRecord& seen) const {
    static const ProbeType kUnknown{};
    const auto probe = probes_.find(seen.probe);
    return probe == probes_.end() || probe->second->type->name != seen.type ? kUnknown : *probe->second->type;
  }

private:
  const Scenario& scenario_;
  std::map<std::string, const ProbeDefinition*> probes_;
  std::map<std::pair<std::string, std::size_t>, std::vector<Instance>> instances_;  ///< by probe and phase
};

/// What was judged then of one observation, by check.
using Old = std::map<std::string, ResultRecord>;

/// A check for whose sake nothing was asked has the verdict that it had.
StandIns stand_ins_of(const ObservationRecord& seen, const Old& before) {
  StandIns stand_ins;
  for (const auto& check : withheld_in(seen))
    if (const auto old = before.find(check); old != before.end()) {
      const ResultRecord& then = old->second;
      stand_ins.emplace(check, StandIn{{.verdict = then.verdict,
                                        .message = then.message,
                                        .expected = then.expected.value_or(""),
                                        .actual = then.actual.value_or(""),
                                        .hint = then.hint.value_or(""),
                                        .reproduce = then.reproduce.value_or(""),
                                        .stage = then.stage.value_or("")},
                                       then.limit.value_or("")});
    }
  return stand_ins;
}

/// What the checks of an observation went by besides it, as far as it is in the record.
class EvidenceOfThen {
public:
  EvidenceOfThen(const Again& again, const ProbeDefinition& probe, const ObservationRecord& seen,
                 const std::vector<ObservationRecord>& all) {
    for (const Role* role : roles_of(probe))
      for (const auto& beside : seen.beside)
        for (const int id : beside.role == role->name ? beside.observations : std::vector<int>{})
          if (const ObservationRecord* other = find_observation(all, id))
            evidence_.add(*role, seen_.emplace_back(observation_of(*other, again.type_of(*other))));
  }
  [[nodiscard]] const Evidence& evidence() const { return evidence_; }

private:
  std::deque<Observation> seen_;  ///< which stay where they are
  Evidence evidence_;
};

std::vector<ResultRecord> results_of(const Again& again, const Instance& instance, const ObservationRecord& seen,
                                     const std::vector<ObservationRecord>& all, const Old& before, Recorder& recorder) {
  Subject subject = instance.subject;
  subject.token = seen.token.value_or("");
  subject.parameters = subject.parameters.with_token(subject.token);
  const EvidenceOfThen then(again, *instance.probe, seen, all);
  std::vector<ResultRecord> results;
  for (const auto& judged : judge_observation(*instance.probe, observation_of(seen, *instance.probe->type), subject,
                                              stand_ins_of(seen, before), then.evidence()))
    results.push_back(recorder.result(*instance.probe, subject, judged, &seen));
  return results;
}

/// What belongs to the look and not to the judgement stays.
void take_over(const Old& before, std::vector<ResultRecord>& now) {
  const ResultRecord& model = before.begin()->second;
  for (auto& judged : now) {
    judged.gate = model.gate;
    judged.step = model.step;
    judged.when = model.when;
    judged.look = model.look;
    const auto old = before.find(judged.check);
    if (old == before.end()) continue;
    judged.first_failure = old->second.first_failure;
    const bool same = old->second.verdict == judged.verdict && old->second.message == judged.message;
    if (same) judged.hint = old->second.hint;  // it may tell of what the look saw elsewhere
  }
}

/// A fact out of which a secret was taken, or that was too long to be kept, judges otherwise than what was seen: there
/// the old result stays.
void keep_what_the_record_lacks(const ObservationRecord& seen, const Old& before, std::vector<ResultRecord>& now,
                                std::set<std::string>& notes) {
  const bool redacted = seen.facts.text().find(kRemovedSecret) != std::string::npos;
  if (!redacted && seen.left_out.empty()) return;
  for (auto& judged : now) {
    const auto old = before.find(judged.check);
    if (old == before.end() || old->second.verdict == judged.verdict) continue;
    if (!redacted && judged.verdict != Verdict::inconclusive) continue;
    notes.insert(fmt::format("{} of {}{}: {} is not in the record; judged as then", judged.check, seen.probe,
                             seen.host ? " on " + *seen.host : "",
                             redacted ? "a secret that was seen" : fmt::format("{}", fmt::join(seen.left_out, ", "))));
    judged = old->second;
  }
}

std::string place_of(const ResultRecord& result) {
  return fmt::format("{} of {}{}{}", result.check, result.probe, result.host ? " on " + *result.host : "",
                     result.gate ? fmt::format(" (gate {})", *result.gate) : "");
}

void note_changes(const Old& before, const std::vector<ResultRecord>& now, std::vector<std::string>& notes) {
  std::set<std::string> checks;
  for (const auto& judged : now) {
    checks.insert(judged.check);
    const auto old = before.find(judged.check);
    if (old == before.end())
      notes.push_back(fmt::format("{}: {}; there was no such check then", place_of(judged), to_string(judged.verdict)));
    else if (old->second.verdict != judged.verdict)
      notes.push_back(fmt::format("{}: was {}, is {}", place_of(judged), to_string(old->second.verdict),
                                  to_string(judged.verdict)));
  }
  for (const auto& [check, old] : before)
    if (!checks.contains(check))
      notes.push_back(fmt::format("{}: was {}; there is no such check now", place_of(old), to_string(old.verdict)));
}

/// Waivers apply to the results of one look together, since what must pass instead was seen in the same look.
void waive(RunRecord& record, const std::vector<Waiver>& waivers) {
  WallTime day = record.finished.value_or(WallTime{});
  for (const auto& seen : record.observations) day = std::max(day, seen.started.value_or(WallTime{}));
  std::map<std::tuple<std::string, std::string, std::string, int>, std::vector<std::size_t>> looks;
  for (std::size_t i = 0; i < record.results.size(); ++i) {
    ResultRecord& result = record.results[i];
    result.waiver.reset();
    looks[{result.gate.value_or(""), result.step.value_or(""), result.when.value_or(""), result.look.value_or(0)}]
        .push_back(i);
  }
  for (const auto& [look, indices] : looks) {
    std::vector<ResultRecord> results;
    for (const std::size_t i : indices) results.push_back(std::move(record.results[i]));
    apply_waivers(results, waivers, day);
    for (std::size_t i = 0; i < indices.size(); ++i) record.results[indices[i]] = std::move(results[i]);
  }
}

/// A transfer looks at the probes of its gates alone; what a run leaves out, it was told to leave out, or has a reason
/// in its results.
std::vector<std::string> unseen(const Scenario& scenario, const RunRecord& record) {
  std::set<std::string> known;
  for (const auto& result : record.results) known.insert(result.probe);
  std::vector<std::string> ids;
  for (const auto& probe : scenario.probes)
    if (!known.contains(probe.id)) ids.push_back(probe.id);
  return ids;
}

}  // namespace

Observation observation_of(const ObservationRecord& seen, const ProbeType& type) {
  Record facts;
  const boost::json::object known = seen.facts.object();
  for (const auto& spec : type.facts)
    if (const auto* json = known.if_contains(spec.name))
      if (auto value = fact_from_json(spec, *json)) facts.set(spec.name, std::move(*value));
  Observation observation = Observation::of(facts);
  for (const auto& name : seen.absent) observation.set_absent(Fact<std::string>{name, {}});
  observation.address = seen.address.value_or("");
  observation.stage = seen.stage.value_or("");
  observation.answered = seen.answered;
  if (seen.error) {
    observation.error = Error{error_kind(seen.error->kind).value_or(ErrorKind::local), seen.error->message};
    observation.error_stage = seen.error->stage;
  }
  for (const auto& certificate : seen.certificates) observation.certificates.push_back(*certificate);
  return observation;
}

JudgingNotes judge_again(const Scenario& scenario, const std::vector<Waiver>& waivers, RunRecord& record) {
  Again again(scenario);
  Recorder recorder;
  JudgingNotes notes;
  std::set<std::string> as_then;
  std::map<Group, Old> before;
  for (const auto& result : record.results)
    if (result.observation && !is_comparison(result.check)) before[group_of(result)].emplace(result.check, result);
  std::vector<ResultRecord> results;
  std::set<Group> done;
  for (auto& result : record.results) {
    const ObservationRecord* seen = find_observation(record.observations, result.observation);
    if (is_comparison(result.check)) {
      as_then.insert(fmt::format("{} of {}: compared then; judged as then", result.check, result.probe));
      results.push_back(std::move(result));
      continue;
    }
    const auto [instance, why] = seen ? again.instance(*seen) : Aimed{};
    if (!instance) {
      if (seen)
        as_then.insert(fmt::format("{}{} in '{}': {}; judged as then", seen->probe,
                                   seen->host ? " on " + *seen->host : "", seen->phase, why));
      results.push_back(std::move(result));
      continue;
    }
    const Group group = group_of(result);
    if (!done.insert(group).second) continue;
    std::vector<ResultRecord> now = results_of(again, *instance, *seen, record.observations, before[group], recorder);
    take_over(before[group], now);
    keep_what_the_record_lacks(*seen, before[group], now, as_then);
    note_changes(before[group], now, notes.changed);
    std::ranges::move(now, std::back_inserter(results));
  }
  record.results = std::move(results);
  waive(record, waivers);
  notes.as_then.assign(as_then.begin(), as_then.end());
  notes.unseen = unseen(scenario, record);
  return notes;
}

}  // namespace drydock
