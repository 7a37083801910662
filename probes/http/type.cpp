#include "probes/http/type.hpp"

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

}  // namespace

const ProbeType kHttpType{
    .name = "http",
    .summary = "one request to a web server: status, headers, body, redirects, certificate",
    .aims = {Aim::host},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = http::checks(),
    .make = http::make_probe,
    .validate = validate,
    .waiting = nullptr,
    .port = port_of,
    .by_hand = http::by_hand,
    .why_not_held = http::why_not_held,
};

}  // namespace drydock
