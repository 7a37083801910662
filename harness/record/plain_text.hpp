#pragma once
#include <cstddef>
#include <string>
#include <string_view>

/// What a record holds came from peers, from actions, or from a JSON file that anybody may have edited. Every writer
/// passes it through one of these: the result is valid UTF-8 without control characters (\xHH) and without characters
/// that turn text around, break lines, hide, or that XML does not allow (\u{202E}). Doing it twice changes nothing.
namespace drydock {

/// For a place in a line: line feeds are escaped too.
std::string plain_line(std::string_view text);
/// The same for where `|` divides: it is escaped too.
std::string plain_field(std::string_view text);
/// Line feeds and tabs stay.
std::string plain_lines(std::string_view text);

/// Every line but the first begins with `by` blanks, so that a text of several lines forges none.
std::string indented(std::string_view text, std::size_t by);
/// Up to the first line feed.
std::string_view first_line(std::string_view text);
/// The last lines of what an action said: at most 12 and at most 2000 octets, plain, without the final line feed.
std::string end_of_output(std::string_view output);

}  // namespace drydock
