#include "probes/rdns/type.hpp"

#include <array>

#include "probes/core/fact_table.hpp"
#include "probes/rdns/checks.hpp"
#include "probes/rdns/facts.hpp"
#include "probes/rdns/probe.hpp"

namespace drydock {
namespace {

constexpr std::uint16_t kSmtpPort = 25;

constexpr std::array kParameters = {
    ParameterSpec{
        .name = "address", .type = ParameterType::ip_address, .meaning = "the address to name", .required = true},
    ParameterSpec{.name = "name",
                  .type = ParameterType::host_name,
                  .meaning = "the reverse name that it must have; the spoken name where none is given"},
};

constexpr auto kFacts = fact_table(kRdns);

std::unique_ptr<const Probe> make(const Parameters& parameters) {
  return make_rdns_probe(parameters, kSmtpPort);
}

std::uint16_t port(const Parameters&) {
  return 53;
}

constexpr std::array kChecks = {
    CheckSpec{.id = "rdns.ptr",
              .title = "the address has the right reverse name, and only that",
              .severity = Severity::critical,
              .rfc = "RFC 1912 §2.1; RFC 1035 §3.5",
              .spec = "RDNS-01",
              .catches = "no PTR record, the provider's generic name, the interim name left after the switch",
              .why = "large receivers refuse mail from addresses without a proper reverse name",
              .by_hand = "dig -x ADDRESS",
              .mend = "have the provider of the address set its PTR record to the host's name",
              .judge = judge_rdns_ptr},
    CheckSpec{.id = "rdns.forward",
              .title = "the reverse name leads back to the address",
              .severity = Severity::critical,
              .rfc = "RFC 1912 §2.1; RFC 8499 §11",
              .spec = "RDNS-02",
              .catches = "a PTR record whose name has no address record, or one of another host",
              .why = "receivers take an unconfirmed reverse name for a forged one and refuse or delay mail",
              .by_hand = "dig -x ADDRESS, then dig NAME A on each name server",
              .mend = "add the address record, or correct the PTR record",
              .judge = judge_rdns_forward},
    CheckSpec{.id = "rdns.helo",
              .title = "the mail server calls itself by the reverse name",
              .severity = Severity::degraded,
              .rfc = "RFC 5321 §4.1.4",
              .spec = "RDNS-03",
              .catches = "a mail server that was not renamed, or calls itself by a name that does not exist",
              .why = "receivers may not refuse for this alone, but they count it: mail lands among spam",
              .by_hand = "swaks --server ADDRESS --quit-after EHLO, and dig -x ADDRESS",
              .mend = "set the mail server's own name and the PTR record to the same name",
              .judge = judge_rdns_helo},
};

}  // namespace

constinit const ProbeType kRdnsType = {
    .name = "rdns",
    .summary = "asks for the reverse name of an address, and whether the name leads back to it",
    .aims = {Aim::resolver},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = make,
    .validate = nullptr,
    .waiting = nullptr,
    .port = port,
};

}  // namespace drydock
