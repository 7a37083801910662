#include "probes/dns/type.hpp"

#include <fmt/format.h>

#include <array>

#include "probes/codec/dns/message.hpp"
#include "probes/codec/dns/name.hpp"
#include "probes/core/fact_table.hpp"
#include "probes/dns/asked.hpp"
#include "probes/dns/checks.hpp"
#include "probes/dns/facts.hpp"
#include "probes/dns/probe.hpp"

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

constexpr auto kFacts = fact_table(kDns);

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
    .aims = {Aim::name_server, Aim::resolver},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kDnsChecks,
    .make = make_dns_probe,
    .validate = validate,
    .waiting = waiting,
    .port = port,
};

}  // namespace drydock
