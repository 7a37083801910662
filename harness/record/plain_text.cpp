#include "harness/record/plain_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/core/safe_text.hpp"

namespace drydock {
namespace {

constexpr std::size_t kTailLines = 12;
constexpr std::size_t kTailOctets = 2000;

bool continues_a_character(char octet) {
  return (static_cast<unsigned char>(octet) & 0xc0) == 0x80;
}

}  // namespace

std::string plain_line(std::string_view text) {
  return printable(text);
}
std::string plain_field(std::string_view text) {
  std::string plain;
  for (const char octet : plain_line(text))
    if (octet == '|')
      plain += "\\x7c";
    else
      plain += octet;
  return plain;
}
std::string plain_lines(std::string_view text) {
  return printable(text, true);
}

std::string indented(std::string_view text, std::size_t by) {
  std::string lines;
  lines.reserve(text.size());
  for (const char octet : text) {
    lines += octet;
    if (octet == '\n') lines.append(by, ' ');
  }
  return lines;
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
