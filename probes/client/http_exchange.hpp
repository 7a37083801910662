#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

/// Cookies in memory, for several requests of one probe: sent where RFC 6265 §5.4 wants them sent.
struct CookieJar {
  std::vector<std::string> cookies;  ///< as libcurl lists them: domain, subdomains, path, secure, expiry, name, value

  /// What it holds, without the times at which that ends: so that an answer that changed nothing is recognised.
  [[nodiscard]] std::string contents() const;
};

/// One HTTP/1.1 request. Redirects are never followed, proxies of the environment never used.
struct HttpRequest {
  std::string url;                          ///< its host is what is spoken: SNI and Host
  Endpoint to;                              ///< what is dialled, whatever `url` names
  std::string method;                       ///< a token in capitals
  Fields headers;                           ///< added to Host, User-Agent and Accept, or in their place
  std::vector<std::string> secret_headers;  ///< names of those that hold credentials, in the spelling of `headers`
  net::TlsOptions tls;             ///< `server_name` is what the certificate is judged by; SNI is the URL's host
  std::size_t keep = 1024 * 1024;  ///< octets of the body that are kept; the transfer ends there
  CookieJar* jar = nullptr;        ///< whose cookies are sent, and which takes those that come; null: none
};

/// What came back. Filled while it comes, so that a broken answer keeps what was seen.
struct HttpAnswer {
  int status = 0;       ///< 0: no whole head came
  std::string version;  ///< `1.1`
  std::string reason;
  Fields headers;        ///< of the final answer; interim answers (1xx) and trailers are left out
  std::string body;      ///< the octets as they came, transfer coding removed
  bool clipped = false;  ///< the body was longer than `keep`
  bool complete = false;
  std::optional<net::TlsSession> tls;

  /// The first field of that name (lower case), or null.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

/// Sends one request over a connection of its own and reads the answer. Where some of its headers are secret, nothing
/// is sent unless this connection has itself proved whose it is (net/password): Failure(credential) instead. Sets
/// out.stage (connect, tls, request, answer, body) and out.address; keeps the head of both messages in the transcript.
/// Throws Failure when no whole answer comes: more than 256 KiB of header fields, a Content-Length that is no length
/// (RFC 9112 §6.3), or anything that is not HTTP, is Failure(protocol).
boost::asio::awaitable<void> http_exchange(const ProbeContext& context, const HttpRequest& request, HttpAnswer& answer,
                                           Observation& out);

}  // namespace drydock
