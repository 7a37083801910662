#pragma once
#include "probes/core/fact.hpp"
#include "probes/facet/certificate.hpp"

namespace drydock {

/// What the type `tls` sees.
struct TlsTypeFacts {
  Fact<std::string> old_protocol{"tls.old_protocol", "`refused`, or the version below TLS 1.2 that the server accepted",
                                 Parity::same};
  Fact<std::string> client_certificate{"tls.client_certificate",
                                       "what became of the connection after the server had asked for a certificate of "
                                       "the client's, which has none: `accepted`, `refused`, or `silence`",
                                       Parity::same};
  Fact<std::int64_t> discarded_octets{"tls.discarded_octets",
                                      "octets that came in clear between the server's consent and the handshake"};
};
inline constexpr TlsTypeFacts kTls;
inline constexpr facet::TlsFacts kTlsSession = facet::tls_facts<"tls">();

}  // namespace drydock
