#include "probes/codec/header_fields.hpp"

#include <algorithm>

namespace drydock {
namespace {

bool blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// The next line without its line end, taken from the front of `rest`.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The text without what stands in parentheses, nested ones included.
std::string without_comments(std::string_view text) {
  std::string result;
  int depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (depth == 0) result += c;
    if (c == ')' && depth > 0 && --depth == 0) result += ' ';
  }
  return result;
}

}  // namespace

bool is_field_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

Fields parse_header_fields(std::string_view header, std::size_t most) {
  Fields fields;
  bool folds = false;  ///< a folded line belongs to the last of `fields`
  while (!header.empty()) {
    const std::string_view line = take_line(header);
    if (line.empty()) break;
    if (blank(line.front())) {
      if (folds) fields.back().second.append(" ").append(trimmed(line));
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string_view name = trimmed(line.substr(0, colon));
    folds = colon != std::string_view::npos && is_field_name(name) && fields.size() < most;
    if (folds) fields.emplace_back(lower(name), trimmed(line.substr(colon + 1)));
  }
  return fields;
}

std::string received_by(std::string_view received) {
  const std::string plain = without_comments(received.substr(0, received.find(';')));
  std::string_view rest = plain;
  bool by = false;
  while (!(rest = trimmed(rest)).empty()) {
    const std::size_t end = rest.find_first_of(" \t");
    const std::string_view word = rest.substr(0, end);
    if (by) return std::string(word);
    by = lower(word) == "by";
    rest.remove_prefix(word.size());
  }
  return {};
}

}  // namespace drydock
