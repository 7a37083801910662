#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "harness/scenario/yaml/yaml.hpp"

namespace drydock {
namespace {

using Value = Parameters::Value;

template <class T>
std::optional<Value> as_value(std::optional<T> value) {
  return value ? std::optional<Value>(std::move(*value)) : std::nullopt;
}

std::optional<Account> account_value(Loading& loading, const Node& node, const KeySpec& key) {
  if (node.is(Node::Kind::mapping)) return read_account(loading, node, std::string(key.name));
  KeySpec name = key;
  name.form = Form::text;
  if (!node.is(Node::Kind::scalar) || !node.secret.empty()) {
    loading.reader.wrong(node, key);
    return std::nullopt;
  }
  const auto known = loading.accounts.find(node.text);
  if (known != loading.accounts.end()) {
    loading.use("accounts", node.text);
    return known->second;
  }
  std::vector<std::string> ids;
  for (const auto& [id, account] : loading.accounts) ids.push_back(id);
  const std::string near = ids.empty() ? "; declare it under accounts" : suggestion(node.text, ids, "declared");
  loading.error(node.place, fmt::format("there is no account `{}`{}", node.text, near));
  return std::nullopt;
}

std::optional<Value> accounts_value(Loading& loading, const Node& node, const KeySpec& key) {
  std::vector<const Node*> written;
  if (node.is(Node::Kind::sequence))
    for (const Node& item : node.items) written.push_back(&item);
  else
    written.push_back(&node);
  if (written.empty()) {
    loading.reader.wrong(node, key);
    return std::nullopt;
  }
  std::vector<Account> accounts;
  for (const Node* one : written)
    if (auto account = account_value(loading, *one, key)) accounts.push_back(std::move(*account));
  return accounts.size() == written.size() ? std::optional<Value>(std::move(accounts)) : std::nullopt;
}

std::optional<Value> fields_value(Loading& loading, const Node& node, const KeySpec& key) {
  if (!node.is(Node::Kind::mapping) || node.entries.empty()) {
    loading.reader.wrong(node, key);
    return std::nullopt;
  }
  Fields fields;
  bool right = true;
  for (const auto& entry : node.entries) {
    const auto text = loading.reader.word(entry.value, {.name = entry.key, .form = Form::text});
    right = right && text.has_value();
    if (text) fields.emplace_back(entry.key, *text);
  }
  return right ? std::optional<Value>(std::move(fields)) : std::nullopt;
}

std::optional<Value> read_value(Loading& loading, const Node& node, const KeySpec& key, bool& right) {
  switch (key.form) {
    case Form::integer:
    case Form::port:
      return as_value(loading.reader.integer(node, key));
    case Form::boolean:
      return as_value(loading.reader.boolean(node, key));
    case Form::duration:
      return as_value(loading.reader.duration(node, key));
    case Form::mail_addresses:
    case Form::texts:
    case Form::ports:
    case Form::servers:
      return as_value(loading.reader.words(node, key));
    case Form::account:
      return as_value(account_value(loading, node, key));
    case Form::accounts:
      return accounts_value(loading, node, key);
    case Form::fields:
      return fields_value(loading, node, key);
    case Form::group:
      return std::make_shared<const Parameters>(
          read_parameters(loading, node, key.parameters, fmt::format("`{}`", key.name), right));
    default:
      return as_value(loading.reader.word(node, key));
  }
}

/// A default that the type's table writes; wrong ones are defects of the table.
std::optional<Value> default_of(Loading& loading, const KeySpec& key) {
  if (key.default_value.empty()) return std::nullopt;
  const auto source = std::make_shared<Source>(fmt::format("default of {}", key.name), key.default_value);
  Diagnostics problems;
  const auto node = read_yaml(source, key.default_value, problems);
  bool right = true;
  auto value = node ? read_value(loading, *node, key, right) : std::nullopt;
  if (!value || !right)
    throw std::logic_error(fmt::format("the default `{}` of {} is wrong", key.default_value, key.name));
  return value;
}

}  // namespace

Parameters read_parameters(Loading& loading, const Node& map, std::span<const ParameterSpec> specs,
                           std::string_view what, bool& right) {
  const auto keys = keys_of(specs);
  MapReader reader(loading.diagnostics, map, keys, what);
  Parameters parameters;
  right = right && reader.is_map();
  for (const KeySpec& key : keys) {
    std::optional<Value> value;
    if (const Node* node = reader.get(key.name)) {
      value = read_value(loading, *node, key, right);
      right = right && value.has_value();
    } else if (reader.has(key.name) || (key.required && reader.is_map())) {
      right = false;
    } else {
      value = default_of(loading, key);
    }
    if (value) parameters.set(key.name, std::move(*value));
  }
  for (const auto& entry : map.entries)
    if (std::none_of(keys.begin(), keys.end(), [&](const KeySpec& key) { return key.name == entry.key; }))
      right = false;
  return parameters;
}

}  // namespace drydock
