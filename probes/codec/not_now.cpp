#include "probes/codec/not_now.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "probes/core/text.hpp"

namespace drydock {
namespace {

bool holds_any(const std::string& text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return text.find(part) != std::string::npos; });
}

}  // namespace

bool speaks_of_too_many(std::string_view words) {
  const std::string text = ascii_lower(words);
  // Dovecot: Maximum number of connections from user+IP exceeded. Courier: Maximum connection limit reached.
  // Pure-FTPd: 50 users (the maximum) are already logged in, sorry.
  const bool of_number = holds_any(text, {"maximum", "max ", "limit", "exceeded"});
  const bool of_clients = holds_any(text, {"connection", "session", "concurrent", "simultaneous", "clients", "users"});
  return text.find("too many") != std::string::npos || (of_number && of_clients);
}

bool speaks_of_this_client(std::string_view words) {
  const std::string text = ascii_lower(words);
  const bool kept_out = holds_any(text, {"banned", "blocked", "blacklist", "black list", "block list", "blocklist",
                                         "denylist", "deny list", "not allowed from", "not permitted from"});
  const bool of_client = holds_any(text, {"your ip", "your address", "your host", "your network", "client host",
                                          "client ip", "client address", "from this ip", "from this address"});
  return of_client || (kept_out && holds_any(text, {" ip", "address", "host", "network", "you are", "you have been"}));
}

bool speaks_of_not_now(std::string_view words) {
  return speaks_of_too_many(words) ||
         holds_any(ascii_lower(words), {"busy", "overload", "temporar", "unavailable", "try again", "try later"});
}

}  // namespace drydock
