#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/secrets/files.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "harness/scenario/syntax.hpp"
#include "probes/core/ip_address.hpp"
#include "probes/core/safe_text.hpp"
#include "probes/core/text.hpp"

namespace drydock {
namespace {

std::vector<KeySpec> table(std::span<const KeySpec> keys) {
  return {keys.begin(), keys.end()};
}

/// The entries of a map of ids to definitions whose id is right.
std::vector<const Node::Entry*> definitions(Loading& loading, const Node& section, const KeySpec& key) {
  std::vector<const Node::Entry*> found;
  if (section.is(Node::Kind::nothing)) return found;
  if (!section.is(Node::Kind::mapping)) {
    loading.reader.wrong(section, key);
    return found;
  }
  for (const auto& entry : section.entries) {
    if (is_identifier(entry.key))
      found.push_back(&entry);
    else
      loading.error(
          entry.key_place,
          fmt::format("`{}` can't be an id under {}; it wants letters, digits and -_./~@:+=%", entry.key, key.name));
  }
  return found;
}

/// What a journal keeps and compares must read as it is.
void refuse_unseen(Loading& loading, const Place& place, const std::string& what, const std::string& value) {
  const std::string shown = printable(value, true);
  if (shown != value)
    loading.error(place, fmt::format("{} holds a character that can't be seen or that turns text around: {}", what,
                                     clip(shown, 200)));
}

void read_scalars(Loading& loading, const std::string& section, std::map<std::string, std::string>& into) {
  const Node* node = loading.root.find(section);
  if (!node) return;
  for (const auto* entry : definitions(loading, *node, scenario_key(section))) {
    const auto value = loading.names.value(section, entry->key);
    if (value) into[entry->key] = *value;
    if (value)
      refuse_unseen(loading, entry->value.place,
                    fmt::format("the {} `{}`", section.substr(0, section.size() - 1), entry->key), *value);
    if (value && section == "names" && !is_host_name(*value))
      loading.error(entry->value.place,
                    fmt::format("the name `{}` can't be `{}`; it wants a host name", entry->key, *value));
  }
}

void read_phase_ids(Loading& loading) {
  auto& phases = loading.scenario.phases;
  const Node section = loading.section("phases");
  if (section.is(Node::Kind::nothing)) {
    phases = {"before", "freeze", "cut", "soak"};
    return;
  }
  KeySpec key = scenario_key("phases");
  key.required = true;
  const auto ids = loading.reader.words(section, key);
  for (std::size_t i = 0; ids && i < ids->size(); ++i) {
    const std::string& id = (*ids)[i];
    if (!is_identifier(id))
      loading.error(section.items[i].place,
                    fmt::format("`{}` can't be a phase; it wants letters, digits and -_./~@:+=%", id));
    else if (std::find(phases.begin(), phases.end(), id) != phases.end())
      loading.error(section.items[i].place, fmt::format("the phase `{}` stands here twice; a phase comes once", id));
    else
      phases.push_back(id);
  }
}

/// `address`, or `addresses`; empty where neither is there or right.
std::vector<std::string> read_addresses(Loading& loading, MapReader& map, std::string_view what) {
  if (map.has("address") && map.has("addresses"))
    loading.error(map.place_of("addresses"),
                  fmt::format("{} has `address` or `addresses`; put all of them into the list", what));
  if (const auto one = map.word("address")) return {*one};
  std::vector<std::string> addresses = map.words("addresses");
  for (std::size_t i = 0; i < addresses.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (same_address(addresses[i], addresses[j]))
        loading.error(map.get("addresses")->items[i].place,
                      fmt::format("{} stands here twice; an address comes once", addresses[i]));
  return addresses;
}

/// Of two of one family a vantage would dial from the first, and nobody would know.
void refuse_two_of_a_family(Loading& loading, const MapReader& map, const std::vector<std::string>& addresses) {
  for (std::size_t i = 1; i < addresses.size(); ++i) {
    const auto first = std::ranges::find(addresses, family_of(addresses[i]), family_of);
    if (first < addresses.begin() + static_cast<std::ptrdiff_t>(i) && !same_address(*first, addresses[i]))
      loading.error(map.get("addresses")->items[i].place,
                    fmt::format("a vantage dials from one address of each family, and {} is an {} address as well; "
                                "make this one a vantage of its own",
                                *first, family_of(addresses[i]) == Family::ipv6 ? "IPv6" : "IPv4"));
  }
}

void read_vantages(Loading& loading) {
  const Node section = loading.section("vantages");
  for (const auto* entry : definitions(loading, section, scenario_key("vantages"))) {
    loading.vantage_ids.push_back(entry->key);
    MapReader map(loading.diagnostics, entry->value, table(vantage_keys()), "a vantage");
    const auto addresses = read_addresses(loading, map, "a vantage");
    loading.scenario.vantages.push_back(
        {entry->key, addresses.empty() ? "" : addresses.front(), map.word("name").value_or(""), addresses});
    refuse_two_of_a_family(loading, map, addresses);
  }
  if (loading.scenario.vantages.empty()) loading.scenario.vantages.push_back({"default", "", ""});
}

std::vector<std::string> read_hostnames(Loading& loading, const Node& node, const KeySpec& key) {
  const std::size_t count = loading.scenario.phases.size();
  KeySpec one = key;
  one.form = Form::host_name;
  if (node.is(Node::Kind::scalar)) {
    const auto name = loading.reader.word(node, one);
    return name ? std::vector<std::string>(count, *name) : std::vector<std::string>{};
  }
  if (!node.is(Node::Kind::mapping) || node.entries.empty()) {
    loading.reader.wrong(node, key);
    return {};
  }
  std::vector<std::string> names(count);
  std::size_t from = 0;
  for (const auto& entry : node.entries) {
    const auto phase = loading.phase(entry.key, entry.key_place);
    const auto name = loading.reader.word(entry.value, one);
    if (!phase || !name) continue;
    if (*phase < from)
      loading.error(
          entry.key_place,
          fmt::format("the phase `{}` comes before the one named above it; write phases in their order", entry.key));
    from = *phase;
    std::fill(names.begin() + static_cast<std::ptrdiff_t>(std::min(*phase, count)), names.end(), *name);
  }
  return names;
}

std::optional<SshAccess> read_ssh(Loading& loading, const Node& node, const KeySpec& key) {
  MapReader map(loading.diagnostics, node, members_of(key), "ssh");
  if (!map.is_map()) return std::nullopt;
  SshAccess ssh;
  ssh.user = map.word("user").value_or("");
  if (const auto key_file = map.word("key_file")) {
    ssh.key_file = loading.path(*key_file);
    look_at_key(loading, ssh.key_file, map.get("key_file")->place);
  }
  if (const auto known_hosts = map.word("known_hosts")) {
    ssh.known_hosts = loading.path(*known_hosts);
    look_whether_readable(loading, ssh.known_hosts, map.get("known_hosts")->place, "the list of known hosts");
  }
  ssh.port = static_cast<std::uint16_t>(map.integer("port").value_or(22));
  return ssh;
}

void read_tls(Loading& loading, const Node& node, const KeySpec& key, HostDefinition& host) {
  MapReader map(loading.diagnostics, node, members_of(key), "`tls`");
  if (const auto oldest = map.word("oldest")) host.oldest_tls = 0x0301 + (oldest->back() - '0');
  const auto pin = map.word("pin");
  if (!pin) return;
  constexpr std::string_view kPrefix = "sha256:";
  std::string hex = ascii_lower(*pin);
  std::erase(hex, ':');  // as openssl x509 -fingerprint writes it
  if (hex.starts_with("sha256")) hex.erase(0, kPrefix.size() - 1);
  constexpr std::size_t kDigits = 64;
  if (!pin->starts_with(kPrefix) || hex.size() != kDigits ||
      hex.find_first_not_of("0123456789abcdef") != std::string::npos)
    loading.error(map.get("pin")->place,
                  fmt::format("`pin` can't be `{}`; it wants sha256: and 64 hex digits, as `openssl x509 -noout "
                              "-fingerprint -sha256` shows them",
                              *pin));
  host.pin = hex;
}

std::optional<Rate> read_rate(Loading& loading, MapReader& map, std::string_view key) {
  const auto written = map.word(key);
  if (!written) return std::nullopt;
  const auto rate = parse_rate(*written);
  if (!rate)
    loading.error(map.get(key)->place,
                  fmt::format("`{}` can't be `{}`; it wants a number and a span of time, like 30/10m", key, *written));
  return rate;
}

void read_limits(Loading& loading, const Node& node, const KeySpec& key, HostDefinition& host) {
  MapReader map(loading.diagnostics, node, members_of(key), "`limits`");
  host.connections = static_cast<int>(map.integer("connections").value_or(host.connections));
  host.refusals = read_rate(loading, map, "refusals");
  host.wrong_logins = read_rate(loading, map, "wrong_logins");
}

void compare_addresses(Loading& loading, const HostDefinition& host, const HostDefinition& other, const Place& place) {
  for (const std::string& address : host.addresses()) {
    if (!other.is_at(address)) continue;
    const bool pair = (host.id == "old" || host.id == "new") && (other.id == "old" || other.id == "new");
    const std::string same = fmt::format("`{}` and `{}` have the same address, {}", other.id, host.id, address);
    if (pair)
      loading.error(place, same + "; a host compared with itself is always right, so give each its own");
    else
      loading.diagnostics.warning(place, same + "; is one of them a slip?");
  }
}

/// With DNS on the new host already, nothing could tell the two apart by it.
void look_for_swapped_hosts(Loading& loading, const Node& hosts) {
  const HostDefinition* old_host = loading.scenario.host("old");
  const HostDefinition* new_host = loading.scenario.host("new");
  if (!old_host || !new_host) return;
  for (std::size_t i = 0; i < old_host->published.size(); ++i)
    if (new_host->is_at(old_host->published[i]))
      loading.error(hosts.find("old")->find("published")->items[i].place,
                    fmt::format("`old` can't be published at {}, the address of `new`; name what DNS shows of the old "
                                "host",
                                old_host->published[i]));
}

/// Whether a host takes over the work of another, directly or not.
bool takes_over(const Scenario& scenario, const std::string& host, const std::string& other, std::size_t steps) {
  const HostDefinition* one = scenario.host(host);
  return one && steps > 0 && std::ranges::any_of(one->replaces, [&](const std::string& replaced) {
           return replaced == other || takes_over(scenario, replaced, other, steps - 1);
         });
}

/// The hosts that this one replaces: those that it names, else `old`.
void find_replaced(Loading& loading, const Node& entry, HostDefinition& host) {
  const Node* node = entry.find("replaces");
  const auto& hosts = loading.scenario.hosts;
  if (!node && host.id != "old" && loading.scenario.host("old")) host.replaces = {"old"};
  if (!node) return;
  for (const std::string& replaced : host.replaces) {
    loading.use("hosts", replaced);
    if (!loading.scenario.host(replaced))
      loading.error(node->place, fmt::format("there is no host `{}`{}", replaced,
                                             suggestion(replaced, loading.host_ids, "the hosts are")));
  }
  if (takes_over(loading.scenario, host.id, host.id, hosts.size()))
    loading.error(node->place,
                  fmt::format("`{}` would replace itself; name the host that was there before it", host.id));
}

void read_hosts(Loading& loading) {
  const Node section = loading.section("hosts");
  const KeySpec& key = scenario_key("hosts");
  if (section.is(Node::Kind::mapping) && section.entries.empty())
    loading.error(section.place, "`hosts` is empty; it wants at least one host");
  for (const auto* entry : definitions(loading, section, key)) {
    loading.host_ids.push_back(entry->key);
    if (is_reserved_id(entry->key))
      loading.error(entry->key_place,
                    fmt::format("a host can't be called `{}`, which means {}; give it another name", entry->key,
                                entry->key == kThisMachine ? "this machine" : "the name servers"));
    MapReader map(loading.diagnostics, entry->value, members_of(key), "a host");
    HostDefinition host;
    host.id = entry->key;
    host.where = position(entry->key_place);
    const auto addresses = read_addresses(loading, map, "a host");
    if (map.is_map() && !map.has("address") && !map.has("addresses"))
      loading.error(entry->value.place, "a host needs `address`, or `addresses` where it has several");
    if (!addresses.empty()) {
      host.address = addresses.front();
      host.other_addresses.assign(addresses.begin() + 1, addresses.end());
    }
    host.published = map.words("published");
    host.replaces = map.words("replaces");
    if (const Node* names = map.get("hostname"))
      host.hostname_by_phase = read_hostnames(loading, *names, map.spec("hostname"));
    if (const Node* ssh = map.get("ssh")) host.ssh = read_ssh(loading, *ssh, map.spec("ssh"));
    if (const Node* tls = map.get("tls")) read_tls(loading, *tls, map.spec("tls"), host);
    if (const Node* limits = map.get("limits")) read_limits(loading, *limits, map.spec("limits"), host);
    if (!host.address.empty())
      for (const HostDefinition& other : loading.scenario.hosts)
        compare_addresses(loading, host, other, map.get(map.has("address") ? "address" : "addresses")->place);
    loading.scenario.hosts.push_back(std::move(host));
  }
  look_for_swapped_hosts(loading, section);
  for (HostDefinition& host : loading.scenario.hosts)
    if (const Node* entry = section.find(host.id)) find_replaced(loading, *entry, host);
}

void read_secrets(Loading& loading) {
  const Node section = loading.section("secrets");
  const KeySpec key{.name = "secrets", .form = Form::secret};
  for (const auto* entry : definitions(loading, section, scenario_key("secrets"))) {
    auto secret = read_secret(loading, entry->value, key, entry->key);
    loading.secrets.emplace(entry->key, secret ? *secret : Secret(entry->key));
  }
}

void read_accounts(Loading& loading) {
  const Node section = loading.section("accounts");
  for (const auto* entry : definitions(loading, section, scenario_key("accounts"))) {
    auto account = read_account(loading, entry->value, entry->key);
    Account broken;
    broken.id = entry->key;
    loading.accounts.emplace(entry->key, account ? *account : broken);
  }
}

void read_allowed_targets(Loading& loading) {
  const Node section = loading.section("allowed_targets");
  if (section.is(Node::Kind::nothing)) return;
  auto& targets = loading.scenario.allowed_targets;
  targets = loading.reader.words(section, scenario_key("allowed_targets")).value_or(std::vector<std::string>{});
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Place& place = section.items[i].place;
    if (targets[i].ends_with("/0"))
      loading.diagnostics.warning(
          place,
          fmt::format("{} is every address there is, so nothing is held back; name your own networks", targets[i]));
    const std::string address = targets[i].substr(0, targets[i].find('/'));
    for (std::size_t j = 0; j < i; ++j)
      if (targets[i] == targets[j])
        loading.diagnostics.warning(place, fmt::format("{} stands here twice", targets[i]));
      else if (address == targets[i] && is_within(address, targets[j]))
        loading.diagnostics.warning(place, fmt::format("{} is in {} already", targets[i], targets[j]));
  }
}

}  // namespace

void read_definitions(Loading& loading) {
  Scenario& scenario = loading.scenario;
  const Node head = Node::mapping(loading.root.place, {});
  if (const Node* name = loading.root.find("name")) {
    KeySpec key = scenario_key("name");
    scenario.name = loading.reader.word(loading.names.put_in(*name, {}), key).value_or("");
    refuse_unseen(loading, name->place, "the scenario's name", scenario.name);
  }
  if (const Node* version = loading.root.find("drydock"))
    (void)loading.reader.integer(*version, scenario_key("drydock"));
  read_scalars(loading, "vars", scenario.vars);
  read_scalars(loading, "names", scenario.names);
  const Node domains = loading.section("domains");
  if (!domains.is(Node::Kind::nothing))
    scenario.domains = loading.reader.words(domains, scenario_key("domains")).value_or(std::vector<std::string>{});
  read_phase_ids(loading);
  read_vantages(loading);
  read_hosts(loading);
  const Node dns = loading.section("dns");
  if (!dns.is(Node::Kind::nothing)) {
    MapReader map(loading.diagnostics, dns, table(dns_keys()), "dns");
    scenario.dns = {map.words("authoritative"), map.words("resolvers")};
  }
  read_allowed_targets(loading);
  const Node compare = loading.section("compare");
  if (!compare.is(Node::Kind::nothing))
    scenario.compare_all = loading.reader.word(compare, scenario_key("compare")).has_value();
  const Node trust = loading.section("trust");
  if (!trust.is(Node::Kind::nothing)) {
    const auto written = loading.reader.word(trust, scenario_key("trust"));
    if (written) scenario.trust = loading.path(*written);
    if (written) look_at_trust(loading, scenario.trust, trust.place);
  }
  read_secrets(loading);
  read_accounts(loading);
}

}  // namespace drydock
