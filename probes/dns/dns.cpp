#include "probes/dns/dns.hpp"

#include <fmt/format.h>

#include <array>

#include "probes/codec/dns/message.hpp"
#include "probes/codec/dns/name.hpp"
#include "probes/dns/dns_asked.hpp"
#include "probes/dns/dns_checks.hpp"
#include "probes/dns/dns_probe.hpp"

namespace drydock {
namespace {

constexpr std::array<std::string_view, 2> kAsk = {"authoritative", "resolvers"};

constexpr std::array kParameters = {
    ParameterSpec{.name = "name", .type = ParameterType::host_name, .meaning = "the name asked for", .required = true},
    ParameterSpec{.name = "type",
                  .type = ParameterType::text,
                  .default_value = "A",
                  .meaning = "the record type: A, AAAA, MX, ..."},
    ParameterSpec{.name = "ask",
                  .type = ParameterType::servers,
                  .default_value = "authoritative",
                  .meaning = "which servers, one after the other: those of `dns`, or a list of addresses",
                  .choices = kAsk},
};

constexpr std::array kFacts = {
    FactSpec{"dns.rcode", FactType::text, "response code: NOERROR, NXDOMAIN, SERVFAIL, REFUSED, ...", Parity::same},
    FactSpec{"dns.answers", FactType::list,
             "data of the records of the asked type, aliases followed, sorted; empty where it is certain that there "
             "are none",
             Parity::differs},
    FactSpec{"dns.ttl", FactType::integer, "smallest TTL of these records, in seconds", Parity::free},
    FactSpec{"dns.flags", FactType::list, "flags set in the answer, of qr aa tc rd ra ad cd", Parity::same},
    FactSpec{"dns.aliases", FactType::list, "targets of the CNAME chain, in order", Parity::same},
    FactSpec{"dns.alias_loop", FactType::boolean, "the CNAME chain comes back to itself", Parity::same},
    FactSpec{"dns.transport", FactType::text, "udp or tcp", Parity::free},
    FactSpec{"dns.zone", FactType::text, "apex of the zone that holds the name", Parity::same},
    FactSpec{"dns.serial", FactType::integer, "serial of that zone on this server", Parity::at_least},
    FactSpec{"dns.other_serials", FactType::fields, "serial of that zone on each other authoritative server",
             Parity::free},
    FactSpec{"dns.soa_authoritative", FactType::boolean, "the server answers for the zone's SOA record with AA",
             Parity::same},
    FactSpec{"dns.ns", FactType::text, "names of the zone's name servers on this server, sorted", Parity::free},
    FactSpec{"dns.other_ns", FactType::fields, "the same on each other authoritative server", Parity::free},
    FactSpec{"dns.unchecked_rcode", FactType::text, "response code with CD=1 after a resolver's SERVFAIL",
             Parity::free},
};

std::vector<ParameterProblem> validate(const Parameters& parameters) {
  std::vector<ParameterProblem> problems;
  const std::string type = asked_type(parameters);
  if (!dns::is_record_type(type))
    problems.push_back(
        {"type", fmt::format("\"{}\" is not a record type that can be asked for; A, AAAA, MX, TXT, ... or TYPE65280",
                             parameters.text("type"))});
  const std::string& name = parameters.text("name");
  if (!name.empty() && !dns::is_name(name))
    problems.push_back(
        {"name", fmt::format("\"{}\" is not a domain name; labels of 1 to 63 octets, 255 in all", name)});
  return problems;
}

Duration waiting(const Parameters& parameters) {
  return asked(parameters) == Asked::authoritative ? kNotifyGrace : Duration{0};
}

std::uint16_t port(const Parameters&) {
  return 53;
}

}  // namespace

constinit const ProbeType kDnsType = {
    .name = "dns",
    .summary = "asks name servers for records, and compares the zone between the authoritative ones",
    .aim = Aim::name_servers,
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kDnsChecks,
    .make = make_dns_probe,
    .validate = validate,
    .waiting = waiting,
    .port = port,
};

}  // namespace drydock
