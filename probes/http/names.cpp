#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cctype>

#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

namespace drydock::http {

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (!result.empty() && result.back() == '.') result.pop_back();
  return result;
}

bool is_name_octet(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
}

/// The names that the host may call itself here: the one that was spoken and its own of the phase.
std::vector<std::string> right_names(const Subject& subject) {
  std::vector<std::string> names;
  for (const std::string& name : {spoken_name(subject), subject.name, subject.hostname})
    if (!name.empty()) names.push_back(lower(name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), lower(name)) != names.end();
}

bool is_address(const std::string& text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(text, error);
  return !error;
}

/// `name` as a whole host behind `before` in `body`, so `old.example` is not found in `very-old.example`.
bool stands_behind(std::string_view body, std::string_view before, std::string_view name) {
  const std::string text = fmt::format("{}{}", before, name);
  for (std::size_t at = body.find(text); at != std::string_view::npos; at = body.find(text, at + 1)) {
    const std::size_t end = at + text.size();
    if (end >= body.size() || !is_name_octet(body[end])) return true;
    if (body[end] == '.' && (end + 1 >= body.size() || !is_name_octet(body[end + 1]))) return true;
  }
  return false;
}

/// The first wrong name that the page gives its own host: in links, or in the footer of an error page.
std::string wrong_name_in(const std::string& page, const Subject& subject, const std::vector<std::string>& right) {
  const std::string body = lower(page);
  for (const std::string& wrong : subject.wrong_names) {
    const std::string name = lower(wrong);
    if (name.empty() || contains(right, name)) continue;
    if (stands_behind(body, "http://", name) || stands_behind(body, "https://", name) ||
        stands_behind(body, "=\"//", name) || stands_behind(body, " server at ", name))
      return wrong;
  }
  return {};
}

struct Place {
  std::string from;  ///< the URL that answered
  std::string to;    ///< its Location field
};

std::vector<Place> places_of(const Observation& seen) {
  std::vector<Place> places;
  if (const auto* hops = seen.get(kHttp.hops))
    for (const std::string& text : *hops)
      if (const auto hop = read_hop(text)) places.push_back({hop->url, hop->location});
  const std::string* location = seen.get(kHttp.location);
  const std::string* url = seen.get(kHttp.url);
  if (places.empty() && location && url) places.push_back({*url, *location});
  return places;
}

constexpr std::string_view kNameHint =
    "ServerName, UseCanonicalName and the redirects of this virtual host; what a proxied application believes to be "
    "its "
    "name";

/// What one Location says about the host's name; nothing where it is right.
std::optional<Judgement> judge_place(const Place& place, const Subject& subject,
                                     const std::vector<std::string>& right) {
  const auto from = net::parse_url(place.from);
  const auto to = from ? net::resolve_url(*from, place.to) : std::nullopt;
  if (!to) return std::nullopt;
  const std::string expected = fmt::format("a Location that names {}", fmt::join(right, " or "));
  const std::string actual = printable(place.to);
  if (contains(right, to->host)) {
    if (to->default_port() || to->port == from->port || (subject.port && to->port == *subject.port))
      return std::nullopt;
    return Judgement::fail(fmt::format("the redirect leads to the internal port {}", to->port),
                           "no port, or the one that was asked", actual, std::string(kNameHint));
  }
  if (contains(subject.wrong_names, to->host))
    return Judgement::fail(fmt::format("the redirect calls the host {}, which is not its name now", to->host), expected,
                           actual, std::string(kNameHint));
  if (is_address(to->host))
    return Judgement::fail(fmt::format("the redirect names the address {} instead of a name", to->host), expected,
                           actual, std::string(kNameHint));
  if (to->host.find('.') == std::string::npos)
    return Judgement::fail(fmt::format("the redirect names \"{}\", which is no name that users can reach", to->host),
                           expected, actual, std::string(kNameHint));
  if (std::find(subject.expected_facts.begin(), subject.expected_facts.end(), "location") !=
      subject.expected_facts.end())
    return std::nullopt;
  return Judgement::warn(fmt::format("the redirect leads to another site, {}", to->host), expected, actual,
                         "say `location` under expect where this is meant");
}

Judgement finished(Judgement judgement, const Subject& subject, std::string_view stage) {
  judgement.stage = std::string(stage);
  judgement.reproduce = by_curl(subject, stage == "redirect");
  return judgement;
}

}  // namespace

Judgement judge_canonical(const Observation& seen, const Subject& subject) {
  const auto right = right_names(subject);
  if (right.empty()) return Judgement::skip("no name is known that the host may call itself");
  const std::string* body = seen.get(kHttp.body);
  if (status_of(seen) == 0 || !body) return not_seen(seen, "what the server calls itself");
  std::optional<Judgement> warned;
  const auto places = places_of(seen);
  for (const Place& place : places) {
    auto judgement = judge_place(place, subject, right);
    if (!judgement) continue;
    if (judgement->verdict == Verdict::fail) return finished(std::move(*judgement), subject, "answer");
    warned = std::move(judgement);
  }
  const std::string wrong = wrong_name_in(*body, subject, right);
  if (!wrong.empty())
    return finished(
        Judgement::fail(fmt::format("the page calls its host {}, which is not its name now", wrong),
                        fmt::format("links that name {}", fmt::join(right, " or ")), wrong, std::string(kNameHint)),
        subject, "body");
  if (warned) return finished(std::move(*warned), subject, "answer");
  if (seen.error) return not_seen(seen, "the whole page");
  return Judgement::pass(places.empty() ? "names no other host" : printable(places.front().to));
}

Judgement judge_redirect(const Observation& seen, const Subject& subject) {
  constexpr std::string_view kExpected = "at most 3 redirects that end at a page, never from https to http";
  constexpr std::string_view kHint = "RewriteRule and Redirect of both virtual hosts, and what a proxy in front adds";
  if (status_of(seen) == 0) return not_seen(seen, "an answer");
  const std::string& method = subject.parameters.text("method");
  if (method != "GET" && method != "HEAD" && !method.empty())
    return Judgement::skip(fmt::format("redirects of {} are not followed", method));
  const auto* hops = seen.get(kHttp.hops);
  if (!hops) return not_seen(seen, "where the redirects lead");
  const std::string chain = printable(fmt::format("{}", fmt::join(*hops, ", ")));
  const auto failed = [&](std::string message) {
    return finished(Judgement::fail(std::move(message), std::string(kExpected), chain, std::string(kHint)), subject,
                    "redirect");
  };
  const std::string* end = seen.get(kHttp.hops_end);
  if (end && *end == kEndLoop) return failed(fmt::format("the redirects lead in a circle after {}", hops->size()));
  if (end && *end == kEndTooMany)
    return failed(fmt::format("more than {} redirects follow each other", hops->size() - 1));
  for (const std::string& text : *hops) {
    const auto hop = read_hop(text);
    const auto from = hop ? net::parse_url(hop->url) : std::nullopt;
    const auto to = from ? net::resolve_url(*from, hop->location) : std::nullopt;
    if (to && from->scheme == "https" && to->scheme == "http")
      return failed(fmt::format("a redirect leads from https down to http: {}", printable(hop->location)));
  }
  if (end && *end == kEndUnreadable) return failed("a redirect names no URL that a browser could follow");
  if (end && end->starts_with(kEndBlamed))
    return failed(fmt::format("what the redirect names can't be fetched: {}", end->substr(kEndBlamed.size() + 2)));
  if (!end) return not_seen(seen, "the end of the redirects");
  if (end->starts_with(kEndFailed))
    return Judgement::inconclusive(fmt::format("what the redirect names gave no answer: {}", *end));
  if (hops->size() > 3) return failed(fmt::format("{} redirects follow each other", hops->size()));
  return Judgement::pass(hops->empty() ? "no redirect" : chain);
}

}  // namespace drydock::http
