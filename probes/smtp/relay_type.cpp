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
        "swaks --server ADDRESS --from probe@OUTSIDE --to SOMEBODY@OUTSIDE --quit-after RCPT; the same with --tls, "
        "with "
        "--port 587, and with --port 465 --tls-on-connect",
        "Take the networks out of relay_from_hosts; deny domains = !+local_domains at RCPT.", judge_relay_denied},
};

std::unique_ptr<const Probe> make_relay(const Parameters&) {
  return make_smtp_relay_probe(kSmtpBackOff);
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

/// What one reply says about relaying.
RcptAnswer classify(const Reply& reply, bool demand_is_refusal) {
  if (reply.code == 250 || reply.code == 251) return RcptAnswer::accepted;
  if (!reply.permanent()) return RcptAnswer::deferred;
  // Who must log in first may not relay; who must only begin TLS first was not asked the question.
  if (demands_login(reply)) return demand_is_refusal ? RcptAnswer::refused : RcptAnswer::about_prober;
  return is_about_prober(reply) ? RcptAnswer::about_prober : RcptAnswer::refused;
}

std::string by_swaks(const Subject& subject, const RelayWay& way, const RelayVariant& variant) {
  return swaks_command(
      subject, {subject.ip, way.port}, way.tls,
      fmt::format("--from {} --to {} --quit-after RCPT", variant.sender.empty() ? "'<>'" : shell_word(variant.sender),
                  shell_word(variant.recipient)));
}

}  // namespace

namespace {

/// The ways in that were asked, of all that this subject may have.
std::vector<RelayWay> asked_ways(const Observation& seen, const Subject& subject) {
  std::vector<RelayWay> asked;
  const auto* texts = seen.get(kRelay.ways);
  for (const std::uint16_t port : relay_ports(subject))
    for (const SmtpTls tls : {SmtpTls::none, SmtpTls::starttls, SmtpTls::implicit})
      if (const RelayWay way{port, tls}; texts && std::ranges::find(*texts, way.text()) != texts->end())
        asked.push_back(way);
  return asked;
}

/// One attempt: a variant by a way in.
struct Attempt {
  RelayWay way;
  const RelayVariant* variant = nullptr;
};

/// The replies to all attempts, by what they say about relaying.
struct Relaying {
  std::vector<Attempt> relayed;      ///< accepted for a stranger elsewhere
  std::vector<std::string> taken;    ///< accepted at the own domain, by a host that takes every local part
  std::vector<std::string> unclear;  ///< `variant (way): reply`
  std::string first_reply;           ///< to the first of `relayed`
  std::size_t refused = 0;
  std::size_t missing = 0;  ///< attempts without a reply
};

const Reply* row_of(const Rows<Reply>* rows, const std::string& name) {
  if (!rows) return nullptr;
  const auto found = std::ranges::find(*rows, name, &std::pair<std::string, Reply>::first);
  return found == rows->end() ? nullptr : &found->second;
}

/// Whether a demand to log in, or to begin TLS, refuses: inside TLS, where the port is asked inside TLS as well, and on
/// ports that are for who logs in (RFC 6409).
bool demand_refuses(const std::vector<RelayWay>& ways, const RelayWay& way) {
  if (way.tls != SmtpTls::none || way.port == kSubmissionPort || way.port == kSubmissionsPort) return true;
  return std::ranges::find(ways, RelayWay{way.port, SmtpTls::starttls}) != ways.end();
}

void sort_attempt(const Observation& seen, const Attempt& attempt, bool demand_is_refusal, Relaying& found) {
  const std::string row = attempt.way.row(attempt.variant->label);
  const Reply* reply = row_of(seen.get(kRelay.replies), row);
  if (!reply) {
    ++found.missing;
    return;
  }
  const RcptAnswer answer = classify(*reply, demand_is_refusal);
  if (answer == RcptAnswer::refused) ++found.refused;
  if (answer == RcptAnswer::deferred || answer == RcptAnswer::about_prober)
    found.unclear.push_back(fmt::format("{}: {}", row, reply->text()));
  if (answer != RcptAnswer::accepted) return;
  const Reply* stranger = row_of(seen.get(kRelay.strangers), attempt.way.text());
  if (attempt.variant->at_ours && (!stranger || stranger->positive())) {
    found.taken.push_back(row);
    return;
  }
  if (found.relayed.empty()) found.first_reply = reply->text();
  found.relayed.push_back(attempt);
}

Relaying sort(const Observation& seen, const std::vector<RelayWay>& ways, const std::vector<RelayVariant>& variants) {
  Relaying found;
  for (const RelayWay& way : ways)
    for (const RelayVariant& variant : variants) sort_attempt(seen, {way, &variant}, demand_refuses(ways, way), found);
  return found;
}

/// `one; another; and 7 more`.
std::string listed(const std::vector<std::string>& texts) {
  constexpr std::size_t kShown = 6;
  const std::size_t shown = std::min(texts.size(), kShown);
  std::string text =
      fmt::format("{}", fmt::join(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(shown), "; "));
  return texts.size() > kShown ? fmt::format("{}; and {} more", text, texts.size() - kShown) : text;
}

std::string labels_of(const std::vector<Attempt>& attempts) {
  std::vector<std::string> labels;
  for (const Attempt& attempt : attempts) labels.push_back(attempt.way.row(attempt.variant->label));
  return listed(labels);
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

/// What keeps from a statement where nothing was relayed; nothing where all that was asked was refused or taken by the
/// host itself.
std::optional<Judgement> without_statement(const Observation& seen, const Subject& subject,
                                           const std::vector<RelayWay>& ways, const Relaying& found) {
  const auto ours = [&](const RelayWay& way) { return way.port == relay_ports(subject).front(); };
  if (const auto* put_off = seen.get(kRelay.put_off))
    return Judgement::inconclusive(
        fmt::format("{} could not be asked: {}", put_off->front().first, put_off->front().second),
        "try again later, or have the prober's address allowed");
  if (std::ranges::none_of(ways, ours) && seen.error) return ended_early(seen, "550");
  if (auto unknown = without_control(seen)) return unknown;
  if (!found.unclear.empty())
    return Judgement::inconclusive(fmt::format("neither accepted nor refused for good: {}", listed(found.unclear)),
                                   "greylisting, or a refusal that speaks of the prober; try again later");
  if (ways.empty() || found.missing > 0) return not_seen(seen, "the answer to every variant");
  return std::nullopt;
}

/// `12 variants refused at port 25 in clear, port 587 in clear`.
std::string refusals(const Observation& seen, const Relaying& found) {
  const auto* ways = seen.get(kRelay.ways);
  return fmt::format("{} attempts refused: {}", found.refused, ways ? fmt::format("{}", fmt::join(*ways, ", ")) : "");
}

}  // namespace

Judgement judge_relay_denied(const Observation& seen, const Subject& subject) {
  const std::vector<RelayVariant> variants = relay_variants(subject);
  if (variants.empty()) return Judgement::inconclusive("no address outside is known (`outside`)");
  const std::vector<RelayWay> ways = asked_ways(seen, subject);
  const Relaying found = sort(seen, ways, variants);
  const bool catch_all = subject.parameters.text("unknown") == "accepted";
  Judgement judgement;
  if (!found.relayed.empty())
    judgement = Judgement::fail(
        fmt::format("accepted mail for a stranger: {}", labels_of(found.relayed)), "550", found.first_reply,
        "see relay_from_hosts and the routers that rewrite local parts; is there a NAT that makes "
        "everybody look local?");
  else if (auto unknown = without_statement(seen, subject, ways, found))
    judgement = std::move(*unknown);
  else if (!found.taken.empty() && !catch_all)
    judgement = Judgement::inconclusive(
        fmt::format("users who don't exist are accepted too, so it can't be told whether these would be passed on: {}",
                    listed(found.taken)),
        "where a catch-all is meant, say `unknown: accepted`");
  else if (!found.taken.empty())
    judgement =
        Judgement::pass(fmt::format("{}; {} taken by the catch-all", refusals(seen, found), found.taken.size()));
  else
    judgement = Judgement::pass(refusals(seen, found));
  judgement.expected = "550";
  if (judgement.stage.empty()) judgement.stage = "rcpt";
  const RelayWay first = ways.empty() ? RelayWay{relay_ports(subject).front(), SmtpTls::none} : ways.front();
  judgement.reproduce = found.relayed.empty()
                            ? by_swaks(subject, first, variants.front())
                            : by_swaks(subject, found.relayed.front().way, *found.relayed.front().variant);
  return judgement;
}

constinit const ProbeType kSmtpRelayType = {
    .name = "smtp_relay",
    .summary = "whether the host passes on mail from strangers to strangers",
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = make_relay,
    .connections = relay_connections,
    .asks_about_domains = true,
    .port = relay_port,
};

}  // namespace drydock
