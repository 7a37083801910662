#include "probes/codec/reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>

#include "probes/core/observation.hpp"

namespace drydock {
namespace {

constexpr std::size_t kCodeDigits = 3;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string to_upper(std::string_view text) {
  std::string copy(text);
  std::ranges::transform(copy, copy.begin(), upper);
  return copy;
}

/// The three digits at the start of a line, or 0 where no code of this form stands there.
int leading_code(std::string_view line, ReplyForm form) {
  if (line.size() < kCodeDigits || !std::all_of(line.begin(), line.begin() + kCodeDigits, is_digit)) return 0;
  const char first = line[0];
  const bool allowed = form == ReplyForm::smtp ? first >= '2' && first <= '5' : first >= '1' && first <= '6';
  return allowed ? (first - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0') : 0;
}

/// One to three digits at the start of `text`, taken from it; -1 where there are none or more.
int take_number(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const auto length = static_cast<std::size_t>(end - text.begin());
  if (length == 0 || length > 3) return -1;
  int number = 0;
  std::from_chars(text.data(), text.data() + length, number);
  text.remove_prefix(length);
  return number;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

bool is_irregular(std::string_view line) {
  return std::ranges::any_of(line, [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

std::string_view first_word(std::string_view& text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  const auto end = std::min(text.find_first_of(" \t", begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

std::optional<EnhancedCode> parse_enhanced_code(std::string_view text) {
  EnhancedCode code;
  code.success = take_number(text);
  if (code.success != 2 && code.success != 4 && code.success != 5) return std::nullopt;
  if (!take_dot(text)) return std::nullopt;
  code.subject = take_number(text);
  if (code.subject < 0 || !take_dot(text)) return std::nullopt;
  code.detail = take_number(text);
  if (code.detail < 0 || !(text.empty() || text[0] == ' ' || text[0] == '\t')) return std::nullopt;
  return code;
}

ReplyParser::ReplyParser(ReplyForm form, ReplyLimits limits) : form_(form), limits_(limits) {}

boost::system::result<bool, Error> ReplyParser::fail(std::string message, ErrorKind kind) {
  error_ = Error{kind, std::move(message)};
  partial_.clear();
  return *error_;
}

void ReplyParser::keep(std::string_view text) {
  reply_.irregular = reply_.irregular || is_irregular(text);
  if (!reply_.enhanced) {
    const auto code = parse_enhanced_code(text);
    if (code && code->success == reply_.code / 100) reply_.enhanced = code;
  }
  reply_.lines.emplace_back(text);
}

boost::system::result<bool, Error> ReplyParser::add_first(std::string_view line) {
  reply_.code = leading_code(line, form_);
  if (reply_.code == 0) return fail(fmt::format("not a reply: `{}`", printable(clip(line, 80))));
  const std::string_view rest = line.substr(kCodeDigits);
  if (!rest.empty() && rest[0] != ' ' && rest[0] != '-')
    return fail(fmt::format("neither space nor hyphen after the reply code: `{}`", printable(clip(line, 80))));
  keep(rest.empty() ? rest : rest.substr(1));
  return rest.empty() || rest[0] == ' ';
}

boost::system::result<bool, Error> ReplyParser::add_further(std::string_view line) {
  const int code = leading_code(line, form_);
  const std::string_view rest = code == 0 ? std::string_view{} : line.substr(kCodeDigits);
  if (form_ == ReplyForm::ftp) {
    const bool last = code == reply_.code && (rest.empty() || rest[0] == ' ');
    const bool marked = code == reply_.code && !rest.empty() && rest[0] == '-';
    keep(last || marked ? rest.substr(rest.empty() ? 0 : 1) : line);
    return last;
  }
  if (code != reply_.code)
    return fail(fmt::format("a reply that began with {} went on with `{}`", reply_.code, printable(clip(line, 80))));
  if (!rest.empty() && rest[0] != ' ' && rest[0] != '-')
    return fail(fmt::format("neither space nor hyphen after the reply code: `{}`", printable(clip(line, 80))));
  keep(rest.empty() ? rest : rest.substr(1));
  return rest.empty() || rest[0] == ' ';
}

boost::system::result<bool, Error> ReplyParser::add_line(std::string_view line) {
  if (error_) return *error_;
  assert(!complete_);
  if (line.size() > limits_.line) return fail(fmt::format("a reply line of more than {} octets", limits_.line));
  octets_ += line.size();
  if (octets_ > limits_.octets)
    return fail(fmt::format("a reply of more than {} octets; drydock takes no more", limits_.octets), ErrorKind::local);
  if (reply_.lines.size() >= limits_.lines)
    return fail(fmt::format("a reply of more than {} lines; drydock takes no more", limits_.lines), ErrorKind::local);
  const auto added = reply_.lines.empty() ? add_first(line) : add_further(line);
  if (added) complete_ = *added;
  return added;
}

boost::system::result<std::size_t, Error> ReplyParser::feed(std::string_view octets) {
  if (error_) return *error_;
  std::size_t taken = 0;
  while (!complete_ && taken < octets.size()) {
    const std::string_view left = octets.substr(taken);
    const auto end = left.find('\n');
    const std::string_view piece = left.substr(0, end);
    if (partial_.size() + piece.size() > limits_.line + 1)
      return fail(fmt::format("a reply line of more than {} octets", limits_.line)).error();
    partial_ += piece;
    taken += piece.size();
    if (end == std::string_view::npos) break;
    ++taken;
    if (partial_.ends_with('\r')) partial_.pop_back();
    const std::string line = std::exchange(partial_, {});
    const auto added = add_line(line);
    if (!added) return added.error();
  }
  return taken;
}

Reply ReplyParser::take() {
  assert(complete_);
  complete_ = false;
  octets_ = 0;
  return std::exchange(reply_, Reply{});
}

bool Capabilities::has(std::string_view keyword) const {
  return std::ranges::find(keywords, keyword) != keywords.end();
}

std::string_view Capabilities::parameter(std::string_view keyword) const {
  const auto found = std::ranges::find(keywords, keyword);
  return found == keywords.end() ? std::string_view{} : parameters[static_cast<std::size_t>(found - keywords.begin())];
}

std::vector<std::string> Capabilities::mechanisms() const {
  std::vector<std::string> names;
  const auto add_words = [&names](std::string_view words) {
    for (std::string_view word = first_word(words); !word.empty(); word = first_word(words)) {
      std::string name = to_upper(word);
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
  };
  for (std::size_t i = 0; i < keywords.size(); ++i) {
    constexpr std::string_view kObsolete = "AUTH=";
    if (keywords[i].starts_with(kObsolete)) add_words(std::string_view(keywords[i]).substr(kObsolete.size()));
    if (keywords[i] == "AUTH" || keywords[i].starts_with(kObsolete)) add_words(parameters[i]);
  }
  return names;
}

Capabilities parse_capabilities(const Reply& reply) {
  Capabilities result;
  if (reply.lines.empty()) return result;
  std::string_view greeting = reply.lines.front();
  result.name = first_word(greeting);
  for (std::size_t i = 1; i < reply.lines.size(); ++i) {
    std::string_view line = reply.lines[i];
    const std::string_view keyword = first_word(line);
    if (keyword.empty()) continue;
    result.keywords.push_back(to_upper(keyword));
    result.parameters.emplace_back(trimmed(line));
  }
  return result;
}

std::optional<Reply> reply_of_line(std::string line) {
  constexpr std::size_t kCode = 3;
  if (line.size() > kCode && line[kCode] == '-') line[kCode] = ' ';
  ReplyParser parser;
  const auto added = parser.add_line(line);
  if (!added || !parser.complete()) return std::nullopt;
  return parser.take();
}

}  // namespace drydock
