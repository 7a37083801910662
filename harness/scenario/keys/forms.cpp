#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/scenario/keys/keys.hpp"

namespace drydock {
namespace {

using enum Form;

struct Words {
  Form form;
  std::string_view text;
};
/// What a value of a form looks like, where that is the same for every key.
constexpr Words kWords[] = {
    {text, "a text"},
    {identifier, "an id of letters, digits and -_./~@:+=%"},
    {port, "a port number, 1 to 65535"},
    {boolean, "true or false"},
    {mail_address, "a mail address like jim@example.org"},
    {mail_addresses, "a list of mail addresses"},
    {account, "the name of one of the accounts, or {login, password, mail}"},
    {accounts, "the name of one of the accounts, or {login, password, mail}, or a list of those"},
    {ip_address, "an IPv4 or IPv6 address that a host can have"},
    {ip_addresses, "a list of IPv4 or IPv6 addresses that hosts can have"},
    {ip_network, "an IP address, or a network like 192.0.2.0/24 with no bit set behind its prefix"},
    {ip_networks, "a list of IP addresses, or of networks like 192.0.2.0/24 with no bit set behind their prefix"},
    {host_name, "a host name"},
    {dns_name, "a DNS name"},
    {host_names, "a list of host names"},
    {url, "a URL with http:// or https://"},
    {texts, "a list of texts"},
    {text_or_texts, "a text or a list of texts"},
    {ports, "a list of port numbers, 1 to 65535"},
    {server, "the IP address of a server, with a port (192.0.2.1:53, [2001:db8::1]:53) or without"},
    {instant, "a date and a time with its zone, like 2026-11-22T20:00:00Z"},
    {until, "a date like 2026-12-01, or one with a time and its zone, like 2026-11-22T20:00:00Z"},
    {fields, "a map of names to texts"},
    {group, "a map"},
    {groups, "a list of maps"},
    {group_or_groups, "a map or a list of maps"},
    {named_groups, "a map of names to maps"},
    {path, "a file's path"},
    {secret, "a secret: \"${secrets.NAME}\", {env: NAME}, {file: PATH} or {command: [PROGRAM, ...]}"},
    {scalars, "a map of names to texts, numbers or truth values"},
    {phase_range, "a list of phases, or {from: PHASE, until: PHASE}"},
    {host_names_by_phase, "a host name, or a map of phases to host names"},
    {matchers, "a map of facts to what they must be"},
    {overrides, "a map of check ids to off, critical, degraded or advisory"},
    {items, "a list of texts, numbers or maps of those"},
};

Form form_of(ParameterType type) {
  switch (type) {
    case ParameterType::text:
      return text;
    case ParameterType::integer:
      return integer;
    case ParameterType::port:
      return port;
    case ParameterType::boolean:
      return boolean;
    case ParameterType::duration:
      return duration;
    case ParameterType::choice:
      return choice;
    case ParameterType::mail_address:
      return mail_address;
    case ParameterType::mail_addresses:
      return mail_addresses;
    case ParameterType::account:
      return account;
    case ParameterType::accounts:
      return accounts;
    case ParameterType::ip_address:
      return ip_address;
    case ParameterType::host_name:
      return host_name;
    case ParameterType::url:
      return url;
    case ParameterType::texts:
      return texts;
    case ParameterType::ports:
      return ports;
    case ParameterType::servers:
      return servers;
    case ParameterType::fields:
      return fields;
    case ParameterType::group:
      return group;
  }
  return text;
}

std::string number_range(const KeySpec& key) {
  if (key.minimum == key.maximum) return fmt::format("the number {}", key.minimum);
  if (key.maximum != INT64_MAX) return fmt::format("a whole number, {} to {}", key.minimum, key.maximum);
  return fmt::format("a whole number, {} or more", key.minimum);
}

}  // namespace

KeySpec key_of(const ParameterSpec& parameter) {
  return {.name = parameter.name,
          .form = form_of(parameter.type),
          .meaning = parameter.meaning,
          .required = parameter.required,
          .choices = parameter.choices,
          .minimum = parameter.minimum,
          .maximum = parameter.maximum,
          .parameters = parameter.members,
          .default_value = parameter.default_value};
}

std::vector<KeySpec> keys_of(std::span<const ParameterSpec> parameters) {
  std::vector<KeySpec> keys;
  for (const ParameterSpec& parameter : parameters) keys.push_back(key_of(parameter));
  return keys;
}

std::vector<KeySpec> members_of(const KeySpec& key) {
  return key.members.empty() ? keys_of(key.parameters) : std::vector<KeySpec>(key.members.begin(), key.members.end());
}

std::string wanted(const KeySpec& key) {
  for (const Words& words : kWords)
    if (words.form == key.form) return std::string(words.text);
  switch (key.form) {
    case integer:
      return number_range(key);
    case duration:
      return key.minimum > 0 ? "a duration above zero like 250ms, 5s, 10m, 2h or 3d"
                             : "a duration like 250ms, 5s, 10m, 2h or 3d";
    case choice:
      return key.choices.size() == 1 ? fmt::format("the word {}", key.choices.front())
                                     : fmt::format("one of {}", fmt::join(key.choices, ", "));
    case servers:
      return key.choices.empty() ? "a list of IP addresses of servers, each with a port or without"
                                 : fmt::format("{} or a list of IP addresses of servers", fmt::join(key.choices, ", "));
    default:
      return {};
  }
}

}  // namespace drydock
