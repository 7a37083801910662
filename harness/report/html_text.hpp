#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/recap.hpp"

/// How a text gets into the HTML report: what is returned is markup, in which nothing of a record is any. Pure.
namespace drydock {

/// Any text of a record, as element content or attribute value, in a line: plain, at most `limit` octets of it, with
/// character references for `&`, `<`, `>`, `"` and `'`.
std::string html_text(std::string_view text, std::size_t limit = 400);
/// The same for a text of several lines; each line feed is `&#10;`, so that no text begins a line of the file.
std::string html_lines(std::string_view text, std::size_t limit = 2000);

/// The class of the style sheet: plain, green, yellow, red.
std::string_view html_class(Tone tone);
/// A word in a coloured frame.
std::string html_badge(std::string_view word, Tone tone);
/// `<time>`; empty where there is none.
std::string html_time(const std::optional<WallTime>& time);
/// A table in a box that scrolls by itself, also by keyboard: what opens it, up to its first row. `label` and the
/// `columns` are words of ours or a record's.
std::string html_table(std::string_view label, const std::vector<std::string>& columns);
inline constexpr std::string_view kHtmlTableEnd = "</tbody></table></div>\n";
/// `and 3 more, left out here`; empty where nothing was left out.
std::string html_left_out(std::size_t count, std::size_t shown);

}  // namespace drydock
