#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "probes/core/fact_table.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_variants.hpp"
#include "probes/smtp/smtp.hpp"
#include "probes/smtp/smtp_judge.hpp"
#include "probes/smtp/smtp_settings.hpp"

namespace drydock {
namespace {

constexpr std::array kParameters = {
    ParameterSpec{.name = "port", .type = ParameterType::port, .default_value = "25", .meaning = "port to dial"},
    ParameterSpec{.name = "outside",
                  .type = ParameterType::mail_address,
                  .meaning = "an address elsewhere, to which this host must pass on nothing; nothing is sent to it",
                  .required = true},
};

constexpr auto kFacts = fact_table(kRelay);

constexpr std::array kChecks = {
    CheckSpec{
        "smtp.relay-denied", "mail from strangers to strangers is refused", Severity::critical, "RFC 5321 §3.6.2",
        "SMTP-10",
        "relay_from_hosts with 0.0.0.0/0, a NAT gateway or a container bridge in it; percent, bang and source-route "
        "forms that a router undoes; a sender's address that is taken for a right.",
        "Spammers find an open relay within hours; the host lands on every block list.",
        "swaks --server ADDRESS --from probe@OUTSIDE --to SOMEBODY@OUTSIDE --quit-after RCPT",
        "Take the networks out of relay_from_hosts; deny domains = !+local_domains at RCPT.", judge_relay_denied},
};

std::unique_ptr<const Probe> make_relay(const Parameters&) {
  return make_smtp_relay_probe(kSmtpBackOff);
}

std::uint16_t relay_port(const Parameters& parameters) {
  return static_cast<std::uint16_t>(parameters.integer("port", kSmtpPort));
}

/// Twelve variants, three a connection, and a pause before each connection but the first.
Duration relay_waiting(const Parameters&) {
  return 3 * kSmtpBackOff;
}

/// What one reply says about relaying.
RcptAnswer classify(const Reply& reply, bool encrypted) {
  if (reply.code == 250 || reply.code == 251) return RcptAnswer::accepted;
  if (!reply.permanent()) return RcptAnswer::deferred;
  // Who must log in first may not relay; who must only begin TLS first was not asked the question.
  if (reply.code == 530 || reply.code == 538) return encrypted ? RcptAnswer::refused : RcptAnswer::about_prober;
  return is_about_prober(reply) ? RcptAnswer::about_prober : RcptAnswer::refused;
}

std::string by_swaks(const Subject& subject, const RelayVariant& variant) {
  const SmtpSettings settings(subject);
  const SmtpTls tls = settings.tls() == SmtpTls::implicit ? SmtpTls::implicit : SmtpTls::none;
  return swaks_command(
      subject, settings.endpoint(), tls,
      fmt::format("--from {} --to {} --quit-after RCPT", variant.sender.empty() ? "'<>'" : shell_word(variant.sender),
                  shell_word(variant.recipient)));
}

}  // namespace

Judgement judge_relay_denied(const Observation& seen, const Subject& subject) {
  const std::vector<RelayVariant> variants = relay_variants(subject);
  if (variants.empty()) return Judgement::inconclusive("no address outside is known (`outside`)");
  const auto* replies = seen.get(kRelay.replies);
  const auto* encrypted = seen.get(kRelay.encrypted);
  std::vector<std::string> accepted;
  std::vector<std::string> unclear;
  std::string first_reply;
  const RelayVariant* culprit = &variants.front();
  for (std::size_t i = 0; replies && i < replies->size(); ++i) {
    const auto& [label, reply] = (*replies)[i];
    const RcptAnswer answer = classify(reply, encrypted && *encrypted);
    if (answer == RcptAnswer::accepted) {
      if (accepted.empty()) {
        first_reply = reply.text();
        const auto found = std::ranges::find(variants, label, &RelayVariant::label);
        if (found != variants.end()) culprit = &*found;
      }
      accepted.push_back(label);
    } else if (answer != RcptAnswer::refused) {
      unclear.push_back(fmt::format("{}: {}", label, reply.text()));
    }
  }
  Judgement judgement;
  if (!accepted.empty())
    judgement =
        Judgement::fail(fmt::format("accepted mail for a stranger: {}", fmt::join(accepted, "; ")), "550", first_reply,
                        "see relay_from_hosts and the routers that rewrite local parts; is there a NAT that makes "
                        "everybody look local? (a declared catch-all takes b, d and f for itself)");
  else if (!replies && seen.error)
    judgement = ended_early(seen, "550");
  else if (!unclear.empty())
    judgement =
        Judgement::inconclusive(fmt::format("neither accepted nor refused for good: {}", fmt::join(unclear, "; ")),
                                "greylisting, or a refusal that speaks of the prober; try again later");
  else if (!replies || replies->size() < variants.size())
    judgement = not_seen(seen, "the answer to every variant");
  else
    judgement =
        Judgement::pass(fmt::format("{} variants refused, {}", replies->size(), replies->front().second.text()));
  judgement.expected = "550";
  if (judgement.stage.empty()) judgement.stage = "rcpt";
  judgement.reproduce = by_swaks(subject, *culprit);
  return judgement;
}

constinit const ProbeType kSmtpRelayType = {
    .name = "smtp_relay",
    .summary = "whether the host passes on mail from strangers to strangers",
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = make_relay,
    .waiting = relay_waiting,
    .port = relay_port,
};

}  // namespace drydock
