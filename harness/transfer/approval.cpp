#include "harness/transfer/approval.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace drydock {
namespace {

/// How bad a verdict is; what is not among them is not bad.
int badness(std::string_view verdict) {
  constexpr std::array<std::string_view, 3> kAscending{"warn", "inconclusive", "fail"};
  const auto found = std::find(kAscending.begin(), kAscending.end(), verdict);
  return found == kAscending.end() ? 0 : static_cast<int>(found - kAscending.begin()) + 1;
}

bool same_check(const event::Approved::Row& a, const event::Approved::Row& b) {
  return a.probe == b.probe && a.check == b.check && a.host == b.host && a.address == b.address;
}

}  // namespace

std::vector<event::Approved::Row> rows_of(const std::vector<ResultRecord>& results) {
  std::vector<event::Approved::Row> rows;
  for (const auto& result : results)
    if (badness(to_string(result.verdict)) > 0 && result.severity != Severity::advisory)
      rows.push_back({result.probe, result.check, result.host.value_or(""), result.address.value_or(""),
                      std::string(to_string(result.verdict)), printable(result.waiver.value_or(""), true)});
  return rows;
}

std::vector<ResultRecord> seen_before(const Scenario& scenario, const StepDefinition& step,
                                      const std::vector<ResultRecord>& results) {
  std::vector<ResultRecord> own;
  for (const auto& result : results)
    if (std::any_of(step.before.begin(), step.before.end(), [&](const std::string& id) {
          const auto& probes = scenario.gate(id)->probes;
          return std::find(probes.begin(), probes.end(), result.probe) != probes.end();
        }))
      own.push_back(result);
  return own;
}

std::vector<std::string> counting_approvals(const StepDefinition& step, const StepStanding& state,
                                            const std::string& actor) {
  std::vector<std::string> persons;
  for (const auto& approval : state.approvals) {
    const std::string& person = approval.actor.person.value;
    const bool acts_himself = step.approvals > 1 && same_person(person, actor);
    if (!acts_himself && !edited(approval.text, text_of(step))) persons.push_back(person);
  }
  return persons;
}

const StepDefinition* touched_since(const Scenario& scenario, const StepStanding& state,
                                    const std::vector<Event>& events) {
  for (const auto& approval : state.approvals)
    for (const auto& event : events) {
      const auto* end = event.get<event::ActionEnded>();
      if (!end || !approval.look || event.seq <= *approval.look) continue;
      const StepDefinition* step = scenario.step(end->step);
      if (step && step->id != state.id && (!step->touches.hosts.empty() || !step->touches.zones.empty())) return step;
    }
  return nullptr;
}

std::string what_got_worse(const StepStanding& state, const std::vector<ResultRecord>& results) {
  const auto rows = rows_of(results);
  for (const auto& approval : state.approvals) {
    if (!approval.look) continue;
    for (const auto& row : rows) {
      const auto before = std::find_if(approval.seen.begin(), approval.seen.end(),
                                       [&](const auto& other) { return same_check(row, other); });
      const std::string_view was = before == approval.seen.end() ? std::string_view("pass") : before->verdict;
      const std::string_view waived = before == approval.seen.end() ? std::string_view() : before->waiver;
      if (!row.waiver.empty() && row.waiver != waived)
        return fmt::format("{} {}{}{} was not waived so when {} approved: {}", row.probe, row.check,
                           row.host.empty() ? "" : " on ", row.host, approval.actor.person.value, row.waiver);
      if (badness(row.verdict) > badness(was))
        return fmt::format("{} {}{}{} was {} when {} approved, and is {}", row.probe, row.check,
                           row.host.empty() ? "" : " on ", row.host, was, approval.actor.person.value, row.verdict);
    }
  }
  return {};
}

}  // namespace drydock
