#include "probes/codec/imap_values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/core/text.hpp"

namespace drydock {
namespace {

/// True for an atom up to its `[` behind which a section stands (RFC 3501 §7.4.2, RFC 3516 §4): to other atoms a
/// bracket is a letter.
bool opens_section(std::string_view atom) {
  const std::string word = ascii_lower(atom);
  return word == "body" || word == "binary" || word == "binary.size";
}

/// Reads values out of lines and the literals between them.
class ValueParser {
public:
  ValueParser(const ImapDataText& text, const ImapLimits& limits)
      : lines_(text.lines), literals_(text.literals), rest_(text.first), limits_(limits) {}

  /// Values up to the end. An error message, or "" where all is well.
  std::string all(std::vector<ImapValue>& values) {
    std::string wrong = sequence(values, 0);
    if (wrong.empty() && !at_end()) wrong = "a closing parenthesis without its opening one";
    return wrong;
  }

private:
  bool at_end() const { return rest_.empty() && index_ + 1 >= lines_.size(); }

  std::string sequence(std::vector<ImapValue>& values, std::size_t depth) {
    while (true) {
      while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
      if (rest_.empty() || rest_.front() == ')') return {};
      if (++count_ > limits_.values) return fmt::format("more than {} values in one response", limits_.values);
      values.emplace_back();
      if (std::string wrong = value(values.back(), depth); !wrong.empty()) return wrong;
    }
  }

  std::string value(ImapValue& value, std::size_t depth) {
    switch (rest_.front()) {
      case '(':
        return list(value, depth);
      case '"':
        return quoted(value);
      case '{':
        return literal(value);
      case '~':
        if (rest_.starts_with("~{")) {
          rest_.remove_prefix(1);
          return literal(value);
        }
        return atom(value);
      default:
        return atom(value);
    }
  }

  std::string list(ImapValue& value, std::size_t depth) {
    if (depth >= limits_.depth) return fmt::format("lists nested deeper than {}", limits_.depth);
    value.kind = ImapValue::Kind::list;
    rest_.remove_prefix(1);
    if (std::string wrong = sequence(value.items, depth + 1); !wrong.empty()) return wrong;
    if (rest_.empty()) return "a list without its closing parenthesis";
    rest_.remove_prefix(1);
    return {};
  }

  std::string quoted(ImapValue& value) {
    value.kind = ImapValue::Kind::text;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '"') {
        rest_.remove_prefix(at + 1);
        return {};
      }
      if (rest_[at] == '\\' && ++at == rest_.size()) break;
      value.text += rest_[at];
    }
    return "a quoted string without its closing quote";
  }

  std::string literal(ImapValue& value) {
    if (index_ >= literals_.size() || rest_.find('}') != rest_.size() - 1) return "a brace that announces no literal";
    value.kind = ImapValue::Kind::text;
    value.text = std::move(literals_[index_].octets);
    value.dropped = literals_[index_].dropped;
    rest_ = lines_[++index_];
    return {};
  }

  /// Up to a space, parenthesis, quote or brace; the section of a message belongs to the atom with its spaces and
  /// quotes.
  std::string atom(ImapValue& value) {
    std::size_t at = 0;
    bool section = false;
    bool quotes = false;
    for (; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (quotes) {
        if (c == '\\')
          ++at;
        else if (c == '"')
          quotes = false;
      } else if (section) {
        if (c == '"') quotes = true;
        if (c == ']') section = false;
      } else if (c == '[' && opens_section(rest_.substr(0, at))) {
        section = true;
      } else if (c == ' ' || c == '(' || c == ')' || c == '"' || c == '{') {
        break;
      }
    }
    if (section) return "a section without its closing bracket";
    at = std::min(at, rest_.size());
    value.text = rest_.substr(0, at);
    value.kind = ascii_lower(value.text) == "nil" ? ImapValue::Kind::nil : ImapValue::Kind::atom;
    rest_.remove_prefix(at);
    return {};
  }

  const std::vector<std::string>& lines_;
  ImapLiterals& literals_;
  std::size_t index_ = 0;  ///< of the line that rest_ is a part of
  std::string_view rest_;
  const ImapLimits& limits_;
  std::size_t count_ = 0;
};

}  // namespace

std::string read_imap_values(const ImapDataText& text, const ImapLimits& limits, std::vector<ImapValue>& values) {
  return ValueParser(text, limits).all(values);
}

}  // namespace drydock
