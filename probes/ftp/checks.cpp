#include "probes/ftp/checks.hpp"

#include <fmt/format.h>

#include <cctype>

#include "probes/client/ftp_control.hpp"
#include "probes/facet/certificate.hpp"
#include "probes/ftp/facts.hpp"
#include "probes/ftp/judge.hpp"
#include "probes/ftp/probe.hpp"

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

}  // namespace

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
  if (ftp_turns_away(*welcome)) return finished(not_now("greeting", *welcome), stage::kBanner, hand);
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
  if (consent && ftp_puts_tls_off(*consent)) return finished(not_now("AUTH TLS", *consent), stage::kStartTls, hand);
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

Judgement of_certificate(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge) {
  if (subject.parameters.text("tls") == "none") return Judgement::skip("tls: none");
  return judge(seen, subject, kFtpTls);
}

}  // namespace drydock::ftp
