#include "harness/run/allowance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace drydock {
namespace {

constexpr std::string_view kRefusals = "refusals", kWrongLogins = "wrong_logins";

std::string key_of(const ProbeDefinition& probe, const Subject& subject, std::string_view check) {
  return fmt::format("{} {} {} {}", probe.id, subject.target.id, subject.target.ip, check);
}

/// The check, and the expectations about the facts that are seen for it alone.
std::vector<std::string> checks_paid_by(const ProbeDefinition& probe, const CheckCost& cost) {
  std::vector<std::string> checks{std::string(cost.check)};
  for (const auto& expectation : probe.expectations)
    if (!cost.facts.empty() && expectation.fact.starts_with(cost.facts))
      checks.push_back("expect." + fact_as_written(probe, expectation));
  return checks;
}

std::string seconds(Clock::duration duration) {
  return fmt::format("{:.0f} s", std::ceil(std::chrono::duration<double>(duration).count()));
}

}  // namespace

StandIns Allowances::withhold(const Scenario& scenario, const ProbeDefinition& probe, const Subject& subject,
                              Clock::time_point now) {
  const HostDefinition* host = scenario.host(subject.target.id);
  StandIns stand_ins;
  if (!host || !probe.type->costs || (!host->refusals && !host->wrong_logins)) return stand_ins;
  for (const CheckCost& cost : probe.type->costs(subject)) {
    if (subject.is_off(cost.check) && probe.expectations.empty()) continue;  // nothing is asked for it
    std::string why = shortage(host->id, kRefusals, host->refusals, cost.refusals, now);
    const bool refusals = !why.empty();
    if (why.empty()) why = shortage(host->id, kWrongLogins, host->wrong_logins, cost.wrong_logins, now);
    if (why.empty()) {
      take(host->id, kRefusals, host->refusals, cost.refusals, now);
      take(host->id, kWrongLogins, host->wrong_logins, cost.wrong_logins, now);
      continue;
    }
    for (const auto& check : checks_paid_by(probe, cost)) {
      StandIn stand_in{Judgement::skip("not asked: " + why), std::string(refusals ? kRefusals : kWrongLogins)};
      if (const auto before = verdicts_.find(key_of(probe, subject, check)); before != verdicts_.end()) {
        stand_in = {before->second.second, {}};
        std::string& message = stand_in.judgement.message;
        message += fmt::format("{}seen at {} and not asked again: {}", message.empty() ? "" : "; ",
                               format_time(before->second.first), why);
      }
      stand_ins.emplace(check, std::move(stand_in));
    }
  }
  return stand_ins;
}

void Allowances::give_back(const ProbeDefinition& probe, const Subject& subject, Clock::time_point taken_at) {
  if (!probe.type->costs) return;
  for (const CheckCost& cost : probe.type->costs(subject))
    if (!subject.is_withheld(cost.check))
      for (const auto& [limit, count] : {std::pair(kRefusals, cost.refusals), {kWrongLogins, cost.wrong_logins}}) {
        Taken& taken = taken_[{subject.target.id, std::string(limit)}];
        for (int i = 0; i < count; ++i)
          if (const auto one = std::ranges::find(taken, taken_at); one != taken.end()) taken.erase(one);
      }
}

/// Why so many can't be taken now; empty where they can. Forgets what is older than the span.
std::string Allowances::shortage(const std::string& host, std::string_view limit, const std::optional<Rate>& rate,
                                 int cost, Clock::time_point now) {
  if (!rate || cost == 0) return {};
  if (cost > rate->count)
    return fmt::format("it draws up to {} {}, and `limits` of '{}' allows {}", cost,
                       limit == kRefusals ? "refusals" : "wrong logins", host, to_string(*rate));
  Taken& taken = taken_[{host, std::string(limit)}];
  while (!taken.empty() && taken.front() + rate->span <= now) taken.pop_front();
  const auto free = rate->count - static_cast<int>(taken.size());
  if (cost <= free) return {};
  const auto next = taken[static_cast<std::size_t>(cost - free - 1)] + rate->span;
  return fmt::format("`{}` of '{}' ({}) is used up for {} more", limit, host, to_string(*rate), seconds(next - now));
}

void Allowances::take(const std::string& host, std::string_view limit, const std::optional<Rate>& rate, int cost,
                      Clock::time_point now) {
  if (rate && cost > 0)
    taken_[{host, std::string(limit)}].insert(taken_[{host, std::string(limit)}].end(), static_cast<std::size_t>(cost),
                                              now);
}

void Allowances::note(const ProbeDefinition& probe, const Subject& subject, const std::vector<Judged>& judged,
                      WallTime at) {
  if (!probe.type->costs) return;
  for (const CheckCost& cost : probe.type->costs(subject)) {
    if (subject.is_withheld(cost.check)) continue;
    const auto paid = checks_paid_by(probe, cost);
    for (const Judged& one : judged)
      if (std::ranges::find(paid, one.check) != paid.end())
        verdicts_.insert_or_assign(key_of(probe, subject, one.check), std::pair(at, one.judgement));
  }
}

void Allowances::forget_verdicts() {
  verdicts_.clear();
}

}  // namespace drydock
