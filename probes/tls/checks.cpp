#include "probes/tls/checks.hpp"

#include <fmt/format.h>

#include <optional>

#include "probes/facet/certificate.hpp"
#include "probes/tls/facts.hpp"

namespace drydock::tls {
namespace {

/// The server asked for a certificate of the client's; nothing where that did no harm.
std::optional<Judgement> judge_client_certificate(const Observation& seen) {
  const auto* became = seen.get(kTls.client_certificate);
  if (!became || *became == "accepted") return std::nullopt;
  if (*became == "refused")
    return Judgement::fail("the server demands a client certificate, and ended the connection without one",
                           "a connection for clients without a certificate", "refused",
                           "see SSLVerifyClient (Apache), tls_verify_hosts (Exim), TLS_VERIFYPEER (Courier), "
                           "TLSVerifyClient (ProFTPD)");
  return Judgement::inconclusive(
      "the server asked for a client certificate and did not say whether it goes on without one");
}

}  // namespace

Judgement judge_answers(const Observation& seen, const Subject& subject) {
  const auto* version = seen.get(kTlsSession.version);
  Judgement judgement;
  if (const auto demand = judge_client_certificate(seen)) {
    judgement = *demand;
    judgement.stage = "client-certificate";
  } else if (version) {
    const auto* cipher = seen.get(kTlsSession.cipher);
    judgement = Judgement::pass(fmt::format("{} {}", *version, cipher ? *cipher : ""));
  } else if (seen.error) {
    judgement = ended_early(seen, "a TLS handshake");
    judgement.hint = "does the service listen there, does it speak TLS on this port, and can it read its key?";
  } else {
    judgement = not_seen(seen, "a TLS handshake");
  }
  judgement.reproduce = facet::openssl_command(seen, subject, kTlsSession);
  return judgement;
}

Judgement of_certificate(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge) {
  return judge(seen, subject, kTlsSession);
}

Judgement judge_protocol_floor(const Observation& seen, const Subject& subject) {
  const auto* old = seen.get(kTls.old_protocol);
  Judgement judgement;
  if (!old)
    judgement = not_seen(seen, "an attempt with protocols older than TLS 1.2");
  else if (*old == "refused")
    judgement = Judgement::pass("refused");
  else
    judgement = Judgement::fail(
        fmt::format("{} is still accepted", *old), "nothing below TLS 1.2", *old,
        "set the lowest protocol of this service to TLS 1.2 (Apache SSLProtocol, Exim tls_require_ciphers, Courier "
        "TLS_PROTOCOL, ProFTPD TLSProtocol); switch this check off where old clients must be served");
  if (old) judgement.stage = "old-protocols";
  judgement.reproduce = facet::openssl_command(seen, subject, kTlsSession, "-tls1_1 -cipher ALL:@SECLEVEL=0");
  return judgement;
}

}  // namespace drydock::tls
