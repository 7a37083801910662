#include "probes/http/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"
#include "probes/net/tls_facts.hpp"

namespace drydock::http {

namespace {

bool expects(const Subject& subject, std::string_view fact) {
  return std::find(subject.expected_facts.begin(), subject.expected_facts.end(), fact) != subject.expected_facts.end();
}

std::string status_line(const Observation& seen) {
  const std::string* reason = seen.get(kHttp.reason);
  return fmt::format("{}{}{}", status_of(seen), reason && !reason->empty() ? " " : "",
                     reason ? printable(*reason) : "");
}

Judgement judge_answers(const Observation& seen, const Subject& subject) {
  if (seen.error && (status_of(seen) == 0 || (seen.error_stage == "answer" || seen.error_stage == "body"))) {
    Judgement judgement = ended_early(seen, "a whole HTTP answer");
    if (judgement.verdict == Verdict::fail) judgement.hint = "is the web server running, and does it listen here?";
    if (seen.error->kind == ErrorKind::tls)
      judgement.hint =
          "SSLEngine and the certificate of this virtual host; \"unrecognized name\" means that no virtual "
          "host has the spoken name; plain text means that HTTP is served on the TLS port";
    judgement.reproduce = by_curl(subject);
    return judgement;
  }
  if (status_of(seen) == 0) return not_seen(seen, "an HTTP answer");
  return Judgement::pass(status_line(seen));
}

Judgement judge_status(const Observation& seen, const Subject& subject) {
  if (expects(subject, "status")) return Judgement::skip("`expect` says which status is wanted");
  if (judged_as_program(subject)) return Judgement::skip("the check of the program that runs here judges the status");
  const int status = status_of(seen);
  if (status == 0) return not_seen(seen, "the status");
  const std::string actual = status_line(seen);
  if (status >= 200 && status < 400) return Judgement::pass(actual);
  const bool later = header(seen, "retry-after") != nullptr;
  if (status == 503 && later && subject.phase == "freeze") return Judgement::pass(actual + ", as is due in a freeze");
  Judgement judgement;
  if (status == 421) {
    judgement = Judgement::skip("421 is told by http.vhost");
  } else if (status == 408 || status == 429 || (status == 503 && later)) {
    judgement = Judgement::inconclusive(fmt::format("the server says \"not now\": {}", actual));
  } else {
    std::string hint = "the server's error log; whether this URL is meant to answer so (then say it under expect)";
    const std::string* body = seen.get(kHttp.body);
    if (status == 400 && body && body->find("plain HTTP to an SSL-enabled server port") != std::string::npos)
      hint = "this port speaks TLS: use https";
    judgement = Judgement::fail(fmt::format("the server answered {}", actual), "2xx or 3xx", actual, hint);
  }
  judgement.stage = "answer";
  judgement.reproduce = by_curl(subject);
  return judgement;
}

struct Placeholder {
  std::string_view text;  ///< in lower case
  std::string_view what;
};

/// Pages of servers that nobody has configured, and of names that nobody uses. Looked for in the head of the page.
constexpr std::array<Placeholder, 12> kPlaceholders{{
    {"apache2 debian default page", "Apache's default page"},
    {"apache2 ubuntu default page", "Apache's default page"},
    {"<h1>it works!</h1>", "Apache's default page"},
    {"test page for the apache http server", "Apache's test page"},
    {"welcome to nginx!", "nginx's default page"},
    {"<title>iis windows", "IIS's default page"},
    {"placeholder page", "a placeholder page"},
    {"<title>default parallels plesk", "Plesk's default page"},
    {"this domain is parked", "a parking page"},
    {"domain is for sale", "a parking page"},
    {"buy this domain", "a parking page"},
    {"<title>default web site page</title>", "cPanel's default page"},
}};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string placeholder_in(std::string_view body, bool root) {
  const std::string head = lower(body.substr(0, 16384));
  for (const Placeholder& placeholder : kPlaceholders)
    if (head.find(placeholder.text) != std::string::npos) return std::string(placeholder.what);
  if (root && head.find("<title>index of /</title>") != std::string::npos) return "a bare listing of the root folder";
  return {};
}

Judgement judge_vhost(const Observation& seen, const Subject& subject) {
  const int status = status_of(seen);
  const std::string* body = seen.get(kHttp.body);
  const std::string name = spoken_name(subject);
  if (name.empty()) return Judgement::skip("no name is spoken");
  if (status == 0 || !body) return not_seen(seen, "which site answers");
  Judgement judgement;
  const auto target = target_of(subject.parameters, subject);
  const std::string found = expects(subject, "body") || status >= 300
                                ? std::string()
                                : placeholder_in(*body, target && target->url.path == "/");
  const std::string hint = "NameVirtualHost order, ServerName and ServerAlias of the sites; which one is the first";
  if (status == 421)
    judgement = Judgement::fail(fmt::format("the server says that it is not {} (421 Misdirected Request)", name),
                                fmt::format("the site {}", name), status_line(seen), hint);
  else if (!found.empty())
    judgement = Judgement::fail(fmt::format("{} shows {} instead of its own site", name, found),
                                fmt::format("the site {}", name), found, hint);
  else if (seen.error)
    return not_seen(seen, "the whole page");
  else
    return Judgement::pass(expects(subject, "body") ? "no 421; `expect` knows the page's marker" : "no default page");
  judgement.stage = "answer";
  judgement.reproduce = by_curl(subject);
  return judgement;
}

template <Judgement (*judge)(const Observation&, const Subject&, const net::TlsFacts&)>
Judgement judge_tls(const Observation& seen, const Subject& subject) {
  const auto target = target_of(subject.parameters, subject);
  if (target && target->url.scheme != "https") return Judgement::skip("the URL is not https");
  Subject spoken = subject;
  spoken.name = spoken_name(subject);
  Judgement judgement = judge(seen, spoken, kHttpTls);
  if (judgement.reproduce.empty() && judgement.verdict != Verdict::pass && target)
    judgement.reproduce = fmt::format("openssl s_client -connect {} -servername {} -showcerts </dev/null",
                                      target->to.text(), spoken.name);
  return judgement;
}

constexpr std::string_view kByHand = "curl -si --connect-to ::ADDRESS:PORT URL";

constexpr CheckSpec kChecks[] = {
    {"http.answers", "an HTTP answer comes, whole", Severity::critical, "RFC 9112 §6", "HTTP-01",
     "web server not started, listening elsewhere, closing in the middle; plain HTTP on the TLS port; TLS refused for "
     "the spoken name",
     "nobody can see any page", kByHand, "start the server; look at its error log; compare its Listen lines",
     judge_answers},
    {"http.status", "the status is 2xx or 3xx where nothing else is expected", Severity::critical, "RFC 9110 §15",
     "HTTP-01", "missing page, forbidden folder, failing application", "users get an error instead of the page",
     kByHand, "the server's error log names the reason", judge_status},
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
    {"http.redirect", "redirects end, soon, and stay on https", Severity::critical, "RFC 9110 §15.4", "HTTP-08",
     "a redirect loop between http and https, long chains, a step down from https to http",
     "browsers give up with \"too many redirects\"", "curl -siL --max-redirs 6 --connect-to ::ADDRESS: URL",
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
