#include "probes/core/safe_text.hpp"

#include <fmt/format.h>

#include <boost/locale/utf.hpp>
#include <charconv>
#include <cstdint>

namespace drydock {
namespace {

namespace utf = boost::locale::utf;

/// TAB and, where lines are kept, LF are let through.
bool is_control(utf::code_point code, bool keep_lines) {
  return (code < 0x20 && code != '\t' && !(keep_lines && code == '\n')) || (code >= 0x7f && code < 0xa0);
}

/// Turns text around, breaks lines or hides, or is no character at all (XML 1.0 §2.2, Unicode UAX 9).
bool misleads(utf::code_point code) {
  return code == 0x00ad || code == 0x061c || code == 0x200b || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
         (code >= 0xe0000 && code <= 0xe007f) || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe;
}

/// How many octets an earlier cut of this text has left out, besides the line that said so.
std::uint64_t left_out_before(std::string_view text) {
  constexpr std::string_view kBegin = "\n[", kEnd = " octets left out]\n";
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
    std::uint64_t count = 0;
    const char* digits = text.data() + at + kBegin.size();
    const auto [end, error] = std::from_chars(digits, text.data() + text.size(), count);
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (error != std::errc{} || end == digits || !rest.starts_with(kEnd)) continue;
    const std::uint64_t line = kBegin.size() + static_cast<std::size_t>(end - digits) + kEnd.size();
    return count > line ? count - line : 0;
  }
  return 0;
}

/// Where an escape begins that printable() has made and that holds the octet at `at`; else `at`.
std::size_t escape_start(std::string_view text, std::size_t at) {
  constexpr std::size_t kLongest = 10;  // \u{10FFFF}
  const std::size_t start = text.rfind('\\', at == 0 ? 0 : at - 1);
  if (at == 0 || start == std::string_view::npos || at - start >= kLongest || start + 1 >= text.size()) return at;
  const char kind = text[start + 1];
  if (kind == 'x') return at < start + 4 ? start : at;
  const std::size_t end = kind == 'u' ? text.substr(start, kLongest).find('}') : std::string_view::npos;
  return end != std::string_view::npos && at <= start + end ? start : at;
}

/// The end of the character or escape that holds the octet before `at`, or `at` itself: never more than `at`.
std::size_t character_start(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  at = escape_start(text, at);
  std::size_t start = at;
  for (int i = 0; i < 4 && start > 0 && (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80; ++i) --start;
  return (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80 ? at : start;
}

}  // namespace

std::string printable(std::string_view octets, bool keep_lines) {
  std::string text;
  text.reserve(octets.size());
  const auto is_ascii = [](char octet) { return octet >= ' ' && octet <= '~'; };
  for (auto at = octets.begin(); at != octets.end();) {
    const auto first = at;
    while (at != octets.end() && is_ascii(*at)) ++at;
    if (at != first) {
      text.append(first, at);
      continue;
    }
    const auto code = utf::utf_traits<char>::decode(at, octets.end());
    const bool valid = utf::is_valid_codepoint(code);
    if (valid && misleads(code)) {
      text += fmt::format("\\u{{{:04X}}}", code);
      continue;
    }
    if (valid && !is_control(code, keep_lines)) {
      text.append(first, at);
      continue;
    }
    if (!valid) at = first + 1;
    for (auto octet = first; octet != at; ++octet) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(*octet));
  }
  return text;
}

std::string clip(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  const std::size_t kept = character_start(text, limit);
  return fmt::format("{} [+{} octets]", text.substr(0, kept), text.size() - kept);
}

std::string clip_middle(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  const std::size_t head = character_start(text, limit / 2);
  std::size_t tail = text.size() - limit / 2;
  while (tail < text.size() && (static_cast<unsigned char>(text[tail]) & 0xc0) == 0x80 &&
         tail < text.size() - limit / 2 + 4)
    ++tail;
  const std::string_view out = text.substr(head, tail - head);
  return fmt::format("{}\n[{} octets left out]\n{}", text.substr(0, head), out.size() + left_out_before(out),
                     text.substr(tail));
}

std::string TextFilter::cleaned(std::string_view text) const {
  return redactor_ ? printable((*redactor_)(text), true) : printable(text, true);
}

std::string TextFilter::operator()(std::string_view text, std::size_t limit) const {
  return clip(cleaned(text), limit);
}

std::string TextFilter::output(std::string_view text, std::size_t limit) const {
  return clip_middle(cleaned(text), limit);
}

}  // namespace drydock
