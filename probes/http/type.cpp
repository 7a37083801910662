#include "probes/http/type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "probes/core/check_table.hpp"
#include "probes/core/fact_table.hpp"
#include "probes/http/checks.hpp"
#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

namespace drydock {

namespace {

constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "OPTIONS"};

constexpr ParameterSpec kParameters[] = {
    {.name = "url",
     .type = ParameterType::url,
     .meaning = "what to ask for; its host is spoken, the host's address is dialled"},
    {.name = "path",
     .type = ParameterType::text,
     .meaning = "instead of url: a path at the spoken name, over https where the port is 443, else over http"},
    {.name = "method",
     .type = ParameterType::choice,
     .default_value = "GET",
     .meaning = "the request's method; only GET and HEAD follow redirects",
     .choices = kMethods},
    {.name = "headers",
     .type = ParameterType::fields,
     .meaning =
         "header fields to add, or to put in the place of others; those that hold credentials (Authorization, "
         "Cookie, and names with auth, token, secret, password, session or key) go to the URL's own origin only, and "
         "only on a connection that has itself proved whose it is: https with the right certificate"},
    {.name = "executes",
     .type = ParameterType::boolean,
     .default_value = "false",
     .meaning = "a program runs at this URL (.cgi, .spy, .shtml): neither its source nor an error may come",
     .only_judged = true},
    {.name = "body_limit",
     .type = ParameterType::integer,
     .default_value = "8388608",
     .meaning = "octets of a body that are read; what lies beyond is neither judged nor compared",
     .minimum = 1024,
     .maximum = 16 * 1024 * 1024},
};

constexpr auto kFacts = fact_table(kHttp, kHttpTls);

std::vector<ParameterProblem> validate(const Parameters& parameters) {
  std::vector<ParameterProblem> problems;
  const bool url = !parameters.text("url").empty();
  const bool path = !parameters.text("path").empty();
  if (url && path) problems.push_back({"path", "url and path are given; one of them would be right"});
  if (!url && !path)
    problems.push_back({"url", "what to ask for is missing; url, or path at the spoken name, would be right"});
  const std::string& text = parameters.text("url");
  if (url && text.find(kTokenMark) == std::string::npos && !net::parse_url(text))
    problems.push_back({"url", "this is no http or https URL; `https://name/path` would be right"});
  if (const Fields* headers = parameters.get<Fields>("headers"))
    for (const auto& [name, value] : *headers)
      if (name.empty() || name.find_first_of(" \t\r\n:") != std::string::npos ||
          value.find_first_of("\r\n") != std::string::npos)
        problems.push_back({"headers", "a field's name is one word and its value one line"});
  return problems;
}

std::uint16_t port_of(const Parameters& parameters) {
  const auto url = net::parse_url(with_token(parameters.text("url"), "token"));
  return url ? url->port : 80;
}

constexpr std::string_view kByHand = "curl -sik --connect-to ::ADDRESS:PORT URL; with -L where redirects are followed";

constexpr std::array<CheckSpec, 8> kPageChecks = {{
    {"http.answers", "an HTTP answer comes, whole", Severity::critical, "RFC 9112 §6", "HTTP-01",
     "web server not started, listening elsewhere, closing in the middle; plain HTTP on the TLS port; TLS refused for "
     "the spoken name",
     "nobody can see any page", kByHand, "start the server; look at its error log; compare its Listen lines",
     http::judge_answers},
    {"http.status", "the status is 2xx or 3xx where nothing else is expected", Severity::critical, "RFC 9110 §15",
     "HTTP-01", "missing page, forbidden folder, failing application; the same where the redirects end",
     "users get an error instead of the page", kByHand, "the server's error log names the reason", http::judge_status},
    {"http.vhost", "the spoken name's own site answers", Severity::critical, "RFC 9110 §7.2, §15.5.20", "HTTP-01",
     "a missing or misordered virtual host: 421, a default page, a parking page, a bare listing. Another site's page "
     "is "
     "seen only by a marker: expect: {body: {contains: ...}}",
     "users land on somebody else's site", kByHand, "ServerName and ServerAlias; the first virtual host is the default",
     http::judge_vhost},
    {"http.canonical", "redirects and self-references carry the right name", Severity::critical, "RFC 9110 §10.2.2",
     "HTTP-02", "the interim name, the old host's name, an address or an internal port in Location or in links",
     "users are led to a name that goes away or never worked", kByHand,
     "ServerName, UseCanonicalName, and the name that a proxied application believes in", http::judge_canonical},
    {"http.cgi", ".cgi scripts run", Severity::critical, "RFC 3875 §3, §6.3.1", "HTTP-03",
     "ExecCGI off (403), AddHandler lost (source or download), interpreter missing (500)",
     "crew pages break, or show their source to everybody", kByHand,
     "Options +ExecCGI, AddHandler cgi-script .cgi, mod_cgid; the script's interpreter and mode", http::judge_cgi},
    {"http.handler", "scripts of other handlers run (.spy and others)", Severity::critical, "RFC 3875 §3, §6.3.1",
     "HTTP-04", "a handler module or Action that was not carried over",
     "pages break, or show their source to everybody", kByHand,
     "AddHandler or Action for the suffix, and the program behind it", http::judge_handler},
    {"http.ssi", "server-side includes are expanded", Severity::critical, "", "HTTP-06",
     "Options +Includes or AddOutputFilter INCLUDES missing; an included file missing",
     "pages lose their menus and show raw directives", kByHand,
     "Options +Includes, AddOutputFilter INCLUDES .shtml, mod_include; the included files", http::judge_ssi},
    {"http.redirect", "redirects end at an answer, soon, and stay on https", Severity::critical, "RFC 9110 §15.4",
     "HTTP-08",
     "a redirect loop between http and https, long chains, a step down from https to http, a redirect without "
     "Location. "
     "Cookies that come on the way are sent again, as a browser does",
     "browsers give up with \"too many redirects\"", "curl -sikL --max-redirs 6 -b '' --connect-to ::ADDRESS: URL",
     "rewrite rules of both virtual hosts; X-Forwarded-Proto behind a proxy", http::judge_redirect},
}};

/// A method that is not safe (RFC 9110 §9.2.1) may change something.
std::string announce(const Subject& subject) {
  constexpr std::string_view kSafe[] = {"", "GET", "HEAD", "OPTIONS", "TRACE"};
  const std::string& method = subject.parameters.text("method");
  return std::ranges::find(kSafe, method) != std::end(kSafe)
             ? std::string()
             : fmt::format("sends {}, which may change something", method);
}

/// As many as the redirects that are followed may ask for.
int connections(const Parameters& parameters) {
  const std::string& method = parameters.text("method");
  return method.empty() || method == "GET" || method == "HEAD" ? http::kMaxRequests : 1;
}

constexpr auto kCertificateChecks =
    facet::certificate_checks<"http.tls-", "openssl s_client -connect ADDRESS:443 -servername NAME",
                              http::of_certificate>({.chain = "HTTP-09", .name = "HTTP-09", .validity = "HTTP-09"});

constexpr auto kChecks = check_table(kPageChecks, kCertificateChecks);

}  // namespace

const ProbeType kHttpType{
    .name = "http",
    .summary = "one request to a web server: status, headers, body, redirects, certificate",
    .aims = {Aim::host},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = http::make_probe,
    .validate = validate,
    .connections = connections,
    .port = port_of,
    .by_hand = http::by_hand,
    .why_not_held = http::why_not_held,
    .reached_by = "http.answers",
    .announce = announce,
};

}  // namespace drydock
