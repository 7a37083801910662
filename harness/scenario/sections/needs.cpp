#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/raw_probe.hpp"
#include "harness/scenario/syntax.hpp"

namespace drydock {
namespace {

/// Follows `needs` from one probe; says where it comes back to itself.
class CycleFinder {
public:
  explicit CycleFinder(Loading& loading) : loading_(loading) {
    for (const ProbeDefinition& probe : loading.scenario.probes) by_id_[probe.id] = &probe;
  }

  void find() {
    for (const ProbeDefinition& probe : loading_.scenario.probes) follow(probe);
  }

private:
  struct Visit {
    const ProbeDefinition* probe;
    std::size_t next = 0;
  };

  void follow(const ProbeDefinition& start) {
    if (!done_.insert(start.id).second) return;
    std::vector<Visit> path{{&start}};
    while (!path.empty()) {
      Visit& visit = path.back();
      if (visit.next == visit.probe->needs.size()) {
        path.pop_back();
        continue;
      }
      const auto found = by_id_.find(visit.probe->needs[visit.next++]);
      if (found == by_id_.end()) continue;
      const ProbeDefinition* needed = found->second;
      const auto cycle = std::find_if(path.begin(), path.end(), [&](const Visit& one) { return one.probe == needed; });
      if (cycle != path.end())
        tell(cycle, path.end(), *needed);
      else if (done_.insert(needed->id).second)
        path.push_back({needed});
    }
  }

  template <class Iterator>
  void tell(Iterator from, Iterator to, const ProbeDefinition& back) {
    std::string way;
    for (auto visit = from; visit != to; ++visit) way += visit->probe->id + " -> ";
    const auto id = std::find_if(loading_.probe_ids.begin(), loading_.probe_ids.end(),
                                 [&](const auto& one) { return one.first == back.id; });
    loading_.error(id->second, fmt::format("`needs` goes in a circle: {}{}; take one of them out", way, back.id));
  }

  Loading& loading_;
  std::map<std::string, const ProbeDefinition*> by_id_;
  std::set<std::string> done_;
};

}  // namespace

void look_for_circles(Loading& loading) {
  CycleFinder(loading).find();
}

std::vector<bool> read_phases(Loading& loading, const Node& node, const KeySpec& key) {
  const std::size_t count = loading.scenario.phases.size();
  std::vector<bool> in_phase(count, false);
  if (node.is(Node::Kind::sequence)) {
    KeySpec list = key;
    list.form = Form::texts;
    const auto ids = loading.reader.words(node, list);
    bool right = ids.has_value();
    for (std::size_t i = 0; ids && i < ids->size(); ++i) {
      const auto phase = loading.phase((*ids)[i], node.items[i].place);
      right = right && phase.has_value();
      if (phase) in_phase[*phase] = true;
    }
    return right ? in_phase : std::vector<bool>(count, true);
  }
  if (!node.is(Node::Kind::mapping) || node.entries.empty()) {
    loading.reader.wrong(node, key);
    return std::vector<bool>(count, true);
  }
  const auto keys = phase_range_keys();
  MapReader map(loading.diagnostics, node, {keys.begin(), keys.end()}, "`phase`");
  const auto bound = [&](std::string_view name, std::size_t otherwise) {
    const auto id = map.word(name);
    return id ? loading.phase(*id, map.get(name)->place).value_or(otherwise) : otherwise;
  };
  const std::size_t from = bound("from", 0);
  const std::size_t until = bound("until", count == 0 ? 0 : count - 1);
  if (from > until)
    loading.error(node.place, fmt::format("this goes backwards: the phase `{}` comes after `{}`; swap them",
                                          loading.scenario.phases[from], loading.scenario.phases[until]));
  for (std::size_t i = from; i <= until && i < count; ++i) in_phase[i] = true;
  return in_phase;
}

namespace {

/// Adds what one word of a list names; says where there is none.
void choose(Loading& loading, const std::string& pattern, const Place& place, const std::string& self,
            std::set<std::string>& chosen) {
  const bool glob = is_glob(pattern);
  bool matched = false;
  for (const auto& [id, where] : loading.probe_ids) {
    if (glob ? id == self || !glob_matches(pattern, id) : id != pattern) continue;
    matched = true;
    chosen.insert(id);
  }
  if (matched || !loading.all_probe_ids_known) return;
  std::vector<std::string> ids;
  for (const auto& [id, where] : loading.probe_ids) ids.push_back(id);
  loading.error(place,
                glob ? fmt::format("no probe's id matches `{}`{}", pattern, suggestion(pattern, ids, "the probes are"))
                     : fmt::format("there is no probe `{}`{}", pattern, suggestion(pattern, ids, "the probes are")));
}

std::vector<std::string> in_order(const Loading& loading, const std::set<std::string>& chosen) {
  std::vector<std::string> ids;
  for (const auto& [id, place] : loading.probe_ids)
    if (chosen.contains(id)) ids.push_back(id);
  return ids;
}

bool is_probe(const Loading& loading, std::string_view id) {
  return std::ranges::any_of(loading.probe_ids, [id](const auto& known) { return known.first == id; });
}

}  // namespace

std::vector<std::string> resolve_probes(Loading& loading, const Node& list, const KeySpec& key,
                                        const std::string& self) {
  const auto written = loading.reader.words(list, key);
  std::set<std::string> chosen;
  for (std::size_t i = 0; written && i < written->size(); ++i)
    choose(loading, (*written)[i], list.items[i].place, self, chosen);
  return in_order(loading, chosen);
}

std::vector<std::string> resolve_needs(Loading& loading, const Node& list, const KeySpec& key,
                                       const std::string& self) {
  const auto written = loading.reader.words(list, key);
  std::set<std::string> chosen;
  for (std::size_t i = 0; written && i < written->size(); ++i) {
    const std::string& word = (*written)[i];
    const std::size_t slash = word.rfind('/');
    const std::string probe = word.substr(0, slash);
    // An id may hold a slash itself.
    if (slash != std::string::npos && !is_probe(loading, word) && is_probe(loading, probe)) {
      chosen.insert(probe);
      loading.needed_checks.push_back({self, probe, word.substr(slash + 1), list.items[i].place});
    } else {
      choose(loading, word, list.items[i].place, self, chosen);
    }
  }
  return in_order(loading, chosen);
}

void look_for_needed_checks(Loading& loading) {
  for (const auto& needed : loading.needed_checks) {
    const auto by_id = [&](const std::string& id) {
      return std::ranges::find(loading.scenario.probes, id, &ProbeDefinition::id);
    };
    const auto of = by_id(needed.of), by = by_id(needed.by);
    if (of == loading.scenario.probes.end() || by == loading.scenario.probes.end()) continue;
    const std::vector<std::string> ids = check_ids(*of);
    if (std::ranges::find(ids, needed.check) == ids.end())
      loading.error(needed.place, fmt::format("{} has no check `{}`{}", needed.of, needed.check,
                                              suggestion(needed.check, ids, "its checks are")));
    else if (const auto changed = of->overrides.find(needed.check);
             changed != of->overrides.end() && changed->second.off)
      loading.error(needed.place, fmt::format("`{}` of {} is off, so that it never passes", needed.check, needed.of));
    else
      by->needed_checks[needed.of].push_back(needed.check);
  }
}

}  // namespace drydock
