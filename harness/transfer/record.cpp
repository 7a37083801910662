#include "harness/transfer/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "harness/report/record_json.hpp"
#include "harness/transfer/transfer.hpp"

namespace drydock {
namespace {

namespace json = boost::json;
using Key = std::string;  ///< step, when, gate

Key key_of(const std::string& step, const std::string& when, const std::string& gate) {
  return step + '\n' + when + '\n' + gate;
}

std::optional<std::string> known(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

bool listed(const json::array& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const json::value& item) { return item.is_string() && item.get_string() == name; });
}

/// The results of one look for one of its gates: those of the gate's own probes, and those that no gate named but that
/// were needed.
std::vector<ResultRecord> results_for(const json::object& gate, const json::array& gates,
                                      const std::vector<ResultRecord>& all) {
  std::vector<ResultRecord> results;
  const auto& own = gate.at("probes").as_array();
  for (ResultRecord result : all) {
    const bool named = std::any_of(gates.begin(), gates.end(), [&](const json::value& other) {
      return listed(other.as_object().at("probes").as_array(), result.probe);
    });
    if (named && !listed(own, result.probe)) continue;
    result.step = known(std::string(gate.at("step").as_string()));
    result.when = known(std::string(gate.at("when").as_string()));
    result.gate = std::string(gate.at("gate").as_string());
    result.look = static_cast<int>(gate.at("look").as_int64());
    results.push_back(std::move(result));
  }
  return results;
}

void take_look(const Event& event, std::vector<Key>& order, std::map<Key, std::vector<ResultRecord>>& last) {
  const json::object look = json::parse(event.detail).as_object();
  const auto all = unpack_results(json::serialize(look.at("seen")));
  const json::array& gates = look.at("gates").as_array();
  for (const auto& item : gates) {
    const json::object& gate = item.as_object();
    const Key key = key_of(std::string(gate.at("step").as_string()), std::string(gate.at("when").as_string()),
                           std::string(gate.at("gate").as_string()));
    if (!last.contains(key)) order.push_back(key);
    last[key] = results_for(gate, gates, all);
  }
}

GateRecord gate_record(const Event& event) {
  const GateDetail detail = gate_detail_from_json(event.detail);
  return {event.gate,    known(event.step), known(event.when), event.word,     event.text,
          detail.passes, detail.need,       detail.looks,      detail.started, detail.finished};
}

}  // namespace

std::string look_detail(const std::vector<LookedGate>& gates, const std::vector<ResultRecord>& results) {
  json::array list;
  for (const auto& gate : gates) {
    json::array probes;
    for (const auto& probe : gate.probes) probes.push_back(json::string(probe));
    list.push_back(json::object{{"gate", json::string(gate.gate)},
                                {"step", json::string(gate.step)},
                                {"when", json::string(gate.when)},
                                {"look", gate.look},
                                {"probes", std::move(probes)}});
  }
  return json::serialize(json::object{{"gates", std::move(list)}, {"seen", json::parse(pack_results(results))}});
}

RunRecord record_of(const OpenedDetail& opened, const std::vector<Event>& events) {
  RunRecord record;
  record.tool = opened.tool;
  record.scenario = {opened.name, opened.file, opened.sha256};
  record.id = opened.run;
  record.vantage = opened.vantage;
  for (const auto& [host, address] : opened.hosts) record.addresses.push_back(host + " " + address);
  if (!events.empty()) {
    record.started = events.front().time;
    record.finished = events.back().time;
  }
  std::vector<Key> looked_order, decided_order;
  std::map<Key, std::vector<ResultRecord>> looks;
  std::map<Key, GateRecord> decisions;
  for (const auto& event : events) {
    if (event.kind == EventKind::looked) take_look(event, looked_order, looks);
    if (event.kind == EventKind::stopped) record.exit_override = event.number;
    if (event.kind != EventKind::gate_decided) continue;
    const Key key = key_of(event.step, event.when, event.gate);
    if (!decisions.contains(key)) decided_order.push_back(key);
    decisions[key] = gate_record(event);
  }
  for (const auto& key : decided_order) record.gates.push_back(decisions[key]);
  for (const auto& key : looked_order)
    for (auto& result : looks[key]) record.results.push_back(std::move(result));
  const Standing standing = stand(outline_of(opened), events);
  if (standing.phase < opened.phases.size()) record.phase = opened.phases[standing.phase];
  for (const auto& step : standing.steps)
    record.steps.push_back(
        {step.id, std::string(to_string(step.state())), step.started, step.ended, step.undone, step.output});
  return record;
}

RunRecord record_of_journal(const std::string& journal) {
  const Ledger ledger = Ledger::read(journal);
  try {
    RunRecord record = record_of(ledger.opened(), ledger.events());
    record.journal = journal;
    return record;
  } catch (const JournalError&) {
    throw;
  } catch (const std::exception& error) {
    throw JournalError(fmt::format("{} holds an entry that can't be read: {}", journal, error.what()));
  }
}

}  // namespace drydock
