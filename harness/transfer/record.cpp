#include "harness/transfer/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "harness/record/record_json.hpp"
#include "harness/transfer/transfer.hpp"
#include "probes/core/digest.hpp"

namespace drydock {
namespace {

namespace json = boost::json;

std::optional<std::string> known(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

const std::string& known_or_none(const SharedText& text) {
  static const std::string none;
  return text ? *text : none;
}

bool listed(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<GateProbes> gates_from(const json::array& written) {
  std::vector<GateProbes> gates;
  for (const json::value& one : written) {
    const json::object& gate = one.as_object();
    const auto text = [&gate](const char* key) { return std::string(gate.at(key).as_string()); };
    gates.push_back({text("gate"), text("step"), text("when"), {}});
    for (const json::value& probe : gate.at("probes").as_array()) gates.back().probes.emplace_back(probe.as_string());
  }
  return gates;
}

GateRecord gate_record(const event::GateDecided& decided) {
  return {decided.gate,   known(decided.step), known(decided.when), decided.result,  decided.reason.value,
          decided.passes, decided.need,        decided.looks,       decided.started, decided.finished};
}

constexpr const char* kUnderWay = "under-way";

/// What was started of one step.
struct StepActions {
  std::vector<ActionRecord> actions;
  bool again = false;  ///< a person had the last one run again, so that what came before it still counts
};

/// One start of an action more, or how the last one ended. A step that begins anew forgets its earlier attempts.
void take_action(const Event& event, std::map<std::string, StepActions>& all) {
  if (event.get<event::Began>()) {
    // Whoever had it under way has ended without a word.
    for (auto& [step, of] : all)
      if (!of.actions.empty() && of.actions.back().outcome == kUnderWay) of.actions.back().outcome = "unknown";
    return;
  }
  StepActions& of = all[std::string(step_of(event.what))];
  std::vector<ActionRecord>& actions = of.actions;
  if (const auto* intent = event.get<event::ActionIntended>()) {
    const bool anew = !intent->undo && intent->action == 0 && !of.again;
    of.again = false;
    if (anew && !actions.empty() && actions.back().outcome != kUnderWay && actions.back().outcome != "unknown")
      actions.clear();
    const std::string outcome(intent->by_person.value_or(false) ? "waiting" : kUnderWay);
    actions.push_back({intent->text.value, intent->undo, {}, outcome, {}, event.time, {}, {}});
  } else if (const auto* end = event.get<event::ActionEnded>(); end && !actions.empty()) {
    ActionRecord& ended = actions.back();
    ended.exit = end->exit;
    ended.outcome = end->outcome;
    ended.message = end->text.value;
    ended.finished = event.time;
    ended.output = end->output.value;
  } else if (const auto* mark = event.get<event::Marked>(); mark && mark->action >= 0 && !actions.empty()) {
    ActionRecord& marked = actions.back();
    if (marked.outcome == "done" || marked.undo != mark->undo) return;
    of.again = mark->word == "again";
    if (mark->word != "again")
      marked.outcome = mark->word;
    else if (marked.outcome != "failed" && marked.outcome != "not-started")
      marked.outcome = "unknown";
    marked.message = fmt::format("marked {} by {}: {}", mark->word, mark->actor.person.value, mark->because.value);
    marked.finished = event.time;
  }
}

/// Whether an entry tells of work, so that the ending of an earlier command no longer says where the transfer stands.
bool works(const Event& event) {
  return !event.get<event::Approved>() && !event.get<event::Marked>() && !event.get<event::Waived>() &&
         !event.get<event::Stopped>() && !event.get<event::OutputLost>();
}

/// Takes a look into the record, under numbers of the record's own: each drydock that looked has counted anew.
void add_look(LookRecord look, RunRecord& record) {
  std::map<int, int> renumbered;
  for (const auto& result : look.results)
    if (result.observation) renumbered[*result.observation] = 0;
  for (const auto& seen : look.observations)
    if (renumbered.contains(seen.id))
      for (const auto& beside : seen.beside)
        for (const int id : beside.observations) renumbered.emplace(id, 0);
  const std::size_t before = record.observations.size();
  for (auto& seen : look.observations) {
    const auto named = renumbered.find(seen.id);
    if (named == renumbered.end()) continue;
    named->second = seen.id = static_cast<int>(record.observations.size()) + 1;
    record.observations.push_back(std::move(seen));
  }
  for (std::size_t i = before; i < record.observations.size(); ++i)
    for (auto& beside : record.observations[i].beside) {
      for (int& id : beside.observations) id = renumbered[id];
      std::erase(beside.observations, 0);
    }
  for (auto& result : look.results) {
    if (result.observation) result.observation = renumbered[*result.observation];
    if (result.observation == 0) result.observation.reset();
    record.results.push_back(std::move(result));
  }
}

void take_gates(const TransferLog& log, RunRecord& record) {
  std::vector<std::string> order;
  std::map<std::string, GateRecord> decisions;
  for (const auto& event : log.events())
    if (const auto* decided = event.get<event::GateDecided>()) {
      const std::string key = gate_key(decided->step, decided->when, decided->gate);
      if (!decisions.contains(key)) order.push_back(key);
      decisions[key] = gate_record(*decided);
    }
  for (const auto& key : order) record.gates.push_back(decisions[key]);
  for (const LastLook* look : log.last_looks()) add_look(seen_in(*look), record);
}

}  // namespace

std::vector<ResultRecord> results_for(const GateProbes& own, int look, const std::vector<GateProbes>& gates,
                                      std::vector<ResultRecord> all) {
  std::vector<ResultRecord> results;
  for (ResultRecord& result : all) {
    const bool named =
        std::ranges::any_of(gates, [&](const GateProbes& other) { return listed(other.probes, result.probe); });
    if (named && !listed(own.probes, result.probe)) continue;
    result.step = known(own.step);
    result.when = known(own.when);
    result.gate = own.gate;
    result.look = look;
    results.push_back(std::move(result));
  }
  return results;
}

std::string look_detail(const std::vector<GateProbes>& gates, const LookRecord& seen) {
  json::array list;
  for (const auto& gate : gates) {
    json::array probes;
    for (const auto& probe : gate.probes) probes.push_back(json::string(probe));
    list.push_back(json::object{{"gate", json::string(gate.gate)},
                                {"step", json::string(gate.step)},
                                {"when", json::string(gate.when)},
                                {"probes", std::move(probes)}});
  }
  return json::serialize(json::object{{"gates", std::move(list)}, {"seen", json::parse(to_json(seen))}});
}

std::string verdict_digest(const std::vector<ResultRecord>& results) {
  Sha256 hash;
  for (const auto& result : results)
    for (const std::string_view part :
         {std::string_view(result.probe), std::string_view(result.check), std::string_view(known_or_none(result.host)),
          std::string_view(known_or_none(result.address)), to_string(result.verdict), to_string(result.severity),
          std::string_view(known_or_none(result.cause))}) {
      hash.add(part);
      hash.add(std::string_view("\0", 1));
    }
  return hash.hex();
}

LookRecord seen_in(const LastLook& look) {
  if (!look.evidence) return {};
  try {
    const json::value detail = json::parse(look.evidence->seen);
    LookRecord seen = look_from_json(json::serialize(detail.as_object().at("seen")));
    const std::vector<GateProbes> gates = gates_from(detail.as_object().at("gates").as_array());
    const auto own = std::ranges::find_if(gates, [&look](const GateProbes& one) {
      return one.gate == look.gate.gate && one.step == look.gate.step && one.when == look.gate.when;
    });
    seen.results = own == gates.end() ? std::vector<ResultRecord>()
                                      : results_for(*own, look.gate.look, gates, std::move(seen.results));
    return seen;
  } catch (const std::exception&) {
    return {};  // of a later version, as an entry that is not understood: no reason to refuse all the others
  }
}

RunRecord record_of(const TransferLog& log) {
  const event::Opened& opened = log.opened();
  RunRecord record;
  record.tool = opened.tool;
  record.scenario = {opened.name, opened.file, opened.sha256};
  record.id = opened.run;
  record.vantage = opened.vantage;
  record.vars = log.vars();
  for (const auto& [host, address] : opened.hosts) record.addresses.push_back(host + " " + address);
  if (!log.events().empty()) record.started = log.events().front().time;
  record.finished = log.last_time();
  std::map<std::string, StepActions> actions;
  for (const auto& event : log.events()) {
    if (const auto* stopped = event.get<event::Stopped>())
      record.ending = ending_of(stopped->verb, stopped->exit);
    else if (works(event))
      record.ending.reset();
    take_action(event, actions);
  }
  // A person may speak before anybody has begun.
  if (!log.last_began()) record.ending = ending_of("plan", 0);
  take_gates(log, record);
  const Standing standing = stand(outline_of(opened), log.events());
  if (standing.phase < opened.phases.size()) record.phase = opened.phases[standing.phase];
  for (const auto& step : standing.steps)
    record.steps.push_back({step.id, std::string(to_string(step.state())), step.started, step.ended, step.undone,
                            actions[step.id].actions});
  return record;
}

RunRecord record_of_journal(const std::string& journal) {
  const TransferLog log = TransferLog::read(journal);
  try {
    RunRecord record = record_of(log);
    record.journal = journal;
    return record;
  } catch (const JournalError&) {
    throw;
  } catch (const std::exception& error) {
    throw JournalError(fmt::format("{} holds an entry that can't be read: {}", journal, error.what()));
  }
}

}  // namespace drydock
