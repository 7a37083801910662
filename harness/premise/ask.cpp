#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "harness/action/action.hpp"
#include "harness/premise/premise.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/dns_exchange.hpp"
#include "probes/net/stream.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// Each value on a line of its own, behind a word, so that what ssh or a profile prints besides does no harm.
constexpr const char* kScript =
    "echo drydock-name $(uname -n); echo drydock-machine $(cat /etc/machine-id 2>/dev/null); "
    "echo drydock-boot $(cat /proc/sys/kernel/random/boot_id 2>/dev/null); echo drydock-clock $(date +%s)";

/// What the ssh client says, in no other language, before it gives up (ssh(1), StrictHostKeyChecking).
constexpr std::string_view kWrongKey = "Host key verification failed";

constexpr Duration kPatienceForTls{5000};
/// What answers for others does so at once.
constexpr Duration kPatienceForDecoy{5000};

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string value_of(const std::string& output, const std::string& word) {
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(word + " ")) return clip(printable(line.substr(word.size() + 1)), 200);
  return {};
}

asio::awaitable<HostFacts> ask_host(const Scenario& scenario, const HostDefinition& host, Deadline deadline) {
  HostFacts facts;
  facts.host = host.id;
  facts.address = host.address;
  facts.asked = now();
  CommandAction command;
  command.shell = kScript;
  command.on = host.id;
  const ActionContext context{scenario, default_source(scenario, host.address), "asks", deadline, {}};
  const ActionResult result = co_await run_command(command, context);
  facts.answered = now();
  if (result.end != ActionEnd::done) {
    facts.trouble = result.message;
    facts.wrong_key =
        result.output.find(kWrongKey) != std::string::npos || result.message.find(kWrongKey) != std::string::npos;
    co_return facts;
  }
  std::ifstream known(host.ssh->known_hosts);
  const std::string text((std::istreambuf_iterator<char>(known)), {});
  facts.keys = keys_in(text, host.address, host.ssh->port);
  facts.name = value_of(result.output, "drydock-name");
  facts.machine = value_of(result.output, "drydock-machine");
  facts.boot = value_of(result.output, "drydock-boot");
  const std::string clock = value_of(result.output, "drydock-clock");
  long long seconds = 0;
  if (std::from_chars(clock.data(), clock.data() + clock.size(), seconds).ec == std::errc{})
    facts.clock = static_cast<double>(seconds);
  co_return facts;
}

/// The ports at which the scenario's `tls` probes look at this host, where TLS begins at once.
std::set<std::uint16_t> tls_ports(const Scenario& scenario, const std::string& host) {
  constexpr std::int64_t kHttps = 443;
  std::set<std::uint16_t> ports;
  for (const auto& probe : scenario.probes)
    if (probe.type && probe.type->name == "tls" && probe.parameters.text("starttls").empty() &&
        std::find(probe.on.begin(), probe.on.end(), host) != probe.on.end())
      ports.insert(static_cast<std::uint16_t>(probe.parameters.integer("port", kHttps)));
  return ports;
}

asio::awaitable<void> shake_hands(const ProbeContext& context, Endpoint to, std::string name, std::string& sha256) {
  Observation unseen;
  net::Stream stream = co_await net::Stream::dial(context, std::move(to), unseen);
  const net::TlsSession session = co_await stream.start_tls({.server_name = std::move(name), .trust = {}});
  sha256 = session.sha256;
}

/// Where there is none, nothing is said: whether TLS answers is what probes look at.
asio::awaitable<void> ask_for_certificates(const Scenario& scenario, const HostDefinition& host, Deadline deadline,
                                           HostFacts& facts) {
  const auto name = scenario.names.find("canonical");
  Subject subject;
  subject.surroundings.vantage = scenario.vantages.front();
  subject.surroundings.vantage.address = default_source(scenario, host.address);
  for (const std::uint16_t port : tls_ports(scenario, host.id)) {
    const Deadline patience = std::min(deadline, Clock::now() + kPatienceForTls);
    const ProbeContext context{subject, patience, nullptr};
    CertificateFacts seen{port, {}};
    try {
      co_await net::with_deadline(patience, shake_hands(context, {host.address, port},
                                                        name == scenario.names.end() ? "" : name->second, seen.sha256));
    } catch (const Failure&) {
    }
    if (!seen.sha256.empty()) facts.certificates.push_back(std::move(seen));
  }
}

asio::awaitable<std::string> ask_addresses(const Scenario& scenario, const std::string& server, std::string type,
                                           Deadline deadline, NameFacts& facts) {
  const auto endpoint = net::parse_dns_server(server);
  if (!endpoint) co_return "it is no address of a name server";
  net::DnsPeer peer;
  peer.server = *endpoint;
  peer.from = default_source(scenario, endpoint->ip);
  peer.deadline = deadline;
  dns::Query query;
  query.name = facts.name;
  query.type = std::move(type);
  std::string trouble;
  try {
    const net::DnsReply reply = co_await net::ask_dns(peer, query);
    const dns::Resolution found = dns::resolve(reply.message, query.name, query.type);
    for (const auto& record : found.records) facts.addresses.push_back(record.data);
    if (reply.message.rcode != "NOERROR" && reply.message.rcode != "NXDOMAIN")
      trouble = "it answered " + reply.message.rcode;
    else if (!reply.message.has_flag("aa"))
      trouble = "its answer is not authoritative";
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    trouble = error.what();
  } catch (const std::runtime_error& error) {
    trouble = error.what();
  }
  co_return trouble;
}

asio::awaitable<NameFacts> ask_name(const Scenario& scenario, const std::string& server, Deadline deadline) {
  NameFacts facts;
  facts.server = server;
  facts.name = scenario.names.at("canonical");
  for (const char* type : {"A", "AAAA"}) {
    const std::string trouble = co_await ask_addresses(scenario, server, type, deadline, facts);
    if (facts.trouble.empty()) facts.trouble = trouble;
  }
  co_return facts;
}

asio::awaitable<KnockFacts> knock_at(const Scenario& scenario, const std::string& where, Deadline deadline) {
  KnockFacts facts;
  facts.endpoint = where;
  const auto endpoint = net::parse_dns_server(where);  // the same spelling: ip:port
  if (!endpoint) {
    facts.trouble = "it is no IP:port";
    co_return facts;
  }
  Subject subject;
  subject.surroundings.vantage = scenario.vantages.front();
  subject.surroundings.vantage.address = default_source(scenario, endpoint->ip);
  const ProbeContext context{subject, deadline, nullptr};
  const auto patience = std::chrono::duration_cast<Duration>(deadline - Clock::now());
  try {
    facts.state = co_await net::knock(context, *endpoint, std::max(patience, Duration(0)));
  } catch (const Failure& failure) {
    facts.trouble = failure.what();
  }
  co_return facts;
}

}  // namespace

asio::awaitable<PremiseFacts> ask_start(const Scenario& scenario, Deadline deadline) {
  PremiseFacts facts;
  for (const auto& host : scenario.hosts) {
    if (!host.ssh) continue;
    HostFacts one = co_await ask_host(scenario, host, deadline);
    co_await ask_for_certificates(scenario, host, deadline, one);
    facts.hosts.push_back(std::move(one));
  }
  const bool ask_dns =
      scenario.dns_starts != DnsStart::free && scenario.names.contains("canonical") && scenario.host("old") != nullptr;
  for (const auto& server : ask_dns ? scenario.dns.authoritative : std::vector<std::string>{}) {
    NameFacts one = co_await ask_name(scenario, server, deadline);
    facts.names.push_back(std::move(one));
  }
  co_return facts;
}

asio::awaitable<PremiseFacts> ask_guards(const Scenario& scenario, Deadline deadline) {
  PremiseFacts facts;
  if (const HostDefinition* host = scenario.host(scenario.guards.clock)) {
    HostFacts one = co_await ask_host(scenario, *host, deadline);
    facts.hosts.push_back(std::move(one));
  }
  if (!scenario.guards.control.empty()) {
    KnockFacts one = co_await knock_at(scenario, scenario.guards.control, deadline);
    facts.control = std::move(one);
  }
  if (!scenario.guards.decoy.empty()) {
    KnockFacts one =
        co_await knock_at(scenario, scenario.guards.decoy, std::min(deadline, Clock::now() + kPatienceForDecoy));
    facts.decoy = std::move(one);
  }
  co_return facts;
}

}  // namespace drydock
