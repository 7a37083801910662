#pragma once
#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probes/core/error.hpp"

namespace drydock {

/// The first line of a POP3 response (RFC 1939 §3).
struct Pop3Status {
  bool ok = false;
  std::string
      code;  ///< the extended response code without its brackets (RFC 2449 §8), upper case; empty where there is none
  std::string text;  ///< the words after it
};

/// `+OK ...` or `-ERR ...`; anything else is a protocol error.
boost::system::result<Pop3Status, Error> parse_pop3_status(std::string_view line);

/// A line of a multi-line response (RFC 1939 §3) without its byte stuffing; nothing for the dot that ends it.
std::optional<std::string_view> pop3_line(std::string_view line);

/// A line of UIDL or LIST: a message number and what belongs to it.
struct Pop3Entry {
  std::uint32_t number = 0;
  std::string value;
};
/// Blanks and tabs may stand before, between and behind, as many as there are. Nothing where the line is neither: a
/// number and a word.
std::optional<Pop3Entry> parse_pop3_entry(std::string_view line);

/// The header of a message, put together from the lines of TOP or RETR: up to the first empty line, and not more than
/// is kept.
class Pop3Header {
public:
  explicit Pop3Header(std::size_t most = 128 * 1024) : most_(most) {}
  /// A line, without byte stuffing.
  void take(std::string_view line);
  /// CRLF lines.
  [[nodiscard]] std::string& octets() { return octets_; }
  [[nodiscard]] const std::string& octets() const { return octets_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }  ///< octets of it that were not kept

private:
  std::size_t most_;
  std::string octets_;
  std::uint64_t dropped_ = 0;
  bool ended_ = false;
};

}  // namespace drydock
