#include "harness/scenario/keys/reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "harness/scenario/instant.hpp"
#include "harness/scenario/sections/names.hpp"
#include "harness/scenario/syntax.hpp"
#include "probes/core/ip_address.hpp"

namespace drydock {
namespace {

constexpr Duration kLongest = std::chrono::hours(24 * 3650);

bool in_form(const std::string& text, Form form) {
  const std::string shown = with_token(text, "token");
  switch (form) {
    case Form::identifier:
      return is_identifier(text);
    case Form::mail_address:
      return is_mail_address(shown);
    case Form::ip_address:
      return is_unicast_address(shown);
    case Form::ip_network:
      return is_ip_network(shown);
    case Form::host_name:
      return is_host_name(shown);
    case Form::dns_name:
      return is_dns_name(shown);
    case Form::url:
      return url_host(shown).has_value();
    case Form::server:
      return parse_server(shown).has_value();
    case Form::instant:
      return parse_instant(text).has_value();
    case Form::until:
      return parse_until(text).has_value();
    case Form::path:
      return !text.empty();
    default:
      return true;
  }
}

/// Words of older YAML that are meant as something else.
std::string_view word_hint(const Node& node, Form form) {
  static constexpr std::string_view kTruths[] = {"yes", "no",  "on", "off", "Yes", "No", "On",
                                                 "Off", "YES", "NO", "ON",  "OFF", "y",  "n"};
  if (node.quoted && !node.put_in && form == Form::boolean && core_boolean(node.text)) return "leave the quotes out";
  if (node.quoted && !node.put_in && core_integer(node.text)) return "leave the quotes out";
  if (form == Form::boolean && std::find(std::begin(kTruths), std::end(kTruths), node.text) != std::end(kTruths))
    return "yes, no, on and off are words";
  const bool digits = !node.text.empty() && node.text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && node.text.size() > 1 && node.text.front() == '0') return "a leading zero makes it a word";
  const bool colons =
      node.text.find_first_not_of("0123456789:") == std::string::npos && node.text.find(':') != std::string::npos;
  return colons ? "digits with a colon are a word" : "";
}

}  // namespace

KeySpec element_of(const KeySpec& list) {
  KeySpec element = list;
  element.choices = {};
  switch (list.form) {
    case Form::mail_addresses:
      element.form = Form::mail_address;
      break;
    case Form::ip_addresses:
      element.form = Form::ip_address;
      break;
    case Form::ip_networks:
      element.form = Form::ip_network;
      break;
    case Form::host_names:
      element.form = Form::host_name;
      break;
    case Form::ports:
      element.form = Form::port;
      break;
    case Form::servers:
      element.form = Form::server;
      break;
    case Form::groups:
    case Form::group_or_groups:
      element.form = Form::group;
      break;
    default:
      element.form = Form::text;
  }
  return element;
}

void Reader::wrong(const Node& node, const KeySpec& key, std::string_view hint) {
  if (node.is(Node::Kind::refused)) return;
  if (!node.secret.empty()) {
    diagnostics_.error(node.place, fmt::format("`{}` can't be {}; {}", key.name, kind_in_words(node), kSecretPlaces));
    return;
  }
  diagnostics_.error(node.place, fmt::format("`{}` can't be {}{}{}{}; it wants {}", key.name, kind_in_words(node),
                                             hint.empty() ? "" : " (", hint, hint.empty() ? "" : ")", wanted(key)));
}

bool Reader::plain_scalar(const Node& node, const KeySpec& key) {
  if (node.is(Node::Kind::scalar) && node.secret.empty()) return true;
  wrong(node, key);
  return false;
}

void Reader::wrong_choice(const Node& node, const KeySpec& key) {
  const std::vector<std::string> choices(key.choices.begin(), key.choices.end());
  const std::string near = nearest(node.text, choices);
  if (near.empty())
    wrong(node, key);
  else
    diagnostics_.error(node.place, fmt::format("`{}` can't be {}; did you mean `{}`? (it wants {})", key.name,
                                               kind_in_words(node), near, wanted(key)));
}

std::optional<std::string> Reader::word(const Node& node, const KeySpec& key) {
  if (!plain_scalar(node, key)) return std::nullopt;
  if (key.form == Form::choice && std::find(key.choices.begin(), key.choices.end(), node.text) == key.choices.end()) {
    wrong_choice(node, key);
    return std::nullopt;
  }
  if (!in_form(node.text, key.form) || (node.text.empty() && key.form == Form::text && key.required)) {
    wrong(node, key);
    return std::nullopt;
  }
  return node.text;
}

std::optional<std::vector<std::string>> Reader::words(const Node& node, const KeySpec& key) {
  if (node.is(Node::Kind::scalar) && !key.choices.empty() && key.form == Form::servers) {
    if (std::find(key.choices.begin(), key.choices.end(), node.text) != key.choices.end())
      return std::vector{node.text};
    wrong_choice(node, key);
    return std::nullopt;
  }
  if (node.is(Node::Kind::scalar) && key.form == Form::text_or_texts) {
    auto one = word(node, element_of(key));
    return one ? std::optional(std::vector{*one}) : std::nullopt;
  }
  if (!node.is(Node::Kind::sequence)) {
    wrong(node, key);
    return std::nullopt;
  }
  if (node.items.empty()) {
    diagnostics_.error(node.place,
                       fmt::format("`{}` is an empty list; {}", key.name,
                                   key.required ? "it wants at least one" : "name at least one, or leave the key out"));
    return std::nullopt;
  }
  std::vector<std::string> all;
  bool right = true;
  const KeySpec element = element_of(key);
  for (const Node& item : node.items) {
    std::optional<std::string> one;
    if (element.form == Form::port) {
      const auto number = integer(item, element);
      if (number) one = fmt::format("{}", *number);
    } else {
      one = word(item, element);
    }
    right = right && one.has_value();
    if (one) all.push_back(std::move(*one));
  }
  return right ? std::optional(std::move(all)) : std::nullopt;
}

std::optional<std::int64_t> Reader::integer(const Node& node, const KeySpec& key) {
  if (!plain_scalar(node, key)) return std::nullopt;
  const std::int64_t minimum = key.form == Form::port ? 1 : key.minimum;
  const std::int64_t maximum = key.form == Form::port ? 65535 : key.maximum;
  const auto number = node.quoted && !node.put_in ? std::nullopt : core_integer(node.text);
  if (number && *number >= minimum && *number <= maximum) return number;
  wrong(node, key, word_hint(node, key.form));
  return std::nullopt;
}

std::optional<bool> Reader::boolean(const Node& node, const KeySpec& key) {
  if (!plain_scalar(node, key)) return std::nullopt;
  const auto value = node.quoted && !node.put_in ? std::nullopt : core_boolean(node.text);
  if (!value) wrong(node, key, word_hint(node, key.form));
  return value;
}

std::optional<Duration> Reader::duration(const Node& node, const KeySpec& key) {
  if (!plain_scalar(node, key)) return std::nullopt;
  const auto value = parse_duration(node.text);
  if (value && value->count() >= key.minimum && *value <= kLongest) return value;
  if (value && *value > kLongest)
    wrong(node, key, "longer than ten years");
  else
    wrong(node, key, core_real(node.text) ? "the unit is missing" : "");
  return std::nullopt;
}

MapReader::MapReader(Diagnostics& diagnostics, const Node& map, std::vector<KeySpec> keys, std::string_view what,
                     const std::vector<std::string>& other_keys)
    : reader_(diagnostics), map_(map), keys_(std::move(keys)), is_map_(map.is(Node::Kind::mapping)) {
  if (!is_map_) {
    if (!map.is(Node::Kind::refused))
      diagnostics.error(map.place, fmt::format("{} can't be {}; it wants a map", what, kind_in_words(map)));
    return;
  }
  look_for_unknown_keys(what, other_keys);
  look_for_missing_keys(what);
}

void MapReader::look_for_unknown_keys(std::string_view what, const std::vector<std::string>& other_keys) {
  std::vector<std::string> allowed;
  for (const KeySpec& key : keys_) allowed.emplace_back(key.name);
  allowed.insert(allowed.end(), other_keys.begin(), other_keys.end());
  for (const auto& entry : map_.entries) {
    if (std::find(allowed.begin(), allowed.end(), entry.key) == allowed.end())
      reader_.diagnostics().error(entry.key_place, fmt::format("{} has no key `{}`{}", what, entry.key,
                                                               suggestion(entry.key, allowed, "its keys are")));
    else if (entry.value.is(Node::Kind::nothing))
      reader_.diagnostics().error(entry.key_place,
                                  fmt::format("`{}` has no value; give it one, or remove the line", entry.key));
  }
}

void MapReader::look_for_missing_keys(std::string_view what) {
  for (const KeySpec& key : keys_)
    if (key.required && !map_.find(key.name))
      reader_.diagnostics().error(map_.place, fmt::format("{} needs the key `{}`: {}", what, key.name, key.meaning));
}

const Node* MapReader::get(std::string_view key) const {
  const Node* node = map_.find(key);
  return node && !node->is(Node::Kind::nothing) && !node->is(Node::Kind::refused) ? node : nullptr;
}

Place MapReader::place_of(std::string_view key) const {
  const auto* entry = map_.entry(key);
  return entry ? entry->key_place : map_.place;
}

const KeySpec& MapReader::spec(std::string_view key) const {
  for (const KeySpec& candidate : keys_)
    if (candidate.name == key) return candidate;
  throw std::logic_error(fmt::format("the table of this map has no key {}", key));
}

std::optional<std::string> MapReader::word(std::string_view key) {
  const Node* node = get(key);
  return node ? reader_.word(*node, spec(key)) : std::nullopt;
}

std::vector<std::string> MapReader::words(std::string_view key) {
  const Node* node = get(key);
  return node ? reader_.words(*node, spec(key)).value_or(std::vector<std::string>{}) : std::vector<std::string>{};
}

std::optional<std::int64_t> MapReader::integer(std::string_view key) {
  const Node* node = get(key);
  return node ? reader_.integer(*node, spec(key)) : std::nullopt;
}

std::optional<bool> MapReader::boolean(std::string_view key) {
  const Node* node = get(key);
  return node ? reader_.boolean(*node, spec(key)) : std::nullopt;
}

std::optional<Duration> MapReader::duration(std::string_view key) {
  const Node* node = get(key);
  return node ? reader_.duration(*node, spec(key)) : std::nullopt;
}

}  // namespace drydock
