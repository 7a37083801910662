#include "harness/scenario/step_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "harness/scenario/sections/loading.hpp"

namespace drydock {
namespace {

constexpr std::string_view kVersion = "1";

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string(text.data(), text.size()));
}

std::string group(const Node& node, const std::vector<KeySpec>& keys);

std::string list(const Node& node, const KeySpec& key);

/// Scalars in one spelling; what is no value of its form is refused elsewhere and told as it stands.
std::string scalar(const Node& node, const KeySpec& key) {
  if (!node.secret.empty()) return quoted("${secrets." + node.secret + "}");
  if (key.form == Form::duration)
    if (const auto duration = parse_duration(node.text)) return quoted(format_duration(*duration));
  if (key.form == Form::integer || key.form == Form::port)
    if (const auto number = core_integer(node.text)) return fmt::format("{}", *number);
  if (key.form == Form::boolean)
    if (const auto truth = core_boolean(node.text)) return *truth ? "true" : "false";
  return quoted(node.text);
}

std::string value(const Node& node, const KeySpec& key) {
  switch (node.kind) {
    case Node::Kind::nothing:
    case Node::Kind::refused:
      return "null";
    case Node::Kind::scalar:
      return scalar(node, key);
    case Node::Kind::sequence:
      return list(node, key);
    case Node::Kind::mapping:
      break;
  }
  const auto secret = secret_keys();
  const auto keys = key.form == Form::secret ? std::vector<KeySpec>(secret.begin(), secret.end()) : members_of(key);
  return key.form == Form::group_or_groups ? "[" + group(node, keys) + "]" : group(node, keys);
}

std::string list(const Node& node, const KeySpec& key) {
  const KeySpec element = element_of(key);
  std::vector<std::string> items;
  for (const Node& item : node.items) items.push_back(value(item, element));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

bool is_default(const std::string& text, const KeySpec& key) {
  return !key.default_value.empty() && text == value(Node::scalar({}, std::string(key.default_value)), key);
}

std::string group(const Node& node, const std::vector<KeySpec>& keys) {
  std::vector<const Node::Entry*> entries;
  for (const auto& entry : node.entries) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) { return a->key < b->key; });
  std::vector<std::string> members;
  for (const auto* entry : entries) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const KeySpec& one) { return one.name == entry->key; });
    const KeySpec spec = key == keys.end() ? KeySpec{.name = entry->key} : *key;
    const std::string text = value(entry->value, spec);
    if (!is_default(text, spec)) members.push_back(quoted(entry->key) + ": " + text);
  }
  return fmt::format("{{{}}}", fmt::join(members, ", "));
}

/// The digits before the first blank; empty where the text begins otherwise.
std::string_view version_of(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos || text[end] != ' ' ? std::string_view() : text.substr(0, end);
}

}  // namespace

std::string step_text(const Node& node, const KeySpec& step) {
  return fmt::format("{} {}", kVersion, group(node, members_of(step)));
}

int step_text_version(std::string_view text) {
  const std::string_view digits = version_of(text);
  int version = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), version);
  return version;
}

SameStep same_step(std::string_view a, std::string_view b) {
  if (version_of(a).empty() || version_of(a) != version_of(b)) return SameStep::unknown;
  return a == b ? SameStep::same : SameStep::different;
}

}  // namespace drydock
