#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "probes/core/fact_table.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_variants.hpp"
#include "probes/smtp/smtp.hpp"
#include "probes/smtp/smtp_judge.hpp"
#include "probes/smtp/smtp_settings.hpp"

namespace drydock {
namespace {

constexpr std::array<std::string_view, 2> kUnknownWords = {"refused", "accepted"};

constexpr std::array kParameters = {
    ParameterSpec{.name = "port", .type = ParameterType::port, .default_value = "25", .meaning = "port to dial"},
    ParameterSpec{.name = "outside",
                  .type = ParameterType::mail_address,
                  .meaning = "an address elsewhere, to which this host must pass on nothing; nothing is sent to it",
                  .required = true},
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
  if (demands_login(reply)) return encrypted ? RcptAnswer::refused : RcptAnswer::about_prober;
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

namespace {

/// The replies to all variants, by what they say about relaying.
struct Relaying {
  std::vector<const RelayVariant*> relayed;  ///< accepted for a stranger elsewhere
  std::vector<std::string> taken;            ///< accepted at the own domain, by a host that takes every local part
  std::vector<std::string> unclear;          ///< `variant: reply`
  std::string first_reply;                   ///< to the first of `relayed`
  std::size_t refused = 0;
};

Relaying sort(const Observation& seen, const std::vector<RelayVariant>& variants) {
  Relaying found;
  const auto* replies = seen.get(kRelay.replies);
  const auto* encrypted = seen.get(kRelay.encrypted);
  const auto* stranger = seen.get(kRelay.stranger);
  for (std::size_t i = 0; replies && i < replies->size(); ++i) {
    const auto& [label, reply] = (*replies)[i];
    const auto variant = std::ranges::find(variants, label, &RelayVariant::label);
    const RcptAnswer answer = classify(reply, encrypted && *encrypted);
    if (answer == RcptAnswer::refused) ++found.refused;
    if (answer == RcptAnswer::deferred || answer == RcptAnswer::about_prober)
      found.unclear.push_back(fmt::format("{}: {}", label, reply.text()));
    if (answer != RcptAnswer::accepted || variant == variants.end()) continue;
    if (variant->at_ours && (!stranger || stranger->positive())) {
      found.taken.push_back(label);
      continue;
    }
    if (found.relayed.empty()) found.first_reply = reply.text();
    found.relayed.push_back(&*variant);
  }
  return found;
}

std::string labels_of(const std::vector<const RelayVariant*>& variants) {
  std::string text;
  for (const auto* variant : variants) text += fmt::format("{}{}", text.empty() ? "" : "; ", variant->label);
  return text;
}

/// What the controls and senders say against a statement; nothing where they say nothing.
std::optional<Judgement> without_control(const Observation& seen) {
  const auto* senders = seen.get(kRelay.senders);
  if (const auto* unasked = seen.get(kRelay.unasked); unasked && senders)
    return Judgement::inconclusive(
        fmt::format("this prober's sender {} was not taken ({}), so {} variants could not be asked",
                    printable(senders->front().first), senders->front().second.text(), unasked->size()),
        "give the prober a sender that can be verified (vantages: name)");
  if (!seen.has(kRelay.uncontrolled)) return std::nullopt;
  const auto* controls = seen.get(kRelay.controls);
  if (!controls) return not_seen(seen, "the answer for a local recipient, beside which a refusal proves something");
  const auto& [address, reply] = controls->back();
  if (reply.temporary())
    return Judgement::inconclusive(
        fmt::format("mail from this prober for {} was deferred ({}), so a refusal says nothing about relaying", address,
                    reply.text()),
        "greylisting, or a host that takes no mail yet; try again later");
  return Judgement::inconclusive(
      fmt::format("mail from this prober for {} is refused too ({}), so nothing is known about relaying", address,
                  reply.text()),
      "does the prober's name have an address, and its address a name? is it on a block list? is postmaster taken at "
      "all?");
}

}  // namespace

Judgement judge_relay_denied(const Observation& seen, const Subject& subject) {
  const std::vector<RelayVariant> variants = relay_variants(subject);
  if (variants.empty()) return Judgement::inconclusive("no address outside is known (`outside`)");
  const Relaying found = sort(seen, variants);
  const auto* replies = seen.get(kRelay.replies);
  const bool catch_all = subject.parameters.text("unknown") == "accepted";
  Judgement judgement;
  if (!found.relayed.empty())
    judgement = Judgement::fail(
        fmt::format("accepted mail for a stranger: {}", labels_of(found.relayed)), "550", found.first_reply,
        "see relay_from_hosts and the routers that rewrite local parts; is there a NAT that makes "
        "everybody look local?");
  else if (!replies && !seen.has(kRelay.unasked) && seen.error)
    judgement = ended_early(seen, "550");
  else if (auto unknown = without_control(seen))
    judgement = std::move(*unknown);
  else if (!found.unclear.empty())
    judgement = Judgement::inconclusive(
        fmt::format("neither accepted nor refused for good: {}", fmt::join(found.unclear, "; ")),
        "greylisting, or a refusal that speaks of the prober; try again later");
  else if (!replies || replies->size() < variants.size())
    judgement = not_seen(seen, "the answer to every variant");
  else if (!found.taken.empty() && !catch_all)
    judgement = Judgement::inconclusive(
        fmt::format("users who don't exist are accepted too, so it can't be told whether these would be passed on: {}",
                    fmt::join(found.taken, "; ")),
        "where a catch-all is meant, say `unknown: accepted`");
  else if (!found.taken.empty())
    judgement = Judgement::pass(
        fmt::format("{} variants refused, {} taken by the catch-all", found.refused, found.taken.size()));
  else
    judgement =
        Judgement::pass(fmt::format("{} variants refused, {}", replies->size(), replies->front().second.text()));
  judgement.expected = "550";
  if (judgement.stage.empty()) judgement.stage = "rcpt";
  judgement.reproduce = by_swaks(subject, found.relayed.empty() ? variants.front() : *found.relayed.front());
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
