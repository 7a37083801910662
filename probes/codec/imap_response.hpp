#pragma once
#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/error.hpp"

namespace drydock {

/// What one response may cost. Past a limit it is a protocol error, but for a literal: what is more of it is dropped.
struct ImapLimits {
  std::size_t line = 1024 * 1024;       ///< octets of one line, CRLF apart
  std::size_t literal = 128 * 1024;     ///< octets that are kept of one literal
  std::size_t total = 2 * 1024 * 1024;  ///< octets that are kept of one response with all its literals
  std::size_t values = 50'000;          ///< atoms, strings and lists of one response
  std::size_t depth = 32;               ///< lists within lists
};

/// One value of a data response (RFC 3501 §4). A quoted string and a literal are both `text`.
struct ImapValue {
  enum class Kind { nil, atom, text, list };
  Kind kind = Kind::nil;
  std::string text;  ///< of an atom as it was sent, `BODY[HEADER.FIELDS (SUBJECT)]` whole; of a string unescaped
  std::vector<ImapValue> items;  ///< of a list
  std::uint64_t dropped = 0;     ///< octets at the end of a literal that were not kept

  /// True for an atom of these letters in any case.
  [[nodiscard]] bool is(std::string_view word) const;
};

/// One response of a server (RFC 3501 §7, RFC 9051 §7).
struct ImapResponse {
  enum class Kind { untagged, tagged, continuation };
  Kind kind = Kind::untagged;
  std::string tag;                      ///< of a tagged response
  std::string status;                   ///< OK NO BAD BYE PREAUTH in upper case; empty for data and continuation
  std::string code;                     ///< what stood in [ ] after the status, `UIDNEXT 5`; empty where nothing did
  std::string text;                     ///< words after the status and code, or after the +
  std::optional<std::uint32_t> number;  ///< the number before the name: `5 EXISTS`
  std::string name;                     ///< of a data response, upper case: CAPABILITY, SEARCH, FETCH
  std::vector<ImapValue> values;        ///< what follows the name; empty where that was not wanted, and of a SEARCH
  std::vector<std::uint32_t> found;     ///< of a SEARCH (RFC 3501 §7.2.5): its numbers
};

/// The first word of a response code, upper case: `UIDNEXT`.
std::string code_name(const ImapResponse& response);
/// The rest of it: `5`.
std::string_view code_argument(const ImapResponse& response);

/// The words of a CAPABILITY data response or of a CAPABILITY response code; nothing where it is neither.
std::optional<std::vector<std::string>> capabilities_of(const ImapResponse& response);

/// Puts lines and literals together to responses. Takes what a server sends piece by piece; holds no more than the
/// limits allow. After an error it stays in error: the position in the stream is lost.
class ImapResponseReader {
public:
  explicit ImapResponseReader(ImapLimits limits = {}) : limits_(limits) {}

  template <class T>
  using Result = boost::system::result<T, Error>;

  /// From now on data responses of these names (upper case) are read; of others only their number and name are,
  /// whatever follows. Without it all are read.
  void want(std::vector<std::string> names) { wanted_names_ = std::move(names); }
  [[nodiscard]] bool wants(const ImapResponse& response) const { return wants_name(response.name); }

  /// Octets of a literal that must still come next; nothing where a line must come.
  [[nodiscard]] std::optional<std::uint64_t> wanted_literal() const { return wanted_; }
  /// A line without its CRLF. A response once it is complete, nothing where more must come.
  Result<std::optional<ImapResponse>> take_line(std::string_view line);
  /// The next octets of the wanted literal, not more than are wanted.
  Result<void> take_literal(std::string_view octets);

  /// Takes octets as they come from the front of `octets`, up to the end of one response. What was taken is removed.
  Result<std::optional<ImapResponse>> feed(std::string_view& octets);

  /// A literal, of which not all need be kept.
  struct Literal {
    std::string octets;
    std::uint64_t dropped = 0;
  };

private:
  Error break_off(std::string message);
  [[nodiscard]] bool wants_name(std::string_view name) const;
  Result<void> begin(std::string_view line);
  Result<void> keep(std::string_view line);
  Result<std::optional<ImapResponse>> finish();

  ImapLimits limits_;
  std::optional<std::vector<std::string>> wanted_names_;  ///< nothing: all
  std::vector<std::string> lines_;                        ///< of the unfinished response
  std::vector<Literal> literals_;                         ///< literals_[i] stands between lines_[i] and lines_[i + 1]
  std::optional<ImapResponse> skipped_;                   ///< the unfinished response, where only its name is wanted
  bool may_hold_literals_ = false;                        ///< it is data
  std::optional<std::uint64_t> wanted_;
  std::string partial_;  ///< of feed(): an unfinished line
  std::size_t total_ = 0;
  std::optional<Error> broken_;
};

/// `text` as an IMAP quoted string; nothing where it needs a literal (CR, LF, NUL, 8-bit octets; RFC 3501 §4.3).
std::optional<std::string> imap_quoted(std::string_view text);

}  // namespace drydock
