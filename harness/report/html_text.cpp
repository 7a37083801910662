#include "harness/report/html_text.hpp"

#include <fmt/format.h>

#include "harness/record/plain_text.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {
namespace {

std::string_view reference_for(char octet) {
  switch (octet) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\n':
      return "&#10;";
    default:
      return {};
  }
}

/// The one way into the document. `plain`: printable.
std::string escaped(std::string_view plain) {
  std::string html;
  html.reserve(plain.size());
  for (const char octet : plain)
    if (const auto reference = reference_for(octet); !reference.empty())
      html += reference;
    else
      html += octet;
  return html;
}

}  // namespace

std::string html_text(std::string_view text, std::size_t limit) {
  return escaped(clip(plain_line(text), limit));
}

std::string html_lines(std::string_view text, std::size_t limit) {
  return escaped(clip_middle(plain_lines(text), limit));
}

std::string_view html_class(Tone tone) {
  switch (tone) {
    case Tone::green:
      return "green";
    case Tone::yellow:
      return "yellow";
    case Tone::red:
      return "red";
    case Tone::plain:
      break;
  }
  return "plain";
}

std::string html_badge(std::string_view word, Tone tone) {
  return fmt::format("<b class=\"badge {}\">{}</b>", html_class(tone), html_text(word));
}

std::string html_time(const std::optional<WallTime>& time) {
  return time ? fmt::format("<time datetime=\"{0}\">{0}</time>", html_text(format_time(*time))) : std::string();
}

std::string html_table(std::string_view label, const std::vector<std::string>& columns) {
  std::string html = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table>\n<caption>{0}</caption>"
      "<thead><tr>",
      html_text(label));
  for (const auto& column : columns) html += fmt::format("<th scope=\"col\">{}</th>", html_text(column));
  return html + "</tr></thead><tbody>\n";
}

std::string html_left_out(std::size_t count, std::size_t shown) {
  return count > shown ? fmt::format("<p>and {} more, left out here</p>\n", count - shown) : std::string();
}

}  // namespace drydock
