#pragma once
#include <boost/system/result.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/error.hpp"
#include "probes/core/reply.hpp"

namespace drydock {

/// The code at the start of a reply's text, when it stands there alone or before a space. Nothing otherwise.
std::optional<EnhancedCode> parse_enhanced_code(std::string_view text);

/// What separates the lines of one reply.
enum class ReplyForm {
  smtp,  ///< every line begins with the same code, RFC 5321 §4.2.1
  ftp    ///< the last line begins with the first line's code and a space; between them anything, RFC 959 §4.2
};

struct ReplyLimits {
  std::size_t line = 8192;     ///< octets of one line; RFC 5321 §4.5.3.1.5 allows 512
  std::size_t lines = 512;     ///< lines of one reply
  std::size_t octets = 65536;  ///< of all lines of one reply
};

/// Puts replies together from a peer's octets. Memory is bounded by the limits, whatever comes. After an error it stays
/// in error: the peer's place in the dialogue is unknown.
class ReplyParser {
public:
  explicit ReplyParser(ReplyForm form = ReplyForm::smtp, ReplyLimits limits = {});

  /// Takes one line without its line end. A value: true where it completed a reply, which take() then gives.
  boost::system::result<bool, Error> add_line(std::string_view line);

  /// Takes octets up to the end of the first reply that they complete; a bare LF ends a line as CRLF does. A value: how
  /// many were taken; complete() tells whether a reply is ready. Octets after it are left to the caller.
  boost::system::result<std::size_t, Error> feed(std::string_view octets);

  [[nodiscard]] bool complete() const { return complete_; }
  /// The complete reply; the parser is then ready for the next. Only call it when complete().
  Reply take();

private:
  boost::system::result<bool, Error> fail(std::string message, ErrorKind kind = ErrorKind::protocol);
  boost::system::result<bool, Error> add_first(std::string_view line);
  boost::system::result<bool, Error> add_further(std::string_view line);
  void keep(std::string_view text);

  ReplyForm form_;
  ReplyLimits limits_;
  Reply reply_;
  std::string partial_;  ///< the line under way, for feed()
  std::size_t octets_ = 0;
  bool complete_ = false;
  std::optional<Error> error_;
};

/// A reply of which no more than its first line was read; nothing where that is none.
std::optional<Reply> reply_of_line(std::string line);

/// What a server says of itself in its reply to EHLO, RFC 5321 §4.1.1.1.
struct Capabilities {
  std::string name;                     ///< first word of the first line: the server's name
  std::vector<std::string> keywords;    ///< in upper case, in the order they came
  std::vector<std::string> parameters;  ///< of each keyword, as they came; same length as `keywords`

  [[nodiscard]] bool has(std::string_view keyword) const;
  /// The parameters of the keyword; empty where it has none or is not there.
  [[nodiscard]] std::string_view parameter(std::string_view keyword) const;
  /// SASL mechanisms of AUTH (and of the obsolete `AUTH=`), in upper case, each once.
  [[nodiscard]] std::vector<std::string> mechanisms() const;
};

/// Reads a positive reply to EHLO or HELO. Never fails: what is not a keyword is kept as it is.
Capabilities parse_capabilities(const Reply& reply);

}  // namespace drydock
