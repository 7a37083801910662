#include "probes/tls/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "probes/facet/certificate.hpp"
#include "probes/net/begins_with_tls.hpp"
#include "probes/net/connection_time.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/stream.hpp"
#include "probes/tls/facts.hpp"
#include "probes/tls/starttls.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr int kSsl3 = 0x0300;
constexpr int kTls11 = 0x0302;
constexpr std::string_view kHungUp = "hung up";
constexpr Duration kVerdictPatience{2000};  ///< for what a server says after the handshake that asked for a certificate

/// In which protocol a server that greets so may be asked for TLS; empty where that is not known.
std::string starttls_for(std::string_view greeting, std::uint16_t port) {
  constexpr std::uint16_t kFtpPort = 21, kFtpsPort = 990;
  if (greeting.starts_with("* OK")) return "imap";
  if (greeting.starts_with("+OK")) return "pop3";
  if (greeting.starts_with("220")) return port == kFtpPort || port == kFtpsPort ? "ftp" : "smtp";
  return {};
}

/// In OpenSSL's words: the alerts with which RFC 8446 §6.2 has a version or what goes with it refused, and a server's
/// choice of a version that was not offered.
bool is_about_versions(std::string_view words) {
  constexpr std::string_view kRefusals[] = {"alert protocol version", "alert handshake failure",
                                            "alert insufficient security", "unsupported protocol"};
  return std::ranges::any_of(
      kRefusals, [words](std::string_view refusal) { return words.find(refusal) != std::string_view::npos; });
}

asio::awaitable<void> read_once(net::Stream& stream) {
  const std::string octets = co_await stream.read_some();
  if (octets.empty()) throw Failure(ErrorKind::closed, "the peer closed the connection after the handshake");
}

/// In TLS 1.3 the client's handshake is over before the server has looked at the client's certificate: what it thinks
/// of there being none shows in what it says next.
asio::awaitable<void> hear_verdict(net::Stream& stream, Observation& out) {
  out.stage = "client-certificate";
  try {
    const bool heard = co_await net::with_deadline(Clock::now() + kVerdictPatience, read_once(stream));
    out.set(kTls.client_certificate, std::string(heard || stream.has_ticket() ? "accepted" : "silence"));
  } catch (const Failure& failure) {
    out.transcript.note(failure.what());
    out.set(kTls.client_certificate, std::string("refused"));
  }
}

}  // namespace

TlsProbe::TlsProbe(const Parameters& parameters)
    : port_(static_cast<std::uint16_t>(parameters.integer("port", 443))), starttls_(parameters.text("starttls")) {}

asio::awaitable<void> TlsProbe::run(const ProbeContext& context, Observation& out) const {
  const Endpoint to{context.subject.target.ip, context.subject.target.port.value_or(port_)};
  std::optional<Failure> silence;
  try {
    net::ConnectionTime time(context);
    co_await time.give(shake_hands(context, to, out), "TLS handshake");
  } catch (const Failure& failure) {
    if (failure.kind() != ErrorKind::timeout || out.stage != "banner") throw;
    silence = failure;
  }
  if (silence) {
    const bool waits_for_tls = co_await net::begins_with_tls(context, to, out);
    out.stage = "banner";
    if (!waits_for_tls) throw *silence;
    throw Failure(ErrorKind::tls,
                  "the server says nothing in clear and speaks TLS from the first octet; leave out `starttls`?");
  }
  try {
    co_await try_old_protocols(context, to, out);
  } catch (const Failure& failure) {
    out.put_off = failure.kind() == ErrorKind::temporary;
    throw;
  }
}

asio::awaitable<void> TlsProbe::shake_hands(const ProbeContext& context, Endpoint to, Observation& out) const {
  net::Stream stream = co_await dial_up_to_tls(context, to, starttls_, out);
  out.stage = "tls";
  const net::TlsOptions options{.server_name = context.subject.target.name,
                                .trust = context.subject.surroundings.trust};
  std::optional<net::TlsSession> session;
  try {
    session = co_await stream.start_tls(options);
  } catch (const net::PlainTextAnswer& answer) {
    if (puts_off_in_clear(answer.line())) throw Failure(ErrorKind::temporary, answer.what());
    const std::string hint = starttls_.empty() ? starttls_for(answer.line(), to.port) : "";
    if (hint.empty()) throw;
    throw Failure(ErrorKind::tls, fmt::format("{}; did you mean `starttls: {}`?", answer.what(), hint));
  }
  facet::record_tls(out, kTlsSession, *session);
  if (!starttls_.empty()) out.set(kTls.discarded_octets, static_cast<std::int64_t>(stream.discarded_octets()));
  if (stream.certificate_wanted() && session->version == "TLSv1.3") co_await hear_verdict(stream, out);
}

/// The peer has just proved that it can do TLS: a handshake that it now ends by an alert about versions is a refusal.
/// Any other end is one where it comes twice, and a handshake with new protocols succeeds right after it: it may be
/// chance, or this prober may be shut out. Anything else, silence included, ends the probe early and says nothing of
/// old protocols.
asio::awaitable<void> TlsProbe::try_old_protocols(const ProbeContext& context, Endpoint to, Observation& out) const {
  out.transcript.note("once more, with protocols older than TLS 1.2 only");
  std::string outcome = co_await offer_old_protocols(context, to, out);
  if (outcome == kHungUp) outcome = co_await offer_old_protocols(context, to, out);
  if (outcome == kHungUp) {
    out.transcript.note("twice no clear answer; does it still do TLS at all?");
    net::Stream stream = co_await dial_up_to_tls(context, to, starttls_, out);
    co_await stream.start_tls(net::tls_options(context.subject));
  }
  out.set(kTls.old_protocol, outcome == kHungUp ? std::string("refused") : outcome);
  out.stage = "done";
}

/// The version that was agreed on, "refused", or kHungUp.
asio::awaitable<std::string> TlsProbe::offer_old_protocols(const ProbeContext& context, Endpoint to,
                                                           Observation& out) const {
  net::Stream stream = co_await dial_up_to_tls(context, to, starttls_, out);
  out.stage = "old-protocols";
  const net::TlsOptions options{.server_name = context.subject.target.name,
                                .trust = context.subject.surroundings.trust,
                                .minimum_version = kSsl3,
                                .maximum_version = kTls11};
  try {
    const net::TlsSession session = co_await stream.start_tls(options);
    co_return session.version;
  } catch (const net::PlainTextAnswer&) {
    throw;  // words in clear are no answer to what was offered
  } catch (const Failure& failure) {
    const bool hung_up = failure.kind() == ErrorKind::closed || failure.kind() == ErrorKind::reset;
    if (!hung_up && failure.kind() != ErrorKind::tls) throw;
    out.transcript.note(failure.what());
    co_return is_about_versions(failure.what()) ? std::string("refused") : std::string(kHungUp);
  }
}

}  // namespace drydock
