#include "probes/codec/http_head.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "probes/core/text.hpp"

namespace drydock {
namespace {

/// One length, or the same one several times, of at most 2^63 - 1 octets.
bool is_length(std::string_view value) {
  std::optional<std::int64_t> first;
  while (true) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view digits = trimmed(value.substr(0, comma));
    std::int64_t length = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || length < 0) return false;
    if (first.value_or(length) != length) return false;
    first = length;
    if (comma == value.size()) return true;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace

bool HttpHead::take(std::string_view raw) {
  constexpr int kFirstFinal = 200;
  const std::string_view line = trimmed(raw);
  if (line.starts_with("HTTP/")) {
    take_status(line);
    return false;
  }
  if (line.empty()) return status_ >= kFirstFinal;
  const bool folds = raw.front() == ' ' || raw.front() == '\t';
  if (folds && !fields_.empty()) {
    fields_.back().second.append(" ").append(line);
    return false;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  fields_.emplace_back(ascii_lower(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1))));
  if (fields_.back().first == "content-length") check_lengths();
  return false;
}

void HttpHead::take_status(std::string_view line) {
  constexpr std::size_t kName = 5;  // HTTP/
  constexpr std::size_t kDigits = 3;
  *this = HttpHead();
  const std::size_t space = line.find(' ');
  version_ = std::string(line.substr(kName, space == std::string_view::npos ? space : space - kName));
  const std::string_view rest = space == std::string_view::npos ? std::string_view() : trimmed(line.substr(space));
  for (const char digit : rest.substr(0, kDigits))
    if (std::isdigit(static_cast<unsigned char>(digit))) status_ = status_ * 10 + (digit - '0');
  if (rest.size() > kDigits) reason_ = std::string(trimmed(rest.substr(kDigits)));
}

void HttpHead::check_lengths() {
  std::string lengths;
  for (const auto& [name, value] : fields_)
    if (name == "content-length") lengths += (lengths.empty() ? "" : ", ") + value;
  if (!is_length(lengths)) wrong_length_ = std::move(lengths);
}

}  // namespace drydock
