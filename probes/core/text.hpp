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

}  // namespace drydock
