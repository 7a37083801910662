#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/premise/premise.hpp"
#include "probes/core/ip_address.hpp"
#include "probes/core/text.hpp"

namespace drydock {
namespace {

/// Each look asks every host by ssh.
constexpr Duration kLookEvery{60'000}, kLookWithin{180'000};
/// A guard's own clock may be off by so much (seconds).
constexpr double kClockTolerance = 1.0;

ResultRecord result(std::string_view premise, std::string check, Verdict verdict, std::string message,
                    std::string host = {}, std::string address = {}) {
  ResultRecord record;
  record.probe = premise;
  record.check = std::move(check);
  record.severity = Severity::critical;
  record.verdict = verdict;
  record.message = std::move(message);
  if (!host.empty()) record.host = std::move(host);
  if (!address.empty()) record.address = std::move(address);
  return record;
}

ResultRecord start(std::string check, Verdict verdict, std::string message, std::string host = {},
                   std::string address = {}) {
  return result(kStartPremise, std::move(check), verdict, std::move(message), std::move(host), std::move(address));
}

std::string declared_name(const HostDefinition& host, std::size_t phase) {
  return phase < host.hostname_by_phase.size() ? host.hostname_by_phase[phase] : std::string();
}

/// A machine may call itself by the first label alone (hostname(1)).
bool is_called(const std::string& said, const std::string& declared) {
  const std::string name = ascii_lower(said), wanted = ascii_lower(declared);
  return name == wanted || (name.find('.') == std::string::npos && name == wanted.substr(0, wanted.find('.')));
}

/// The host that this name is declared for, in any phase; null where it is nobody's.
const HostDefinition* whose(const Scenario& scenario, const std::string& name, const std::string& but) {
  for (const auto& host : scenario.hosts)
    if (host.id != but &&
        std::any_of(host.hostname_by_phase.begin(), host.hostname_by_phase.end(),
                    [&](const std::string& declared) { return !declared.empty() && is_called(name, declared); }))
      return &host;
  return nullptr;
}

ResultRecord judge_name(const Scenario& scenario, std::size_t phase, const HostFacts& facts) {
  const HostDefinition& host = *scenario.host(facts.host);
  const std::string declared = declared_name(host, phase);
  constexpr const char* kCheck = "start.hostname";
  if (declared.empty())
    return start(kCheck, Verdict::skip, "the scenario declares no hostname for it in this phase", host.id,
                 host.address);
  if (facts.wrong_key)
    return start(kCheck, Verdict::fail,
                 fmt::format("the machine at {} shows another ssh host key than the one in known_hosts: it is another "
                             "machine, or its keys were changed",
                             host.address),
                 host.id, host.address);
  if (!facts.trouble.empty() || facts.name.empty())
    return start(kCheck, Verdict::inconclusive,
                 "its name could not be seen: " + (facts.trouble.empty() ? "it named none" : facts.trouble), host.id,
                 host.address);
  ResultRecord record = start(kCheck, Verdict::pass, {}, host.id, host.address);
  record.expected = declared;
  record.actual = facts.name;
  if (is_called(facts.name, declared)) return record;
  record.verdict = Verdict::fail;
  const HostDefinition* other = whose(scenario, facts.name, host.id);
  record.message =
      other
          ? fmt::format("the machine at {} calls itself {}, which is the name of host '{}': are the addresses swapped?",
                        host.address, facts.name, other->id)
          : fmt::format("the machine at {} calls itself {}, not {}: is it another machine?", host.address, facts.name,
                        declared);
  record.hint = "the host's address in the scenario and in --vars; its hostname for this phase";
  record.reproduce = "ssh to the host, then: uname -n";
  return record;
}

/// Two hosts that give one machine id, or one boot, are one machine.
ResultRecord judge_pair(const HostFacts& one, const HostFacts& other) {
  const std::string check = "start.two-machines";
  const std::string both = fmt::format("{} ({}) and {} ({})", one.host, one.address, other.host, other.address);
  for (const HostFacts* facts : {&one, &other})
    if (!facts->trouble.empty())
      return start(
          check, Verdict::inconclusive,
          fmt::format("whether {} are two machines could not be seen: {}: {}", both, facts->host, facts->trouble),
          other.host, other.address);
  const bool same_boot = !one.boot.empty() && one.boot == other.boot;
  const bool same_machine = !one.machine.empty() && one.machine == other.machine;
  ResultRecord record = start(check, Verdict::pass, {}, other.host, other.address);
  record.expected = "another machine id and another boot id than those of " + one.host;
  record.actual = fmt::format("machine id {}, boot id {}", other.machine.empty() ? "none" : other.machine,
                              other.boot.empty() ? "none" : other.boot);
  if (same_boot) {
    record.verdict = Verdict::fail;
    record.message = fmt::format("{} are one and the same machine: both have the boot id {}", both, one.boot);
    record.hint = "the addresses of both hosts in the scenario and in --vars; a port forward that leads back";
  } else if (same_machine) {
    // A copied disk image keeps the id; the boot id proves that two machines run.
    const bool proven = !one.boot.empty() && !other.boot.empty();
    record.verdict = proven ? Verdict::warn : Verdict::inconclusive;
    record.message = fmt::format("{} have one machine id ({}): {}", both, one.machine,
                                 proven ? "one is a copy of the other, which gets its own by systemd-machine-id-setup"
                                        : "they may be one machine, and no boot id tells them apart");
  } else if (one.boot.empty() && one.machine.empty()) {
    record.verdict = Verdict::inconclusive;
    record.message = fmt::format("whether {} are two machines could not be seen: {} gives neither id", both, one.host);
  }
  return record;
}

/// Keys are carried over on purpose, so that users see no change: equal ones are told, and stop nothing.
ResultRecord judge_keys(const HostFacts& one, const HostFacts& other) {
  const auto same = std::find_first_of(one.keys.begin(), one.keys.end(), other.keys.begin(), other.keys.end());
  const std::string both = one.host + " and " + other.host;
  if (one.keys.empty() || other.keys.empty())
    return start("start.host-keys", Verdict::skip, "known_hosts has no key under the address of one of " + both,
                 other.host, other.address);
  if (same == one.keys.end()) return start("start.host-keys", Verdict::pass, {}, other.host, other.address);
  return start("start.host-keys", Verdict::warn,
               fmt::format("{} have one ssh host key ({}): carried over on purpose, or one machine under two addresses",
                           both, same->substr(0, same->find(' '))),
               other.host, other.address);
}

/// As with keys: a certificate is often taken along.
ResultRecord judge_certificates(const HostFacts& one, const HostFacts& other) {
  std::string same, seen;
  for (const auto& mine : one.certificates)
    for (const auto& theirs : other.certificates) {
      if (mine.port != theirs.port) continue;
      seen += fmt::format("{}{}", seen.empty() ? "" : ", ", mine.port);
      if (mine.sha256 == theirs.sha256) same += fmt::format("{}{}", same.empty() ? "" : ", ", mine.port);
    }
  const auto result = [&](Verdict verdict, std::string message) {
    return start("start.certificates", verdict, std::move(message), other.host, other.address);
  };
  const std::string both = one.host + " and " + other.host;
  if (seen.empty()) return result(Verdict::skip, "no `tls` probe has a port at which both answer: " + both);
  if (same.empty()) return result(Verdict::pass, {});
  return result(Verdict::warn,
                fmt::format("{} serve one certificate (port {}): taken along on purpose, or one machine under two "
                            "addresses",
                            both, same));
}

std::vector<std::string> published(const HostDefinition& host) {
  return host.published.empty() ? host.addresses() : host.published;
}

bool leads_to(const NameFacts& facts, const HostDefinition& host) {
  const auto wanted = published(host);
  return !facts.addresses.empty() &&
         std::all_of(facts.addresses.begin(), facts.addresses.end(), [&](const std::string& address) {
           return std::ranges::any_of(wanted, [&](const auto& own) { return same_address(own, address); });
         });
}

ResultRecord judge_names(const Scenario& scenario, const HostDefinition& old, const NameFacts& facts) {
  ResultRecord record = start("start.dns", Verdict::pass, {}, std::string(kNameServers), facts.server);
  record.name = facts.name;
  record.expected = fmt::format("{}", fmt::join(published(old), ", "));
  if (!facts.trouble.empty()) {
    record.verdict = Verdict::inconclusive;
    record.message = fmt::format("where {} leads could not be seen: {}", facts.name, facts.trouble);
    return record;
  }
  record.actual = facts.addresses.empty() ? "no address" : fmt::format("{}", fmt::join(facts.addresses, ", "));
  if (leads_to(facts, old)) return record;
  const auto other = std::find_if(scenario.hosts.begin(), scenario.hosts.end(), [&](const HostDefinition& host) {
    return host.id != old.id && leads_to(facts, host);
  });
  record.verdict = Verdict::fail;
  record.message =
      fmt::format("{} leads to {}{}, not to '{}' ({})", facts.name, *record.actual,
                  other == scenario.hosts.end() ? std::string() : fmt::format(", which is host '{}'", other->id),
                  old.id, *record.expected);
  record.hint =
      "are old and new swapped? Has somebody moved the name already? Where DNS shows another address of the "
      "old host: `published`; where it may lead anywhere: `transfer_starts: {dns: free}`";
  record.reproduce = fmt::format("dig @{} {} A +short", facts.server, facts.name);
  return record;
}

void add_names(const Scenario& scenario, const PremiseFacts& facts, std::vector<ResultRecord>& results) {
  const HostDefinition* old = scenario.host("old");
  const char* why = scenario.dns_starts == DnsStart::free   ? "transfer_starts says that DNS may lead anywhere"
                    : !old                                  ? "there is no host 'old'"
                    : !scenario.names.contains("canonical") ? "there is no name 'canonical'"
                    : scenario.dns.authoritative.empty()    ? "the scenario names no authoritative name servers"
                                                            : nullptr;
  if (why)
    results.push_back(start("start.dns", Verdict::skip, why, std::string(kNameServers)));
  else
    for (const auto& name : facts.names) results.push_back(judge_names(scenario, *old, name));
}

std::string what_came(const KnockFacts& facts) {
  return facts.state ? std::string(net::to_string(*facts.state)) : facts.trouble;
}

ResultRecord judge_control(const KnockFacts& facts) {
  ResultRecord record = result(kGuardPremise, "guard.control", Verdict::pass, {}, {}, facts.endpoint);
  record.expected = "open";
  record.actual = what_came(facts);
  if (facts.state == net::PortState::open) return record;
  record.verdict = Verdict::inconclusive;
  record.message = fmt::format("{} can't be reached ({}), so silence of the hosts may be this machine's own",
                               facts.endpoint, what_came(facts));
  return record;
}

/// The negative control: who hears an answer where nobody is proves nothing by hearing one elsewhere.
ResultRecord judge_decoy(const KnockFacts& facts) {
  ResultRecord record = result(kGuardPremise, "guard.decoy", Verdict::pass, {}, {}, facts.endpoint);
  record.expected = "no connection";
  record.actual = what_came(facts);
  if (!facts.state) {
    record.verdict = Verdict::inconclusive;
    record.message = fmt::format("whether {} takes connections could not be seen: {}", facts.endpoint, facts.trouble);
  } else if (*facts.state == net::PortState::open) {
    record.verdict = Verdict::inconclusive;
    record.message = fmt::format(
        "{} takes connections, and nothing should listen there: something on the way answers for others, so what the "
        "hosts seem to answer may not come from them",
        facts.endpoint);
    record.hint =
        "a transparent proxy or a captive portal between this machine and the hosts; a server that somebody "
        "started at the decoy";
    record.reproduce = "nc -vz " + facts.endpoint.substr(0, facts.endpoint.rfind(':')) + " " +
                       facts.endpoint.substr(facts.endpoint.rfind(':') + 1);
  }
  return record;
}

/// The gate of one premise, which is its only probe.
GateDefinition gate_of(std::string_view premise) {
  GateDefinition gate;
  gate.id = premise;
  gate.probes = {std::string(premise)};
  gate.every = kLookEvery;
  gate.within = kLookWithin;
  return gate;
}

}  // namespace

std::optional<GateDefinition> start_gate(const Scenario& scenario, std::size_t phase) {
  PremiseFacts nothing;
  for (const auto& host : scenario.hosts)
    if (host.ssh) nothing.hosts.push_back({.host = host.id, .address = host.address, .trouble = "not asked yet"});
  for (const auto& server : scenario.dns.authoritative) nothing.names.push_back({server, {}, "not asked yet", {}});
  const auto results = judge_start(scenario, phase, nothing);
  const auto is_skip = [](const ResultRecord& result) { return result.verdict == Verdict::skip; };
  if (std::all_of(results.begin(), results.end(), is_skip)) return std::nullopt;
  return gate_of(kStartPremise);
}

std::optional<GateDefinition> guard_gate(const Scenario& scenario) {
  const auto& [clock, control, decoy] = scenario.guards;
  if (clock.empty() && control.empty() && decoy.empty()) return std::nullopt;
  return gate_of(kGuardPremise);
}

std::vector<ResultRecord> judge_start(const Scenario& scenario, std::size_t phase, const PremiseFacts& facts) {
  std::vector<ResultRecord> results;
  for (const auto& host : facts.hosts) results.push_back(judge_name(scenario, phase, host));
  for (std::size_t i = 0; i < facts.hosts.size(); ++i)
    for (std::size_t j = i + 1; j < facts.hosts.size(); ++j) {
      results.push_back(judge_pair(facts.hosts[i], facts.hosts[j]));
      results.push_back(judge_keys(facts.hosts[i], facts.hosts[j]));
      results.push_back(judge_certificates(facts.hosts[i], facts.hosts[j]));
    }
  if (facts.hosts.size() < 2)
    results.push_back(start("start.two-machines", Verdict::skip,
                            "whether old and new are two machines can be seen only where both have an `ssh` entry"));
  add_names(scenario, facts, results);
  return results;
}

std::vector<ResultRecord> judge_guards(const Scenario& scenario, const PremiseFacts& facts) {
  std::vector<ResultRecord> results;
  for (const auto& host : facts.hosts) {
    if (host.host != scenario.guards.clock) continue;
    ResultRecord record = result(kGuardPremise, "guard.clock", Verdict::pass, {}, host.host, host.address);
    record.expected = "within 1 s of this machine's clock";
    if (!host.trouble.empty() || !host.clock) {
      record.verdict = Verdict::inconclusive;
      record.message = "its clock could not be seen: " + (host.trouble.empty() ? "it told no time" : host.trouble);
    } else {
      // The host told whole seconds, some time between question and answer.
      const double early = host.asked - (*host.clock + 1), late = *host.clock - host.answered;
      const double off = std::max({early, late, 0.0});
      record.actual = fmt::format("{:.0f} s off", off);
      if (off > kClockTolerance) {
        record.verdict = Verdict::inconclusive;
        record.message = fmt::format(
            "the clocks of this machine and of {} differ by {:.0f} s: no age or time of what is "
            "seen can be believed",
            host.host, off);
      }
    }
    results.push_back(std::move(record));
  }
  if (facts.control) results.push_back(judge_control(*facts.control));
  if (facts.decoy) results.push_back(judge_decoy(*facts.decoy));
  return results;
}

}  // namespace drydock
