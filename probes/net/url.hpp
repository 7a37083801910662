#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drydock::net {

/// An http or https URL (RFC 3986, RFC 9110 §4.2) in parts.
struct Url {
  std::string scheme;      ///< `http` or `https`
  std::string host;        ///< in lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  ///< from 1
  std::string path;        ///< begins with a slash, as spelt
  std::string text;        ///< the whole, normalised, without user and fragment

  [[nodiscard]] bool default_port() const { return port == (scheme == "https" ? 443 : 80); }
};

/// Nothing on any other text.
std::optional<Url> parse_url(std::string_view text);

/// What a Location field means that came in the answer to `base` (RFC 3986 §5); nothing where it is no http URL.
std::optional<Url> resolve_url(const Url& base, std::string_view reference);

}  // namespace drydock::net
