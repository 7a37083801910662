#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "harness/scenario/syntax.hpp"

namespace drydock {
namespace {

std::string folded(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (text.ends_with('.')) text.pop_back();
  return text;
}

/// Every name that the scenario asks about or changes.
std::set<std::string> names_in_use(const Loading& loading) {
  std::set<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty()) names.insert(folded(name));
  };
  const Scenario& scenario = loading.scenario;
  for (const auto& [id, name] : scenario.names) add(name);
  for (const auto& domain : scenario.domains) add(domain);
  for (const auto& probe : scenario.probes) {
    add(probe.name);
    if (!probe.type->aims.has(Aim::host)) add(probe.parameters.text("name"));
  }
  for (const auto& step : scenario.transfer)
    for (const auto* actions : {&step.run, &step.undo})
      for (const auto& action : *actions)
        if (const auto* update = std::get_if<DnsUpdateAction>(&action.what)) add(update->zone);
  return names;
}

/// The zones that these names could lie in.
std::vector<std::string> zones_of(const std::set<std::string>& names) {
  std::set<std::string> zones;
  for (const std::string& name : names)
    for (std::size_t dot = 0; name.find('.', dot) != std::string::npos; dot = name.find('.', dot) + 1)
      zones.insert(name.substr(dot));
  return {zones.begin(), zones.end()};
}

bool lies_in(const std::string& name, const std::string& zone) {
  return name == zone || name.ends_with("." + zone);
}

}  // namespace

Touches read_touches(Loading& loading, MapReader& step) {
  Touches touches;
  const auto words = step.words("touches");
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const Place& place = step.get("touches")->items[i].place;
    if (std::find(loading.host_ids.begin(), loading.host_ids.end(), word) != loading.host_ids.end()) {
      loading.use("hosts", word);
      touches.hosts.push_back(word);
    } else if (word.find('.') != std::string::npos && is_dns_name(word)) {
      touches.zones.push_back(folded(word));
      loading.touched_zones.emplace_back(folded(word), place);
    } else {
      loading.error(place, fmt::format("there is no host `{}`{} (a zone is written with a dot)", word,
                                       suggestion(word, loading.host_ids, "the hosts are")));
    }
  }
  return touches;
}

void look_for_unknown_zones(Loading& loading) {
  if (loading.touched_zones.empty()) return;
  const auto names = names_in_use(loading);
  for (const auto& [zone, place] : loading.touched_zones) {
    const bool known = zone.ends_with(".arpa") || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                         return lies_in(name, zone);
                       });
    if (!known)
      loading.error(place, fmt::format("no name of this scenario lies in the zone `{}`{}", zone,
                                       suggestion(zone, zones_of(names), "zones of its names are")));
  }
}

}  // namespace drydock
