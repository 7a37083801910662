#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "probes/core/error.hpp"

namespace drydock {

/// What one question to a server came to that answers with a word: a status response of IMAP (RFC 3501 §7.1), or why
/// none came.
struct Answer {
  static constexpr std::size_t kMostWords = 2048;  ///< octets that are kept of `code` and of `words`

  std::string status;            ///< OK NO BAD BYE PREAUTH in upper case; empty where no answer came
  std::string code;              ///< what stood in [ ], `UIDNEXT 5`; empty where nothing did
  std::string words;             ///< what followed
  std::optional<Error> trouble;  ///< why no answer came

  [[nodiscard]] bool is(std::string_view word) const { return status == word; }
  /// The first word of the code, in upper case.
  [[nodiscard]] std::string code_name() const;
  /// On one line, for people: `NO [UNAVAILABLE] later`, or the words of the trouble; clipped at 500 octets, control
  /// octets escaped.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Answer&, const Answer&) = default;
};

}  // namespace drydock
