#include <fmt/format.h>

#include <algorithm>

#include "harness/scenario/instant.hpp"
#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "harness/scenario/syntax.hpp"

namespace drydock {
namespace {

void read_window(Loading& loading) {
  const Node section = loading.section("window");
  if (section.is(Node::Kind::nothing)) return;
  MapReader map(loading.diagnostics, section, members_of(scenario_key("window")), "`window`");
  if (!map.is_map()) return;
  if (const auto end = map.word("end")) loading.scenario.window_end = parse_instant(*end);
}

/// `IP:port` of a guard; empty where the file has none.
std::string read_endpoint(Loading& loading, MapReader& map, const char* key, std::string_view port, int example) {
  const auto text = map.word(key);
  if (!text) return {};
  if (!parse_server(*text)->port)
    loading.error(map.get(key)->place,
                  fmt::format("`{}` needs a port {}; write {}:{}", key, port,
                              text->find(':') == std::string::npos ? *text : "[" + *text + "]", example));
  return *text;
}

void read_guards(Loading& loading) {
  const Node section = loading.section("guards");
  if (section.is(Node::Kind::nothing)) return;
  MapReader map(loading.diagnostics, section, members_of(scenario_key("guards")), "`guards`");
  if (!map.is_map()) return;
  if (!map.has("clock") && !map.has("control") && !map.has("decoy"))
    loading.error(section.place, "`guards` guards nothing; give it `clock`, `control` or `decoy`");
  if (const auto clock = map.word("clock")) {
    loading.use("hosts", *clock);
    loading.scenario.guards.clock = *clock;
    if (std::find(loading.host_ids.begin(), loading.host_ids.end(), *clock) == loading.host_ids.end())
      loading.error(map.get("clock")->place, fmt::format("there is no host `{}`{}", *clock,
                                                         suggestion(*clock, loading.host_ids, "the hosts are")));
  }
  loading.scenario.guards.control = read_endpoint(loading, map, "control", "that answers", 443);
  loading.scenario.guards.decoy = read_endpoint(loading, map, "decoy", "where nothing listens", 25);
  const auto& [unused, control, decoy] = loading.scenario.guards;
  if (!decoy.empty() && control == decoy)
    loading.error(
        map.get("decoy")->place,
        fmt::format("{} can't be both: the control answers, and at the decoy nothing does; name another", decoy));
}

void read_start(Loading& loading) {
  const Node section = loading.section("transfer_starts");
  if (section.is(Node::Kind::nothing)) return;
  MapReader map(loading.diagnostics, section, members_of(scenario_key("transfer_starts")), "`transfer_starts`");
  if (!map.is_map()) return;
  if (map.word("dns") == "free") loading.scenario.dns_starts = DnsStart::free;
}

bool does_more_than_wait(const StepDefinition& step) {
  return std::any_of(step.run.begin(), step.run.end(),
                     [](const ActionDefinition& action) { return !std::holds_alternative<WaitAction>(action.what); });
}

void look_for_idle_window(Loading& loading) {
  const auto* entry = loading.root.entry("window");
  if (!entry || !loading.scenario.window_end) return;
  const auto& steps = loading.scenario.transfer;
  const bool refuses = std::any_of(steps.begin(), steps.end(), [](const auto& one) { return one.point_of_no_return; });
  if (!refuses)
    loading.diagnostics.warning(entry->key_place,
                                "no step is a point of no return, so the end of the window refuses nothing; mark the "
                                "step, or leave `window` out");
  const Node* transfer = loading.root.find("transfer");
  for (std::size_t i = 0; refuses && i < steps.size() && i < transfer->items.size(); ++i)
    if (!steps[i].takes && does_more_than_wait(steps[i]))
      loading.diagnostics.warning(
          transfer->items[i].place,
          fmt::format("the window has an end, and the step `{}` says no `takes`, so only its waits count; say how long "
                      "it takes",
                      steps[i].id));
}

}  // namespace

void read_terms(Loading& loading) {
  read_window(loading);
  read_guards(loading);
  read_start(loading);
  if (loading.diagnostics.has_errors()) return;
  const auto* start = loading.root.entry("transfer_starts");
  if (start && loading.scenario.transfer.empty())
    loading.diagnostics.warning(start->key_place, "there is no transfer that could start; leave `transfer_starts` out");
  look_for_idle_window(loading);
}

}  // namespace drydock
