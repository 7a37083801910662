#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "probes/core/secret.hpp"

namespace drydock {

/// Valid UTF-8 for journals, reports and terminals, whatever octets came: what is not UTF-8, and control characters
/// (but for TAB, and LF with `keep_lines`), as `\xHH`; characters that turn text around or that XML can't hold
/// (bidirectional controls, line and paragraph separators, U+FFFE, U+FFFF and their kin) as `\u{HEX}`. Idempotent.
std::string printable(std::string_view octets, bool keep_lines = false);

/// The first `limit` octets at the most, cut at a character, with ` [+N octets]` where something was cut off. Every cut
/// of a text that a redactor has not seen yet is made here: the redactor knows the mark, and removes what is left of a
/// secret before it.
std::string clip(std::string_view text, std::size_t limit);

/// The beginning and the end of a longer text, `limit` octets of it at the most, with a line `[N octets left out]`
/// between; the same promise as clip().
std::string clip_middle(std::string_view text, std::size_t limit);

/// What every text passes on its way into a journal or a report: secrets are removed first, then it is made printable,
/// then it is cut. In this order, since a secret that was cut in two would not be recognised, and escapes make a text
/// longer.
class TextFilter {
public:
  static constexpr std::size_t kLine = 8 * 1024;     ///< octets of one text
  static constexpr std::size_t kOutput = 32 * 1024;  ///< octets of what a command said
  /// `redactor` must outlive it; may be null.
  explicit TextFilter(const Redactor* redactor = nullptr) : redactor_(redactor) {}
  [[nodiscard]] std::string operator()(std::string_view text, std::size_t limit = kLine) const;
  /// Keeps beginning and end.
  [[nodiscard]] std::string output(std::string_view text, std::size_t limit = kOutput) const;

private:
  [[nodiscard]] std::string cleaned(std::string_view text) const;
  const Redactor* redactor_;
};

}  // namespace drydock
