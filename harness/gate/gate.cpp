#include "harness/gate/gate.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drydock {
namespace {

/// The check id of the result that stands for a whole probe: out of phase, or what it needs did not pass.
constexpr std::string_view kWholeProbe = "probe";

bool counts(const GateDefinition& gate, const ResultRecord& result) {
  if (std::find(gate.probes.begin(), gate.probes.end(), result.probe) == gate.probes.end()) return false;
  if (result.verdict == Verdict::skip && result.check == kWholeProbe) return false;
  return result.severity == Severity::critical || (result.severity == Severity::degraded && gate.degraded_counts);
}

std::string told(const ResultRecord& result) {
  return fmt::format("{} {}{}{}: {}", result.probe, result.check, result.host ? " on " : "", result.host.value_or(""),
                     result.message.empty() ? std::string(to_string(result.verdict)) : result.message);
}

std::string and_more(std::string first, int count) {
  return count > 1 ? fmt::format("{} (and {} more)", first, count - 1) : first;
}

std::string steadiness(const GateDefinition& gate, int passes) {
  if (passes < gate.need) return fmt::format("{} of {} looks in a row passed", passes, gate.need);
  return fmt::format("{} look{} in a row passed, {} needed", passes, passes == 1 ? "" : "s", std::max(gate.need, 1));
}

/// In phase and looked at, and yet every check was skipped: such a probe says nothing for the gate.
bool saw_nothing(const std::string& probe, const std::vector<ResultRecord>& results) {
  bool skipped = false;
  for (const auto& result : results) {
    if (result.probe != probe) continue;
    if (result.verdict != Verdict::skip || result.check == kWholeProbe) return false;
    skipped = true;
  }
  return skipped;
}

int trailing_passes(const std::vector<Look>& looks) {
  int passes = 0;
  for (auto look = looks.rbegin(); look != looks.rend() && look->outcome == Look::Outcome::pass; ++look) ++passes;
  return passes;
}

bool refuses_at_once(const GateDefinition& gate, GateWhen when, const Look& last) {
  if (last.outcome == Look::Outcome::nothing) return true;
  return when == GateWhen::before && !gate.wait_on_fail && last.outcome == Look::Outcome::fail;
}

}  // namespace

std::string_view to_string(GateWhen when) {
  return when == GateWhen::before ? "before" : "after";
}

std::string_view to_string(GateResult result) {
  switch (result) {
    case GateResult::go:
      return "go";
    case GateResult::hold:
      return "hold";
    case GateResult::no_go:
      return "no-go";
  }
  return "hold";
}

Look fold_look(const GateDefinition& gate, const std::vector<ResultRecord>& results, Clock::time_point started,
               Clock::time_point ended) {
  Look look{started, ended, Look::Outcome::nothing, {}};
  int failed = 0, unclear = 0, judged = 0, counted = 0, seen = 0;
  std::string first_failed, first_unclear;
  for (const auto& result : results) {
    const bool own = std::find(gate.probes.begin(), gate.probes.end(), result.probe) != gate.probes.end();
    if (own && result.verdict != Verdict::skip) ++seen;
    if (!counts(gate, result)) continue;
    ++counted;
    if (result.verdict == Verdict::skip) continue;
    ++judged;
    if (result.verdict == Verdict::fail && ++failed == 1) first_failed = told(result);
    if (result.verdict == Verdict::inconclusive && ++unclear == 1) first_unclear = told(result);
  }
  for (const auto& probe : gate.probes)
    if (saw_nothing(probe, results) && ++unclear == 1)
      first_unclear = fmt::format("{}: nothing was judged, every check was skipped", probe);
  if (seen == 0 || (counted > 0 && judged == 0)) {
    look.reason = "nothing was judged: every check that counts was skipped";
  } else if (failed > 0) {
    look.outcome = Look::Outcome::fail;
    look.reason = and_more(std::move(first_failed), failed);
  } else if (unclear > 0) {
    look.outcome = Look::Outcome::inconclusive;
    look.reason = and_more(std::move(first_unclear), unclear);
  } else {
    look.outcome = Look::Outcome::pass;
  }
  return look;
}

GateDecision evaluate_gate(const GateDefinition& gate, GateWhen when, Clock::time_point opened,
                           const std::vector<Look>& looks, Clock::time_point now) {
  GateDecision decision;
  decision.looks = static_cast<int>(looks.size());
  decision.passes = trailing_passes(looks);
  decision.next_look = opened;
  if (looks.empty()) {
    decision.reason = "not looked at yet";
    return decision;
  }
  const Look& last = looks.back();
  decision.next_look = last.ended + gate.every;
  const auto conclude = [&](GateResult result, std::string reason) {
    decision.decided = true;
    decision.result = result;
    decision.reason = std::move(reason);
    return decision;
  };
  if (refuses_at_once(gate, when, last)) return conclude(GateResult::no_go, last.reason);
  if (decision.passes >= std::max(gate.need, 1)) return conclude(GateResult::go, steadiness(gate, decision.passes));
  const Clock::time_point over = opened + gate.within;
  if (now >= over || decision.next_look >= over) {
    const std::string time = fmt::format("; its time ({}) is over", format_duration(gate.within));
    if (last.outcome == Look::Outcome::fail) return conclude(GateResult::no_go, last.reason + time);
    if (last.outcome == Look::Outcome::inconclusive) return conclude(GateResult::hold, last.reason + time);
    return conclude(GateResult::hold, "not steady: " + steadiness(gate, decision.passes) + time);
  }
  decision.reason = last.outcome == Look::Outcome::pass ? steadiness(gate, decision.passes) : last.reason;
  return decision;
}

}  // namespace drydock
