#include <fmt/format.h>

#include <algorithm>

#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

namespace drydock::http {

namespace {

std::string text_of(const std::string* text) {
  return text ? *text : std::string();
}

std::string text_of(const WebLink* link) {
  return link ? link->text : std::string();
}

/// Nothing but blanks, line ends and a byte order mark.
bool is_blank(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

}  // namespace

const std::string* Answer::header(std::string_view name) const {
  if (!headers) return nullptr;
  const auto found =
      std::find_if(headers->begin(), headers->end(), [name](const auto& field) { return field.first == name; });
  return found == headers->end() ? nullptr : &found->second;
}

std::string Answer::line() const {
  return fmt::format("{}{}{}", status, reason.empty() ? "" : " ", brief(reason));
}

int status_of(const Observation& seen) {
  const auto* status = seen.get(kHttp.status);
  return status ? static_cast<int>(*status) : 0;
}

bool says_not_now(const Answer& answer) {
  return answer.status == 408 || answer.status == 429 || (answer.status == 503 && answer.header("retry-after"));
}

std::optional<Answer> first_answer(const Observation& seen) {
  const int status = status_of(seen);
  if (status == 0) return std::nullopt;
  const std::string* reason = seen.get(kHttp.reason);
  return Answer{status, text_of(seen.get(kHttp.url)), text_of(reason), seen.get(kHttp.headers), seen.get(kHttp.body)};
}

std::optional<Answer> final_answer(const Observation& seen) {
  const auto* status = seen.get(kHttp.final_status);
  if (!status) return std::nullopt;
  return Answer{static_cast<int>(*status), text_of(seen.get(kHttp.final_url)), text_of(seen.get(kHttp.final_reason)),
                seen.get(kHttp.final_headers), seen.get(kHttp.final_body)};
}

bool followed(const Observation& seen) {
  const auto* count = seen.get(kHttp.followed);
  return count && *count > 0;
}

bool brings_page(std::string_view method, int status) {
  return method != "HEAD" && status >= 200 && status != 204 && status != 205 && status != 304;
}

std::string why_no_page(const Subject& subject, const Answer& answer) {
  const std::string& method = subject.parameters.text("method");
  if (method == "HEAD") return "an answer to HEAD shows no page";
  if (!brings_page(method, answer.status)) return fmt::format("an answer with {} shows no page", answer.status);
  if (answer.status == 206) return "an answer with 206 shows a part of the page";
  return answer.body && answer.body->whole() && is_blank(answer.body->text()) ? "the page is empty" : "";
}

Judgement end_not_seen(const Observation& seen, std::string_view what) {
  if (seen.error) return not_seen(seen, what);
  if (const std::string* problem = seen.get(kHttp.hops_problem))
    return Judgement::inconclusive(fmt::format("{} was not seen: {}", what, *problem));
  for (const Excerpt* page : {seen.get(kHttp.final_body), seen.get(kHttp.body)})
    if (page && !page->whole())
      return Judgement::inconclusive(fmt::format("{} was not seen: {} octets were read", what, page->text().size()),
                                     "a larger body_limit, where the page is meant to be so long");
  return not_seen(seen, what);
}

bool expects(const Subject& subject, std::string_view fact) {
  return std::find(subject.expected.facts.begin(), subject.expected.facts.end(), fact) != subject.expected.facts.end();
}

bool has_marker(const Subject& subject, std::string_view fact) {
  return std::ranges::find(subject.expected.markers, fact) != subject.expected.markers.end();
}

bool shows_token(const Answer& answer, const Subject& subject) {
  const auto target = target_of(subject.parameters, subject);
  return !subject.token.empty() && target && target->url.text.find(subject.token) != std::string::npos && answer.body &&
         answer.body->text().find(subject.token) != std::string::npos;
}

std::string brief(std::string_view text) {
  return printable(clip(text, 200));
}

}  // namespace drydock::http
