#include "probes/rdns/rdns.hpp"

#include "probes/rdns/rdns_checks.hpp"
#include "probes/rdns/rdns_probe.hpp"

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

constexpr std::array kFacts = {
    FactSpec{"rdns.names", FactType::list,
             "names in the PTR records of the address, sorted; empty where there are none", Parity::differs},
    FactSpec{"rdns.rcode", FactType::text, "response code to the question for PTR records", Parity::same},
    FactSpec{"rdns.forward", FactType::fields, "addresses of each of these names (`NAME SERVER`), or what came instead",
             Parity::free},
    FactSpec{"rdns.smtp", FactType::text, "what port 25 of the address said: a reply code, or why there is none",
             Parity::same},
    FactSpec{"rdns.ehlo", FactType::text, "the name in its reply to EHLO", Parity::free},
    FactSpec{"rdns.ehlo_addresses", FactType::list, "addresses of that name, A and AAAA", Parity::free},
};

std::unique_ptr<const Probe> make(const Parameters& parameters) {
  return make_rdns_probe(parameters, kSmtpPort);
}

std::uint16_t port(const Parameters&) {
  return 53;
}

}  // namespace

constinit const ProbeType kRdnsType = {
    .name = "rdns",
    .summary = "asks for the reverse name of an address, and whether the name leads back to it",
    .aim = Aim::resolvers,
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kRdnsChecks,
    .make = make,
    .validate = nullptr,
    .waiting = nullptr,
    .port = port,
};

}  // namespace drydock
