#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <span>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/secrets/files.hpp"
#include "harness/scenario/sections/loading.hpp"

namespace drydock {
namespace {

void warn_missing(Loading& loading, const SecretSource& source, const std::string& name, const Place& place) {
  if (source.kind == SecretSource::Kind::env && ::getenv(source.text.c_str()) == nullptr)
    loading.diagnostics.warning(
        place,
        fmt::format("the secret `{}` is missing: the environment has no {}; probes that need it will be inconclusive",
                    name, source.text));
  if (source.kind == SecretSource::Kind::file && ::access(source.text.c_str(), R_OK) != 0)
    loading.diagnostics.warning(
        place, fmt::format("the secret `{}` is missing: {} can't be read; probes that need it will be inconclusive",
                           name, source.text));
}

/// What stands where a secret is wanted, or under a key that may be a misspelt one, is not to be shown.
void conceal_values(Loading& loading, const Node& node, std::span<const KeySpec> known = {}) {
  loading.diagnostics.conceal(node.place);
  for (const Node& item : node.items) conceal_values(loading, item);
  for (const Node::Entry& entry : node.entries)
    if (std::none_of(known.begin(), known.end(), [&](const KeySpec& key) { return key.name == entry.key; })) {
      loading.diagnostics.conceal(entry.key_place);
      conceal_values(loading, entry.value);
    }
}

bool has_unknown_key(const Node& map, std::span<const KeySpec> known) {
  return std::any_of(map.entries.begin(), map.entries.end(), [&](const Node::Entry& entry) {
    return std::none_of(known.begin(), known.end(), [&](const KeySpec& key) { return key.name == entry.key; });
  });
}

std::optional<SecretSource> read_source(Loading& loading, const Node& node, const std::string& name) {
  const auto keys = secret_keys();
  if (!node.is(Node::Kind::mapping) || has_unknown_key(node, keys)) conceal_values(loading, node, keys);
  MapReader map(loading.diagnostics, node, {keys.begin(), keys.end()},
                fmt::format("the source of the secret `{}`", name));
  if (!map.is_map()) return std::nullopt;
  if (map.has("env") + map.has("file") + map.has("command") != 1) {
    loading.error(
        node.place,
        fmt::format(
            "the secret `{}` needs one source; write {{env: NAME}}, {{file: PATH}} or {{command: [PROGRAM, ...]}}",
            name));
    return std::nullopt;
  }
  SecretSource source;
  if (const auto variable = map.word("env")) {
    source.text = *variable;
  } else if (const auto file = map.word("file")) {
    source.kind = SecretSource::Kind::file;
    source.text = loading.path(*file);
  } else {
    source.kind = SecretSource::Kind::command;
    source.argv = map.words("command");
    if (source.argv.empty()) return std::nullopt;
  }
  warn_missing(loading, source, name, node.place);
  if (source.kind == SecretSource::Kind::file) look_at_secret(loading, source.text, node.place, name);
  return source;
}

}  // namespace

std::optional<Secret> read_secret(Loading& loading, const Node& node, const KeySpec& key, const std::string& name) {
  if (!node.secret.empty()) {
    const auto known = loading.secrets.find(node.secret);
    return known == loading.secrets.end() ? std::nullopt : std::optional(known->second);
  }
  if (node.is(Node::Kind::scalar)) {
    loading.diagnostics.conceal(node.place);
    loading.error(node.place, fmt::format("a secret can't be written here; it wants {}",
                                          wanted({.name = key.name, .form = Form::secret})));
    return std::nullopt;
  }
  const auto source = read_source(loading, node, name);
  if (!source) return std::nullopt;
  loading.scenario.secrets.push_back({Secret(name), *source, position(node.place)});
  return loading.scenario.secrets.back().secret;
}

std::optional<Account> read_account(Loading& loading, const Node& node, const std::string& id) {
  const auto keys = account_keys();
  if (has_unknown_key(node, keys)) conceal_values(loading, node, keys);
  MapReader map(loading.diagnostics, node, {keys.begin(), keys.end()}, "an account");
  if (!map.is_map()) return std::nullopt;
  Account account;
  account.id = id;
  account.login = map.word("login").value_or("");
  account.mail = map.word("mail").value_or("");
  if (const Node* password = map.get("password")) {
    auto secret = read_secret(loading, *password, map.spec("password"), "password of " + id);
    if (secret) account.password = *secret;
  }
  return account;
}

}  // namespace drydock
