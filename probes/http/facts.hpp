#pragma once
#include "probes/core/fact.hpp"
#include "probes/net/tls_facts.hpp"

namespace drydock {

/// What the type `http` sees.
struct HttpFacts {
  Fact<std::string> url{"http.url", "what was asked for"};
  Fact<std::int64_t> status{"http.status", "status of the first answer", Parity::same};
  Fact<std::string> reason{"http.reason", "reason phrase of the first answer"};
  Fact<std::string> version{"http.version", "HTTP version of the first answer"};
  Fact<Fields> headers{"http.headers", "header fields of the first answer"};
  Fact<std::string> location{"http.location", "Location of the first answer", Parity::same};
  Fact<std::string> type{"http.type", "Content-Type of the first answer", Parity::same};
  Fact<std::string> body{"http.body", "body of the first answer, its first 1 MiB", Parity::same};
  Fact<bool> clipped{"http.clipped", "the body was longer than what was kept"};
  Fact<std::vector<std::string>> hops{"http.hops", "redirects in order: STATUS URL -> LOCATION", Parity::same};
  Fact<std::string> hops_end{
      "http.hops_end",
      "how they ended: answer, loop, too many, elsewhere, unreadable, failed: WHY, failed by the host: WHY",
      Parity::same};
  Fact<std::int64_t> final_status{"http.final_status", "status of the last answer, where redirects were followed",
                                  Parity::same};
};
inline constexpr HttpFacts kHttp;
inline constexpr net::TlsFacts kHttpTls = net::tls_facts<"http.tls">();

}  // namespace drydock
