#include "probes/core/web_link.hpp"

#include <cctype>

#include "probes/core/text.hpp"

namespace drydock {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_unreserved(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// One spelling of what is percent-encoded; a `%` that encodes nothing stands for itself.
std::string recoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool triple = text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    if (!triple) {
      result += text[i] == '%' ? "%25" : std::string(1, text[i]);
      continue;
    }
    const int high = hex(text[i + 1]), low = hex(text[i + 2]);
    const char octet = static_cast<char>(high * 16 + low);
    if (is_unreserved(octet))
      result += octet;
    else
      (result += '%') += {kDigits[static_cast<std::size_t>(high)], kDigits[static_cast<std::size_t>(low)]};
    i += 2;
  }
  return result;
}

}  // namespace

std::string comparable_url(std::string_view url) {
  const std::string start = ascii_lower(url.substr(0, 8));
  const bool secure = start == "https://";
  if (!secure && !start.starts_with("http://")) return std::string(url);
  const std::string_view scheme = secure ? "https://" : "http://";
  const std::string_view implied = secure ? ":443" : ":80";
  const std::string_view rest = url.substr(scheme.size());
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string authority(rest.substr(0, end));
  const std::size_t user = authority.rfind('@');
  const std::size_t host = user == std::string::npos ? 0 : user + 1;
  std::string place = ascii_lower(std::string_view(authority).substr(host));
  if (place.ends_with(implied))
    place.resize(place.size() - implied.size());
  else if (place.ends_with(':'))
    place.pop_back();
  const std::string_view path = rest.substr(end);
  return std::string(scheme) + authority.substr(0, host) + place + (path.starts_with('/') ? "" : "/") + recoded(path);
}

}  // namespace drydock
