#include "harness/run/instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace drydock {
namespace {

std::string hostname_in(const HostDefinition& host, std::size_t phase) {
  return phase < host.hostname_by_phase.size() ? host.hostname_by_phase[phase] : std::string();
}

/// Every hostname of the scenario that this host must not use now: its own of other phases, those of other hosts.
std::vector<std::string> wrong_names(const Scenario& scenario, const std::string& hostname) {
  std::vector<std::string> names;
  for (const auto& host : scenario.hosts)
    for (const auto& name : host.hostname_by_phase)
      if (!name.empty() && name != hostname && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
  return names;
}

/// Who may be asked more than an ordinary DNS question.
std::vector<std::string> ours(const Scenario& scenario) {
  std::vector<std::string> all = scenario.allowed_targets;
  for (const auto& host : scenario.hosts)
    for (auto& address : host.addresses()) all.push_back(std::move(address));
  for (const auto& server : scenario.dns.authoritative) all.push_back(split_endpoint(server).ip);
  return all;
}

Subject subject_of(const Scenario& scenario, const ProbeDefinition& probe, std::size_t phase) {
  Subject subject;
  subject.probe = probe.id;
  subject.name = probe.name;
  subject.domains = scenario.domains;
  subject.vantage = probe.vantage;
  subject.phase = scenario.phases[phase];
  subject.dns = scenario.dns;
  subject.ours = ours(scenario);
  subject.trust = scenario.trust;
  subject.parameters = probe.parameters;
  subject.folder = scenario.folder;
  for (const auto& expectation : probe.expectations)
    subject.expected_facts.push_back(fact_as_written(probe, expectation));
  for (const auto& [check, change] : probe.overrides)
    if (change.off) subject.switched_off.push_back(check);
  return subject;
}

void aim_at_host(const Scenario& scenario, const std::string& id, std::size_t phase, Subject& subject) {
  subject.host = id;
  const HostDefinition* host = scenario.host(id);
  if (!host) return;  // `here`
  subject.port = host->port;
  subject.pin = host->pin;
  subject.oldest_tls = host->oldest_tls;
  subject.ssh = host->ssh;
  subject.hostname = hostname_in(*host, phase);
  if (!subject.hostname.empty()) subject.wrong_names = wrong_names(scenario, subject.hostname);
}

/// What the address that a reverse lookup is about may be called now.
void name_the_address(const Scenario& scenario, std::size_t phase, Subject& subject) {
  const std::string& address = subject.parameters.text("address");
  for (const auto& host : scenario.hosts)
    if (!address.empty() && host.is_at(address)) {
      subject.hostname = hostname_in(host, phase);
      if (!subject.hostname.empty()) subject.wrong_names = wrong_names(scenario, subject.hostname);
    }
}

std::string_view word(Family family) {
  return family == Family::ipv6 ? "IPv6" : "IPv4";
}

/// Aims at an address, from the vantage's own of that family.
void dial(const Scenario& scenario, const std::string& ip, Instance& instance) {
  instance.subject.ip = ip;
  const Vantage& vantage = instance.probe->vantage;
  if (const auto from = dialling(scenario, vantage, ip))
    instance.subject.vantage = *from;
  else
    instance.unreachable = fmt::format("not looked at: the vantage '{}' has no {} address to dial {} from", vantage.id,
                                       word(family_of(ip)), ip);
}

bool is_wanted(const ProbeDefinition& probe, const std::string& ip) {
  return !probe.family || *probe.family == family_of(ip);
}

/// One for each address of the host that the probe wants; one that tells why where there is none.
void aim_at_addresses(const Scenario& scenario, const HostDefinition& host, const Instance& at_host,
                      std::vector<Instance>& instances) {
  const std::size_t before = instances.size();
  for (const auto& address : host.addresses())
    if (is_wanted(*at_host.probe, address)) dial(scenario, address, instances.emplace_back(at_host));
  if (instances.size() > before) return;
  instances.push_back(at_host);
  instances.back().unreachable =
      fmt::format("not looked at: '{}' has no {} address", host.id, word(*at_host.probe->family));
}

}  // namespace

std::string fact_as_written(const ProbeDefinition& probe, const Expectation& expectation) {
  const std::string prefix = std::string(probe.type->name) + ".";
  return expectation.fact.starts_with(prefix) ? expectation.fact.substr(prefix.size()) : expectation.fact;
}

Endpoint split_endpoint(std::string_view text) {
  Endpoint endpoint;
  const auto port_of = [](std::string_view digits) {
    std::uint16_t port = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return port;
  };
  const auto bracket = text.find(']');
  const auto colon = text.rfind(':');
  if (text.starts_with('[') && bracket != std::string_view::npos) {
    endpoint.ip = text.substr(1, bracket - 1);
    if (bracket + 1 < text.size() && text[bracket + 1] == ':') endpoint.port = port_of(text.substr(bracket + 2));
  } else if (colon != std::string_view::npos && text.find(':') == colon) {
    endpoint.ip = text.substr(0, colon);
    endpoint.port = port_of(text.substr(colon + 1));
  } else {
    endpoint.ip = text;
  }
  return endpoint;
}

std::vector<Instance> make_instances(const Scenario& scenario, const ProbeDefinition& probe, std::size_t phase,
                                     const std::set<std::string>& only_hosts) {
  std::vector<Instance> instances;
  const auto wanted = [&](const std::string& host) { return only_hosts.empty() || only_hosts.contains(host); };
  const Subject common = subject_of(scenario, probe, phase);
  if (probe.type->aim == Aim::host) {
    for (const auto& id : probe.on) {
      if (!wanted(id)) continue;
      Instance instance{&probe, common};
      aim_at_host(scenario, id, phase, instance.subject);
      const HostDefinition* host = scenario.host(id);
      if (host)
        aim_at_addresses(scenario, *host, instance, instances);
      else
        instances.push_back(instance);
    }
    return instances;
  }
  if (!wanted("dns")) return instances;
  const auto servers = servers_asked(probe, common.dns);
  if (servers.empty()) throw std::runtime_error("probe '" + probe.id + "': there is no name server to ask");
  for (const auto& server : servers) {
    Instance instance{&probe, common};
    const Endpoint endpoint = split_endpoint(server);
    instance.subject.host = "dns";
    if (!is_wanted(probe, endpoint.ip)) continue;
    dial(scenario, endpoint.ip, instance);
    if (endpoint.port) instance.subject.port = endpoint.port;
    name_the_address(scenario, phase, instance.subject);
    instances.push_back(std::move(instance));
  }
  if (instances.empty()) {
    Instance& none = instances.emplace_back(Instance{&probe, common, {}});
    none.subject.host = "dns";
    none.unreachable = fmt::format("not looked at: none of the name servers has an {} address", word(*probe.family));
  }
  return instances;
}

}  // namespace drydock
