#include "probes/smtp/relay_way.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/smtp/facts.hpp"
#include "probes/smtp/settings.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// Connections in a row that may bring no answer, before the variant stays without one; more where the server asks to
/// wait.
constexpr int kMostIdle = 2;
constexpr int kMostBusy = 3;
/// When this many variants stayed without an answer, the rest are left unasked.
constexpr int kMostBreaks = 3;

}  // namespace

RelayWayDialogue::RelayWayDialogue(const ProbeContext& context, const ProbeContext& first, Observation& out,
                                   Duration back_off, RelayWay way)
    : context_(context), first_(first), out_(out), back_off_(back_off), way_(way) {}

/// The variant at which a connection broke is tried once more, first on the next connection; when that breaks too
/// without any answer, it stays unanswered.
asio::awaitable<WayEnd> RelayWayDialogue::run() {
  bool goes_on = true;
  while (goes_on && next_ < variants_.size()) {
    const auto before = std::pair(next_, controls_.size());
    bool waits = false;
    try {
      co_await ask();
      idle_ = 0;
    } catch (const ServerEnded& ended) {
      waits = asks_to_wait(ended.reply());
      goes_on = goes_on_after(ended, &ended.reply(), before != std::pair(next_, controls_.size()));
    } catch (const Failure& failure) {
      goes_on = goes_on_after(failure, nullptr, before != std::pair(next_, controls_.size()));
    }
    if (waits && goes_on) co_await net::pause(back_off_ * (1 << idle_));
  }
  if (!met_) co_return broken_ ? end_of(*broken_) : WayEnd::absent;
  if (goes_on && wants_stranger()) co_await ask_for_stranger();
  co_return WayEnd::asked;
}

/// `ended_by`: what the server said last where it ended the connection itself. False where nothing more is to be asked.
bool RelayWayDialogue::goes_on_after(const Failure& failure, const Reply* ended_by, bool progress) {
  out_.transcript.note(fmt::format("ended early at {}: {}", out_.stage, failure.what()));
  if (progress) idle_ = 0;
  const bool waits = ended_by && asks_to_wait(*ended_by);
  if (!met_) {
    broken_ = failure;
    broken_stage_ = out_.stage;
    // Who has not let this prober in at all is asked again by whoever runs the probe, with fewer connections at once.
    return waits && out_.has(kRelay.ways) && ++idle_ < kMostBusy;
  }
  const bool silent = failure.kind() == ErrorKind::timeout;
  if (!silent && (progress || ++idle_ < (waits ? kMostBusy : kMostIdle))) return true;
  idle_ = 0;
  if (ended_by && waits && out_.stage == "rcpt") {
    note_reply(variants_[next_], *ended_by);
  } else {
    if (!broken_) broken_stage_ = out_.stage;
    if (!broken_) broken_ = failure;
    ++breaks_;
  }
  ++next_;
  return !silent && breaks_ < kMostBreaks;
}

WayEnd RelayWayDialogue::end_of(const Failure& failure) const {
  const bool silence = failure.kind() == ErrorKind::timeout || is_hang_up(failure);
  if (broken_stage_ == "banner" && silence) return WayEnd::silent;
  if (broken_stage_ == "tls" && way_.tls == TlsMode::implicit && failure.kind() == ErrorKind::tls)
    return WayEnd::in_clear;
  return WayEnd::absent;
}

asio::awaitable<SmtpClient> RelayWayDialogue::open(const std::string& purpose) {
  SmtpClient session =
      co_await SmtpClient::open_ready(met_ ? context_ : first_, {context_.subject.target.ip, way_.port}, way_.tls, out_,
                                      ErrorBudget(fmt::format("{}, {}", purpose, way_.text())));
  if (way_.tls != TlsMode::none && !session.encrypted())
    throw Failure(ErrorKind::protocol, "STARTTLS is not offered any more");
  if (!met_) {
    out_.at(kRelay.ways).push_back(way_.text());
    broken_.reset();
  }
  met_ = true;
  out_.set(kRelay.local, session.stream().local().ip);
  out_.set(kRelay.own_name, session.own_name());
  offers_starttls_ = offers_starttls_ || session.capabilities().has("STARTTLS");
  sender_.reset();
  controlled_ = false;
  co_return session;
}

asio::awaitable<void> RelayWayDialogue::ask() {
  SmtpClient session = co_await open("relaying");
  if (!way_.for_submission()) co_await ask_for_control(session);
  co_await ask_variants(session);
  co_await session.quit();
}

asio::awaitable<void> RelayWayDialogue::ask_variants(SmtpClient& session) {
  const std::size_t before = next_;
  while (next_ < variants_.size() && !session.budget().spent() && (next_ == before || session.has_time_left())) {
    co_await try_variant(session, variants_[next_]);
    ++next_;
  }
}

const Reply* RelayWayDialogue::refusal_of(const std::string& sender) const {
  const auto found = std::ranges::find(refused_senders_, sender, &std::pair<std::string, Reply>::first);
  return found == refused_senders_.end() ? nullptr : &found->second;
}

/// A transaction of this sender; false where the sender is not taken, which is asked once.
asio::awaitable<bool> RelayWayDialogue::begin(SmtpClient& session, const std::string& sender) {
  if (sender_ == sender) co_return true;
  if (refusal_of(sender)) co_return false;
  if (sender_) {
    const Reply reset = co_await session.rset();
    (void)reset;
  }
  sender_.reset();
  const Reply from = co_await session.mail(sender);
  if (!from.positive()) {
    refused_senders_.emplace_back(sender, from);
    out_.at(kRelay.senders).emplace_back(way_.row(sender), from);
    co_return false;
  }
  sender_ = sender;
  co_return true;
}

/// On each connection, since a server may have had enough of us in between. Those that were not taken once are not
/// asked again: refusals are counted there.
asio::awaitable<void> RelayWayDialogue::ask_for_control(SmtpClient& session) {
  if (variants_.empty() || controls_.empty()) co_return;
  const bool begun = co_await begin(session, variants_.front().sender);
  while (begun && !controls_.empty() && !controlled_ && session.budget().left() > 1) {
    const Reply reply = co_await session.rcpt(controls_.front());
    out_.at(kRelay.controls).emplace_back(way_.row(controls_.front()), reply);
    controlled_ = is_taken(reply);
    if (!controlled_) controls_.erase(controls_.begin());
  }
}

void RelayWayDialogue::note_reply(const RelayVariant& variant, const Reply& reply) {
  out_.at(kRelay.replies).emplace_back(way_.row(variant.label), reply);
  if (!controlled_ && !demands_more(reply) && !way_.for_submission())
    out_.at(kRelay.uncontrolled).push_back(way_.row(variant.label));
}

asio::awaitable<void> RelayWayDialogue::try_variant(SmtpClient& session, const RelayVariant& variant) {
  const bool begun = co_await begin(session, variant.sender);
  if (begun) {
    const Reply reply = co_await session.rcpt(variant.recipient);
    note_reply(variant, reply);
    co_return;
  }
  // The prober's own sender is not the question, unless a login is wanted first; that of the others is the trick
  // itself.
  const Reply refusal = *refusal_of(variant.sender);
  if (variant.sender == variants_.front().sender && !demands_more(refusal))
    out_.at(kRelay.unasked).push_back(way_.row(variant.label));
  else
    out_.at(kRelay.replies).emplace_back(way_.row(variant.label), refusal);
}

/// Whether a variant was accepted that a host which takes every local part takes for itself.
bool RelayWayDialogue::wants_stranger() const {
  const auto* replies = out_.get(kRelay.replies);
  return replies && std::ranges::any_of(variants_, [&](const RelayVariant& variant) {
           return variant.at_ours && std::ranges::any_of(*replies, [&](const auto& row) {
                    return row.first == way_.row(variant.label) && is_taken(row.second);
                  });
         });
}

asio::awaitable<void> RelayWayDialogue::ask_for_stranger() {
  try {
    SmtpClient session = co_await open("a user who does not exist");
    if (!way_.for_submission()) co_await ask_for_control(session);
    const bool begun = co_await begin(session, variants_.front().sender);
    if (begun) {
      const Reply reply = co_await session.rcpt(relay_stranger(context_.subject));
      out_.at(kRelay.strangers).emplace_back(way_.text(), reply);
      if (!controlled_ && !way_.for_submission())
        out_.at(kRelay.uncontrolled).push_back(way_.row(std::string(kRelayStranger)));
    }
    co_await session.quit();
  } catch (const Failure& failure) {
    out_.transcript.note(fmt::format("ended early at {}: {}", out_.stage, failure.what()));
  }
}

}  // namespace drydock
