#include <fmt/format.h>

#include <algorithm>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "harness/scenario/syntax.hpp"

namespace drydock {
namespace {

const std::string* declared_host(Loading& loading, const std::string& id, const Place& place) {
  loading.use("hosts", id);
  const auto found = std::find(loading.host_ids.begin(), loading.host_ids.end(), id);
  if (found != loading.host_ids.end()) return &*found;
  loading.error(place, id == kThisMachine ? "an action without `on` runs on this machine; leave `on` out"
                                          : fmt::format("there is no host `{}`{}", id,
                                                        suggestion(id, loading.host_ids, "the hosts are")));
  return nullptr;
}

std::vector<DnsUpdateAction::Record> read_records(Loading& loading, MapReader& update, std::string_view key,
                                                  std::string_view what) {
  std::vector<DnsUpdateAction::Record> records;
  const Node* node = update.get(key);
  if (!node) return records;
  if (!node->is(Node::Kind::sequence) || node->items.empty()) {
    loading.reader.wrong(*node, update.spec(key));
    return records;
  }
  for (const Node& item : node->items) {
    MapReader map(loading.diagnostics, item, members_of(update.spec(key)), what);
    if (!map.is_map()) continue;
    DnsUpdateAction::Record record;
    record.name = map.word("name").value_or("");
    record.type = map.word("type").value_or("");
    if (map.has("ttl")) record.ttl = static_cast<std::uint32_t>(map.integer("ttl").value_or(0));
    if (key == "replace") record.data = map.words("data");
    records.push_back(std::move(record));
  }
  return records;
}

std::optional<DnsUpdateAction> read_dns_update(Loading& loading, const Node& node, const KeySpec& key) {
  MapReader map(loading.diagnostics, node, members_of(key), "dns_update");
  if (!map.is_map()) return std::nullopt;
  DnsUpdateAction update;
  update.zone = map.word("zone").value_or("");
  update.server = map.word("server").value_or("");
  if (const Node* secret = map.get("key"))
    if (const auto found = read_secret(loading, *secret, map.spec("key"), "key of dns_update")) update.key = *found;
  update.changes = read_records(loading, map, "replace", "a record to replace");
  const auto deleted = read_records(loading, map, "delete", "a record to delete");
  update.changes.insert(update.changes.end(), deleted.begin(), deleted.end());
  if (!map.has("replace") && !map.has("delete"))
    loading.error(node.place, "this dns_update changes nothing; give it `replace` or `delete`");
  return update;
}

std::optional<CommandAction> read_command(Loading& loading, MapReader& map) {
  CommandAction command;
  command.argv = map.words("command");
  command.shell = map.word("shell").value_or("");
  if (const auto on = map.word("on"))
    if (const auto* host = declared_host(loading, *on, map.get("on")->place)) {
      command.on = *host;
      const auto* definition = loading.scenario.host(*host);
      if (definition && !definition->ssh)
        loading.error(
            map.get("on")->place,
            fmt::format("the host `{}` has no `ssh`, so nothing can be run on it; say under hosts how to reach it",
                        *host));
    }
  return command;
}

std::optional<ActionDefinition> read_action(Loading& loading, const Node& node, const KeySpec& key) {
  static constexpr std::string_view kKinds[] = {"command", "shell", "dns_update", "confirm", "wait"};
  MapReader map(loading.diagnostics, node, members_of(key), "an action");
  if (!map.is_map()) return std::nullopt;
  std::vector<std::string_view> kinds;
  for (const std::string_view kind : kKinds)
    if (map.has(kind)) kinds.push_back(kind);
  if (kinds.size() != 1) {
    loading.error(node.place,
                  kinds.empty()
                      ? "this action does nothing; give it one of command, shell, dns_update, confirm, wait"
                      : fmt::format("an action is one thing, and this one is `{}` and `{}`; make a list of two actions",
                                    kinds[0], kinds[1]));
    return std::nullopt;
  }
  ActionDefinition action;
  action.where = position(node.place);
  action.timeout = map.duration("timeout").value_or(std::chrono::minutes(10));
  action.takes = map.duration("takes");
  if (map.has("takes") && key.name != "undo")
    loading.error(map.place_of("takes"),
                  "`takes` of one action is for undo; write it on the step, for all of its actions and gates");
  const bool command = kinds[0] == "command" || kinds[0] == "shell";
  if (map.has("on") && !command)
    loading.error(map.place_of("on"),
                  fmt::format("`on` goes with command and shell, not with {}; leave it out", kinds[0]));
  if (map.has("timeout") && (kinds[0] == "wait" || kinds[0] == "confirm"))
    loading.error(map.place_of("timeout"), fmt::format("`{}` has no time limit; leave `timeout` out", kinds[0]));
  if (command) {
    action.what = *read_command(loading, map);
  } else if (kinds[0] == "dns_update") {
    const Node* update = map.get("dns_update");
    auto read = update ? read_dns_update(loading, *update, map.spec("dns_update")) : std::nullopt;
    if (!read) return std::nullopt;
    action.what = std::move(*read);
  } else if (kinds[0] == "confirm") {
    action.what = ConfirmAction{map.word("confirm").value_or("")};
  } else {
    action.what = WaitAction{map.duration("wait").value_or(Duration{})};
  }
  return action;
}

std::vector<ActionDefinition> read_actions(Loading& loading, MapReader& step, std::string_view key) {
  std::vector<ActionDefinition> actions;
  const Node* node = step.get(key);
  if (!node) return actions;
  const bool list = node->is(Node::Kind::sequence);
  if ((!list && !node->is(Node::Kind::mapping)) || (list && node->items.empty())) {
    loading.reader.wrong(*node, step.spec(key));
    return actions;
  }
  const auto add = [&](const Node& one) {
    if (auto action = read_action(loading, one, step.spec(key))) actions.push_back(std::move(*action));
  };
  if (!list) add(*node);
  for (const Node& item : node->items) add(item);
  return actions;
}

/// Whether some of these probes runs in the phase; true where the list itself is wrong.
bool looks_at_something(const Loading& loading, const std::vector<std::string>& probes, std::size_t phase) {
  bool all_known = loading.all_probe_ids_known && !probes.empty();
  for (const std::string& id : probes) {
    const ProbeDefinition* probe = loading.scenario.probe(id);
    if (!probe)
      all_known = false;
    else if (probe->in_phase[phase])
      return true;
  }
  return !all_known;
}

std::vector<std::string> read_gate_ids(Loading& loading, MapReader& step, std::string_view key,
                                       std::optional<std::size_t> phase) {
  std::vector<std::string> right;
  const auto ids = step.words(key);
  const Node* node = step.get(key);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Place& place = node->items[i].place;
    loading.use("gates", ids[i]);
    if (std::find(loading.gate_ids.begin(), loading.gate_ids.end(), ids[i]) == loading.gate_ids.end()) {
      loading.error(place,
                    fmt::format("there is no gate `{}`{}", ids[i],
                                loading.gate_ids.empty() ? "; declare it under gates"
                                                         : suggestion(ids[i], loading.gate_ids, "the gates are")));
      continue;
    }
    if (std::find(right.begin(), right.end(), ids[i]) != right.end()) {
      loading.error(place, fmt::format("the gate `{}` stands here twice; once is enough", ids[i]));
      continue;
    }
    right.push_back(ids[i]);
    const GateDefinition* gate = loading.scenario.gate(ids[i]);
    if (!gate || !phase || *phase >= loading.scenario.phases.size()) continue;
    const std::string& name = loading.scenario.phases[*phase];
    if (!looks_at_something(loading, gate->probes, *phase))
      loading.error(
          place,
          fmt::format(
              "no probe of the gate `{}` runs in the phase `{}`, so it could never go; name probes of that phase",
              ids[i], name));
    else if (gate->quorum && !looks_at_something(loading, gate->quorum->probes, *phase))
      loading.error(place, fmt::format("no probe of the quorum of the gate `{}` runs in the phase `{}`, so it could "
                                       "never go; name probes of that phase",
                                       ids[i], name));
  }
  return right;
}

/// Reads the steps in order and knows in which phase each begins.
class TransferReader {
public:
  explicit TransferReader(Loading& loading) : loading_(loading), entered_(loading.scenario.phases.size(), false) {
    if (!entered_.empty()) entered_[0] = true;
  }

  void read(const Node& node) {
    MapReader map(loading_.diagnostics, node, members_of(scenario_key("transfer")), "a step");
    if (!map.is_map()) return;
    StepDefinition step;
    step.id = read_id(map);
    step.where = position(node.place);
    step.text = step_text(node, scenario_key("transfer"));
    step.before = read_gate_ids(loading_, map, "before", known_phase());
    read_enters(map, step);
    step.after = read_gate_ids(loading_, map, "after", known_phase());
    step.run = read_actions(loading_, map, "run");
    step.undo = read_actions(loading_, map, "undo");
    if (const Node* approve = map.get("approve")) {
      MapReader by(loading_.diagnostics, *approve, members_of(map.spec("approve")), "`approve`");
      step.approvals = static_cast<int>(by.integer("by").value_or(1));
    }
    step.touches = read_touches(loading_, map);
    step.takes = map.duration("takes");
    step.repeatable = map.boolean("repeatable").value_or(false);
    step.point_of_no_return = map.boolean("point_of_no_return").value_or(false);
    look_for_emptiness(map, node);
    if (!step.id.empty()) loading_.scenario.transfer.push_back(std::move(step));
  }

  void look_for_phases_left_out(const Place& phases) {
    for (std::size_t i = 0; i < entered_.size(); ++i)
      if (!entered_[i])
        loading_.diagnostics.warning(
            phases, fmt::format("no step enters the phase `{}`; give a step `enters: {}`, or leave the phase out",
                                loading_.scenario.phases[i], loading_.scenario.phases[i]));
  }

private:
  /// Nothing once an `enters` was wrong: then gates are not held against a phase.
  [[nodiscard]] std::optional<std::size_t> known_phase() const {
    return phase_is_known_ ? std::optional(phase_) : std::nullopt;
  }

  std::string read_id(MapReader& map) {
    const auto id = map.word("step");
    if (!id) return {};
    for (const auto& [known, line] : ids_)
      if (known == *id) {
        loading_.error(
            map.get("step")->place,
            fmt::format("the step `{}` is there already, at line {}; give this one another name", *id, line));
        return {};
      }
    ids_.emplace_back(*id, map.get("step")->place.line);
    return *id;
  }

  void read_enters(MapReader& map, StepDefinition& step) {
    const auto enters = map.word("enters");
    if (!enters) return;
    const Place& place = map.get("enters")->place;
    const auto phase = loading_.phase(*enters, place);
    phase_is_known_ = phase_is_known_ && phase.has_value();
    if (!phase) return;
    if (*phase <= phase_) {
      phase_is_known_ = phase_is_known_ && *phase == phase_;
      const auto& phases = loading_.scenario.phases;
      loading_.error(place, *phase == phase_
                                ? fmt::format("the phase is `{}` already at this step; leave `enters` out", *enters)
                                : fmt::format("phases only go forward: `{}` comes before `{}`, in which this step "
                                              "begins; put the steps or the phases in order",
                                              *enters, phases[phase_]));
      return;
    }
    phase_ = *phase;
    entered_[phase_] = true;
    step.enters = phase_;
  }

  void look_for_emptiness(const MapReader& map, const Node& node) {
    const bool nothing = !map.has("run") && !map.has("before") && !map.has("after") && !map.has("approve");
    if (nothing) loading_.error(node.place, "this step does nothing; give it `run`, gates or `approve`");
    if (map.has("undo") && !map.has("run"))
      loading_.error(map.place_of("undo"),
                     "there is nothing to undo, because this step has no `run`; leave `undo` out");
    if (map.has("touches") && !map.has("run"))
      loading_.error(map.place_of("touches"),
                     "this step touches nothing, because it has no `run`; leave `touches` out");
    if (map.has("repeatable") && !map.has("run"))
      loading_.error(map.place_of("repeatable"),
                     "there is nothing to repeat, because this step has no `run`; leave `repeatable` out");
  }

  Loading& loading_;
  std::vector<bool> entered_;
  std::vector<std::pair<std::string, int>> ids_;
  std::size_t phase_ = 0;
  bool phase_is_known_ = true;
};

}  // namespace

void read_transfer(Loading& loading) {
  const Node section = loading.section("transfer");
  if (section.is(Node::Kind::nothing)) return;
  if (!section.is(Node::Kind::sequence) || section.items.empty()) {
    loading.reader.wrong(section, scenario_key("transfer"));
    return;
  }
  TransferReader reader(loading);
  for (const Node& step : section.items) reader.read(step);
  look_for_unknown_zones(loading);
  if (loading.diagnostics.has_errors()) return;
  const auto* phases = loading.root.entry("phases");
  reader.look_for_phases_left_out(phases ? phases->value.place : loading.root.entry("transfer")->key_place);
}

}  // namespace drydock
