#include "probes/tls/probe.hpp"

#include <optional>

#include "probes/facet/certificate.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/stream.hpp"
#include "probes/tls/facts.hpp"
#include "probes/tls/starttls.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr int kSsl3 = 0x0300;
constexpr int kTls11 = 0x0302;
constexpr Duration kVerdictPatience{2000};  ///< for what a server says after the handshake that asked for a certificate

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
  co_await shake_hands(context, to, out);
  co_await try_old_protocols(context, to, out);
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
    throw;
  }
  facet::record_tls(out, kTlsSession, *session);
  if (!starttls_.empty()) out.set(kTls.discarded_octets, static_cast<std::int64_t>(stream.discarded_octets()));
  if (stream.certificate_wanted() && session->version == "TLSv1.3") co_await hear_verdict(stream, out);
}

/// The peer has just proved that it can do TLS: a handshake that it now ends, by alert or otherwise, is a refusal.
/// Anything that keeps the attempt from being made, silence included, ends the probe early and says nothing.
asio::awaitable<void> TlsProbe::try_old_protocols(const ProbeContext& context, Endpoint to, Observation& out) const {
  out.transcript.note("once more, with protocols older than TLS 1.2 only");
  net::Stream stream = co_await dial_up_to_tls(context, to, starttls_, out);
  out.stage = "old-protocols";
  const net::TlsOptions options{.server_name = context.subject.target.name,
                                .trust = context.subject.surroundings.trust,
                                .minimum_version = kSsl3,
                                .maximum_version = kTls11};
  try {
    const net::TlsSession session = co_await stream.start_tls(options);
    out.set(kTls.old_protocol, session.version);
  } catch (const Failure& failure) {
    const bool refused =
        failure.kind() == ErrorKind::tls || failure.kind() == ErrorKind::closed || failure.kind() == ErrorKind::reset;
    if (!refused) throw;
    out.transcript.note(failure.what());
    out.set(kTls.old_protocol, std::string("refused"));
  }
  out.stage = "done";
}

}  // namespace drydock
