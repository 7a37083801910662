#pragma once
#include <string>
#include <string_view>

#include "probes/core/check.hpp"
#include "probes/core/observation.hpp"
#include "probes/net/stream.hpp"

/// What every probe that does TLS records, and how it is judged: the facts PREFIX.version, .cipher, .chain (boolean),
/// .chain_error (where it is false), .chain_ordered (boolean), .names (list), .name_ok, .not_before, .not_after,
/// .days_left, .age_hours, .issuer, .subject, .key, .sha256, .self_signed. PREFIX is `smtp.tls` for the type smtp and
/// so on; `tls` for the type tls.
namespace drydock::net {

/// Writes the facts of a finished handshake and the certificates.
void record_tls(Observation& out, std::string_view prefix, const TlsSession& session);

/// TLS-01: the chain leads to a trust anchor; warn where the certificates are not served in order.
Judgement judge_chain(const Observation& seen, const Subject& subject, std::string_view prefix);
/// TLS-02: the certificate covers the spoken name. Skipped where no name is spoken.
Judgement judge_name(const Observation& seen, const Subject& subject, std::string_view prefix);
/// TLS-03: valid already and for at least 14 days; warn below 30 days and in its first hour.
Judgement judge_validity(const Observation& seen, const Subject& subject, std::string_view prefix);

/// The openssl command that shows by hand what the three judge; `arguments` are put in before the address.
std::string openssl_command(const Observation& seen, const Subject& subject, std::string_view prefix,
                            std::string_view arguments = {});

/// The facts above for a probe type's table: DRYDOCK_TLS_FACTS("smtp.tls") expands to FactSpec initialisers.
#define DRYDOCK_TLS_FACTS(prefix)                                                                        \
  {prefix ".version", FactType::text, "TLS version that was negotiated", Parity::at_least},              \
      {prefix ".cipher", FactType::text, "cipher suite"},                                                \
      {prefix ".chain", FactType::boolean, "the served chain leads to a trust anchor", Parity::same},    \
      {prefix ".self_signed", FactType::boolean, "the leaf is its own issuer"},                          \
      {prefix ".chain_error", FactType::text, "why it does not"},                                        \
      {prefix ".chain_ordered", FactType::boolean, "each served certificate is followed by its issuer"}, \
      {prefix ".names", FactType::list, "names in subjectAltName", Parity::same},                        \
      {prefix ".name_ok", FactType::boolean, "the certificate covers the spoken name", Parity::same},    \
      {prefix ".not_before", FactType::text, "start of validity, RFC 3339"},                             \
      {prefix ".not_after", FactType::text, "end of validity, RFC 3339"},                                \
      {prefix ".days_left", FactType::real, "days until the end of validity"},                           \
      {prefix ".age_hours", FactType::real, "hours since the start of validity"},                        \
      {prefix ".issuer", FactType::text, "issuer's distinguished name"},                                 \
      {prefix ".subject", FactType::text, "subject's distinguished name"},                               \
      {prefix ".key", FactType::text, "type and size of the key"},                                       \
      {prefix ".sha256", FactType::text, "SHA-256 of the leaf certificate"}

}  // namespace drydock::net
