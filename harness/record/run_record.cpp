#include "harness/record/run_record.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

namespace drydock {

Ending ending_of(std::string_view verb, int exit) {
  constexpr int kUsage = 2, kSignalBase = 128;
  constexpr std::array<std::string_view, 8> kVerdicts{"pass", "no-go",   "error",  "error",
                                                      "held", "waiting", "undone", "failed"};
  if (exit > kSignalBase) return {exit, "interrupted"};
  if (exit < 0 || exit >= static_cast<int>(kVerdicts.size()) || exit == kUsage) return {exit, "error"};
  if (verb == "plan") return {exit, "planned"};
  if (verb == "rollback" && exit == 0) return {exit, "rolled-back"};
  return {exit, std::string(kVerdicts[static_cast<std::size_t>(exit)])};
}

void leave_out_long_facts(ObservationRecord& seen, std::size_t longest) {
  if (seen.facts.text().size() <= longest) return;
  boost::json::object facts = seen.facts.object();
  std::vector<std::string> long_ones;
  for (const auto& [name, value] : facts)
    if (boost::json::serialize(value).size() > longest) long_ones.emplace_back(name);
  for (auto& name : long_ones) {
    facts.erase(name);
    seen.left_out.push_back(std::move(name));
  }
  seen.facts = facts;
}

const ObservationRecord* find_observation(const std::vector<ObservationRecord>& observations, std::optional<int> id) {
  if (!id) return nullptr;
  const auto found = std::ranges::lower_bound(observations, *id, {}, &ObservationRecord::id);
  return found != observations.end() && found->id == *id ? &*found : nullptr;
}

Summary summarise(const RunRecord& record) {
  Summary summary;
  bool critical_fail = false, critical_unknown = false, less_than_critical = false;
  for (const auto& result : record.results) {
    const bool critical = result.severity == Severity::critical;
    switch (result.verdict) {
      case Verdict::pass:
        ++summary.pass;
        break;
      case Verdict::skip:
        ++summary.skip;
        break;
      case Verdict::warn:
        ++summary.warn;
        less_than_critical = true;
        break;
      case Verdict::fail:
        ++summary.fail;
        if (result.waiver) ++summary.waived;
        (critical && !result.waiver ? critical_fail : less_than_critical) = true;
        break;
      case Verdict::inconclusive:
        ++summary.inconclusive;
        if (critical) critical_unknown = true;
        break;
    }
  }
  const bool nothing_judged = summary.pass + summary.warn + summary.fail == 0;
  if (critical_fail)
    summary.verdict = "fail", summary.exit = 1;
  else if (critical_unknown || nothing_judged)
    summary.verdict = "inconclusive", summary.exit = 3;
  else
    summary.verdict = less_than_critical ? "warn" : "pass", summary.exit = 0;
  constexpr int kKilled = 137;
  if (record.ending)
    summary.verdict = record.ending->verdict, summary.exit = record.ending->exit;
  else if (!record.steps.empty())
    summary.verdict = "interrupted", summary.exit = kKilled;
  return summary;
}

}  // namespace drydock
