#pragma once
#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// The lines of a multi-line response (RFC 1939 §3), put together as they come.
class Pop3Lines {
public:
  explicit Pop3Lines(std::size_t limit = 2 * 1024 * 1024) : limit_(limit) {}
  /// A line without its CRLF. True once the terminating dot was it. Past the limit of octets: a protocol error.
  boost::system::result<bool, Error> take(std::string_view line);
  /// What came, without byte stuffing.
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

private:
  std::size_t limit_;
  std::size_t octets_ = 0;
  bool done_ = false;
  std::vector<std::string> lines_;
};

/// A line of UIDL or LIST: a message number and what belongs to it.
struct Pop3Entry {
  std::uint32_t number = 0;
  std::string value;
};
/// Nothing where the line is neither.
std::optional<Pop3Entry> parse_pop3_entry(std::string_view line);

}  // namespace drydock
