#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "probes/core/text.hpp"
#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

/// Which header fields of the scenario hold credentials, and who is sent them; what can't be held against a host.
namespace drydock::http {

namespace {

/// In the names of header fields.
constexpr std::string_view kCredentials[] = {"auth", "token", "secret",     "pass",     "session",
                                             "key",  "jwt",   "credential", "signature"};

/// Whether a header field holds what only the server that it was written for may see.
bool is_credential(std::string_view field) {
  const std::string name = ascii_lower(field);
  return name == "cookie" || std::ranges::any_of(kCredentials, [&name](std::string_view part) {
           return name.find(part) != std::string::npos;
         });
}

}  // namespace

RequestHeaders headers_for(const Subject& subject, const net::Url& first, const net::Url& url) {
  RequestHeaders headers;
  const Fields* given = subject.parameters.get<Fields>("headers");
  if (!given) return headers;
  const bool at_home = same_origin(url, first);
  for (const auto& field : *given) {
    const bool secret = is_credential(field.first);
    if (secret) (at_home ? headers.secret : headers.withheld).push_back(field.first);
    if (at_home || !secret) headers.sent.push_back(field);
  }
  return headers;
}

std::string withheld_at_the_end(const Observation& seen) {
  const auto* withheld = seen.get(kHttp.withheld);
  const WebLink* end = seen.get(kHttp.final_url);
  if (!withheld || !end) return {};
  return fmt::format("{} is another origin, which is not sent the scenario's {}", brief(end->text),
                     fmt::join(*withheld, ", "));
}

Judgement unless_withheld(Judgement judgement, const Observation& seen) {
  const std::string why = withheld_at_the_end(seen);
  if (why.empty() || judgement.verdict != Verdict::fail) return judgement;
  judgement.verdict = Verdict::inconclusive;
  judgement.message += "; but " + why;
  judgement.hint = "ask for the URL that the redirect ends at";
  return judgement;
}

std::string why_not_held(const Observation& seen, std::string_view fact) {
  const bool about_the_end =
      fact.starts_with("http.final_") || fact.starts_with(kHttp.hops.name) || fact == kHttp.followed.name;
  if (const std::string why = about_the_end ? withheld_at_the_end(seen) : ""; !why.empty())
    return why + ", so what those would show was not seen: ask for that URL itself";
  const bool of_an_answer = fact != kHttp.url.name && !fact.starts_with("http.tls.");
  const auto answer = about_the_end ? final_answer(seen) : first_answer(seen);
  return of_an_answer && answer && says_not_now(*answer)
             ? fmt::format("the server says \"not now\": {}", answer->line())
             : "";
}

}  // namespace drydock::http
