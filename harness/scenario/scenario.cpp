#include "harness/scenario/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "harness/check/comparison.hpp"
#include "probes/core/ip_address.hpp"

namespace drydock {
namespace {

template <class T>
const T* with_id(const std::vector<T>& all, std::string_view id) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

namespace {

Duration waiting(const ActionDefinition& action) {
  const auto* wait = std::get_if<WaitAction>(&action.what);
  return wait ? wait->duration : Duration{};
}

}  // namespace

Family family_of(std::string_view ip) {
  return is_ipv6_address(ip) ? Family::ipv6 : Family::ipv4;
}

std::string to_string(const Rate& rate) {
  return fmt::format("{}/{}", rate.count, format_duration(rate.span));
}

std::optional<Rate> parse_rate(std::string_view text) {
  constexpr int kMost = 100'000;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Rate rate;
  const auto [end, error] = std::from_chars(text.data(), text.data() + slash, rate.count);
  const auto span = parse_duration(text.substr(slash + 1));
  if (error != std::errc{} || end != text.data() + slash || rate.count < 1 || rate.count > kMost) return std::nullopt;
  if (!span || span->count() < 1) return std::nullopt;
  rate.span = *span;
  return rate;
}

std::vector<std::string> HostDefinition::addresses() const {
  std::vector<std::string> all{address};
  all.insert(all.end(), other_addresses.begin(), other_addresses.end());
  return all;
}

bool HostDefinition::is_at(std::string_view ip) const {
  return std::ranges::any_of(addresses(), [&](const std::string& own) { return same_address(own, ip); });
}

std::string default_source(const Scenario& scenario, std::string_view ip) {
  return scenario.vantages.front().source_for(ip).value_or("");
}

Duration run_time(const StepDefinition& step) {
  if (step.takes) return *step.takes;
  Duration sum{};
  for (const auto& action : step.run) sum += waiting(action);
  return sum;
}

Duration undo_time(const StepDefinition& step) {
  Duration sum{};
  for (const auto& action : step.undo) sum += action.takes.value_or(waiting(action));
  return sum;
}

std::string_view to_string(Quorum::Per per) {
  switch (per) {
    case Quorum::Per::host:
      return "host";
    case Quorum::Per::server:
      return "server";
    case Quorum::Per::resolver:
      return "resolver";
  }
  return "host";
}

const ProbeDefinition* Scenario::probe(std::string_view id) const {
  return with_id(probes, id);
}
const HostDefinition* Scenario::host(std::string_view id) const {
  return with_id(hosts, id);
}
const GateDefinition* Scenario::gate(std::string_view id) const {
  return with_id(gates, id);
}
const StepDefinition* Scenario::step(std::string_view id) const {
  return with_id(transfer, id);
}

std::optional<std::size_t> Scenario::phase(std::string_view id) const {
  const auto found = std::find(phases.begin(), phases.end(), id);
  return found == phases.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - phases.begin()));
}

std::optional<Aim> servers_role(const ProbeDefinition& probe) {
  if (!probe.type->aims.has(Aim::name_server)) return Aim::resolver;
  const auto* asked = probe.parameters.get<std::vector<std::string>>("ask");
  const std::string word = !asked ? probe.parameters.text("ask") : asked->size() == 1 ? asked->front() : "addresses";
  if (word == "resolvers") return Aim::resolver;
  return word.empty() || word == "authoritative" ? std::optional(Aim::name_server) : std::nullopt;
}

std::vector<std::pair<std::string, Severity>> checks_of(const ProbeDefinition& probe) {
  std::vector<std::pair<std::string, Severity>> checks;
  for (const CheckSpec& check : probe.type->checks) checks.emplace_back(check.id, check.severity);
  for (const Expectation& expectation : probe.expectations)
    checks.emplace_back("expect." + expectation.fact.substr(expectation.fact.find('.') + 1), Severity::critical);
  if (probe.compare == Compare::no) return checks;
  checks.emplace_back(kSame, Severity::critical);
  for (const FactSpec& fact : probe.type->facts)
    if (is_compared(fact)) checks.emplace_back(same_check(fact), weight_of_difference(fact));
  return checks;
}

std::vector<std::string> check_ids(const ProbeDefinition& probe) {
  std::vector<std::string> ids;
  for (auto& [id, weight] : checks_of(probe)) ids.push_back(std::move(id));
  return ids;
}

std::vector<std::string> servers_asked(const ProbeDefinition& probe, const DnsServers& dns) {
  if (probe.type->aims.has(Aim::host)) return {};
  const auto role = servers_role(probe);
  if (!role) return *probe.parameters.get<std::vector<std::string>>("ask");
  return role == Aim::resolver ? dns.resolvers : dns.authoritative;
}

}  // namespace drydock
