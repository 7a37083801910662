#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "probes/core/text.hpp"
#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

namespace drydock::http {

namespace {

bool is_name_octet(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
}

/// The names that the host may call itself here: the one that was spoken and its own of the phase.
std::vector<std::string> right_names(const Subject& subject) {
  std::vector<std::string> names;
  for (const std::string& name : {spoken_name(subject), subject.target.name, subject.expected.hostname})
    if (!name.empty()) names.push_back(plain_name(name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), plain_name(name)) != names.end();
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
  const std::string body = ascii_lower(page);
  for (const std::string& wrong : subject.expected.wrong_names) {
    const std::string name = plain_name(wrong);
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
    for (const Record& hop : *hops) {
      const auto* url = hop.get(kRedirect.url);
      const auto* location = hop.get(kRedirect.location);
      if (url && location) places.push_back({url->text, location->text});
    }
  const WebLink* location = seen.get(kHttp.location);
  const WebLink* url = seen.get(kHttp.url);
  if (places.empty() && location && url) places.push_back({url->text, location->text});
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
  const std::string actual = brief(place.to);
  if (contains(right, to->host)) {
    if (to->default_port() || to->port == from->port || (subject.target.port && to->port == *subject.target.port))
      return std::nullopt;
    return Judgement::fail(fmt::format("the redirect leads to the internal port {}", to->port),
                           "no port, or the one that was asked", actual, std::string(kNameHint));
  }
  if (contains(subject.expected.wrong_names, to->host))
    return Judgement::fail(fmt::format("the redirect calls the host {}, which is not its name now", to->host), expected,
                           actual, std::string(kNameHint));
  if (is_address(to->host))
    return Judgement::fail(fmt::format("the redirect names the address {} instead of a name", to->host), expected,
                           actual, std::string(kNameHint));
  if (to->host.find('.') == std::string::npos)
    return Judgement::fail(fmt::format("the redirect names \"{}\", which is no name that users can reach", to->host),
                           expected, actual, std::string(kNameHint));
  if (expects(subject, "location")) return std::nullopt;
  return Judgement::warn(fmt::format("the redirect leads to another site, {}", to->host), expected, actual,
                         "say `location` under expect where this is meant");
}

Judgement finished(Judgement judgement, const Observation& seen, const Subject& subject, std::string_view stage) {
  judgement.stage = std::string(stage);
  judgement.reproduce = by_curl(seen, subject, stage == "redirect");
  return judgement;
}

}  // namespace

Judgement judge_canonical(const Observation& seen, const Subject& subject) {
  const auto right = right_names(subject);
  if (right.empty()) return Judgement::skip("no name is known that the host may call itself");
  const Excerpt* body = seen.get(kHttp.body);
  const bool brings = brings_page(subject.parameters.text("method"), status_of(seen));
  if (status_of(seen) == 0 || (brings && !body)) return not_seen(seen, "what the server calls itself");
  std::optional<Judgement> warned;
  const auto places = places_of(seen);
  for (const Place& place : places) {
    auto judgement = judge_place(place, subject, right);
    if (!judgement) continue;
    if (judgement->verdict == Verdict::fail) return finished(std::move(*judgement), seen, subject, "answer");
    warned = std::move(judgement);
  }
  const Excerpt* last = seen.get(kHttp.final_body);
  for (const Excerpt* page : {body, last}) {
    if (!page || (page == last && !followed(seen))) continue;
    if (const std::string wrong = wrong_name_in(page->text(), subject, right); !wrong.empty())
      return finished(
          Judgement::fail(fmt::format("the page calls its host {}, which is not its name now", wrong),
                          fmt::format("links that name {}", fmt::join(right, " or ")), wrong, std::string(kNameHint)),
          seen, subject, page == body ? "body" : "redirect");
  }
  if (warned) return finished(std::move(*warned), seen, subject, "answer");
  const auto end = final_answer(seen);
  const std::string no_page = end ? why_no_page(subject, *end) : "";
  if (!end || (no_page.empty() && !(last && last->whole())) || (brings && !body->whole()))
    return end_not_seen(seen, "the whole page");
  if (places.empty() && !no_page.empty()) return Judgement::skip(no_page);
  return Judgement::pass(places.empty() ? "names no other host" : brief(places.front().to));
}

}  // namespace drydock::http
