#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "probes/core/duration.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/secret.hpp"

namespace drydock {

/// Who logs in. `mail` is the account's address, empty where none is declared.
struct Account {
  std::string id;
  std::string login;
  std::string mail;
  Secret password;
};

enum class ParameterType {
  text,            ///< std::string
  integer,         ///< std::int64_t, within [minimum, maximum]
  port,            ///< std::int64_t, 1 to 65535
  boolean,         ///< bool
  duration,        ///< Duration
  choice,          ///< std::string, one of `choices`
  mail_address,    ///< std::string, RFC 5321 addr-spec, checked lightly: one unquoted @ and two non-empty sides
  mail_addresses,  ///< std::vector<std::string>
  account,         ///< Account: the name of one under `accounts`, or an inline map
  accounts,        ///< std::vector<Account>: one of those, or a list of them
  ip_address,      ///< std::string, IPv4 or IPv6
  host_name,       ///< std::string, RFC 1123 name or underscore labels (DNS)
  url,             ///< std::string, http or https
  texts,           ///< std::vector<std::string>
  ports,           ///< std::vector<std::string>, decimal ports 1 to 65535
  servers,         ///< std::vector<std::string> of IP addresses; the words of `choices` are allowed in place of a list
  fields,          ///< Fields: a map of text to text
  group            ///< Parameters: a map with the keys of `members`
};

struct ParameterSpec {
  std::string_view name;
  ParameterType type = ParameterType::text;
  std::string_view default_value = {};  ///< in YAML flow form; empty: no default
  std::string_view meaning = {};
  std::span<const std::string_view> choices = {};
  bool required = false;
  std::span<const ParameterSpec> members = {};
  std::int64_t minimum = 0;
  std::int64_t maximum = INT64_MAX;
  bool only_judged = false;  ///< the dialogue is the same whatever it says: only checks read it
};

/// The validated parameters of one probe, by name. Absent where neither the scenario nor a default gives one.
class Parameters {
public:
  using Value = std::variant<std::string, std::int64_t, bool, Duration, std::vector<std::string>, Account,
                             std::vector<Account>, Fields, std::shared_ptr<const Parameters>>;

  void set(std::string_view name, Value value);
  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
  template <class T>
  [[nodiscard]] const T* get(std::string_view name) const {
    auto found = values_.find(name);
    return found == values_.end() ? nullptr : std::get_if<T>(&found->second);
  }
  /// The text, or "" where there is none.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] Duration duration(std::string_view name, Duration otherwise) const;
  [[nodiscard]] const std::vector<std::string>& texts(std::string_view name) const;
  [[nodiscard]] const Account* account(std::string_view name) const { return get<Account>(name); }
  /// Those of a list, or the only one; none where there is no such parameter.
  [[nodiscard]] std::vector<Account> accounts(std::string_view name) const;
  /// The nested group, or an empty one.
  [[nodiscard]] const Parameters& group(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, Value, std::less<>>& values() const { return values_; }

  /// A copy in which every kTokenMark in every text is replaced by `token`.
  [[nodiscard]] Parameters with_token(std::string_view token) const;

private:
  std::map<std::string, Value, std::less<>> values_;
};

/// Stands for `${token}` in loaded text until an observation is made; can't occur in YAML.
inline constexpr std::string_view kTokenMark = "\x01token\x01";
std::string with_token(std::string_view text, std::string_view token);

}  // namespace drydock
