#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/check.hpp"
#include "probes/core/probe.hpp"
#include "probes/net/url.hpp"

/// What the .cpp files of probes/http share.
namespace drydock::http {

/// What is asked for first: the parameter `url`, or `path` at the spoken name. Nothing where the text is no URL.
struct Target {
  net::Url url;
  Endpoint to;
};
std::optional<Target> target_of(const Parameters& parameters, const Subject& subject);
/// What is dialled for a URL that redirects lead to: the same server as at first where it names that, else its port at
/// the same address.
Endpoint endpoint_for(const net::Url& url, const Target& first, const Subject& subject);

/// The host that is spoken: the URL's. Empty where it is only an address.
std::string spoken_name(const Subject& subject);

bool is_address(const std::string& text);

/// A host's name as names compare: in lower case, without the final dot.
std::string plain_name(std::string_view name);

/// Whether the origin is the same: scheme, host and port (RFC 6454 §5).
bool same_origin(const net::Url& one, const net::Url& other);

/// False where an answer has no content whatever it would show (RFC 9110 §6.4.1): to HEAD, and 1xx, 204, 205 and 304.
bool brings_page(std::string_view method, int status);

/// Requests at most, the first included.
inline constexpr int kMaxRequests = 6;
/// Octets of a body that are kept, unless the parameter body_limit says otherwise.
inline constexpr std::int64_t kBodyLimit = 8 * 1024 * 1024;

std::unique_ptr<const Probe> make_probe(const Parameters& parameters);

/// The scenario's header fields as they go to a URL.
struct RequestHeaders {
  Fields sent;
  std::vector<std::string> secret;    ///< names of those of them that hold credentials
  std::vector<std::string> withheld;  ///< names of those that hold credentials and stay at the origin of `first`
};
/// Credentials go to the origin of the URL that the scenario asks for and to no other, as browsers do.
RequestHeaders headers_for(const Subject& subject, const net::Url& first, const net::Url& url);

/// A curl command that makes the same request by hand; where `following`, that shows what the redirects end at, at the
/// same address. Credentials stand in it by the names of shell variables, and where the probe did not send them, not at
/// all. Empty where there is no URL.
std::string by_curl(const Observation& seen, const Subject& subject, bool following = false);
/// A command that shows the TLS handshake with `to`, in which `name` is spoken.
std::string by_openssl(const std::string& to, const std::string& name);
/// The command that shows this fact (ProbeType::by_hand).
std::string by_hand(const Observation& seen, const Subject& subject, std::string_view fact);

/// One answer, of those that an observation keeps.
struct Answer {
  int status = 0;
  std::string url;
  std::string reason;
  const Fields* headers = nullptr;
  const Excerpt* body = nullptr;

  /// The first field of that name (lower case), or null.
  [[nodiscard]] const std::string* header(std::string_view name) const;
  /// `404 Not Found`, for people.
  [[nodiscard]] std::string line() const;
};
/// True where it puts the client off, and says nothing of the page: 408, 429 (RFC 6585 §4), and 503 that says when to
/// come again (RFC 9110 §10.2.3).
bool says_not_now(const Answer& answer);
/// The first answer's status, or 0.
int status_of(const Observation& seen);
/// The first answer; nothing where none came.
std::optional<Answer> first_answer(const Observation& seen);
/// The answer at the end of the redirects, or the first where nothing was followed; nothing where it was not seen.
std::optional<Answer> final_answer(const Observation& seen);
/// True where a redirect was followed, or was tried to.
bool followed(const Observation& seen);
/// For a check that wants the answer at the end, which was not seen.
Judgement end_not_seen(const Observation& seen, std::string_view what);

/// Why this answer shows no page, or none that tells of the whole, for people; empty where it has one, or should have.
std::string why_no_page(const Subject& subject, const Answer& answer);

/// That the end of the redirects was asked without credentials, in words; empty where it was not.
std::string withheld_at_the_end(const Observation& seen);
/// For what credentials might have mended: a fail is inconclusive where they were kept from the end.
Judgement unless_withheld(Judgement judgement, const Observation& seen);
/// ProbeType::why_not_held.
std::string why_not_held(const Observation& seen, std::string_view fact);

/// True where `expect` speaks of this fact.
bool expects(const Subject& subject, std::string_view fact);
/// Whether it wants to see something in this text, so that no other site's page can pass.
bool has_marker(const Subject& subject, std::string_view fact);
/// True where the answer holds the token that was in its URL: something has read the request, so this is neither the
/// text of a file nor another site's page.
bool shows_token(const Answer& answer, const Subject& subject);
/// What a peer chose, in a message: printable, 200 octets at most.
std::string brief(std::string_view text);

/// True where one of the three above judges the status of this answer.
bool judged_as_program(const Subject& subject);

}  // namespace drydock::http
