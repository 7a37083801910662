#include "harness/report/current.hpp"

#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

namespace drydock {
namespace {

namespace json = boost::json;

std::string_view view(const SharedText& text) {
  return text ? std::string_view(*text) : std::string_view();
}

bool of_one_look(const ResultRecord& a, const ResultRecord& b) {
  return a.step == b.step && a.when == b.when && a.gate == b.gate && a.look == b.look;
}

/// Gates stand in the order in which they were looked at first, so that the last in the record need not be the last.
bool is_later(const RunRecord& record, const ResultRecord& result, const ResultRecord& than) {
  const ObservationRecord* seen = find_observation(record.observations, result.observation);
  const ObservationRecord* before = find_observation(record.observations, than.observation);
  return !seen || !before || !seen->started || !before->started || *seen->started >= *before->started;
}

/// What `value_of` makes of the facts whose name `wanted` takes.
template <class Value, class Wanted, class ValueOf>
std::vector<Seen<Value>> seen_in(const std::vector<const ObservationRecord*>& observations, Wanted wanted,
                                 ValueOf value_of) {
  std::vector<Seen<Value>> all;
  for (const ObservationRecord* observation : observations) {
    if (observation->facts.text().empty()) continue;
    for (const auto& [name, fact] : observation->facts.object())
      if (wanted(std::string_view(name)))
        if (const std::optional<Value> value = value_of(fact)) all.push_back({observation, std::string(name), *value});
  }
  return all;
}

std::optional<double> number_in(const json::value& fact) {
  if (fact.is_double()) return fact.get_double();
  if (fact.is_int64()) return static_cast<double>(fact.get_int64());
  return std::nullopt;
}

/// Whole seconds, as certificates have them: `2026-11-22T20:00:00Z`.
std::optional<WallTime> time_in(const json::value& fact) {
  std::string text(fact.is_string() ? std::string_view(fact.get_string()) : std::string_view());
  if (!text.ends_with('Z')) return std::nullopt;
  text.replace(text.size() - 1, 1, ".000Z");
  return parse_time(text);
}

}  // namespace

std::vector<const ResultRecord*> current_results(const RunRecord& record) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;
  std::map<Key, std::vector<const ResultRecord*>> last;
  for (const auto& result : record.results) {
    auto& group = last[Key(result.probe, result.check, view(result.host), view(result.address))];
    if (!group.empty() && !of_one_look(*group.front(), result)) {
      if (!is_later(record, result, *group.front())) continue;
      group.clear();
    }
    group.push_back(&result);
  }
  std::set<const ResultRecord*> counts;
  for (const auto& [key, group] : last) counts.insert(group.begin(), group.end());
  std::vector<const ResultRecord*> in_order;
  for (const auto& result : record.results)
    if (counts.contains(&result)) in_order.push_back(&result);
  return in_order;
}

std::vector<const ObservationRecord*> current_observations(const RunRecord& record) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::map<Key, const ObservationRecord*> last;
  for (const auto& seen : record.observations) {
    const ObservationRecord*& kept = last[Key(seen.probe, view(seen.host), view(seen.address))];
    if (!kept || !seen.started || !kept->started || *seen.started >= *kept->started) kept = &seen;
  }
  std::vector<const ObservationRecord*> in_order;
  for (const auto& seen : record.observations)
    if (last[Key(seen.probe, view(seen.host), view(seen.address))] == &seen) in_order.push_back(&seen);
  return in_order;
}

std::optional<double> seconds_taken(const RunRecord& record) {
  if (!record.started || !record.finished) return std::nullopt;
  const auto to_the_millisecond = [](WallTime at) { return std::chrono::floor<std::chrono::milliseconds>(at); };
  return std::chrono::duration<double>(to_the_millisecond(*record.finished) - to_the_millisecond(*record.started))
      .count();
}

int badness(const ResultRecord& result) {
  const int critical = result.severity == Severity::critical ? 2 : 0;
  switch (result.verdict) {
    case Verdict::skip:
      return 0;
    case Verdict::pass:
      return 1;
    case Verdict::warn:
      return 2;
    case Verdict::inconclusive:
      return 4 + critical;
    case Verdict::fail:
      break;
  }
  return result.waiver ? 3 : 5 + critical;
}

std::vector<Seen<WallTime>> certificate_ends(const std::vector<const ObservationRecord*>& observations) {
  return seen_in<WallTime>(
      observations,
      [](std::string_view name) { return name.ends_with(".not_after") || name.ends_with(".issuer_not_after"); },
      time_in);
}

std::vector<Seen<double>> certificate_days(const std::vector<const ObservationRecord*>& observations) {
  return seen_in<double>(observations, [](std::string_view name) { return name.ends_with(".days_left"); }, number_in);
}

std::vector<Seen<double>> dns_ttls(const std::vector<const ObservationRecord*>& observations) {
  return seen_in<double>(observations, [](std::string_view name) { return name == "dns.ttl"; }, number_in);
}

}  // namespace drydock
