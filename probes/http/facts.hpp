#pragma once
#include "probes/core/fact.hpp"
#include "probes/core/fact_table.hpp"
#include "probes/facet/certificate.hpp"

namespace drydock {

namespace http {

/// How following the redirects ended.
enum class RedirectEnd {
  answer,       ///< at an answer that redirects no further; also where nothing redirected
  loop,         ///< at a URL that was asked for before, with the same cookies
  too_many,     ///< at the limit
  elsewhere,    ///< at another site, which is not asked
  unreadable,   ///< at a Location that names no http or https URL
  no_location,  ///< at a redirect without Location
  failed,       ///< what was named did not answer as it must, and that is the host's doing
  unanswered    ///< it was not answered, or not read, and that says nothing about the host
};

inline constexpr std::string_view kRedirectEnds[] = {"answer",     "loop",        "too many", "elsewhere",
                                                     "unreadable", "no location", "failed",   "unanswered"};
constexpr std::span<const std::string_view> fact_words(RedirectEnd) {
  return kRedirectEnds;
}

}  // namespace http

/// The columns of http.hops: one answer that redirected.
struct RedirectFacts {
  Fact<std::int64_t> status{"status", "status of the answer", Parity::same};
  Fact<WebLink> url{"url", "what was asked for"};
  Fact<WebLink> location{"location", "Location of the answer, where it had one", Parity::same};
};
inline constexpr RedirectFacts kRedirect;
inline constexpr auto kRedirectColumns = fact_table(kRedirect);

/// The columns of http.hop_tls: one connection beyond the first.
struct HopTlsFacts {
  Fact<WebLink> url{"url", "what was asked for"};
  Fact<std::string> address{"address", "what was dialled"};
};
inline constexpr HopTlsFacts kHop;
inline constexpr facet::TlsFacts kHopTls = facet::tls_facts<"tls">();
inline constexpr auto kHopColumns = fact_table(kHop, kHopTls);

/// What the type `http` sees.
struct HttpFacts {
  Fact<WebLink> url{"http.url", "what was asked for"};
  Fact<std::int64_t> status{"http.status", "status of the first answer", Parity::same};
  Fact<std::string> reason{"http.reason", "reason phrase of the first answer"};
  Fact<std::string> version{"http.version", "HTTP version of the first answer"};
  Fact<Fields> headers{"http.headers", "header fields of the first answer"};
  Fact<WebLink> location{"http.location", "Location of the first answer", Parity::same};
  Fact<std::string> type{"http.type", "Content-Type of the first answer", Parity::same};
  Fact<Excerpt> body{"http.body",
                     "body of the first answer, as much as body_limit says; none to HEAD and of 204, 205 and 304",
                     Parity::same};
  Fact<bool> clipped{"http.clipped", "that body was longer than what was kept"};
  Fact<std::vector<Record>> hops{"http.hops", "answers that redirected, in order", Parity::same, {}, kRedirectColumns};
  Fact<std::int64_t> followed{"http.followed", "how many redirects were followed"};
  Fact<http::RedirectEnd> hops_end{
      "http.hops_end", "how they ended: answer, loop, too many, elsewhere, unreadable, no location, failed, unanswered",
      Parity::same};
  Fact<std::string> hops_problem{"http.hops_problem", "why what the last redirect names could not be fetched"};
  Fact<std::vector<Record>> hop_tls{
      "http.hop_tls", "TLS of the connections that redirects led to, in order", Parity::free, {}, kHopColumns};
  Fact<std::vector<std::string>> withheld{
      "http.withheld", "names of the scenario's header fields that were kept from the end, another origin",
      Parity::free};
  Fact<WebLink> final_url{"http.final_url", "where the redirects end; what was asked for where nothing was followed"};
  Fact<std::int64_t> final_status{"http.final_status", "status of the answer at the end", Parity::same};
  Fact<std::string> final_reason{"http.final_reason", "reason phrase of that answer"};
  Fact<Fields> final_headers{"http.final_headers", "header fields of that answer"};
  Fact<WebLink> final_location{"http.final_location", "Location of that answer"};
  Fact<Excerpt> final_body{"http.final_body", "body of that answer, as much as body_limit says", Parity::same};
};
inline constexpr HttpFacts kHttp;
inline constexpr facet::TlsFacts kHttpTls = facet::tls_facts<"http.tls">();

}  // namespace drydock
