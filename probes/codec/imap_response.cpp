#include "probes/codec/imap_response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace drydock {
namespace {

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = upper(c);
  return result;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return upper(x) == upper(y); });
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || !digit(text.front()) || failed != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

bool is_status(std::string_view word) {
  return word == "OK" || word == "NO" || word == "BAD" || word == "BYE" || word == "PREAUTH";
}

/// The word up to the next space, taken from the front of `rest` together with that space.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return word;
}

/// What a line announces at its end: `{5}`, `{5+}` (RFC 7888), `~{5}` (RFC 3516).
struct Announced {
  bool literal = false;
  std::optional<std::size_t> octets;  ///< nothing where the number is beyond all bounds
};

Announced announced_literal(std::string_view line) {
  if (line.empty() || line.back() != '}') return {};
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return {};
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  if (!digits.empty() && digits.back() == '+') digits.remove_suffix(1);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), digit)) return {};
  return {true, number_of<std::size_t>(digits)};
}

/// True where a line is data, in which literals may stand; status lines and continuations are one line each.
bool may_hold_literals(std::string_view line) {
  if (!line.starts_with("* ")) return false;
  line.remove_prefix(2);
  return !is_status(upper(take_word(line)));
}

/// Reads values out of lines and the literals between them.
class ValueParser {
public:
  ValueParser(const std::vector<std::string>& lines, std::vector<std::string>& literals, std::string_view first,
              const ImapLimits& limits)
      : lines_(lines), literals_(literals), rest_(first), limits_(limits) {}

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
    value.text = std::move(literals_[index_]);
    rest_ = lines_[++index_];
    return {};
  }

  /// Up to a space, parenthesis, quote or brace; what stands in [ ] belongs to the atom with its spaces and quotes.
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
      } else if (c == '[') {
        section = true;
      } else if (c == ' ' || c == '(' || c == ')' || c == '"' || c == '{') {
        break;
      }
    }
    if (section) return "a section without its closing bracket";
    at = std::min(at, rest_.size());
    value.text = rest_.substr(0, at);
    value.kind = same_word(value.text, "NIL") ? ImapValue::Kind::nil : ImapValue::Kind::atom;
    rest_.remove_prefix(at);
    return {};
  }

  const std::vector<std::string>& lines_;
  std::vector<std::string>& literals_;
  std::size_t index_ = 0;  ///< of the line that rest_ is a part of
  std::string_view rest_;
  const ImapLimits& limits_;
  std::size_t count_ = 0;
};

/// `[CODE] words`, or only words. A bracket that is never closed is words.
void read_status_text(std::string_view rest, ImapResponse& response) {
  if (rest.starts_with('[')) {
    bool quotes = false;
    for (std::size_t at = 1; at < rest.size(); ++at) {
      if (quotes && rest[at] == '\\') {
        ++at;
      } else if (rest[at] == '"') {
        quotes = !quotes;
      } else if (!quotes && rest[at] == ']') {
        response.code = rest.substr(1, at - 1);
        rest.remove_prefix(at + 1);
        if (rest.starts_with(' ')) rest.remove_prefix(1);
        break;
      }
    }
  }
  response.text = rest;
}

using Parsed = boost::system::result<ImapResponse, std::string>;

Parsed parse_data(const std::vector<std::string>& lines, std::vector<std::string>& literals, const ImapLimits& limits) {
  ImapResponse response;
  std::string_view rest = lines.front();
  rest.remove_prefix(2);
  std::string_view word = take_word(rest);
  if (auto number = number_of<std::uint32_t>(word)) {
    response.number = number;
    word = take_word(rest);
  }
  if (word.empty()) return Parsed(boost::system::in_place_error, "an untagged response that names nothing");
  response.name = upper(word);
  if (!response.number && is_status(response.name)) {
    response.status = std::move(response.name);
    response.name.clear();
    read_status_text(rest, response);
    return response;
  }
  std::string wrong = ValueParser(lines, literals, rest, limits).all(response.values);
  if (!wrong.empty()) return Parsed(boost::system::in_place_error, std::move(wrong));
  return response;
}

Parsed parse_response(const std::vector<std::string>& lines, std::vector<std::string>& literals,
                      const ImapLimits& limits) {
  std::string_view rest = lines.front();
  if (rest.starts_with("* ")) return parse_data(lines, literals, limits);
  ImapResponse response;
  if (rest == "+" || rest.starts_with("+ ")) {
    response.kind = ImapResponse::Kind::continuation;
    rest.remove_prefix(std::min<std::size_t>(rest.size(), 2));
    response.text = rest;
    return response;
  }
  response.kind = ImapResponse::Kind::tagged;
  response.tag = take_word(rest);
  response.status = upper(take_word(rest));
  const bool tag_ok = !response.tag.empty() && response.tag.find_first_of("+*(){%\"\\") == std::string::npos;
  if (!tag_ok || (response.status != "OK" && response.status != "NO" && response.status != "BAD"))
    return Parsed(boost::system::in_place_error, "a line that is no IMAP response");
  read_status_text(rest, response);
  return response;
}

}  // namespace

bool ImapValue::is(std::string_view word) const {
  return kind == Kind::atom && same_word(text, word);
}

std::string code_name(const ImapResponse& response) {
  std::string_view rest = response.code;
  return upper(take_word(rest));
}

std::string_view code_argument(const ImapResponse& response) {
  std::string_view rest = response.code;
  take_word(rest);
  return rest;
}

std::optional<std::vector<std::string>> capabilities_of(const ImapResponse& response) {
  std::vector<std::string> words;
  if (response.name == "CAPABILITY") {
    for (const auto& value : response.values)
      if (value.kind == ImapValue::Kind::atom) words.push_back(value.text);
    return words;
  }
  if (code_name(response) != "CAPABILITY") return std::nullopt;
  std::string_view rest = code_argument(response);
  while (!rest.empty()) {
    const std::string_view word = take_word(rest);
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

Error ImapResponseReader::break_off(std::string message) {
  broken_ = Error{ErrorKind::protocol, "IMAP response: " + std::move(message)};
  lines_.clear();
  literals_.clear();
  partial_.clear();
  wanted_.reset();
  return *broken_;
}

auto ImapResponseReader::take_line(std::string_view line) -> Result<std::optional<ImapResponse>> {
  if (broken_) return *broken_;
  if (wanted_) return break_off("a line where the octets of a literal must come");
  if (line.size() > limits_.line) return break_off(fmt::format("a line of more than {} octets", limits_.line));
  if (line.find('\0') != std::string_view::npos) return break_off("a NUL octet in a line");
  total_ += line.size();
  if (total_ > limits_.total) return break_off(fmt::format("more than {} octets in one response", limits_.total));
  lines_.emplace_back(line);
  const Announced announced = may_hold_literals(lines_.front()) ? announced_literal(line) : Announced{};
  if (announced.literal) {
    if (!announced.octets || *announced.octets > limits_.literal)
      return break_off(fmt::format("a literal of more than {} octets", limits_.literal));
    if (lines_.size() > limits_.values)
      return break_off(fmt::format("more than {} values in one response", limits_.values));
    if (*announced.octets == 0)
      literals_.emplace_back();
    else
      wanted_ = announced.octets;
    return std::optional<ImapResponse>();
  }
  auto parsed = parse_response(lines_, literals_, limits_);
  if (!parsed) return break_off(std::move(parsed).error());
  lines_.clear();
  literals_.clear();
  total_ = 0;
  return std::optional<ImapResponse>(std::move(*parsed));
}

auto ImapResponseReader::take_literal(std::string octets) -> Result<void> {
  if (broken_) return *broken_;
  if (!wanted_ || octets.size() != *wanted_) return break_off("a literal of another size than announced");
  total_ += octets.size();
  if (total_ > limits_.total) return break_off(fmt::format("more than {} octets in one response", limits_.total));
  literals_.push_back(std::move(octets));
  wanted_.reset();
  return {};
}

auto ImapResponseReader::feed(std::string_view& octets) -> Result<std::optional<ImapResponse>> {
  while (!octets.empty()) {
    if (broken_) return *broken_;
    if (wanted_) {
      const std::size_t part = std::min(octets.size(), *wanted_ - partial_.size());
      partial_.append(octets.substr(0, part));
      octets.remove_prefix(part);
      if (partial_.size() < *wanted_) break;
      if (auto taken = take_literal(std::exchange(partial_, {})); !taken) return taken.error();
      continue;
    }
    const std::size_t end = octets.find('\n');
    const std::string_view part = octets.substr(0, end);
    partial_.append(part.substr(0, limits_.line + 2 - std::min(partial_.size(), limits_.line + 2)));
    if (partial_.size() > limits_.line + 1)
      return break_off(fmt::format("a line of more than {} octets", limits_.line));
    octets.remove_prefix(end == std::string_view::npos ? octets.size() : end + 1);
    if (end == std::string_view::npos) break;
    std::string line = std::exchange(partial_, {});
    if (line.ends_with('\r')) line.pop_back();
    auto taken = take_line(line);
    if (!taken || *taken) return taken;
  }
  return std::optional<ImapResponse>();
}

std::optional<std::string> imap_quoted(std::string_view text) {
  std::string result = "\"";
  for (const unsigned char c : text) {
    if (c == 0 || c == '\r' || c == '\n' || c >= 0x80) return std::nullopt;
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<char>(c);
  }
  return result + '"';
}

}  // namespace drydock
