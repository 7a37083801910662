#include "probes/ftp/checks.hpp"

#include <fmt/format.h>

#include <cctype>

#include "probes/ftp/facts.hpp"
#include "probes/ftp/judge.hpp"
#include "probes/ftp/probe.hpp"
#include "probes/net/tls_facts.hpp"

namespace drydock::ftp {

namespace {

bool is_name_octet(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
}

bool names(const std::string& text, const std::string& name) {
  for (std::size_t at = text.find(name); at != std::string::npos && !name.empty(); at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_name_octet(text[at - 1])) && (end >= text.size() || !is_name_octet(text[end]))) return true;
  }
  return false;
}

Judgement judge_greeting(const Observation& seen, const Subject& subject) {
  const std::string hand = by_netcat(subject, {"NOOP"});
  const auto* welcome = seen.get(kFtp.welcome);
  const bool greeted = welcome && welcome->code == 220;
  if (greeted && ended_at(seen, {stage::kConnect, stage::kBanner}))
    return finished(Judgement::inconclusive(
                        fmt::format("the server greeted one connection and took no later one: {}", seen.error->message),
                        "how many connections may one address have at once, and how many in a minute?"),
                    stage::kBanner, hand);
  if (ended_at(seen, {"", stage::kConnect, stage::kBanner, stage::kFeatures}))
    return finished(ended_early(seen, "220 and replies to commands"), stage::kBanner, hand);
  if (!welcome) return not_seen(seen, "the greeting");
  if (is_not_now(*welcome)) return finished(not_now("greeting", *welcome), stage::kBanner, hand);
  const std::string said = welcome->text();
  if (!greeted)
    return finished(Judgement::fail(fmt::format("the server greets with {}", said), "220", said,
                                    "no virtual server for this address, shut down by ftpshut, or another service"),
                    stage::kBanner, hand);
  for (const std::string& wrong : subject.expected.wrong_names)
    if (wrong != subject.target.name && wrong != subject.expected.hostname && names(said, wrong))
      return finished(Judgement::warn(fmt::format("the greeting calls the host {}, which is not its name now", wrong),
                                      fmt::format("a greeting without {}", wrong), said, "ServerName and ServerIdent"),
                      stage::kBanner, hand);
  return Judgement::pass(said);
}

Judgement judge_tls(const Observation& seen, const Subject& subject) {
  const std::string& tls = subject.parameters.text("tls");
  if (tls == "none") return Judgement::skip("tls: none");
  const std::string hand = fmt::format("openssl s_client -connect {}{} </dev/null", endpoint_of(subject).text(),
                                       tls == "implicit" ? "" : " -starttls ftp");
  if (ended_at(seen, {stage::kStartTls, stage::kTls}))
    return finished(ended_early(seen, "TLS on the control connection"), seen.error_stage, hand);
  const auto* consent = seen.get(kFtp.auth_tls);
  if (consent && (consent->code == 421 || is_about_the_crowd(*consent)))
    return finished(not_now("AUTH TLS", *consent), stage::kStartTls, hand);
  // 431 is a 4xx that stays: the certificate or its key can't be used (RFC 4217 §10).
  if (consent && consent->code != 234)
    return finished(Judgement::fail(fmt::format("the server does not begin TLS: {}", consent->text()),
                                    "234 to AUTH TLS", consent->text(),
                                    "mod_tls not loaded, TLSEngine off, or a certificate or key that can't be read"),
                    stage::kStartTls, hand);
  const auto* protection = seen.get(kFtp.prot);
  if (protection && protection->permanent())
    return finished(Judgement::fail(fmt::format("the server does not protect data: {}", protection->text()),
                                    "200 to PROT P", protection->text(), "TLSRequired, TLSOptions"),
                    stage::kLogin, by_curl(subject));
  const auto* version = seen.get(kFtpTls.version);
  return version ? Judgement::pass(*version) : not_seen(seen, "the TLS handshake");
}

template <Judgement (*judge)(const Observation&, const Subject&, const net::TlsFacts&)>
Judgement judge_certificate(const Observation& seen, const Subject& subject) {
  if (subject.parameters.text("tls") == "none") return Judgement::skip("tls: none");
  return judge(seen, subject, kFtpTls);
}

constexpr std::string_view kCurl =
    "curl -v --ssl-reqd --disable-epsv --connect-to ::ADDRESS:21 --user LOGIN ftp://NAME/";

constexpr CheckSpec kChecks[] = {
    {"ftp.greeting", "the server greets with 220", Severity::critical, "RFC 959 §4.2, §5.4", "FTP-01",
     "FTP server not started, bound to the old address, shut down; a greeting that carries a wrong name (warn)",
     "nobody can use FTP", "printf 'QUIT\\r\\n' | nc ADDRESS 21", "start the server; its virtual servers and addresses",
     judge_greeting},
    {"ftp.tls", "TLS begins on the control connection", Severity::critical, "RFC 4217 §4, §9", "FTP-02",
     "mod_tls not loaded, a key that can't be read, PROT P refused", "passwords cross in clear or clients give up",
     "openssl s_client -connect ADDRESS:21 -starttls ftp", "load mod_tls, TLSEngine on, certificate and key",
     judge_tls},
    {"ftp.certificate-chain", "the certificate chain is trusted", Severity::critical, "RFC 5280 §6", "FTP-02",
     "self-signed or unknown issuer, an intermediate that is not served", "clients refuse or warn",
     "openssl s_client -connect ADDRESS:21 -starttls ftp -showcerts", "serve the leaf and every intermediate",
     judge_certificate<net::judge_chain>},
    {"ftp.certificate-name", "the certificate covers the spoken name", Severity::critical, "RFC 9525 §6", "FTP-02",
     "the interim name's certificate", "clients refuse or warn", "openssl s_client -connect ADDRESS:21 -starttls ftp",
     "a certificate for this name", judge_certificate<net::judge_name>},
    {"ftp.certificate-validity", "the certificate is valid, for some time yet", Severity::critical, "RFC 5280 §4.1.2.5",
     "FTP-02", "expired or not yet valid, renewal not set up", "clients refuse or warn",
     "openssl s_client -connect ADDRESS:21 -starttls ftp | openssl x509 -noout -dates", "renew, and reload the server",
     judge_certificate<net::judge_validity>},
    {"ftp.clear-login", "logins without TLS are refused, or allowed, as declared", Severity::critical, "RFC 4217 §4.1",
     "FTP-03", "TLSRequired off where logins in clear are forbidden", "passwords can be read on the way",
     "printf 'USER LOGIN\\r\\nQUIT\\r\\n' | nc ADDRESS 21", "TLSRequired on", judge_clear},
    {"ftp.anonymous", "anonymous logins are refused, or allowed, as declared", Severity::critical, "RFC 1635", "FTP-04",
     "an <Anonymous> section that a package brings", "strangers read, and perhaps write, on the host",
     "curl -v --ssl-reqd --user anonymous:x@ ftp://ADDRESS/", "remove the <Anonymous> section", judge_anonymous},
    {"ftp.login", "the account logs in", Severity::critical, "RFC 959 §5.4", "FTP-04",
     "a hash scheme that the new host can't read, a shell not in /etc/shells, a missing home", "users can't log in",
     kCurl, "the account's password, shell and home on this host", judge_login},
    {"ftp.wrong-password", "a wrong password is refused", Severity::critical, "RFC 959 §5.4", "FTP-04",
     "an authentication module that accepts everything", "everybody can read and change everybody's files", kCurl,
     "stop the server, and mend its authentication (AuthOrder, PAM)", judge_wrong_password},
    {"ftp.passive-address", "passive mode leads back to this server", Severity::critical, "RFC 959 §4.1.2", "FTP-05",
     "MasqueradeAddress of the old host or of an inner network; passive ports that the firewall blocks",
     "clients hang at the first listing", kCurl, "MasqueradeAddress and PassivePorts, and the firewall", judge_passive},
    {"ftp.round-trip", "a file goes up, is listed, comes down the same and is deleted", Severity::critical,
     "RFC 959 §4.1.3, RFC 3659 §4", "FTP-08", "uploads denied, quota, read-only folders, damage in transfer",
     "users can't publish", kCurl, "<Limit WRITE>, owner and mode of the folder, mount options, quota",
     judge_round_trip},
};

}  // namespace

std::span<const CheckSpec> checks() {
  return kChecks;
}

}  // namespace drydock::ftp
