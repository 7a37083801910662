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

constexpr std::array kChecks = {
    CheckSpec{
        .id = "dns.answer",
        .title = "the name server answers",
        .severity = Severity::critical,
        .rfc = "RFC 1034 §4.2.2",
        .spec = "DNS-02",
        .catches = "a listed server that refuses or answers SERVFAIL, is silent while the others answer, can't be "
                   "reached on port 53, can't bear EDNS or names in mixed case, or answers with what is no answer",
        .why =
            "resolvers pick among the listed servers: each dead or lame one costs every visitor seconds, or the answer",
        .by_hand = "dig @SERVER NAME TYPE +norecurse",
        .mend = "load the zone on that server and open port 53 UDP and TCP, or take it out of the NS records",
        .judge = judge_dns_answer},
    CheckSpec{.id = "dns.authoritative",
              .title = "the server answers with authority",
              .severity = Severity::critical,
              .rfc = "RFC 1034 §4.2.2",
              .spec = "DNS-02",
              .catches = "a lame delegation: a resolver or a server without the zone stands in the NS records",
              .why = "resolvers throw such answers away; names then resolve by luck",
              .by_hand = "dig @SERVER ZONE SOA +norecurse, and look for aa among the flags",
              .mend = "load the zone on that server as primary or secondary, or take it out of the NS records",
              .judge = judge_dns_authoritative},
    CheckSpec{.id = "dns.ns-set",
              .title = "all servers name the declared name servers, and no others",
              .severity = Severity::critical,
              .rfc = "RFC 1912 §2.8",
              .spec = "DNS-02",
              .catches = "a server left with the NS records of before the move, edited on one side only; a server "
                         "that is missing there, a dead one that was left there, by the addresses of the names",
              .why = "resolvers go on with the set that they happened to get: some keep asking a server that goes away",
              .by_hand = "dig @SERVER ZONE NS +norecurse, on each server; then the addresses of these names",
              .mend = "make the NS records of the zone those of `dns.authoritative` on every server, and raise the "
                      "serial",
              .judge = judge_dns_ns_set},
    CheckSpec{
        .id = "dns.serial",
        .title = "the server has the newest zone",
        .severity = Severity::critical,
        .rfc = "RFC 1982 §3; RFC 1912 §2.2",
        .spec = "DNS-01",
        .catches = "a secondary that no longer updates; a serial that went backwards",
        .why = "part of the world is told the old addresses until somebody notices",
        .by_hand = "dig @SERVER ZONE SOA +norecurse, on each server: compare the third word",
        .mend =
            "let NOTIFY and transfers through (address lists, TSIG key, 53/TCP); raise a serial that went backwards",
        .judge = judge_dns_serial},
    CheckSpec{.id = "dns.exists",
              .title = "the name has a record of this type",
              .severity = Severity::critical,
              .rfc = "RFC 1034 §3.6; RFC 3596 §2",
              .spec = "DNS-03",
              .catches = "a record that was lost or never made: NXDOMAIN, or no data of this type",
              .why = "nobody finds the service",
              .by_hand = "dig @SERVER NAME TYPE +norecurse",
              .mend = "add the record; where none is wanted, say so: expect: {answers: {exactly: []}}",
              .judge = judge_dns_exists},
};

}  // namespace

constinit const ProbeType kDnsType = {
    .name = "dns",
    .summary = "asks name servers for records, and compares the zone between the authoritative ones",
    .aims = {Aim::name_server, Aim::resolver},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = make_dns_probe,
    .validate = validate,
    .waiting = waiting,
    .port = port,
    .reached_by = "dns.answer",
};

}  // namespace drydock
