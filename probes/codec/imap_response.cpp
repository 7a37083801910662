#include "probes/codec/imap_response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "probes/codec/imap_values.hpp"
#include "probes/core/text.hpp"

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
  std::optional<std::uint64_t> octets;  ///< nothing where the number is beyond all bounds
};

Announced announced_literal(std::string_view line) {
  if (line.empty() || line.back() != '}') return {};
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return {};
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  if (!digits.empty() && digits.back() == '+') digits.remove_suffix(1);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), digit)) return {};
  return {true, number_of<std::uint64_t>(digits)};
}

/// `*`, a number where there is one, and the name of an untagged response, taken from the front of `rest`. The name is
/// empty where there is none.
ImapResponse take_name(std::string_view& rest) {
  ImapResponse response;
  rest.remove_prefix(2);
  std::string_view word = take_word(rest);
  if (auto number = number_of<std::uint32_t>(word)) {
    response.number = number;
    word = take_word(rest);
  }
  response.name = upper(word);
  return response;
}

bool is_status(const ImapResponse& response) {
  return !response.number && is_status(response.name);
}

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

/// The numbers of a SEARCH; what is none, such as the MODSEQ of RFC 7162 §3.1.5, is nobody's.
std::vector<std::uint32_t> numbers_of(std::string_view rest) {
  std::vector<std::uint32_t> numbers;
  while (!rest.empty())
    if (const auto number = number_of<std::uint32_t>(take_word(rest))) numbers.push_back(*number);
  return numbers;
}

Parsed parse_data(const std::vector<std::string>& lines, ImapLiterals& literals, const ImapLimits& limits) {
  std::string_view rest = lines.front();
  ImapResponse response = take_name(rest);
  if (is_status(response)) {
    response.status = std::move(response.name);
    response.name.clear();
    read_status_text(rest, response);
    return response;
  }
  if (response.name == "SEARCH" && lines.size() == 1) {
    response.found = numbers_of(rest);
    return response;
  }
  std::string wrong = read_imap_values({lines, literals, rest}, limits, response.values);
  if (!wrong.empty()) return Parsed(boost::system::in_place_error, std::move(wrong));
  return response;
}

Parsed parse_response(const std::vector<std::string>& lines, ImapLiterals& literals, const ImapLimits& limits) {
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
  return kind == Kind::atom && ascii_lower(text) == ascii_lower(word);
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
  skipped_.reset();
  wanted_.reset();
  return *broken_;
}

bool ImapResponseReader::wants_name(std::string_view name) const {
  return !wanted_names_ || std::find(wanted_names_->begin(), wanted_names_->end(), name) != wanted_names_->end();
}

/// The first line of a response says what it is, and whether anybody wants it.
auto ImapResponseReader::begin(std::string_view line) -> Result<void> {
  may_hold_literals_ = false;
  if (!line.starts_with("* ")) return {};
  std::string_view rest = line;
  ImapResponse response = take_name(rest);
  if (response.name.empty()) return break_off("an untagged response that names nothing");
  may_hold_literals_ = !is_status(response);
  if (may_hold_literals_ && !wants_name(response.name)) skipped_ = std::move(response);
  return {};
}

auto ImapResponseReader::keep(std::string_view line) -> Result<void> {
  total_ += line.size();
  if (total_ > limits_.total) return break_off(fmt::format("more than {} octets in one response", limits_.total));
  if (lines_.size() > limits_.values)
    return break_off(fmt::format("more than {} values in one response", limits_.values));
  lines_.emplace_back(line);
  return {};
}

auto ImapResponseReader::finish() -> Result<std::optional<ImapResponse>> {
  std::optional<ImapResponse> response = std::exchange(skipped_, std::nullopt);
  if (!response) {
    auto parsed = parse_response(lines_, literals_, limits_);
    if (!parsed) return break_off(std::move(parsed).error());
    response = std::move(*parsed);
  }
  lines_.clear();
  literals_.clear();
  total_ = 0;
  return response;
}

auto ImapResponseReader::take_line(std::string_view line) -> Result<std::optional<ImapResponse>> {
  if (broken_) return *broken_;
  if (wanted_) return break_off("a line where the octets of a literal must come");
  if (line.size() > limits_.line) return break_off(fmt::format("a line of more than {} octets", limits_.line));
  if (line.find('\0') != std::string_view::npos) return break_off("a NUL octet in a line");
  if (lines_.empty() && !skipped_)
    if (const auto begun = begin(line); !begun) return begun.error();
  if (!skipped_)
    if (const auto kept = keep(line); !kept) return kept.error();
  const Announced announced = may_hold_literals_ ? announced_literal(line) : Announced{};
  if (!announced.literal) return finish();
  if (!announced.octets) return break_off("a literal beyond all bounds");
  if (!skipped_) literals_.emplace_back();
  if (*announced.octets > 0) wanted_ = announced.octets;
  return std::optional<ImapResponse>();
}

auto ImapResponseReader::take_literal(std::string_view octets) -> Result<void> {
  if (broken_) return *broken_;
  if (!wanted_ || octets.size() > *wanted_) return break_off("more octets of a literal than were announced");
  *wanted_ -= octets.size();
  if (*wanted_ == 0) wanted_.reset();
  if (skipped_) return {};
  Literal& literal = literals_.back();
  const std::size_t kept = std::min(octets.size(), limits_.literal - literal.octets.size());
  total_ += kept;
  if (total_ > limits_.total) return break_off(fmt::format("more than {} octets in one response", limits_.total));
  literal.octets.append(octets.substr(0, kept));
  literal.dropped += octets.size() - kept;
  return {};
}

auto ImapResponseReader::feed(std::string_view& octets) -> Result<std::optional<ImapResponse>> {
  while (!octets.empty()) {
    if (broken_) return *broken_;
    if (wanted_) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(octets.size(), *wanted_));
      if (auto taken = take_literal(octets.substr(0, part)); !taken) return taken.error();
      octets.remove_prefix(part);
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
