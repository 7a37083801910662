#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "probes/client/smtp_reply.hpp"
#include "probes/core/shell_word.hpp"
#include "probes/core/text.hpp"
#include "probes/smtp/checks.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_variants.hpp"
#include "probes/smtp/settings.hpp"

namespace drydock {
namespace {

std::string by_swaks(const Subject& subject, const RelayWay& way, const RelayVariant& variant) {
  return swaks_command(
      subject, {subject.target.ip, way.port}, way.tls,
      fmt::format("--from {} --to {} --quit-after RCPT", variant.sender.empty() ? "'<>'" : shell_word(variant.sender),
                  shell_word(variant.recipient)));
}

/// The ways in that were asked, of all that this subject may have.
std::vector<RelayWay> asked_ways(const Observation& seen, const Subject& subject) {
  std::vector<RelayWay> asked;
  const auto* texts = seen.get(kRelay.ways);
  for (const std::uint16_t port : relay_ports(subject))
    for (const TlsMode tls : {TlsMode::none, TlsMode::starttls, TlsMode::implicit})
      if (const RelayWay way{port, tls}; texts && std::ranges::find(*texts, way.text()) != texts->end())
        asked.push_back(way);
  return asked;
}

/// One attempt: a variant by a way in.
struct Attempt {
  RelayWay way;
  const RelayVariant* variant = nullptr;

  [[nodiscard]] std::string row() const { return way.row(variant->label); }
};

/// The replies to all attempts, by what they say about relaying.
struct Relaying {
  std::vector<Attempt> relayed;      ///< accepted for a stranger elsewhere
  std::vector<std::string> taken;    ///< accepted at the own domain, by a host that takes every local part
  std::vector<std::string> unclear;  ///< `variant (way): reply`
  std::string first_reply;           ///< to the first of `relayed`
  std::size_t refused = 0;
  std::size_t missing = 0;   ///< attempts without a reply
  bool unexplained = false;  ///< some of `unclear` are refusals that don't say why
  bool looked_up = false;    ///< some are about a domain elsewhere, which was looked up
};

const Reply* row_of(const Rows<Reply>* rows, const std::string& name) {
  if (!rows) return nullptr;
  const auto found = std::ranges::find(*rows, name, &std::pair<std::string, Reply>::first);
  return found == rows->end() ? nullptr : &found->second;
}

/// Sorts the replies of one observation.
class RelaySorter {
public:
  RelaySorter(const Observation& seen, const Subject& subject, const std::vector<RelayWay>& ways,
              const std::vector<RelayVariant>& variants)
      : seen_(seen), subject_(subject), ways_(ways), variants_(variants) {}

  [[nodiscard]] Relaying sort() {
    for (const RelayWay& way : ways_)
      for (const RelayVariant& variant : variants_) sort({way, &variant});
    return std::move(found_);
  }

private:
  void sort(const Attempt& attempt);
  void sort_taken(const Attempt& attempt, const Reply& reply);
  [[nodiscard]] bool refuses_stranger(const RelayWay& way, const Reply& stranger) const;
  [[nodiscard]] bool denies(const Attempt& attempt, RcptAnswer answer, const Reply& reply) const;
  [[nodiscard]] bool taken_without_login() const;
  [[nodiscard]] bool controlled(const RelayWay& way, const std::string& row) const;
  [[nodiscard]] ProberNames prober() const;
  /// The sender of others is the trick itself, and its refusal the answer.
  [[nodiscard]] bool is_trick(const Attempt& attempt) const {
    return attempt.variant->sender != variants_.front().sender;
  }
  [[nodiscard]] bool asked_inside_tls(std::uint16_t port) const {
    return std::ranges::find(ways_, RelayWay{port, TlsMode::starttls}) != ways_.end();
  }

  const Observation& seen_;
  const Subject& subject_;
  const std::vector<RelayWay>& ways_;
  const std::vector<RelayVariant>& variants_;
  Relaying found_;
};

ProberNames RelaySorter::prober() const {
  const auto* local = seen_.get(kRelay.local);
  const auto* name = seen_.get(kRelay.own_name);
  return {local ? *local : "", name ? *name : "", variants_.front().sender};
}

/// Whether the ordinary user of `control` was taken beside what this row tells of.
bool RelaySorter::controlled(const RelayWay& way, const std::string& row) const {
  if (subject_.parameters.text("control").empty() || way.for_submission()) return false;
  const auto* uncontrolled = seen_.get(kRelay.uncontrolled);
  return !uncontrolled || std::ranges::find(*uncontrolled, row) == uncontrolled->end();
}

/// Whether the ordinary user was taken from this prober on a way that is not for who logs in: then it is no stranger to
/// the host, and what it meets on a port for who logs in is met by all who don't.
bool RelaySorter::taken_without_login() const {
  const std::string& control = subject_.parameters.text("control");
  if (control.empty()) return false;
  return std::ranges::any_of(ways_, [&](const RelayWay& way) {
    const Reply* reply = way.for_submission() ? nullptr : row_of(seen_.get(kRelay.controls), way.row(control));
    return reply && is_taken(*reply);
  });
}

/// What Postfix says to everybody who has not logged in, of the client and without any reason.
bool denies_clients(const Reply& reply) {
  return ascii_lower(reply.text()).find("client host rejected: access denied") != std::string::npos;
}

/// Whether a reply proves that this attempt relays nothing. Who must log in first may not relay, be it inside TLS or on
/// a port for who logs in; but by words alone that may be asked of a client that is disliked. Who must only begin TLS
/// first was not asked the question. A form that is not taken is no answer where the form is an ordinary one. Where a
/// domain elsewhere was looked up, or its server asked, mail was about to be passed on.
bool RelaySorter::denies(const Attempt& attempt, RcptAnswer answer, const Reply& reply) const {
  const RelayWay& way = attempt.way;
  const bool inside = way.tls != TlsMode::none || asked_inside_tls(way.port);
  const bool at_mail = is_trick(attempt) && row_of(seen_.get(kRelay.senders), way.row(attempt.variant->sender));
  const bool odd = attempt.variant->recipient != subject_.parameters.text("outside");
  const bool beside = controlled(way, attempt.row());
  switch (answer) {
    case RcptAnswer::deferred:
      return beside && defers_relaying(reply, attempt.variant->recipient);
    case RcptAnswer::relay_denied:
      return true;
    case RcptAnswer::demands_login:
      return (inside && demands_more(reply)) || way.for_submission() || beside;
    case RcptAnswer::demands_tls:
      return way.tls == TlsMode::none && inside;
    case RcptAnswer::about_sender:
      return is_trick(attempt);
    case RcptAnswer::bad_address:
      return odd || at_mail || beside;
    case RcptAnswer::unknown_domain:
    case RcptAnswer::callout_failed:
      return attempt.variant->at_ours || at_mail;
    case RcptAnswer::unknown_user:
      return attempt.variant->at_ours || at_mail || beside;
    case RcptAnswer::mailbox_disabled:
    case RcptAnswer::mailbox_full:
    case RcptAnswer::system_fault:
    case RcptAnswer::refused:
      return at_mail || beside || (way.for_submission() && taken_without_login());
    case RcptAnswer::about_prober:
      return way.for_submission() && denies_clients(reply) && taken_without_login();
    default:
      return false;
  }
}

/// Whether the host refuses a user of its own who does not exist: then it takes no local part for the sake of its
/// domain. So it does where it listens to nobody who has not logged in; and beside the ordinary user who is taken, by
/// whatever does not take that one, unless it puts the prober off.
bool RelaySorter::refuses_stranger(const RelayWay& way, const Reply& stranger) const {
  if (demands_more(stranger)) return true;
  const bool beside =
      controlled(way, way.row(std::string(kRelayStranger))) || (way.for_submission() && taken_without_login());
  const RcptAnswer answer =
      classify_rcpt(stranger, prober(), relay_stranger(subject_), beside ? Beside::user : Beside::nobody);
  const bool of_prober = answer == RcptAnswer::about_prober || answer == RcptAnswer::about_sender;
  if (beside) return is_refusal(stranger) && !of_prober && !(stranger.temporary() && puts_client_off(stranger));
  return refuses_recipient(answer) && answer != RcptAnswer::refused;
}

/// At the own domain a host may have taken it for itself: where it takes a user who does not exist. What the answer to
/// that one does not tell is not known.
void RelaySorter::sort_taken(const Attempt& attempt, const Reply& reply) {
  const Reply* stranger = row_of(seen_.get(kRelay.strangers), attempt.way.text());
  if (attempt.variant->at_ours && !stranger) {
    found_.unclear.push_back(
        fmt::format("{}: {}, and no answer was seen about a user who does not exist", attempt.row(), reply.text()));
  } else if (attempt.variant->at_ours && is_taken(*stranger)) {
    found_.taken.push_back(attempt.row());
  } else if (attempt.variant->at_ours && !refuses_stranger(attempt.way, *stranger)) {
    found_.unclear.push_back(fmt::format("{}: {}, and {}: {}", attempt.row(), reply.text(),
                                         attempt.way.row(std::string(kRelayStranger)), stranger->text()));
  } else {
    if (found_.relayed.empty()) found_.first_reply = reply.text();
    found_.relayed.push_back(attempt);
  }
}

void RelaySorter::sort(const Attempt& attempt) {
  const Reply* reply = row_of(seen_.get(kRelay.replies), attempt.row());
  if (!reply) {
    ++found_.missing;
    return;
  }
  const RcptAnswer answer = classify_rcpt(*reply, prober(), attempt.variant->recipient,
                                          controlled(attempt.way, attempt.row()) ? Beside::user : Beside::nobody);
  if (answer == RcptAnswer::accepted) return sort_taken(attempt, *reply);
  if (denies(attempt, answer, *reply)) {
    ++found_.refused;
    return;
  }
  found_.unclear.push_back(fmt::format("{}: {}", attempt.row(), reply->text()));
  found_.looked_up |= answer == RcptAnswer::unknown_domain;
  found_.unexplained |= answer == RcptAnswer::demands_login || refuses_recipient(answer);
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
  for (const Attempt& attempt : attempts) labels.push_back(attempt.row());
  return listed(labels);
}

/// The refusal of the prober's own sender, on the first of these ways where it was not taken; null where it was.
const std::pair<std::string, Reply>* refused_sender(const Observation& seen, const std::vector<RelayWay>& ways,
                                                    const std::string& own) {
  const auto* senders = seen.get(kRelay.senders);
  if (!senders) return nullptr;
  const auto found = std::ranges::find_if(*senders, [&](const auto& row) {
    return std::ranges::any_of(ways, [&](const RelayWay& way) { return way.row(own) == row.first; });
  });
  return found == senders->end() ? nullptr : &*found;
}

/// The last local recipient who was not taken; null where all were.
const std::pair<std::string, Reply>* refused_control(const Observation& seen) {
  const auto* controls = seen.get(kRelay.controls);
  if (!controls) return nullptr;
  const auto found =
      std::ranges::find_if(controls->rbegin(), controls->rend(), [](const auto& row) { return !is_taken(row.second); });
  return found == controls->rend() ? nullptr : &*found;
}

/// What the controls and senders say against a statement; nothing where they say nothing.
std::optional<Judgement> without_control(const Observation& seen, const std::vector<RelayWay>& ways,
                                         const std::string& own_sender) {
  const auto* unasked = seen.get(kRelay.unasked);
  if (const auto* sender = refused_sender(seen, ways, own_sender); unasked && sender)
    return Judgement::inconclusive(
        fmt::format("this prober's sender {} was not taken ({}), so {} variants could not be asked",
                    printable(sender->first), sender->second.text(), unasked->size()),
        "give the prober a sender that can be verified (vantages: name)");
  if (!seen.has(kRelay.uncontrolled)) return std::nullopt;
  const auto* control = refused_control(seen);
  if (!control) return not_seen(seen, "the answer for a local recipient, beside which a refusal proves something");
  const auto& [address, reply] = *control;
  if (reply.temporary())
    return Judgement::inconclusive(
        fmt::format("mail from this prober for {} was deferred ({}), so a refusal says nothing about relaying", address,
                    reply.text()),
        "greylisting, or a host that takes no mail yet; try again later");
  if (reply.positive())
    return Judgement::inconclusive(
        fmt::format("the answer for {} promises nothing ({}), so a refusal says nothing about relaying", address,
                    reply.text()),
        "let the server verify recipients");
  return Judgement::inconclusive(
      fmt::format("mail from this prober for {} is refused too ({}), so nothing is known about relaying", address,
                  reply.text()),
      "does the prober's name have an address, and its address a name? is it on a block list? is postmaster taken at "
      "all?");
}

/// What to do about answers that neither take nor deny.
std::string hint_for(const std::vector<RelayWay>& ways, const Relaying& found) {
  if (std::ranges::all_of(ways, &RelayWay::for_submission))
    return "who has not logged in is told no more than that on a port for who does (Postfix: \"Client host rejected: "
           "Access denied\"): ask port 25 as well (leave `port` out, or say `also: [25]`) and name an ordinary user of "
           "this host (`control`); where he is taken there, this is what all meet who have not logged in";
  if (found.looked_up)
    return "a domain that is not there shows nothing: name an address at one that has an MX (`outside`), as any other "
           "stranger's";
  if (found.unexplained)
    return "a block list refuses all the same: name an ordinary user of this host (`control`), beside whom a refusal "
           "proves something; on ports for who logs in only a demand to do so does";
  return "greylisting, or a refusal that speaks of the prober; try again later";
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
  if (const auto* unseen = seen.get(kRelay.unseen); unseen && !unseen->empty() && std::ranges::any_of(ways, ours))
    return Judgement::inconclusive(
        fmt::format("{} was not seen to its end: {}", unseen->front().first, unseen->front().second),
        "who gets further may be let through there: mend what breaks off; a port that is slow has more time in a probe "
        "of its own (`port`, `timeout`)");
  if (std::ranges::none_of(ways, ours) && seen.error) return ended_early(seen, "550");
  if (auto unknown = without_control(seen, ways, relay_variants(subject).front().sender)) return unknown;
  if (!found.unclear.empty())
    return Judgement::inconclusive(
        fmt::format("nothing is known where the answer neither takes nor denies: {}", listed(found.unclear)),
        hint_for(ways, found));
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
  const Relaying found = RelaySorter(seen, subject, ways, variants).sort();
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
  const RelayWay first = ways.empty() ? RelayWay{relay_ports(subject).front(), TlsMode::none} : ways.front();
  judgement.reproduce = found.relayed.empty()
                            ? by_swaks(subject, first, variants.front())
                            : by_swaks(subject, found.relayed.front().way, *found.relayed.front().variant);
  return judgement;
}

}  // namespace drydock
