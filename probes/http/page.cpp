#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "probes/core/text.hpp"
#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

/// Whether what a URL leads to is a page, and the right site's.
namespace drydock::http {

namespace {

constexpr std::size_t kHead = 16384;  ///< octets of a page in which its title stands

/// True for an answer that only a field of the request may bring: 304 to a condition (RFC 9110 §13.1), 206 to a range
/// (§14.2).
bool is_unasked(int status, const Subject& subject) {
  if (status != 304 && status != 206) return false;
  const Fields* headers = subject.parameters.get<Fields>("headers");
  return !headers || std::none_of(headers->begin(), headers->end(), [status](const auto& field) {
    const std::string name = ascii_lower(field.first);
    return status == 206 ? name == "range" : name == "if-none-match" || name == "if-modified-since";
  });
}

Judgement judge_error(const Answer& end, const Subject& subject) {
  const std::string actual = end.line();
  if (end.status == 503 && says_not_now(end) && subject.surroundings.phase == "freeze")
    return Judgement::pass(actual + ", as is due in a freeze");
  if (end.status == 421) return Judgement::skip("421 is told by http.vhost");
  if (says_not_now(end)) return Judgement::inconclusive(fmt::format("the server says \"not now\": {}", actual));
  if (is_unasked(end.status, subject))
    return Judgement::fail(fmt::format("the server answered {}, which the request did not ask for", actual),
                           "the whole page", actual, "a cache in front of the server, or the program that answers");
  std::string hint = "the server's error log; whether this URL is meant to answer so (then say it under expect)";
  if (end.status == 400 && end.body &&
      end.body->text().find("plain HTTP to an SSL-enabled server port") != std::string::npos)
    hint = "this port speaks TLS: use https";
  return Judgement::fail(fmt::format("the server answered {}", actual), "2xx or 3xx", actual, hint);
}

/// Puts the place into the message where that is not what was asked for.
Judgement told_where(Judgement judgement, const Observation& seen, const Answer& end, const Subject& subject) {
  const bool beyond = followed(seen);
  if (beyond && judgement.verdict != Verdict::pass && judgement.verdict != Verdict::skip)
    judgement.message = fmt::format("where the redirects end, at {}: {}", brief(end.url), judgement.message);
  judgement.stage = beyond ? "redirect" : "answer";
  judgement.reproduce = by_curl(seen, subject, beyond);
  return judgement;
}

struct Placeholder {
  std::string_view words;  ///< in lower case, of the title
  std::string_view what;
};

/// Pages of servers that nobody has configured, and of names that nobody uses.
constexpr std::array<Placeholder, 12> kPlaceholders{{
    {"apache2 debian default page", "Apache's default page"},
    {"apache2 ubuntu default page", "Apache's default page"},
    {"test page for the apache http server", "Apache's test page"},
    {"http server test page", "Apache's test page"},
    {"welcome to nginx", "nginx's default page"},
    {"iis windows", "IIS's default page"},
    {"placeholder page", "a placeholder page"},
    {"default parallels plesk", "Plesk's default page"},
    {"domain is parked", "a parking page"},
    {"domain is for sale", "a parking page"},
    {"buy this domain", "a parking page"},
    {"default web site page", "cPanel's default page"},
}};

/// What stands between the tags, each run of blanks as one.
std::string visible_text(std::string_view page) {
  std::string text;
  bool in_tag = false, gap = false;
  for (const char c : page) {
    if (c == '<') in_tag = true;
    const bool shown = !in_tag && !std::isspace(static_cast<unsigned char>(c));
    if (shown && gap && !text.empty()) text += ' ';
    if (shown) text += c;
    gap = !shown;
    if (c == '>') in_tag = false;
  }
  return text;
}

std::string_view title_of(std::string_view page) {
  const std::size_t begin = page.find("<title");
  const std::size_t text = begin == std::string_view::npos ? begin : page.find('>', begin);
  if (text == std::string_view::npos) return {};
  return page.substr(text + 1, page.find("</title", text) - text - 1);
}

struct Finding {
  std::string what;      ///< empty: none
  bool certain = false;  ///< it is the page's title, or all there is of it
};

Finding placeholder_in(std::string_view body, bool root) {
  const std::string head = ascii_lower(body.substr(0, kHead));
  const std::string title(title_of(head));
  const std::string shown = visible_text(head);
  if (shown == "it works!" || shown == "it works! apache httpd it works!" ||
      shown.starts_with("it works! this is the default web page for this server"))
    return {"Apache's default page", true};
  if (root && title == "index of /") return {"a bare listing of the root folder", true};
  for (const bool certain : {true, false})
    for (const Placeholder& placeholder : kPlaceholders)
      if ((certain ? title : shown).find(placeholder.words) != std::string::npos)
        return {std::string(placeholder.what), certain};
  return {};
}

/// What says that the page is another than the right site's; nothing where nothing does.
std::optional<Judgement> judge_placeholder(const Answer& end, const Subject& subject, const std::string& name) {
  if (end.status >= 300 || shows_token(end, subject)) return std::nullopt;
  const auto url = net::parse_url(end.url);
  const Finding found = placeholder_in(end.body->text(), url && url->path == "/");
  const std::string expected = fmt::format("the site {}", name);
  if (found.what.empty()) return std::nullopt;
  if (found.certain)
    return Judgement::fail(fmt::format("{} shows {} instead of its own site", name, found.what), expected, found.what,
                           "NameVirtualHost order, ServerName and ServerAlias of the sites; which one is the first");
  return Judgement::warn(fmt::format("{} shows the words of {}", name, found.what), expected, found.what,
                         "look whether this is the site; `expect` with a marker of it would prove that");
}

}  // namespace

Judgement judge_status(const Observation& seen, const Subject& subject) {
  const bool beyond = followed(seen);
  if (judged_as_program(subject)) return Judgement::skip("the check of the program that runs here judges the status");
  if (expects(subject, "final_status") || (expects(subject, "status") && !beyond))
    return Judgement::skip("`expect` says which status is wanted");
  if (status_of(seen) == 0) return not_seen(seen, "the status");
  const auto end = final_answer(seen);
  if (!end) return end_not_seen(seen, "the status at the end of the redirects");
  const bool right = end->status >= 200 && end->status < 400 && !is_unasked(end->status, subject);
  if (right) return Judgement::pass(end->line());
  Judgement judgement = judge_error(*end, subject);
  if (end->status >= 400 && end->status < 500) judgement = unless_withheld(std::move(judgement), seen);
  return told_where(std::move(judgement), seen, *end, subject);
}

Judgement judge_vhost(const Observation& seen, const Subject& subject) {
  const std::string name = spoken_name(subject);
  if (name.empty()) return Judgement::skip("no name is spoken");
  if (status_of(seen) == 0) return not_seen(seen, "which site answers");
  const auto end = final_answer(seen);
  if (!end) return end_not_seen(seen, "which site answers at the end of the redirects");
  if (end->status == 421)
    return told_where(
        Judgement::fail(fmt::format("the server says that it is not {} (421 Misdirected Request)", name),
                        fmt::format("the site {}", name), end->line(),
                        "NameVirtualHost order, ServerName and ServerAlias of the sites; which one is the first"),
        seen, *end, subject);
  if (std::string why = why_no_page(subject, *end); !why.empty()) return Judgement::skip(std::move(why));
  if (!end->body) return end_not_seen(seen, "which site answers at the end of the redirects");
  const bool marked = has_marker(subject, "final_body") || (has_marker(subject, "body") && !followed(seen));
  const bool head_is_whole = end->body->whole() || end->body->text().size() >= kHead;
  if (marked) return Judgement::pass("no 421; `expect` knows the page's marker");
  if (const auto found = judge_placeholder(*end, subject, name))
    return told_where(unless_withheld(*found, seen), seen, *end, subject);
  if (!head_is_whole) return end_not_seen(seen, "the whole page");
  return Judgement::pass("no default page");
}

}  // namespace drydock::http
