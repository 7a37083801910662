#include "probes/facet/certificate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "probes/core/certificate_days.hpp"
#include "probes/core/shell_word.hpp"

namespace drydock::facet {

namespace {

constexpr std::size_t kShownName = 200;  ///< octets of a name out of a certificate, which may have any length
constexpr std::size_t kShownNames = 400;

std::string text_of(const Observation& seen, const Fact<std::string>& fact) {
  const auto* value = seen.get(fact);
  return value ? *value : std::string();
}

std::string name_of(const Observation& seen, const Fact<std::string>& fact) {
  return clip(text_of(seen, fact), kShownName);
}

std::uint16_t port_of(const Observation& seen) {
  const std::size_t colon = seen.address.rfind(':');
  return colon == std::string::npos ? 0 : static_cast<std::uint16_t>(std::atoi(seen.address.c_str() + colon + 1));
}

/// How `openssl s_client` calls the protocol in which TLS begins; empty where TLS comes first.
std::string starttls_of(const Observation& seen, const Subject& subject, const TlsFacts& facts) {
  const std::string_view prefix = facts.version.name;
  if (prefix == "tls.version") return subject.parameters.text("starttls");
  const std::string& tls = subject.parameters.text("tls");
  const std::uint16_t port = port_of(seen);
  if (tls == "implicit" || port == 465 || port == 993 || port == 995 || port == 990 || port == 443) return {};
  if (prefix.starts_with("smtp") || prefix.starts_with("mail")) return "smtp";
  if (prefix.starts_with("imap")) return "imap";
  if (prefix.starts_with("pop3")) return "pop3";
  if (prefix.starts_with("ftp")) return "ftp";
  return {};
}

Judgement with_command(Judgement judgement, const Observation& seen, const Subject& subject, const TlsFacts& facts,
                       std::string_view arguments) {
  judgement.stage = "tls";
  judgement.reproduce = openssl_command(seen, subject, facts, arguments);
  return judgement;
}

std::string served_names(const Observation& seen, const TlsFacts& facts) {
  const auto* names = seen.get(facts.names);
  if (!names || names->empty()) return "no name in subjectAltName";
  const std::size_t shown = std::min<std::size_t>(names->size(), 20);
  const std::string list =
      fmt::format("{}", fmt::join(names->begin(), names->begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  const std::string clipped = clip(list, kShownNames);
  return names->size() > shown ? fmt::format("{} and {} more", clipped, names->size() - shown) : clipped;
}

Judgement untrusted(const Observation& seen, const TlsFacts& facts) {
  const std::string why = text_of(seen, facts.chain_error);
  const std::string issuer = name_of(seen, facts.issuer);
  const auto* self_signed = seen.get(facts.self_signed);
  const std::string expected = "a chain from the certificate to a trusted authority, intermediates served";
  if (self_signed && *self_signed)
    return Judgement::fail(
        fmt::format("the certificate is self-signed: {}", issuer), expected, why,
        "install a certificate of an authority that clients trust; a Debian \"snakeoil\" certificate is self-signed");
  return Judgement::fail(
      fmt::format("the certificate chain is not trusted: {}", why), expected, fmt::format("{}; issuer {}", why, issuer),
      "serve the intermediate certificates too (fullchain.pem, not cert.pem); for an authority of your own name "
      "its file as `trust`");
}

/// What the certificates between the leaf and its trust anchor say against it; nothing where they say nothing.
std::optional<Judgement> judge_issuer_times(const Observation& seen, const TlsFacts& facts) {
  const auto* age = seen.get(facts.issuer_age_hours);
  if (age && *age < 0)
    return Judgement::fail(
        fmt::format("an issuer on the certificate's path is not valid before {}, {:.1f} hours from now: {}",
                    text_of(seen, facts.issuer_not_before), -*age, name_of(seen, facts.issuer_start_subject)),
        "every certificate of the path valid by now", text_of(seen, facts.issuer_not_before),
        "serve the issuer's current certificate; compare the clocks of this machine and of the one that issued it");
  const auto* days = seen.get(facts.issuer_days_left);
  if (!days || *days >= kCertificateDaysComfortable) return std::nullopt;
  const std::string until = text_of(seen, facts.issuer_not_after);
  const std::string whose = name_of(seen, facts.issuer_subject);
  const std::string expected = "every certificate of the path valid for 30 days more";
  const std::string hint = "serve the issuer's current certificate (fullchain.pem), or renew under another issuer";
  if (*days < 0)
    return Judgement::fail(
        fmt::format("an issuer on the certificate's path expired on {}, {:.1f} days ago: {}", until, -*days, whose),
        expected, until, hint);
  return Judgement::warn(
      fmt::format("an issuer on the certificate's path expires in {:.1f} days, on {}: {}", *days, until, whose),
      expected, until, hint);
}

}  // namespace

void record_tls(Observation& out, const TlsFacts& facts, const net::TlsSession& session) {
  out.set(facts.version, session.version);
  out.set(facts.cipher, session.cipher);
  out.certificates = session.pem;
  out.set(facts.chain, session.chain_ok);
  if (!session.chain_ok) out.set(facts.chain_error, session.chain_error);
  if (session.pem.empty()) return;
  out.set(facts.chain_ordered, session.ordered);
  out.set(facts.self_signed, session.self_signed);
  out.set(facts.names, session.names);
  out.set(facts.name_ok, session.name_ok);
  out.set(facts.not_before, session.not_before);
  out.set(facts.not_after, session.not_after);
  out.set(facts.days_left, session.days_left);
  out.set(facts.age_hours, session.age_hours);
  out.set(facts.issuer, session.issuer);
  if (!session.issuer_not_after.empty()) {
    out.set(facts.issuer_not_after, session.issuer_not_after);
    out.set(facts.issuer_days_left, session.issuer_days_left);
    out.set(facts.issuer_subject, session.issuer_subject);
    out.set(facts.issuer_not_before, session.issuer_not_before);
    out.set(facts.issuer_age_hours, session.issuer_age_hours);
    out.set(facts.issuer_start_subject, session.issuer_start_subject);
  }
  out.set(facts.subject, session.subject);
  out.set(facts.key, session.key);
  out.set(facts.sha256, session.sha256);
}

std::string openssl_command(const Observation& seen, const Subject& subject, const TlsFacts& facts,
                            std::string_view arguments) {
  const std::string starttls = starttls_of(seen, subject, facts);
  std::string command = "openssl s_client";
  if (!arguments.empty()) command += fmt::format(" {}", arguments);
  if (!starttls.empty()) command += fmt::format(" -starttls {}", starttls);
  if (!subject.target.name.empty())
    command += fmt::format(" -servername {0} -verify_hostname {0}", shell_word(subject.target.name));
  if (!subject.surroundings.trust.empty()) command += " -CAfile " + shell_word(subject.surroundings.trust);
  if (!subject.surroundings.vantage.address.empty())
    command += fmt::format(" -bind {}", subject.surroundings.vantage.address);
  return fmt::format("{} -connect {} </dev/null", command, shell_word(seen.address));  // which a record may have forged
}

Judgement judge_chain(const Observation& seen, const Subject& subject, const TlsFacts& facts) {
  const auto* chain = seen.get(facts.chain);
  if (!chain) return not_seen(seen, "a certificate");
  if (!*chain) return with_command(untrusted(seen, facts), seen, subject, facts, "-showcerts");
  const auto* ordered = seen.get(facts.chain_ordered);
  const std::string issuer = name_of(seen, facts.issuer);
  if (ordered && !*ordered)
    return with_command(
        Judgement::warn("the chain is trusted, but its certificates are not served in order",
                        "each certificate followed by its issuer's", "another order",
                        "put the leaf first, then each issuer in turn; clients of TLS 1.2 may insist on it"),
        seen, subject, facts, "-showcerts");
  return with_command(Judgement::pass(fmt::format("trusted, issued by {}", issuer)), seen, subject, facts,
                      "-showcerts");
}

Judgement judge_name(const Observation& seen, const Subject& subject, const TlsFacts& facts) {
  if (subject.target.name.empty())
    return Judgement::skip("no name is spoken, so there is none that the certificate should cover");
  const auto* covered = seen.get(facts.name_ok);
  if (!covered) return not_seen(seen, "a certificate");
  const std::string names = served_names(seen, facts);
  if (*covered) return with_command(Judgement::pass(names), seen, subject, facts, "");
  return with_command(
      Judgement::fail(fmt::format("the certificate does not cover {}; it is for {}", subject.target.name, names),
                      subject.target.name, names,
                      fmt::format("install the certificate of {} in this service, or issue one that names it; the "
                                  "common name does not count",
                                  subject.target.name)),
      seen, subject, facts, "");
}

Judgement judge_validity(const Observation& seen, const Subject& subject, const TlsFacts& facts) {
  const auto* days = seen.get(facts.days_left);
  const auto* age = seen.get(facts.age_hours);
  if (!days || !age) return not_seen(seen, "a certificate");
  const std::string until = text_of(seen, facts.not_after);
  const std::string from = text_of(seen, facts.not_before);
  const std::string expected = "valid for an hour already and for 14 days more";
  const std::string actual = fmt::format("{} to {}", from, until);
  const std::string renew = "renew it and let the service load the new one";
  Judgement judgement = Judgement::pass(fmt::format("{:.0f} days left, until {}", *days, until));
  if (*days < 0)
    judgement = Judgement::fail(fmt::format("the certificate expired on {}, {:.1f} days ago", until, -*days), expected,
                                actual, renew);
  else if (*age < 0)
    judgement =
        Judgement::fail(fmt::format("the certificate is not valid before {}, {:.1f} hours from now", from, -*age),
                        expected, actual, "compare the clocks of this machine and of the one that issued it");
  else if (*days < kCertificateDaysWanted)
    judgement = Judgement::fail(fmt::format("the certificate expires in {:.1f} days, on {}", *days, until), expected,
                                actual, renew);
  else if (auto issuer = judge_issuer_times(seen, facts))
    judgement = std::move(*issuer);
  else if (*days < kCertificateDaysComfortable)
    judgement = Judgement::warn(fmt::format("the certificate expires in {:.1f} days, on {}", *days, until),
                                "30 days left", actual, renew);
  else if (*age < 1)
    judgement = Judgement::warn(fmt::format("the certificate is valid only since {}: slow clocks refuse it yet", from));
  return with_command(std::move(judgement), seen, subject, facts, "");
}

}  // namespace drydock::facet
