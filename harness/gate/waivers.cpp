#include "harness/gate/waivers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/scenario/syntax.hpp"
#include "probes/core/ip_address.hpp"

namespace drydock {
namespace {

bool is_at(const ResultRecord& result, const std::string& address) {
  const auto wanted = parse_server(address);
  const auto dialled = result.address ? parse_server(*result.address) : std::nullopt;
  if (!wanted || !dialled) return false;
  return same_address(wanted->ip, dialled->ip) && (!wanted->port || wanted->port == dialled->port);
}

bool is_of(const Waiver& waiver, const ResultRecord& result) {
  return waiver.probe == result.probe && waiver.check == result.check && (!waiver.row || waiver.row == result.row) &&
         (!waiver.host || waiver.host == result.host) && (!waiver.address || is_at(result, *waiver.address));
}

/// Everything of the probe that weighs passed or warned, and something did. Where all is advisory all of it weighs. A
/// fail that was waived is no pass.
bool did_pass(const std::string& probe, const std::vector<ResultRecord>& results) {
  Severity heaviest = Severity::advisory;
  for (const auto& result : results)
    if (result.probe == probe) heaviest = std::max(heaviest, result.severity);
  int passed = 0;
  for (const auto& result : results) {
    if (result.probe != probe || result.severity < std::min(heaviest, Severity::degraded)) continue;
    if (result.verdict == Verdict::fail || result.verdict == Verdict::inconclusive) return false;
    if (result.verdict != Verdict::skip) ++passed;
  }
  return passed > 0;
}

/// Why the waiver doesn't hold for this fail, which is of it; empty where it does.
std::string obstacle(const Waiver& waiver, const ResultRecord& result, const std::vector<ResultRecord>& results,
                     WallTime now) {
  const std::string whose = fmt::format("the waiver of {}", names_of(waiver));
  if (has_expired(waiver, now)) return fmt::format("{} expired on {}", whose, waiver.until);
  if (result.severity == Severity::critical && persons_of(waiver) < 2)
    return whose + " doesn't hold, because a critical check needs two names";
  if (waiver.mitigation && !did_pass(*waiver.mitigation, results))
    return fmt::format("{} doesn't hold, because `{}`, which must pass instead, did not", whose, *waiver.mitigation);
  return {};
}

void remark(ResultRecord& result, const std::string& text) {
  if (text.empty() || result.message.find(text) != std::string::npos) return;
  result.message += (result.message.empty() ? "" : "; ") + text;
}

void apply(ResultRecord& result, const std::vector<ResultRecord>& results, const std::vector<Waiver>& waivers,
           WallTime now) {
  std::string first_obstacle;
  for (const Waiver& waiver : waivers) {
    if (!is_of(waiver, result)) continue;
    const std::string text = obstacle(waiver, result, results, now);
    if (text.empty()) {
      result.waiver = fmt::format("{} until {}: {}", names_of(waiver), waiver.until, waiver.because);
      return;
    }
    if (first_obstacle.empty()) first_obstacle = text;
  }
  remark(result, first_obstacle);
}

}  // namespace

void apply_waivers(std::vector<ResultRecord>& results, const std::vector<Waiver>& waivers, WallTime now) {
  for (auto& result : results)
    if (result.verdict == Verdict::fail && !result.waiver) apply(result, results, waivers, now);
}

bool awaits_mitigation(const ResultRecord& result, const std::vector<Waiver>& waivers) {
  return result.verdict == Verdict::fail && std::ranges::any_of(waivers, [&result](const Waiver& waiver) {
           return waiver.mitigation && is_of(waiver, result);
         });
}

std::vector<std::string> mitigations(const GateDefinition& gate, const std::vector<Waiver>& waivers, WallTime now) {
  const auto has = [](const std::vector<std::string>& ids, const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  std::vector<std::string> probes;
  for (const Waiver& waiver : waivers)
    if (waiver.mitigation && has(gate.probes, waiver.probe) && !has(gate.probes, *waiver.mitigation) &&
        !has(probes, *waiver.mitigation) && !has_expired(waiver, now))
      probes.push_back(*waiver.mitigation);
  return probes;
}

}  // namespace drydock
