#pragma once
#include <string>
#include <string_view>

namespace drydock {

/// ASCII letters in lower case, every other octet as it is: what DNS names and SMTP keywords compare by (RFC 4343 §3).
inline std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

/// Without what ASCII has of white space at both ends.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\n\v\f";
  const std::size_t from = text.find_first_not_of(kWhite);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kWhite) - from + 1);
}

}  // namespace drydock
