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

/// The host that is spoken: the URL's. Empty where it is only an address.
std::string spoken_name(const Subject& subject);

/// One redirect, as the fact http.hops keeps it: `301 http://a/ -> https://a/`.
struct Hop {
  int status = 0;
  std::string url;
  std::string location;
};
std::string spell(const Hop& hop);
std::optional<Hop> read_hop(std::string_view text);

/// How following the redirects ended: the values of http.hops_end. `failed` is followed by ": " and the reason.
inline constexpr std::string_view kEndAnswer = "answer";
inline constexpr std::string_view kEndLoop = "loop";
inline constexpr std::string_view kEndTooMany = "too many";
inline constexpr std::string_view kEndElsewhere = "elsewhere";
inline constexpr std::string_view kEndUnreadable = "unreadable";
inline constexpr std::string_view kEndFailed = "failed";
inline constexpr std::string_view kEndBlamed = "failed by the host";

/// Redirects that are followed at most.
inline constexpr int kMaxHops = 6;

std::unique_ptr<const Probe> make_probe(const Parameters& parameters);

/// A curl command that makes the same request by hand, or follows its redirects at the same address; empty where there
/// is no URL.
std::string by_curl(const Subject& subject, bool following = false);

/// The first field of that name (lower case) of the answer, or null.
const std::string* header(const Observation& seen, std::string_view name);
/// The answer's status, or 0.
int status_of(const Observation& seen);

Judgement judge_cgi(const Observation& seen, const Subject& subject);
Judgement judge_handler(const Observation& seen, const Subject& subject);
Judgement judge_ssi(const Observation& seen, const Subject& subject);
/// True where one of the three above judges the status of this answer.
bool judged_as_program(const Subject& subject);

Judgement judge_redirect(const Observation& seen, const Subject& subject);
Judgement judge_canonical(const Observation& seen, const Subject& subject);

}  // namespace drydock::http
