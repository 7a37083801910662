#include <fmt/format.h>

#include <algorithm>

#include "harness/check/comparison.hpp"
#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "harness/scenario/waiver.hpp"

namespace drydock {
namespace {

/// A text of several lines as one.
std::string one_line(std::string_view text) {
  std::string line;
  bool gap = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank && gap && !line.empty()) line += ' ';
    gap = blank;
    if (!blank) line += c;
  }
  return line;
}

Waiver read_waiver(MapReader& map) {
  Waiver waiver;
  waiver.check = map.word("check").value_or("");
  waiver.probe = map.word("probe").value_or("");
  waiver.host = map.word("host");
  waiver.address = map.word("address");
  waiver.row = map.word("row");
  waiver.as = map.words("as");
  const auto because = map.word("because");
  waiver.because = because ? one_line(*because) : "";
  waiver.until = map.word("until").value_or("");
  waiver.mitigation = map.word("mitigation");
  return waiver;
}

/// Whether every value of the map was read: what is wrong with one was said already.
bool is_whole(const MapReader& map, const Waiver& waiver) {
  const Node* because = map.get("because");
  return !waiver.check.empty() && !waiver.probe.empty() && !waiver.as.empty() && because &&
         because->is(Node::Kind::scalar) && !waiver.until.empty() && map.has("host") == waiver.host.has_value() &&
         map.has("address") == waiver.address.has_value() && map.has("mitigation") == waiver.mitigation.has_value();
}

/// A probe that is there and wrong, or whose id could not be read, is told by itself.
bool may_be_there(const Loading& loading, const std::string& probe) {
  const bool written = std::any_of(loading.probe_ids.begin(), loading.probe_ids.end(),
                                   [&](const auto& one) { return one.first == probe; });
  return loading.scenario.probe(probe) == nullptr && (written || !loading.all_probe_ids_known);
}

}  // namespace

void read_waivers(Loading& loading) {
  const Node section = loading.section("waivers");
  if (section.is(Node::Kind::nothing)) return;
  const KeySpec& key = scenario_key("waivers");
  if (!section.is(Node::Kind::sequence) || section.items.empty()) {
    loading.reader.wrong(section, key);
    return;
  }
  for (const Node& item : section.items) {
    MapReader map(loading.diagnostics, item, members_of(key), "a waiver");
    if (!map.is_map()) continue;
    Waiver waiver = read_waiver(map);
    if (!is_whole(map, waiver) || may_be_there(loading, waiver.probe) ||
        (waiver.mitigation && may_be_there(loading, *waiver.mitigation)))
      continue;
    if (const auto refusal = refuse_waiver(waiver, loading.scenario))
      loading.error(map.get(refusal->key)->place, refusal->message);
    else if (waiver.row && !is_comparison(waiver.check))
      loading.diagnostics.warning(
          map.place_of("row"),
          fmt::format("no result of `{}` has rows, so this waiver never applies; leave `row` out", waiver.check));
    loading.scenario.waivers.push_back(std::move(waiver));
  }
}

}  // namespace drydock
