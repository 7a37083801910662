#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <optional>

#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_variants.hpp"
#include "probes/smtp/smtp.hpp"
#include "probes/smtp/smtp_session.hpp"
#include "probes/smtp/smtp_settings.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// The variants three by three (that many refusals are drawn on purpose), each three on a connection of their own.
class RelayDialogue {
public:
  RelayDialogue(const ProbeContext& context, Observation& out, Duration back_off)
      : context_(context), out_(out), back_off_(back_off), settings_(context.subject) {}

  asio::awaitable<void> run();

private:
  asio::awaitable<void> ask(std::size_t& next);
  asio::awaitable<void> ask_for_control(SmtpSession& session);
  asio::awaitable<void> ask_for_stranger();
  asio::awaitable<void> try_variant(SmtpSession& session, const RelayVariant& variant);
  asio::awaitable<bool> begin(SmtpSession& session, const std::string& sender);
  [[nodiscard]] const Reply* refusal_of(const std::string& sender) const;

  const ProbeContext& context_;
  Observation& out_;
  Duration back_off_;
  SmtpSettings settings_;
  SmtpTls tls_ = settings_.tls();
  std::vector<RelayVariant> variants_ = relay_variants(context_.subject);
  std::vector<std::string> controls_ = relay_controls(context_.subject);  ///< those that are left to be asked
  bool controlled_ = false;            ///< a local recipient was taken on this connection
  std::optional<std::string> sender_;  ///< of the transaction under way
};

/// The variant at which a connection broke is tried once more, first on the next connection; when that breaks too
/// without any answer, it stays unanswered.
asio::awaitable<void> RelayDialogue::run() {
  for (std::size_t next = 0; next < variants_.size();) {
    if (next > 0) co_await net::pause(back_off_);
    const std::size_t before = next;
    try {
      co_await ask(next);
    } catch (const Failure& failure) {
      out_.transcript.note(fmt::format("ended early at {}: {}", out_.stage, failure.what()));
      const bool tls_failed = tls_ == SmtpTls::starttls && (out_.stage == "tls" || out_.stage == "starttls");
      if (!tls_failed && !out_.error) {
        out_.error = Error{failure.kind(), failure.what()};
        out_.error_stage = out_.stage;
      }
      if (tls_failed)
        tls_ = SmtpTls::none;
      else if (!out_.has(kRelay.replies))
        co_return;
      else if (next == before)
        ++next;
    }
  }
  try {
    co_await ask_for_stranger();
  } catch (const Failure& failure) {
    out_.transcript.note(fmt::format("ended early at {}: {}", out_.stage, failure.what()));
  }
}

asio::awaitable<void> RelayDialogue::ask(std::size_t& next) {
  SmtpSession session =
      co_await SmtpSession::open_ready(context_, settings_.endpoint(), tls_, out_, ErrorBudget("relaying"));
  out_.set(kRelay.encrypted, session.encrypted());
  sender_.reset();
  controlled_ = false;
  if (!settings_.submission()) co_await ask_for_control(session);
  while (next < variants_.size() && !session.budget().spent()) {
    co_await try_variant(session, variants_[next]);
    ++next;
  }
  co_await session.quit();
}

const Reply* RelayDialogue::refusal_of(const std::string& sender) const {
  const auto* senders = out_.get(kRelay.senders);
  if (!senders) return nullptr;
  const auto found = std::ranges::find(*senders, sender, &std::pair<std::string, Reply>::first);
  return found == senders->end() ? nullptr : &found->second;
}

/// A transaction of this sender; false where the sender is not taken, which is asked once.
asio::awaitable<bool> RelayDialogue::begin(SmtpSession& session, const std::string& sender) {
  if (sender_ == sender) co_return true;
  if (refusal_of(sender)) co_return false;
  if (sender_) {
    const Reply reset = co_await session.rset();
    (void)reset;
  }
  sender_.reset();
  const Reply from = co_await session.mail(sender);
  if (!from.positive()) {
    out_.at(kRelay.senders).emplace_back(sender, from);
    co_return false;
  }
  sender_ = sender;
  co_return true;
}

/// On each connection, since a server may have had enough of us in between. Those that were not taken once are not
/// asked again: refusals are counted there.
asio::awaitable<void> RelayDialogue::ask_for_control(SmtpSession& session) {
  if (variants_.empty() || controls_.empty()) co_return;
  const bool begun = co_await begin(session, variants_.front().sender);
  while (begun && !controls_.empty() && !controlled_ && session.budget().left() > 1) {
    const Reply reply = co_await session.rcpt(controls_.front());
    out_.at(kRelay.controls).emplace_back(controls_.front(), reply);
    controlled_ = reply.positive();
    if (!controlled_) controls_.erase(controls_.begin());
  }
}

asio::awaitable<void> RelayDialogue::try_variant(SmtpSession& session, const RelayVariant& variant) {
  const bool begun = co_await begin(session, variant.sender);
  if (!begun) {
    // The prober's own sender is not the question, unless a login is wanted first; that of the others is the trick
    // itself.
    const Reply refusal = *refusal_of(variant.sender);
    if (variant.sender == variants_.front().sender && !demands_login(refusal))
      out_.at(kRelay.unasked).push_back(variant.label);
    else
      out_.at(kRelay.replies).emplace_back(variant.label, refusal);
    co_return;
  }
  const Reply reply = co_await session.rcpt(variant.recipient);
  out_.at(kRelay.replies).emplace_back(variant.label, reply);
  if (!controlled_ && !demands_login(reply) && !settings_.submission())
    out_.at(kRelay.uncontrolled).push_back(variant.label);
}

/// Whether the host takes every local part: then it took the variants at its own domain for itself, perhaps.
asio::awaitable<void> RelayDialogue::ask_for_stranger() {
  const auto* replies = out_.get(kRelay.replies);
  const std::string stranger = relay_stranger(context_.subject);
  const bool wanted = replies && std::ranges::any_of(variants_, [&](const RelayVariant& variant) {
                        return variant.at_ours && std::ranges::any_of(*replies, [&](const auto& row) {
                                 return row.first == variant.label && row.second.positive();
                               });
                      });
  if (!wanted) co_return;
  SmtpSession session = co_await SmtpSession::open_ready(context_, settings_.endpoint(), tls_, out_,
                                                         ErrorBudget("a user who does not exist"));
  sender_.reset();
  const bool begun = co_await begin(session, variants_.front().sender);
  if (begun) out_.set(kRelay.stranger, co_await session.rcpt(stranger));
  co_await session.quit();
}

class RelayProbe final : public Probe {
public:
  explicit RelayProbe(Duration back_off) : back_off_(back_off) {}

  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    RelayDialogue dialogue(context, out, back_off_);
    co_await dialogue.run();
  }

private:
  Duration back_off_;
};

}  // namespace

std::unique_ptr<const Probe> make_smtp_relay_probe(Duration back_off) {
  return std::make_unique<RelayProbe>(back_off);
}

}  // namespace drydock
