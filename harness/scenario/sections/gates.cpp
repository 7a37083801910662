#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "harness/scenario/syntax.hpp"

namespace drydock {
namespace {

void check_pace(Loading& loading, const GateDefinition& gate, const Node& node) {
  if (gate.span > gate.within)
    loading.error(node.place, fmt::format("this gate could never go: its looks must pass for {}, which is longer than "
                                          "its {}; make `within` longer or `span` shorter",
                                          format_duration(gate.span), format_duration(gate.within)));
  if (gate.need < 2 || gate.every.count() <= gate.within.count() / (gate.need - 1)) return;
  loading.error(node.place, fmt::format("this gate could never go: {} looks, {} apart, take longer than its {}; make "
                                        "`within` longer or `every` shorter",
                                        gate.need, format_duration(gate.every), format_duration(gate.within)));
}

/// Whether what the probe looks at are hosts, name servers or resolvers.
bool suits(const ProbeDefinition& probe, Quorum::Per per) {
  if (probe.type->aims.has(Aim::host)) return per == Quorum::Per::host;
  const auto role = servers_role(probe);
  const Aim counted = per == Quorum::Per::resolver ? Aim::resolver : Aim::name_server;
  return per != Quorum::Per::host && (!role || role == counted);
}

std::string_view looked_at(const ProbeDefinition& probe) {
  for (const auto per : {Quorum::Per::host, Quorum::Per::server, Quorum::Per::resolver})
    if (suits(probe, per)) return to_string(per);
  return "host";
}

/// A quorum that no look could reach, or that counts what its probes don't look at.
void check_quorum(Loading& loading, const Quorum& quorum, MapReader& map) {
  std::set<std::string> counted;
  for (const std::string& id : quorum.probes) {
    const ProbeDefinition* probe = loading.scenario.probe(id);
    if (!probe) return;
    if (!suits(*probe, quorum.per)) {
      loading.error(map.get("per")->place, fmt::format("the probe `{}` can't be counted per {}; it wants `per: {}`", id,
                                                       to_string(quorum.per), looked_at(*probe)));
      return;
    }
    const auto servers = servers_asked(*probe, loading.scenario.dns);
    counted.insert(probe->on.begin(), probe->on.end());
    if (quorum.per != Quorum::Per::host) counted.insert(servers.begin(), servers.end());
  }
  if (quorum.per != Quorum::Per::host) counted.erase(std::string(kNameServers));
  const bool all_known = quorum.per != Quorum::Per::resolver || !loading.scenario.dns.resolvers.empty();
  if (all_known && !counted.empty() && static_cast<int>(counted.size()) < quorum.pass)
    loading.error(map.get("pass")->place,
                  fmt::format("this quorum can't be reached: {} must pass, and its probes look at {} {}{}; ask for "
                              "fewer, or look at more",
                              quorum.pass, counted.size(), to_string(quorum.per), counted.size() == 1 ? "" : "s"));
}

std::optional<Quorum> read_quorum(Loading& loading, const Node& node, const KeySpec& key) {
  MapReader map(loading.diagnostics, node, members_of(key), "a quorum");
  if (!map.is_map()) return std::nullopt;
  Quorum quorum;
  if (const Node* probes = map.get("probes")) quorum.probes = resolve_probes(loading, *probes, map.spec("probes"));
  const auto per = map.word("per");
  const auto pass = map.integer("pass");
  for (const auto one : {Quorum::Per::host, Quorum::Per::server, Quorum::Per::resolver})
    if (per == to_string(one)) quorum.per = one;
  quorum.pass = static_cast<int>(pass.value_or(1));
  if (per && pass) check_quorum(loading, quorum, map);
  return quorum;
}

/// The gate looks at the probes of its quorum too.
void add_probes(const Loading& loading, GateDefinition& gate) {
  if (!gate.quorum) return;
  const std::set<std::string> all = [&] {
    std::set<std::string> ids(gate.probes.begin(), gate.probes.end());
    ids.insert(gate.quorum->probes.begin(), gate.quorum->probes.end());
    return ids;
  }();
  gate.probes.clear();
  for (const auto& [id, place] : loading.probe_ids)
    if (all.contains(id)) gate.probes.push_back(id);
}

void read_probes_of(Loading& loading, MapReader& map, const Node& node, GateDefinition& gate) {
  KeySpec listed = map.spec("probes");
  listed.required = !map.has("quorum");
  if (const Node* probes = map.get("probes")) gate.probes = resolve_probes(loading, *probes, listed);
  if (const Node* quorum = map.get("quorum")) gate.quorum = read_quorum(loading, *quorum, map.spec("quorum"));
  if (!map.has("probes") && !map.has("quorum"))
    loading.error(node.place, fmt::format("a gate needs the key `probes`: {}", map.spec("probes").meaning));
  add_probes(loading, gate);
}

GateDefinition read_gate(Loading& loading, const Node::Entry& entry, MapReader& map) {
  GateDefinition gate;
  gate.id = entry.key;
  gate.where = position(entry.key_place);
  read_probes_of(loading, map, entry.value, gate);
  const auto need = map.integer("need");
  const auto every = map.duration("every");
  const auto span = map.duration("span");
  const auto within = map.duration("within");
  gate.need = static_cast<int>(need.value_or(1));
  gate.every = every.value_or(gate.every);
  gate.span = span.value_or(gate.span);
  gate.within = within.value_or(gate.within);
  gate.degraded_counts = !map.word("degraded").has_value();
  gate.wait_on_fail = map.word("on_fail").has_value();
  const bool all_right = map.has("need") == need.has_value() && map.has("every") == every.has_value() &&
                         map.has("span") == span.has_value() && map.has("within") == within.has_value();
  if (all_right) check_pace(loading, gate, entry.value);
  return gate;
}

}  // namespace

void read_gates(Loading& loading) {
  const Node section = loading.section("gates");
  if (section.is(Node::Kind::nothing)) return;
  const KeySpec& key = scenario_key("gates");
  if (!section.is(Node::Kind::mapping)) {
    loading.reader.wrong(section, key);
    return;
  }
  for (const auto& entry : section.entries) {
    if (!is_identifier(entry.key))
      loading.error(entry.key_place,
                    fmt::format("`{}` can't be a gate's id; it wants letters, digits and -_./~@:+=%", entry.key));
    loading.refuse_own_id(entry.key, entry.key_place);
    loading.gate_ids.push_back(entry.key);
    MapReader map(loading.diagnostics, entry.value, members_of(key), "a gate");
    if (map.is_map()) loading.scenario.gates.push_back(read_gate(loading, entry, map));
  }
}

}  // namespace drydock
