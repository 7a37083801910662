#pragma once
#include <string>
#include <string_view>

#include "probes/core/check.hpp"
#include "probes/core/fact.hpp"
#include "probes/core/observation.hpp"
#include "probes/net/stream.hpp"

namespace drydock::net {

/// What every probe that does TLS records of a handshake. Each type has a set of its own under its own prefix, which
/// tls_facts() makes: `smtp.tls` for the type smtp and so on; `tls` for the type tls.
struct TlsFacts {
  Fact<std::string> version;
  Fact<std::string> cipher;
  Fact<bool> chain;
  Fact<bool> self_signed;
  Fact<std::string> chain_error;
  Fact<bool> chain_ordered;
  Fact<std::vector<std::string>> names;
  Fact<bool> name_ok;
  Fact<std::string> not_before;
  Fact<std::string> not_after;
  Fact<double> days_left;
  Fact<double> age_hours;
  Fact<std::string> issuer_not_after;
  Fact<double> issuer_days_left;
  Fact<std::string> issuer_subject;
  Fact<std::string> issuer;
  Fact<std::string> subject;
  Fact<std::string> key;
  Fact<std::string> sha256;
};

template <FactPrefix prefix>
constexpr TlsFacts tls_facts() {
  return {
      .version = {joined_name<prefix, ".version">(), "TLS version that was negotiated", Parity::at_least},
      .cipher = {joined_name<prefix, ".cipher">(), "cipher suite"},
      .chain = {joined_name<prefix, ".chain">(), "the served chain leads to a trust anchor", Parity::same},
      .self_signed = {joined_name<prefix, ".self_signed">(), "the leaf is its own issuer"},
      .chain_error = {joined_name<prefix, ".chain_error">(), "why it does not"},
      .chain_ordered = {joined_name<prefix, ".chain_ordered">(), "each served certificate is followed by its issuer"},
      .names = {joined_name<prefix, ".names">(), "names in subjectAltName", Parity::same},
      .name_ok = {joined_name<prefix, ".name_ok">(), "the certificate covers the spoken name", Parity::same},
      .not_before = {joined_name<prefix, ".not_before">(), "start of validity, RFC 3339"},
      .not_after = {joined_name<prefix, ".not_after">(), "end of validity, RFC 3339"},
      .days_left = {joined_name<prefix, ".days_left">(), "days until the end of validity"},
      .age_hours = {joined_name<prefix, ".age_hours">(), "hours since the start of validity"},
      .issuer_not_after = {joined_name<prefix, ".issuer_not_after">(),
                           "earliest end of validity along the verified path, the leaf left out, RFC 3339"},
      .issuer_days_left = {joined_name<prefix, ".issuer_days_left">(), "days until then"},
      .issuer_subject = {joined_name<prefix, ".issuer_subject">(), "whose end that is"},
      .issuer = {joined_name<prefix, ".issuer">(), "issuer's distinguished name"},
      .subject = {joined_name<prefix, ".subject">(), "subject's distinguished name"},
      .key = {joined_name<prefix, ".key">(), "type and size of the key"},
      .sha256 = {joined_name<prefix, ".sha256">(), "SHA-256 of the leaf certificate"},
  };
}

/// Writes the facts of a finished handshake and the certificates.
void record_tls(Observation& out, const TlsFacts& facts, const TlsSession& session);

/// TLS-01: the chain leads to a trust anchor; warn where the certificates are not served in order.
Judgement judge_chain(const Observation& seen, const Subject& subject, const TlsFacts& facts);
/// TLS-02: the certificate covers the spoken name. Skipped where no name is spoken.
Judgement judge_name(const Observation& seen, const Subject& subject, const TlsFacts& facts);
/// TLS-03: valid already and for at least 14 days; warn below 30 days and in its first hour.
Judgement judge_validity(const Observation& seen, const Subject& subject, const TlsFacts& facts);

/// The openssl command that shows by hand what the three judge; `arguments` are put in before the address.
std::string openssl_command(const Observation& seen, const Subject& subject, const TlsFacts& facts,
                            std::string_view arguments = {});

}  // namespace drydock::net
