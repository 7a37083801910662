#pragma once
#include <array>
#include <string>
#include <string_view>

#include "probes/core/check.hpp"
#include "probes/core/fact.hpp"
#include "probes/core/observation.hpp"
#include "probes/net/stream.hpp"

/// What all types that do TLS share about certificates: the facts, the three checks, and all that is said of them. A
/// type includes both, each under its own prefix, and says only what differs.
namespace drydock::facet {

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
  Fact<std::string> issuer_not_before;
  Fact<double> issuer_age_hours;
  Fact<std::string> issuer_start_subject;
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
      .names = {joined_name<prefix, ".names">(), "names in subjectAltName", Parity::at_least},
      .name_ok = {joined_name<prefix, ".name_ok">(), "the certificate covers the spoken name", Parity::same},
      .not_before = {joined_name<prefix, ".not_before">(), "start of validity, RFC 3339"},
      .not_after = {joined_name<prefix, ".not_after">(), "end of validity, RFC 3339"},
      .days_left = {joined_name<prefix, ".days_left">(), "days until the end of validity"},
      .age_hours = {joined_name<prefix, ".age_hours">(), "hours since the start of validity"},
      .issuer_not_after = {joined_name<prefix, ".issuer_not_after">(),
                           "earliest end of validity along the verified path, the leaf left out, RFC 3339"},
      .issuer_days_left = {joined_name<prefix, ".issuer_days_left">(), "days until then"},
      .issuer_subject = {joined_name<prefix, ".issuer_subject">(), "whose end that is"},
      .issuer_not_before = {joined_name<prefix, ".issuer_not_before">(),
                            "latest start of validity along that path, the leaf left out, RFC 3339"},
      .issuer_age_hours = {joined_name<prefix, ".issuer_age_hours">(), "hours since then"},
      .issuer_start_subject = {joined_name<prefix, ".issuer_start_subject">(), "whose start that is"},
      .issuer = {joined_name<prefix, ".issuer">(), "issuer's distinguished name"},
      .subject = {joined_name<prefix, ".subject">(), "subject's distinguished name"},
      .key = {joined_name<prefix, ".key">(), "type and size of the key"},
      .sha256 = {joined_name<prefix, ".sha256">(), "SHA-256 of the leaf certificate"},
  };
}

/// Writes the facts of a finished handshake and the certificates.
void record_tls(Observation& out, const TlsFacts& facts, const net::TlsSession& session);

/// TLS-01: the chain leads to a trust anchor; warn where the certificates are not served in order.
Judgement judge_chain(const Observation& seen, const Subject& subject, const TlsFacts& facts);
/// TLS-02: the certificate covers the spoken name. Skipped where no name is spoken.
Judgement judge_name(const Observation& seen, const Subject& subject, const TlsFacts& facts);
/// TLS-03: valid already and for at least 14 days; warn below 30 days and in its first hour.
Judgement judge_validity(const Observation& seen, const Subject& subject, const TlsFacts& facts);

/// The openssl command that shows by hand what the three judge; `arguments` are put in before the address.
std::string openssl_command(const Observation& seen, const Subject& subject, const TlsFacts& facts,
                            std::string_view arguments = {});

/// One of the three.
using JudgeCertificate = Judgement (*)(const Observation&, const Subject&, const TlsFacts&);

/// Of which observation, facts and subject a type has a certificate judged, and where it is skipped.
using OfCertificate = Judgement (*)(const Observation&, const Subject&, JudgeCertificate);

/// What the checks have of their own in each type.
struct CertificateReferences {
  std::string_view chain, name, validity;  ///< numbers in the catalogue
  std::string_view name_rfc = "RFC 9525 §6";
};

template <OfCertificate of, JudgeCertificate judge>
Judgement judge_certificate(const Observation& seen, const Subject& subject) {
  return of(seen, subject, judge);
}

template <FactPrefix ids, FactPrefix by_openssl, OfCertificate of>
constexpr CheckSpec certificate_chain_check(const CertificateReferences& references) {
  return {.id = joined_name<ids, "chain">(),
          .title = "the certificate chain is trusted",
          .severity = Severity::critical,
          .rfc = "RFC 5280 §6",
          .spec = references.chain,
          .catches =
              "A self-signed certificate, an authority that nobody trusts, an intermediate certificate that is not "
              "served, a chain with a key or signature too weak for today's clients, and (as a warning) a chain "
              "served out of order.",
          .why =
              "Clients refuse the connection, or teach their users to click warnings away. Browsers often hide a "
              "missing intermediate because they know it from elsewhere; mail programs, scripts and other servers do "
              "not.",
          .by_hand = joined_name<by_openssl, " -showcerts </dev/null, and read \"Verify return code\"">(),
          .mend =
              "Serve the leaf and all intermediates in one file, leaf first (Apache: SSLCertificateFile; Exim: "
              "tls_certificate; Courier: TLS_CERTFILE; ProFTPD: TLSRSACertificateFile), and restart the service. Name "
              "the file of an authority of your own as `trust` in the scenario.",
          .judge = judge_certificate<of, judge_chain>};
}

template <FactPrefix ids, FactPrefix by_openssl, OfCertificate of>
constexpr CheckSpec certificate_name_check(const CertificateReferences& references) {
  return {.id = joined_name<ids, "name">(),
          .title = "the certificate covers the spoken name",
          .severity = Severity::critical,
          .rfc = references.name_rfc,
          .spec = references.name,
          .catches =
              "A certificate for another name: that of the interim hostname, of the old host, of another virtual "
              "host, or one that has the name only as its common name, which clients ignore.",
          .why = "After the names are switched every client that checks certificates refuses the new host.",
          .by_hand = joined_name<by_openssl, " </dev/null | openssl x509 -noout -ext subjectAltName">(),
          .mend =
              "Issue a certificate whose subjectAltName has every name that clients use, install it in this service "
              "and restart it; see that the service chooses certificates by the name spoken (SNI).",
          .judge = judge_certificate<of, judge_name>};
}

template <FactPrefix ids, FactPrefix by_openssl, OfCertificate of>
constexpr CheckSpec certificate_validity_check(const CertificateReferences& references) {
  return {.id = joined_name<ids, "validity">(),
          .title = "the certificate is valid, and stays so for 14 days",
          .severity = Severity::critical,
          .rfc = "RFC 5280 §4.1.2.5",
          .spec = references.validity,
          .catches =
              "An expired certificate, one that is not valid yet, a wrong clock, one that ends within 14 days (a "
              "warning below 30 days), and as a warning one that is less than an hour old, which clients with slow "
              "clocks refuse.",
          .why =
              "Clients refuse the service from that day on. A certificate that ends shortly after the move ends when "
              "nobody looks any more; renewal is what moves most often forget.",
          .by_hand = joined_name<by_openssl, " </dev/null | openssl x509 -noout -dates">(),
          .mend =
              "Renew it, rehearse the automatic renewal on the new host, and see that the renewal reloads every "
              "service that uses the certificate.",
          .judge = judge_certificate<of, judge_validity>};
}

/// The checks `IDS` + chain, name and validity. `by_openssl`: the command that opens such a connection by hand, to
/// which what shows the certificate is added.
template <FactPrefix ids, FactPrefix by_openssl, OfCertificate of>
constexpr std::array<CheckSpec, 3> certificate_checks(const CertificateReferences& references) {
  return {certificate_chain_check<ids, by_openssl, of>(references),
          certificate_name_check<ids, by_openssl, of>(references),
          certificate_validity_check<ids, by_openssl, of>(references)};
}

}  // namespace drydock::facet
