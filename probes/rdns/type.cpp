#include "probes/rdns/type.hpp"

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

}  // namespace

constinit const ProbeType kRdnsType = {
    .name = "rdns",
    .summary = "asks for the reverse name of an address, and whether the name leads back to it",
    .aims = {Aim::resolver},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kRdnsChecks,
    .make = make,
    .validate = nullptr,
    .waiting = nullptr,
    .port = port,
};

}  // namespace drydock
