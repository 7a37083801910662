#include "harness/run/instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
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

/// Texts that tell of nothing in particular: whoever is met by one of them asks for no page of his own.
constexpr const char* kAnyTexts[] = {"", "x",
                                     "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
                                     "charset=\"utf-8\"><title>x</title></head>\n<body><h1>x</h1>\n<p>x</p>"
                                     "</body></html>\n"};

/// Whether a text must hold something of its own for this to be met, and the run is red where it doesn't.
bool wants_a_marker(const ProbeDefinition& probe, const Expectation& expectation) {
  const auto spec = std::ranges::find(probe.type->facts, expectation.fact, &FactSpec::name);
  const bool is_text =
      spec != probe.type->facts.end() && (spec->type == FactType::excerpt || spec->type == FactType::text);
  if (!is_text || expectation.matcher.op == Matcher::Op::absent) return false;
  const auto changed = probe.overrides.find("expect." + fact_as_written(probe, expectation));
  if (changed != probe.overrides.end() &&
      (changed->second.off || changed->second.severity.value_or(Severity::critical) != Severity::critical))
    return false;
  return std::ranges::none_of(kAnyTexts, [&](const char* text) {
    const FactValue value = spec->type == FactType::excerpt ? FactValue(Excerpt(text)) : FactValue(std::string(text));
    return tell(expectation.matcher, value).value_or(false);
  });
}

Subject subject_of(const Scenario& scenario, const ProbeDefinition& probe, std::size_t phase) {
  Subject subject;
  subject.probe = probe.id;
  subject.target.name = probe.name;
  subject.expected.domains = scenario.domains;
  subject.surroundings = {.vantage = probe.vantage,
                          .phase = scenario.phases[phase],
                          .dns = scenario.dns,
                          .trust = scenario.trust,
                          .ours = ours(scenario),
                          .folder = scenario.folder};
  subject.parameters = probe.parameters;
  for (const auto& expectation : probe.expectations) {
    subject.expected.facts.push_back(fact_as_written(probe, expectation));
    if (wants_a_marker(probe, expectation)) subject.expected.markers.push_back(subject.expected.facts.back());
  }
  for (const auto& [check, change] : probe.overrides)
    if (change.off) subject.switched_off.push_back(check);
  return subject;
}

/// What a host may be called in a phase.
void expect_names(const Scenario& scenario, const HostDefinition& host, std::size_t phase, Expected& expected) {
  expected.hostname = hostname_in(host, phase);
  if (!expected.hostname.empty()) expected.wrong_names = wrong_names(scenario, expected.hostname);
}

/// All but the address.
void aim_at_host(const Scenario& scenario, const HostDefinition& host, std::size_t phase, Subject& subject) {
  subject.target.id = host.id;
  subject.target.port = host.port;
  subject.target.pin = host.pin;
  subject.target.oldest_tls = host.oldest_tls;
  subject.target.ssh = host.ssh;
  expect_names(scenario, host, phase, subject.expected);
  subject.expected.addresses = host.addresses();
}

/// What the address that a reverse lookup is about may be called now.
void name_the_address(const Scenario& scenario, std::size_t phase, Subject& subject) {
  const std::string& address = subject.parameters.text("address");
  for (const auto& host : scenario.hosts)
    if (!address.empty() && host.is_at(address)) expect_names(scenario, host, phase, subject.expected);
}

std::string_view word(Family family) {
  return family == Family::ipv6 ? "IPv6" : "IPv4";
}

/// Aims at an address, from the vantage's own of that family.
void dial(const std::string& ip, Instance& instance) {
  instance.subject.target.ip = ip;
  const Vantage& vantage = instance.probe->vantage;
  if (const auto from = vantage.source_for(ip))
    instance.subject.surroundings.vantage.address = *from;
  else
    instance.unreachable = fmt::format("not looked at: the vantage '{}' has no {} address to dial {} from", vantage.id,
                                       word(family_of(ip)), ip);
}

bool is_wanted(const ProbeDefinition& probe, const std::string& ip) {
  return !probe.family || *probe.family == family_of(ip);
}

/// One for each address of the host that the probe wants; one that tells why where there is none.
void aim_at_addresses(const HostDefinition& host, const Instance& at_host, std::vector<Instance>& instances) {
  const std::size_t before = instances.size();
  for (const auto& address : host.addresses())
    if (is_wanted(*at_host.probe, address)) dial(address, instances.emplace_back(at_host));
  if (instances.size() > before) return;
  instances.push_back(at_host);
  instances.back().unreachable =
      fmt::format("not looked at: '{}' has no {} address", host.id, word(*at_host.probe->family));
}

/// One for each of these hosts; with this machine, one for it.
std::vector<Instance> at_hosts(const Scenario& scenario, const Instance& common, std::size_t phase,
                               const std::vector<std::string>& hosts,
                               const std::function<bool(std::string_view)>& wanted) {
  std::vector<Instance> instances;
  for (const auto& id : hosts) {
    if (!wanted(id)) continue;
    Instance instance = common;
    if (const HostDefinition* host = scenario.host(id)) {
      aim_at_host(scenario, *host, phase, instance.subject);
      aim_at_addresses(*host, instance, instances);
    } else {
      instance.subject.target.aim = Aim::this_machine;
      instance.subject.target.id = id;
      instances.push_back(std::move(instance));
    }
  }
  return instances;
}

std::vector<Instance> at_servers(const Scenario& scenario, Instance common, std::size_t phase) {
  const ProbeDefinition& probe = *common.probe;
  const auto servers = servers_asked(probe, scenario.dns);
  if (servers.empty()) throw std::runtime_error("probe '" + probe.id + "': there is no name server to ask");
  common.subject.target.aim = servers_role(probe).value_or(Aim::name_server);
  common.subject.target.id = reserved_id(common.subject.target.aim);
  std::vector<Instance> instances;
  for (const auto& server : servers) {
    const Endpoint endpoint = split_endpoint(server);
    if (!is_wanted(probe, endpoint.ip)) continue;
    Instance& instance = instances.emplace_back(common);
    dial(endpoint.ip, instance);
    if (endpoint.port) instance.subject.target.port = endpoint.port;
    name_the_address(scenario, phase, instance.subject);
  }
  if (instances.empty()) {
    Instance& none = instances.emplace_back(common);
    none.unreachable = fmt::format("not looked at: none of the name servers has an {} address", word(*probe.family));
  }
  return instances;
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

std::vector<Instance> instances_at(const Scenario& scenario, const ProbeDefinition& probe, std::size_t phase,
                                   const std::string& host) {
  return at_hosts(scenario, {&probe, subject_of(scenario, probe, phase)}, phase, {host},
                  [](std::string_view) { return true; });
}

std::vector<Instance> make_instances(const Scenario& scenario, const ProbeDefinition& probe, std::size_t phase,
                                     const std::set<std::string>& only_hosts) {
  const auto wanted = [&](std::string_view host) {
    return only_hosts.empty() || only_hosts.contains(std::string(host));
  };
  const Instance common{&probe, subject_of(scenario, probe, phase)};
  if (probe.type->aims.has(Aim::host)) return at_hosts(scenario, common, phase, probe.on, wanted);
  return wanted(kNameServers) ? at_servers(scenario, common, phase) : std::vector<Instance>();
}

}  // namespace drydock
