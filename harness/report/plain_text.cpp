#include "harness/report/plain_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/locale/utf.hpp>

#include "probes/core/observation.hpp"

namespace drydock {
namespace {

constexpr std::size_t kTailLines = 12;
constexpr std::size_t kTailOctets = 2000;

/// Marks of direction, separators of lines and paragraphs, tags that are not seen, and what Unicode calls no character.
bool deceives(char32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x206f) || (code >= 0xe0000 && code <= 0xe007f) ||
         (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe;
}

std::string plain(std::string_view octets, bool keep_lines) {
  const std::string valid = printable(octets, keep_lines);
  std::string text;
  text.reserve(valid.size());
  for (auto at = valid.begin(); at != valid.end();) {
    const auto first = at;
    const auto code = static_cast<char32_t>(boost::locale::utf::utf_traits<char>::decode(at, valid.end()));
    if (deceives(code))
      text += fmt::format("\\u{{{:04X}}}", static_cast<std::uint32_t>(code));
    else
      text.append(first, at);
  }
  return text;
}

bool continues_a_character(char octet) {
  return (static_cast<unsigned char>(octet) & 0xc0) == 0x80;
}

}  // namespace

std::string plain_line(std::string_view text) {
  return plain(text, false);
}
std::string plain_lines(std::string_view text) {
  return plain(text, true);
}

std::string clipped(std::string plain, std::size_t limit) {
  if (plain.size() <= limit) return plain;
  std::size_t end = limit;
  while (end > 0 && continues_a_character(plain[end])) --end;
  return plain.substr(0, end) + fmt::format(" [+{} octets]", plain.size() - end);
}

std::string indented(std::string text, std::size_t by) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += by + 1) text.insert(at + 1, by, ' ');
  return text;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

std::string end_of_output(std::string_view output) {
  std::string text = plain_lines(output);
  while (text.ends_with('\n')) text.pop_back();
  std::size_t begin = text.size();
  for (std::size_t line = 0; line < kTailLines && begin != std::string::npos; ++line)
    begin = begin == 0 ? std::string::npos : text.rfind('\n', begin - 1);
  begin = begin == std::string::npos ? 0 : begin + 1;
  if (text.size() - begin > kTailOctets) begin = text.size() - kTailOctets;
  while (begin < text.size() && continues_a_character(text[begin])) ++begin;
  return begin == 0 ? text : fmt::format("[{} octets before]\n{}", begin, text.substr(begin));
}

}  // namespace drydock
