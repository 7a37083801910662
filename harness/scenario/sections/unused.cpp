#include <fmt/format.h>

#include <algorithm>

#include "harness/scenario/sections/loading.hpp"

namespace drydock {
namespace {

void look_in(Loading& loading, const std::string& section, std::string_view what, bool first_is_used = false) {
  const Node* node = loading.root.find(section);
  if (!node) return;
  for (const auto& entry : node->entries) {
    if (first_is_used && &entry == &node->entries.front()) continue;
    if (section == "names" && entry.key == "canonical") continue;
    if (loading.names.used(section, entry.key) || loading.used.contains(section + "." + entry.key)) continue;
    loading.diagnostics.warning(entry.key_place,
                                fmt::format("nothing uses the {} `{}`; use it, or remove it", what, entry.key));
  }
}

Severity heaviest(const ProbeDefinition& probe) {
  Severity most = Severity::advisory;
  const auto weigh = [&](const std::string& id) { most = std::max(most, weight_of(probe, id).value_or(most)); };
  for (const CheckSpec& check : probe.type->checks) weigh(std::string(check.id));
  for (const Expectation& expectation : probe.expectations)
    weigh("expect." + expectation.fact.substr(expectation.fact.find('.') + 1));
  return most;
}

void look_for_probes_in_no_gate(Loading& loading) {
  for (const ProbeDefinition& probe : loading.scenario.probes) {
    const bool gated =
        std::any_of(loading.scenario.gates.begin(), loading.scenario.gates.end(), [&](const GateDefinition& gate) {
          return std::find(gate.probes.begin(), gate.probes.end(), probe.id) != gate.probes.end();
        });
    if (gated || heaviest(probe) != Severity::critical) continue;
    const auto id = std::find_if(loading.probe_ids.begin(), loading.probe_ids.end(),
                                 [&](const auto& one) { return one.first == probe.id; });
    loading.diagnostics.warning(id->second,
                                fmt::format("the probe `{}` is critical and in no gate, so the transfer doesn't wait "
                                            "for it; put it in one, or give it `severity: degraded`",
                                            probe.id));
  }
}

/// A gate where nothing can weigh goes whatever is seen.
void look_for_idle_gates(Loading& loading) {
  const Node* node = loading.root.find("gates");
  for (const GateDefinition& gate : loading.scenario.gates) {
    const bool weighs = std::any_of(gate.probes.begin(), gate.probes.end(), [&](const std::string& id) {
      const ProbeDefinition* probe = loading.scenario.probe(id);
      return !probe || heaviest(*probe) != Severity::advisory;
    });
    const auto* entry = node ? node->entry(gate.id) : nullptr;
    if (!weighs && entry)
      loading.diagnostics.warning(
          entry->key_place,
          fmt::format("every check of the gate `{}` is advisory, so it goes whatever they see; name a "
                      "probe that weighs more, or remove the gate",
                      gate.id));
  }
}

}  // namespace

void look_for_unused(Loading& loading) {
  look_in(loading, "vars", "var");
  look_in(loading, "names", "name");
  look_in(loading, "vantages", "vantage", true);
  if (!loading.scenario.transfer.empty())
    for (const char* host : {"old", "new"}) loading.use("hosts", host);  // its premises look at both
  // Its name is one that no other host may call itself.
  for (const HostDefinition& host : loading.scenario.hosts)
    if (!host.hostname_by_phase.empty()) loading.use("hosts", host.id);
  look_in(loading, "hosts", "host");
  look_in(loading, "secrets", "secret");
  look_in(loading, "accounts", "account");
  look_in(loading, "gates", "gate");
  look_for_idle_gates(loading);
  if (!loading.scenario.transfer.empty()) look_for_probes_in_no_gate(loading);
}

}  // namespace drydock
