#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <charconv>
#include <optional>

#include "probes/facet/certificate.hpp"
#include "probes/smtp/dialogue.hpp"

/// The part of the dialogue about greeting, names and TLS.
namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr int kStartTlsReady = 220;
constexpr int kBye = 221;
constexpr int kDone = 250;
/// How long a server that said nothing in clear may take for a TLS handshake.
constexpr Duration kHandshake{5000};

bool is_silence(const Failure& failure) {
  return failure.kind() == ErrorKind::timeout || is_hang_up(failure);
}

}  // namespace

void SmtpDialogue::record_hello(const SmtpClient& session) {
  const Capabilities& said = session.capabilities();
  out_.set(kSmtp.ehlo_name, said.name);
  const bool first = !out_.has(kSmtp.ehlo_extensions);
  if (first) {
    out_.set(kSmtp.ehlo_extended, session.extended());
    out_.set(kSmtp.ehlo_extensions, said.keywords);
    out_.set(kSmtp.ehlo_auth, said.mechanisms());
  }
  if (session.encrypted()) {
    out_.set(kSmtp.secure_extensions, said.keywords);
    out_.set(kSmtp.secure_auth, said.mechanisms());
    offered_ = said.mechanisms();
  }
  const std::string_view size = said.parameter("SIZE");
  std::int64_t octets = 0;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), octets);
  if (error == std::errc() && end == size.data() + size.size()) out_.set(kSmtp.size, octets);
}

void SmtpDialogue::record_session(const net::TlsSession& session) {
  facet::record_tls(out_, kSmtpTls, session);
  why_untrusted_ = net::why_no_password(&session, context_.subject.target.name);
}

/// What breaks before the reply to EHLO ends the whole probe; what breaks after it, this connection.
asio::awaitable<void> SmtpDialogue::meet() {
  const auto begun = Clock::now();
  SmtpClient session = co_await SmtpClient::connect(context_, settings_.endpoint(), settings_.tls(), out_,
                                                    ErrorBudget("greeting, names and TLS"));
  out_.set(kSmtp.local, session.stream().local().ip);
  out_.set(kSmtp.own_name, session.own_name());
  if (session.tls()) record_session(*session.tls());
  co_await greet(session);
  out_.set(kSmtp.greeting, session.greeting());
  out_.set(kSmtp.banner, session.greeting().lines.front());
  out_.set(kSmtp.banner_seconds, std::chrono::duration<double>(Clock::now() - begun).count());
  co_await session.hello();
  record_hello(session);
  if (settings_.tls() == TlsMode::starttls) {
    tls_ = TlsMode::none;
    co_await meet_privately(session);
  }
  co_await session.quit();
}

/// Where nothing is said in clear, the server may wait for TLS to begin.
asio::awaitable<void> SmtpDialogue::greet(SmtpClient& session) {
  std::optional<Failure> broken;
  try {
    co_await session.greet();
  } catch (const Failure& failure) {
    broken = failure;
  }
  if (!broken) co_return;
  bool waits_for_tls = false;
  if (settings_.tls() != TlsMode::implicit && is_silence(*broken)) waits_for_tls = co_await speaks_tls_at_once();
  out_.stage = "banner";
  if (!waits_for_tls) throw *broken;
  throw Failure(ErrorKind::tls,
                "the server says nothing in clear and speaks TLS from the first octet; did you mean `tls: implicit`?");
}

asio::awaitable<bool> SmtpDialogue::speaks_tls_at_once() {
  ProbeContext brief = context_;
  brief.patience = context_.patience == Duration(0) ? kHandshake : std::min(context_.patience, kHandshake);
  try {
    const SmtpClient session = co_await SmtpClient::connect(brief, settings_.endpoint(), TlsMode::implicit, out_,
                                                            ErrorBudget("TLS without a word before it"));
    co_return session.encrypted();
  } catch (const Failure& failure) {
    out_.transcript.note(failure.what());
  }
  co_return false;
}

asio::awaitable<void> SmtpDialogue::meet_privately(SmtpClient& session) {
  if (!session.capabilities().has("STARTTLS")) co_return;
  const StartTlsOutcome outcome = co_await session.start_tls();
  out_.set(kSmtp.starttls, outcome.reply);
  if (!outcome.session) co_return;
  record_session(*outcome.session);
  out_.set(kSmtp.discarded_octets, static_cast<std::int64_t>(session.stream().discarded_octets()));
  co_await session.hello();
  record_hello(session);
  tls_ = TlsMode::starttls;
}

/// What is not tested stays unset. A break after STARTTLS is a refusal where it happens twice: once may be chance.
asio::awaitable<void> SmtpDialogue::inject() {
  for (int breaks = 0; breaks < 2; ++breaks) {
    bool smuggled = false;
    try {
      const std::string outcome = co_await smuggle(smuggled);
      out_.set(kSmtp.injection, outcome);
      co_return;
    } catch (const ServerEnded&) {
      throw;
    } catch (const Failure& failure) {
      if (!smuggled || !blames_host(failure.kind())) throw;
      out_.transcript.note(fmt::format("the connection ended: {}", failure.what()));
    }
  }
  out_.set(kSmtp.injection, "refused");
}

/// A command behind STARTTLS in the same segment (CVE-2011-0411 class). A server that obeyed it inside TLS has one
/// reply more to give than it got commands, so that QUIT is answered by the 250 to EHLO. Throws where a reply tells
/// neither. `smuggled`: it has been sent.
asio::awaitable<std::string> SmtpDialogue::smuggle(bool& smuggled) {
  SmtpClient session = co_await SmtpClient::open(context_, settings_.endpoint(), TlsMode::starttls, out_,
                                                 ErrorBudget("a command smuggled in before TLS"));
  co_await session.hello();
  smuggled = true;
  const StartTlsOutcome started = co_await session.start_tls("NOOP");
  if (started.reply.permanent() && !asks_to_wait(started.reply)) co_return "refused";
  if (started.reply.code != kStartTlsReady)
    throw ServerEnded(started.reply, fmt::format("STARTTLS got {}", started.reply.text()));
  co_await session.hello();
  const Reply farewell = co_await session.command("QUIT", "injection");
  if (farewell.code != kBye && farewell.code != kDone)
    throw ServerEnded(farewell, fmt::format("QUIT got {}", farewell.text()));
  co_return farewell.code == kBye ? "dropped" : "executed";
}

}  // namespace drydock
