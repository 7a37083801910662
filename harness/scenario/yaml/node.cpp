#include "harness/scenario/yaml/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace drydock {
namespace {

bool digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool leading_zero(std::string_view whole) {
  return whole.size() > 1 && whole.front() == '0';
}

std::optional<std::int64_t> in_base(std::string_view text, int base) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || text.front() == '-' || failed != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

std::size_t skip_sign(std::string_view text) {
  return !text.empty() && (text.front() == '-' || text.front() == '+') ? 1 : 0;
}

}  // namespace

Source::Source(std::string name, std::string_view text) : name_(std::move(name)) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines_.emplace_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

const std::string& Source::line(int number) const {
  static const std::string none;
  return number < 1 || number > lines() ? none : lines_[static_cast<std::size_t>(number) - 1];
}

const Node::Entry* Node::entry(std::string_view key) const {
  for (const Entry& candidate : entries)
    if (candidate.key == key) return &candidate;
  return nullptr;
}

const Node* Node::find(std::string_view key) const {
  const Entry* found = entry(key);
  return found ? &found->value : nullptr;
}

Node Node::scalar(Place place, std::string text) {
  Node node;
  node.kind = Kind::scalar;
  node.place = std::move(place);
  node.text = std::move(text);
  return node;
}

Node Node::sequence(Place place, std::vector<Node> items) {
  Node node;
  node.kind = Kind::sequence;
  node.place = std::move(place);
  node.items = std::move(items);
  return node;
}

Node Node::mapping(Place place, std::vector<Entry> entries) {
  Node node;
  node.kind = Kind::mapping;
  node.place = std::move(place);
  node.entries = std::move(entries);
  return node;
}

std::optional<bool> core_boolean(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

std::optional<std::int64_t> core_integer(std::string_view text) {
  if (text.starts_with("0x")) return in_base(text.substr(2), 16);
  if (text.starts_with("0o")) return in_base(text.substr(2), 8);
  const std::string_view whole = text.substr(skip_sign(text));
  if (!digits(whole) || leading_zero(whole)) return std::nullopt;
  const auto number = in_base(whole, 10);
  return number && text.front() == '-' ? -*number : number;
}

std::optional<double> core_real(std::string_view text) {
  std::string_view rest = text.substr(skip_sign(text));
  const std::size_t exponent = rest.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    const std::string_view power = rest.substr(exponent + 1);
    if (!digits(power.substr(skip_sign(power)))) return std::nullopt;
    rest = rest.substr(0, exponent);
  }
  const std::size_t point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? std::string_view{} : rest.substr(point + 1);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if ((!whole.empty() && !digits(whole)) || (!fraction.empty() && !digits(fraction)) || leading_zero(whole))
    return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::string kind_in_words(const Node& node) {
  switch (node.kind) {
    case Node::Kind::nothing:
      return "nothing";
    case Node::Kind::sequence:
      return node.items.empty() ? "an empty list" : "a list";
    case Node::Kind::mapping:
      return node.entries.empty() ? "an empty map" : "a map";
    case Node::Kind::refused:
      return "a wrong value";
    case Node::Kind::scalar:
      break;
  }
  if (!node.secret.empty()) return fmt::format("the secret `{}`", node.secret);
  std::string text = node.text.substr(0, 60);
  if (node.text.empty()) return "an empty text";
  if (node.quoted && !node.put_in) return fmt::format("the text \"{}\"", text);
  if (core_boolean(text)) return fmt::format("the truth value {}", text);
  if (core_integer(text) || core_real(text)) return fmt::format("the number {}", text);
  return fmt::format("the word `{}`", text);
}

std::size_t weight(const Node& node) {
  std::size_t sum = 64 + node.text.size();
  for (const Node& item : node.items) sum += weight(item);
  for (const auto& entry : node.entries) sum += entry.key.size() + weight(entry.value);
  return sum;
}

}  // namespace drydock
