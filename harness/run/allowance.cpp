#include "harness/run/allowance.hpp"

#include <fmt/format.h>

#include <cmath>

namespace drydock {
namespace {

constexpr std::string_view kRefusals = "refusals", kWrongLogins = "wrong_logins";

std::string key_of(const ProbeDefinition& probe, const Subject& subject, std::string_view check) {
  return fmt::format("{} {} {} {}", probe.id, subject.host, subject.ip, check);
}

std::string seconds(Clock::duration duration) {
  return fmt::format("{:.0f} s", std::ceil(std::chrono::duration<double>(duration).count()));
}

}  // namespace

StandIns Allowances::withhold(const Scenario& scenario, const ProbeDefinition& probe, const Subject& subject,
                              Clock::time_point now) {
  const HostDefinition* host = scenario.host(subject.host);
  StandIns stand_ins;
  if (!host || !probe.type->costs || (!host->refusals && !host->wrong_logins)) return stand_ins;
  for (const CheckCost& cost : probe.type->costs(subject)) {
    if (subject.is_off(cost.check)) continue;
    std::string why = shortage(host->id, kRefusals, host->refusals, cost.refusals, now);
    if (why.empty()) why = shortage(host->id, kWrongLogins, host->wrong_logins, cost.wrong_logins, now);
    if (why.empty()) {
      take(host->id, kRefusals, host->refusals, cost.refusals, now);
      take(host->id, kWrongLogins, host->wrong_logins, cost.wrong_logins, now);
      continue;
    }
    Judgement judgement = Judgement::skip("not asked: " + why);
    if (const auto before = passes_.find(key_of(probe, subject, cost.check)); before != passes_.end()) {
      judgement = before->second.second;
      judgement.message = fmt::format("passed at {}; not asked again: {}", format_time(before->second.first), why);
    }
    stand_ins.emplace(cost.check, std::move(judgement));
  }
  return stand_ins;
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
  for (const CheckCost& cost : probe.type->costs(subject))
    for (const Judged& one : judged)
      if (one.check == cost.check && one.judgement.verdict == Verdict::pass && !subject.is_withheld(cost.check))
        passes_.insert_or_assign(key_of(probe, subject, cost.check), std::pair(at, one.judgement));
}

void Allowances::forget_passes() {
  passes_.clear();
}

}  // namespace drydock
