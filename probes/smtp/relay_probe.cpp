#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>

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
  asio::awaitable<Reply> try_variant(SmtpSession& session, const RelayVariant& variant, std::string& sender);

  const ProbeContext& context_;
  Observation& out_;
  Duration back_off_;
  SmtpSettings settings_;
  SmtpTls tls_ = settings_.tls();
  std::vector<RelayVariant> variants_ = relay_variants(context_.subject);
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
}

asio::awaitable<void> RelayDialogue::ask(std::size_t& next) {
  SmtpSession session =
      co_await SmtpSession::open_ready(context_, settings_.endpoint(), tls_, out_, ErrorBudget("relaying"));
  out_.set(kRelay.encrypted, session.encrypted());
  std::string sender = "\n";
  while (next < variants_.size() && !session.budget().spent()) {
    const RelayVariant& variant = variants_[next];
    const Reply reply = co_await try_variant(session, variant, sender);
    ++next;
    out_.at(kRelay.replies).emplace_back(variant.label, reply);
  }
  co_await session.quit();
}

/// `sender`: of the transaction under way; a line end where there is none.
asio::awaitable<Reply> RelayDialogue::try_variant(SmtpSession& session, const RelayVariant& variant,
                                                  std::string& sender) {
  if (variant.sender != sender) {
    if (sender != "\n") {
      const Reply reset = co_await session.rset();
      (void)reset;
    }
    sender = "\n";
    Reply from = co_await session.mail(variant.sender);
    if (!from.positive()) co_return from;
    sender = variant.sender;
  }
  Reply reply = co_await session.rcpt(variant.recipient);
  co_return reply;
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
