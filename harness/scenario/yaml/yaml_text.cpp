#include "harness/scenario/yaml/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/scenario/yaml/yaml.hpp"

namespace drydock {
namespace {

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The length of the UTF-8 character at the front; 0 where there is none (RFC 3629 §4).
std::size_t utf8_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 && first < 0xF5   ? 4
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xC2 && first < 0xE0 ? 2
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!continues(text[i])) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool out_of_range = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                            (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return out_of_range ? 0 : length;
}

std::optional<TextProblem> line_problem(const std::shared_ptr<const Source>& source, int number) {
  const std::string& line = source->line(number);
  for (std::size_t at = 0; at < line.size();) {
    const auto place = [&] { return Place{source, number, column_of_octet(line, at)}; };
    const std::size_t length = utf8_length(std::string_view(line).substr(at));
    if (length == 0) return TextProblem{place(), "this octet isn't UTF-8; save the file as UTF-8"};
    const auto c = static_cast<unsigned char>(line[at]);
    if ((c < 0x20 && c != '\t') || c == 0x7F)
      return TextProblem{place(), fmt::format("a control character (0x{:02x}) stands here; remove it", c)};
    at += length;
  }
  const std::size_t text = line.find_first_not_of(" \t");
  const std::size_t tab = line.find('\t');
  if (text != std::string::npos && tab < text)
    return TextProblem{{source, number, static_cast<int>(tab) + 1},
                       "a tab stands in the indentation; YAML wants blanks"};
  return std::nullopt;
}

/// The octet of the last `${` of a line that stands outside of quotation marks and comments.
std::optional<std::size_t> unquoted_name(std::string_view line) {
  std::optional<std::size_t> found;
  char quote = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    const char before = at == 0 ? ' ' : line[at - 1];
    const bool begins = std::string_view(" [{,:").find(before) != std::string_view::npos;
    if (quote != 0) {
      if (c == '\\' && quote == '"')
        ++at;
      else if (c == quote)
        quote = 0;
    } else if ((c == '"' || c == '\'') && begins) {
      quote = c;
    } else if (c == '#' && before == ' ') {
      break;
    } else if (c == '$' && at + 1 < line.size() && line[at + 1] == '{' && (at == 0 || before != '$')) {
      found = at;
    }
  }
  return found;
}

std::optional<TextProblem> unquoted_name_problem(const Place& place, int from) {
  for (int number = std::min(place.line, place.source->lines()); number >= std::max(1, from); --number) {
    const std::string& line = place.source->line(number);
    const auto at = unquoted_name(line);
    if (!at) continue;
    const std::size_t end = line.find('}', *at);
    const std::string name = line.substr(*at, end == std::string::npos ? end : end - *at + 1);
    return TextProblem{{place.source, number, column_of_octet(line, *at)},
                       fmt::format("inside {{ }} and [ ] a name must be quoted; write \"{}\"", name)};
  }
  return std::nullopt;
}

struct Saying {
  std::string_view parser;
  std::string_view people;
};
constexpr Saying kSayings[] = {
    {"illegal map value",
     "a `:` isn't expected here; put the text in quotes, or give the key the same indentation as its neighbours"},
    {"end of map not found", "a `key: value` is expected here; look at the indentation of this line"},
    {"end of sequence not found", "a `- item` is expected here; look at the indentation of this line"},
    {"unknown token", "a text can't begin with this character; put it in quotes"},
    {"illegal block entry", "a `- ` isn't expected here; look at the indentation of this line"},
    {"illegal map key", "a key isn't expected here; look at the indentation of this line"},
    {"illegal flow end", "this closes nothing; remove it, or look for the missing opening bracket"},
    {"the referenced anchor is not defined",
     "this alias names an anchor (`&name`) that isn't defined before it; a text that begins with `*` is put in quotes"},
    {"alias not found after *", "a text can't begin with `*`; put it in quotes"},
    {"anchor not found after &", "a text can't begin with `&`; put it in quotes"},
};

std::string in_our_words(const std::string& parser_says) {
  for (const Saying& saying : kSayings)
    if (parser_says == saying.parser) return std::string(saying.people);
  return fmt::format("this isn't YAML ({}); look at quotes, brackets and indentation here", parser_says);
}

}  // namespace

std::size_t octet_of_column(std::string_view line, int column) {
  std::size_t at = 0;
  for (int passed = 1; at < line.size() && passed < column; ++passed) {
    ++at;
    while (at < line.size() && continues(line[at])) ++at;
  }
  return at;
}

int column_of_octet(std::string_view line, std::size_t octet) {
  const auto end = line.begin() + static_cast<std::ptrdiff_t>(std::min(octet, line.size()));
  return 1 + static_cast<int>(std::count_if(line.begin(), end, [](char c) { return !continues(c); }));
}

std::optional<TextProblem> text_problem(const std::shared_ptr<const Source>& source, std::string_view text) {
  if (text.size() > kMaxFileOctets)
    return TextProblem{
        {source, 1, 1},
        fmt::format("the file has {} octets; a scenario has at most {} (1 MiB)", text.size(), kMaxFileOctets)};
  for (int number = 1; number <= source->lines(); ++number)
    if (auto problem = line_problem(source, number)) return problem;
  return std::nullopt;
}

bool quote_is_closed(const Source& source, const Place& place) {
  std::size_t at = octet_of_column(source.line(place.line), place.column);
  if (at >= source.line(place.line).size()) return true;
  const char quote = source.line(place.line)[at];
  if (quote != '"' && quote != '\'') return true;
  ++at;
  for (int number = place.line; number <= source.lines(); ++number, at = 0) {
    const std::string& line = source.line(number);
    for (; at < line.size(); ++at) {
      if (quote == '"' && line[at] == '\\')
        ++at;
      else if (line[at] == quote && quote == '\'' && at + 1 < line.size() && line[at + 1] == quote)
        ++at;
      else if (line[at] == quote)
        return true;
    }
  }
  return false;
}

TextProblem syntax_problem(const Place& place, const std::string& parser_says, const std::optional<Place>& open) {
  Place where = place;
  if (where.line > where.source->lines()) {
    where.line = std::max(1, where.source->lines());
    where.column = column_of_octet(where.source->line(where.line), std::string::npos);
  }
  if (open)
    if (auto problem = unquoted_name_problem(where, open->line)) return *problem;
  const bool flow = parser_says == "end of map flow not found" || parser_says == "end of sequence flow not found";
  if (!flow || !open) return {where, in_our_words(parser_says)};
  const char* what = parser_says == "end of map flow not found" ? "`{`" : "`[`";
  return {*open, fmt::format("this {} isn't closed, or a comma is missing before line {}, column {}; close it", what,
                             where.line, where.column)};
}

}  // namespace drydock
