#include <array>

#include "probes/core/fact_table.hpp"
#include "probes/smtp/checks.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_variants.hpp"
#include "probes/smtp/settings.hpp"
#include "probes/smtp/type.hpp"

namespace drydock {
namespace {

constexpr std::array<std::string_view, 2> kUnknownWords = {"refused", "accepted"};

constexpr std::array kParameters = {
    ParameterSpec{
        .name = "port",
        .type = ParameterType::port,
        .meaning = "port that must answer; 25 unless said, and where it is said no other is asked but `also`"},
    ParameterSpec{.name = "also",
                  .type = ParameterType::ports,
                  .meaning = "further ports, asked where they take mail; 587 and 465 where no `port` is said"},
    ParameterSpec{.name = "outside",
                  .type = ParameterType::mail_address,
                  .meaning = "an address elsewhere, to which this host must pass on nothing; nothing is sent to it",
                  .required = true},
    ParameterSpec{.name = "control",
                  .type = ParameterType::mail_address,
                  .meaning = "an ordinary user of this host, not postmaster: where he is taken, a refusal of others "
                             "proves something; without him only one that says why; nothing is sent to him"},
    ParameterSpec{.name = "unknown",
                  .type = ParameterType::choice,
                  .default_value = "refused",
                  .meaning = "what becomes of mail for a user who does not exist: a host that takes it takes what only "
                             "looks like relaying for itself",
                  .choices = kUnknownWords},
};

constexpr auto kFacts = fact_table(kRelay);

constexpr std::array kChecks = {
    CheckSpec{
        kRelayDenied, "mail from strangers to strangers is refused", Severity::critical, "RFC 5321 §3.6.2", "SMTP-10",
        "relay_from_hosts with 0.0.0.0/0, a NAT gateway or a container bridge in it; percent, bang and source-route "
        "forms that a router undoes; a sender's address that is taken for a right.",
        "Spammers find an open relay within hours; the host lands on every block list.",
        "swaks --server ADDRESS --from probe@OUTSIDE --to SOMEBODY@OUTSIDE --quit-after RCPT; the same with --tls, "
        "with "
        "--port 587, and with --port 465 --tls-on-connect",
        "Take the networks out of relay_from_hosts; deny domains = !+local_domains at RCPT.", judge_relay_denied},
};

std::unique_ptr<const Probe> make_relay(const Parameters&) {
  return make_smtp_relay_probe(kSmtpBackOff);
}

std::vector<ParameterProblem> validate_relay(const Parameters& parameters) {
  if (!is_postmaster(parameters.text("control"))) return {};
  return {{"control", "hosts exempt postmaster from block lists, so he proves nothing; name an ordinary user"}};
}

std::uint16_t relay_port(const Parameters& parameters) {
  return static_cast<std::uint16_t>(parameters.integer("port", kSmtpPort));
}

/// On a slow host one for each variant, each way in (in clear and inside TLS) and each port, and one for a stranger.
int relay_connections(const Parameters&) {
  constexpr int kVariants = 12;
  constexpr int kWays = 6;
  return (kVariants + 1) * kWays;
}

/// Each variant is to be refused on each way into each port, and so is a stranger.
std::vector<CheckCost> relay_costs(const Subject& subject) {
  constexpr int kWaysOfAPort = 2;
  const auto asked = static_cast<int>(relay_variants(subject).size()) + 1;
  int ways = 0;
  for (const std::uint16_t port : relay_ports(subject)) ways += port == kSubmissionsPort ? 1 : kWaysOfAPort;
  return {{.check = kRelayDenied, .facts = "smtp_relay.", .refusals = ways * asked}};
}

}  // namespace

constinit const ProbeType kSmtpRelayType = {
    .name = "smtp_relay",
    .summary = "whether the host passes on mail from strangers to strangers",
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = make_relay,
    .validate = validate_relay,
    .connections = relay_connections,
    .costs = relay_costs,
    .asks_about_domains = true,
    .port = relay_port,
};

}  // namespace drydock
