#pragma once
#include <string>
#include <string_view>

namespace drydock {

/// A URL as it was written, and the one that it means.
struct WebLink {
  std::string text;    ///< as it came: of a Location field perhaps only a path
  std::string target;  ///< the whole URL that it names (RFC 3986 §5.2); empty where that is not known
  friend bool operator==(const WebLink&, const WebLink&) = default;
};

/// What the spellings of one http or https URL have in common (RFC 3986 §6.2.2, §6.2.3): scheme and host in lower case,
/// no port that the scheme implies, a path that is never empty, nothing percent-encoded that needs not be, hex digits
/// in capitals. Other text stays as it is.
std::string comparable_url(std::string_view url);

}  // namespace drydock
