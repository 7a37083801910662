#pragma once
#include <string>
#include <string_view>

#include "probes/core/duration.hpp"
#include "probes/core/observation.hpp"

namespace drydock {

/// The header field by which a test message is found again.
inline constexpr std::string_view kTokenField = "X-Cutover-Token";

/// The generic test for unsolicited bulk email: a body with this line is spam to every content scanner.
inline constexpr std::string_view kGtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

/// A test message, RFC 5322.
struct TestMessage {
  std::string from;     ///< addr-spec
  std::string to;       ///< addr-spec
  std::string subject;  ///< the token is added to it
  std::string token;    ///< unique; goes into subject, kTokenField, Message-ID and body
  std::string domain;   ///< right side of Message-ID: the prober's name
  std::string body;     ///< lines ended by LF or CRLF; plain text in US-ASCII
  WallTime date{};
  Fields further;  ///< more header fields, in order
};

/// The message with CRLF line ends, not yet dot-stuffed. Control octets in header values become spaces, so that nothing
/// can add a field; no line is longer than 998 octets (RFC 5322 §2.1.1): longer body lines are broken.
std::string build_message(const TestMessage& message);

/// `Mon, 23 Nov 2026 01:33:13 +0000`, RFC 5322 §3.3, whole seconds, UTC.
std::string format_message_date(WallTime time);

/// What follows a 354: every line ended by CRLF (a bare CR or LF becomes one: RFC 5321 §2.3.8), a dot put before a
/// leading dot (§4.5.2), and the final `.` CRLF.
std::string dot_stuff(std::string_view message);

/// The reverse for POP3 and tests: takes what dot_stuff gave, the final dot line included or not.
std::string dot_unstuff(std::string_view data);

}  // namespace drydock
