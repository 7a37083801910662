#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/check/matcher.hpp"
#include "probes/core/parameter.hpp"

namespace drydock {

/// The form of a value: what the reader accepts and what the JSON Schema says.
enum class Form {
  text,
  identifier,  ///< the id of something that the file defines: letters, digits and -_./~@:+=%
  integer,
  port,
  boolean,
  duration,
  choice,
  mail_address,
  mail_addresses,
  account,   ///< the name of one under `accounts`, or a map with its keys
  accounts,  ///< one of those, or a list of them
  ip_address,
  ip_addresses,
  ip_network,  ///< an address, or a network with its prefix length
  ip_networks,
  host_name,
  host_names,
  dns_name,  ///< a host name, or a label that only DNS knows (RFC 2317 §4)
  url,
  texts,
  text_or_texts,
  ports,
  server,   ///< IP address, with a port or without
  servers,  ///< a list of them, or one of `choices`
  instant,  ///< RFC 3339, with its zone
  until,    ///< an instant, or a date: to the end of its day in UTC
  fields,   ///< a map of texts
  group,    ///< a map with the keys of `members` or `parameters`
  groups,   ///< a list of such maps
  group_or_groups,
  named_groups,  ///< a map of ids to such maps
  path,
  secret,               ///< `${secrets.NAME}` or where to get one
  scalars,              ///< a map of ids to texts, numbers and truth values
  phase_range,          ///< a list of phases, or {from, until}
  host_names_by_phase,  ///< one name, or a map of phases to names
  matchers,             ///< a map of facts to matchers
  overrides,            ///< a map of check ids to what they weigh
  items                 ///< what for_each goes through
};

/// One key of a map in the scenario. The loader reads by these tables and the JSON Schema is made from them.
struct KeySpec {
  std::string_view name;
  Form form = Form::text;
  std::string_view meaning = {};
  bool required = false;
  std::span<const KeySpec> members = {};
  std::span<const std::string_view> choices = {};
  std::int64_t minimum = 0;
  std::int64_t maximum = INT64_MAX;
  std::span<const ParameterSpec> parameters = {};  ///< members of a group that a probe type declares
  std::string_view default_value = {};             ///< in YAML flow form, for the schema and for parameters
};

std::span<const KeySpec> scenario_keys();
const KeySpec& scenario_key(std::string_view name);  ///< one that is in the table
std::span<const KeySpec> probe_keys();               ///< without the key of the type
std::span<const KeySpec> account_keys();
std::span<const KeySpec> secret_keys();
std::span<const KeySpec> vantage_keys();
std::span<const KeySpec> dns_keys();
std::span<const KeySpec> phase_range_keys();

/// The operators of `expect`, by the words of the language.
struct OperatorSpec {
  std::string_view name;
  Matcher::Op op = Matcher::Op::equals;
  std::string_view meaning = {};
};
std::span<const OperatorSpec> operators();

/// What `checks` may make of a check.
std::span<const std::string_view> override_choices();

/// The key of one parameter of a probe type.
KeySpec key_of(const ParameterSpec& parameter);
std::vector<KeySpec> keys_of(std::span<const ParameterSpec> parameters);

/// The members of a key, whichever table they come from.
std::vector<KeySpec> members_of(const KeySpec& key);

/// What a value of this key looks like, in words: `a port number, 1 to 65535`.
std::string wanted(const KeySpec& key);

}  // namespace drydock
