#include "probes/http/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"
#include "probes/net/tls_facts.hpp"

namespace drydock::http {

namespace {

Judgement judge_answers(const Observation& seen, const Subject& subject) {
  const std::string& stage = seen.error_stage;
  if (seen.error && (status_of(seen) == 0 || stage == "answer" || stage == "body")) {
    Judgement judgement = ended_early(seen, "a whole HTTP answer");
    if (judgement.verdict == Verdict::fail) judgement.hint = "is the web server running, and does it listen here?";
    if (seen.error->kind == ErrorKind::tls)
      judgement.hint =
          "SSLEngine and the certificate of this virtual host; \"unrecognized name\" means that no virtual "
          "host has the spoken name; plain text means that HTTP is served on the TLS port";
    judgement.reproduce = by_curl(seen, subject);
    return judgement;
  }
  if (status_of(seen) == 0) return not_seen(seen, "an HTTP answer");
  const std::string* reason = seen.get(kHttp.reason);
  return Judgement::pass(fmt::format("{} {}", status_of(seen), reason ? brief(*reason) : ""));
}

using JudgeTls = Judgement (*)(const Observation&, const Subject&, const net::TlsFacts&);

Judgement judge_hop_tls(const Record& hop, const Subject& subject, JudgeTls judge) {
  Observation handshake = Observation::of(hop);
  const std::string* address = hop.get(kHop.address);
  const WebLink* asked = hop.get(kHop.url);
  const auto url = asked ? net::parse_url(asked->text) : std::nullopt;
  handshake.address = address ? *address : "";
  Subject spoken = subject;
  spoken.target.name = url && !is_address(url->host) ? url->host : "";
  Judgement judgement = judge(handshake, spoken, kHopTls);
  if (judgement.verdict != Verdict::pass && judgement.verdict != Verdict::skip)
    judgement.message =
        fmt::format("where a redirect leads, at {}: {}", asked ? brief(asked->text) : "", judgement.message);
  return judgement;
}

/// Of the certificate of the URL and of those that its redirects lead to, the worst.
template <JudgeTls judge>
Judgement judge_tls(const Observation& seen, const Subject& subject) {
  constexpr std::array kWorse{Verdict::skip, Verdict::pass, Verdict::warn, Verdict::inconclusive, Verdict::fail};
  const auto rank = [&](const Judgement& one) { return std::find(kWorse.begin(), kWorse.end(), one.verdict); };
  const auto target = target_of(subject.parameters, subject);
  Subject spoken = subject;
  spoken.target.name = spoken_name(subject);
  const bool secure = !target || target->url.scheme == "https";
  Judgement worst = secure ? judge(seen, spoken, kHttpTls) : Judgement::skip("the URL is not https");
  if (const auto* hops = seen.get(kHttp.hop_tls))
    for (const Record& hop : *hops)
      if (Judgement one = judge_hop_tls(hop, subject, judge); rank(one) > rank(worst)) worst = std::move(one);
  if (worst.reproduce.empty() && worst.verdict != Verdict::pass && worst.verdict != Verdict::skip && target)
    worst.reproduce = by_openssl(target->to.text(), spoken.target.name);
  return worst;
}

constexpr std::string_view kByHand = "curl -sik --connect-to ::ADDRESS:PORT URL; with -L where redirects are followed";

constexpr CheckSpec kChecks[] = {
    {"http.answers", "an HTTP answer comes, whole", Severity::critical, "RFC 9112 §6", "HTTP-01",
     "web server not started, listening elsewhere, closing in the middle; plain HTTP on the TLS port; TLS refused for "
     "the spoken name",
     "nobody can see any page", kByHand, "start the server; look at its error log; compare its Listen lines",
     judge_answers},
    {"http.status", "the status is 2xx or 3xx where nothing else is expected", Severity::critical, "RFC 9110 §15",
     "HTTP-01", "missing page, forbidden folder, failing application; the same where the redirects end",
     "users get an error instead of the page", kByHand, "the server's error log names the reason", judge_status},
    {"http.vhost", "the spoken name's own site answers", Severity::critical, "RFC 9110 §7.2, §15.5.20", "HTTP-01",
     "a missing or misordered virtual host: 421, a default page, a parking page, a bare listing. Another site's page "
     "is "
     "seen only by a marker: expect: {body: {contains: ...}}",
     "users land on somebody else's site", kByHand, "ServerName and ServerAlias; the first virtual host is the default",
     judge_vhost},
    {"http.canonical", "redirects and self-references carry the right name", Severity::critical, "RFC 9110 §10.2.2",
     "HTTP-02", "the interim name, the old host's name, an address or an internal port in Location or in links",
     "users are led to a name that goes away or never worked", kByHand,
     "ServerName, UseCanonicalName, and the name that a proxied application believes in", judge_canonical},
    {"http.cgi", ".cgi scripts run", Severity::critical, "RFC 3875 §3, §6.3.1", "HTTP-03",
     "ExecCGI off (403), AddHandler lost (source or download), interpreter missing (500)",
     "crew pages break, or show their source to everybody", kByHand,
     "Options +ExecCGI, AddHandler cgi-script .cgi, mod_cgid; the script's interpreter and mode", judge_cgi},
    {"http.handler", "scripts of other handlers run (.spy and others)", Severity::critical, "RFC 3875 §3, §6.3.1",
     "HTTP-04", "a handler module or Action that was not carried over",
     "pages break, or show their source to everybody", kByHand,
     "AddHandler or Action for the suffix, and the program behind it", judge_handler},
    {"http.ssi", "server-side includes are expanded", Severity::critical, "", "HTTP-06",
     "Options +Includes or AddOutputFilter INCLUDES missing; an included file missing",
     "pages lose their menus and show raw directives", kByHand,
     "Options +Includes, AddOutputFilter INCLUDES .shtml, mod_include; the included files", judge_ssi},
    {"http.redirect", "redirects end at an answer, soon, and stay on https", Severity::critical, "RFC 9110 §15.4",
     "HTTP-08",
     "a redirect loop between http and https, long chains, a step down from https to http, a redirect without "
     "Location. "
     "Cookies that come on the way are sent again, as a browser does",
     "browsers give up with \"too many redirects\"", "curl -sikL --max-redirs 6 -b '' --connect-to ::ADDRESS: URL",
     "rewrite rules of both virtual hosts; X-Forwarded-Proto behind a proxy", judge_redirect},
    {"http.tls-chain", "the certificate chain is trusted", Severity::critical, "RFC 5280 §6", "HTTP-09",
     "self-signed or unknown issuer, an intermediate that is not served", "browsers refuse the site",
     "openssl s_client -connect ADDRESS:443 -servername NAME -showcerts", "serve the leaf and every intermediate",
     judge_tls<net::judge_chain>},
    {"http.tls-name", "the certificate covers the spoken name", Severity::critical, "RFC 9525 §6", "HTTP-09",
     "the interim name's certificate, another virtual host's certificate", "browsers refuse the site",
     "openssl s_client -connect ADDRESS:443 -servername NAME", "a certificate for this name in this virtual host",
     judge_tls<net::judge_name>},
    {"http.tls-validity", "the certificate is valid, for some time yet", Severity::critical, "RFC 5280 §4.1.2.5",
     "HTTP-09", "expired or not yet valid, renewal not set up", "browsers refuse the site, now or soon",
     "openssl s_client -connect ADDRESS:443 -servername NAME | openssl x509 -noout -dates",
     "renew, and reload the server", judge_tls<net::judge_validity>},
};

}  // namespace

std::span<const CheckSpec> checks() {
  return kChecks;
}

}  // namespace drydock::http
