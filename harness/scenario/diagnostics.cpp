#include "harness/scenario/diagnostics.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace drydock {
namespace {

constexpr std::size_t kListed = 16;
constexpr std::size_t kLineShown = 160;

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '_' ? '-' : c;
}

/// Optimal string alignment distance: a swap of neighbours counts once.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = folded(a[i - 1]) == folded(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

/// One column of a terminal for each character; what could steer a terminal is a question mark.
std::vector<std::string> columns(std::string_view line) {
  std::vector<std::string> characters;
  for (const char c : line) {
    const auto octet = static_cast<unsigned char>(c);
    const bool continues = (octet & 0xC0) == 0x80;
    if (continues && !characters.empty() && (characters.back().front() & 0x80) != 0)
      characters.back() += c;
    else if (octet >= 0xC2)
      characters.emplace_back(1, c);
    else
      characters.emplace_back(octet == '\t' ? " " : octet < 0x20 || octet >= 0x7F ? "?" : std::string(1, c));
  }
  for (std::string& character : characters) {
    const bool broken = character.size() == 1 && (character.front() & 0x80) != 0;
    if (broken || (character.starts_with("\xC2") && static_cast<unsigned char>(character[1]) < 0xA0)) character = "?";
  }
  return characters;
}

/// The source line with a caret below it; of a long line the part round the caret.
std::string with_caret(std::string_view line, int column) {
  const auto characters = columns(line);
  const std::size_t at = static_cast<std::size_t>(std::max(1, column)) - 1;
  const std::size_t from = characters.size() > kLineShown && at > kLineShown / 2 ? at - kLineShown / 2 : 0;
  const std::size_t to = std::min(characters.size(), from + kLineShown);
  std::string text = from > 0 ? "..." : "";
  const std::size_t blanks = at - from + text.size();
  for (std::size_t i = from; i < to; ++i) text += characters[i];
  if (to < characters.size()) text += "...";
  return fmt::format("  {}\n  {}^\n", text, std::string(blanks, ' '));
}

}  // namespace

SourcePosition position(const Place& place) {
  return {place.source ? place.source->name() : std::string{}, place.line, place.column};
}

void Diagnostics::add(bool is_error, const Place& place, std::string message) {
  has_errors_ = has_errors_ || is_error;
  if (found_.size() > kMost) return;
  Diagnostic diagnostic{is_error, position(place), std::move(message),
                        place.source ? place.source->line(place.line) : ""};
  if (found_.size() == kMost) diagnostic.message = "there are more problems than can be listed; mend those above first";
  for (const Diagnostic& known : found_)
    if (known.where.line == diagnostic.where.line && known.where.column == diagnostic.where.column &&
        known.message == diagnostic.message && known.where.file == diagnostic.where.file)
      return;
  if (std::find(sources_.begin(), sources_.end(), diagnostic.where.file) == sources_.end())
    sources_.push_back(diagnostic.where.file);
  found_.push_back(std::move(diagnostic));
}

void Diagnostics::conceal(const Place& place) {
  concealed_.emplace(position(place).file, place.line);
}

std::vector<Diagnostic> Diagnostics::take() {
  for (Diagnostic& diagnostic : found_)
    if (concealed_.contains({diagnostic.where.file, diagnostic.where.line})) diagnostic.source_line.clear();
  const auto key = [this](const Diagnostic& diagnostic) {
    const auto source = std::find(sources_.begin(), sources_.end(), diagnostic.where.file);
    return std::tuple(source - sources_.begin(), diagnostic.where.line, diagnostic.where.column);
  };
  std::stable_sort(found_.begin(), found_.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return std::exchange(found_, {});
}

std::string format(const Diagnostic& diagnostic) {
  const SourcePosition& where = diagnostic.where;
  const std::string text =
      fmt::format("{}:{}:{}: {}\n", where.file, where.line, where.column, printable(diagnostic.message));
  return diagnostic.source_line.empty() ? text : text + with_caret(diagnostic.source_line, where.column);
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, std::min<std::size_t>(word.size() / 3, 4)) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > word.size() + 4 || word.size() > candidate.size() + 4) continue;
    const std::size_t far = distance(word, candidate);
    if (far >= best_distance) continue;
    best_distance = far;
    best = &candidate;
  }
  return best ? *best : std::string{};
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates, std::string_view known) {
  if (candidates.empty()) return {};
  const std::string near = nearest(word, candidates);
  if (!near.empty()) return fmt::format("; did you mean `{}`?", near);
  if (candidates.size() > kListed)
    return fmt::format("; {}: {}, ...", known, fmt::join(candidates.begin(), candidates.begin() + kListed, ", "));
  return fmt::format("; {}: {}", known, fmt::join(candidates, ", "));
}

}  // namespace drydock
