#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/diagnostics.hpp"
#include "harness/scenario/loader.hpp"
#include "harness/scenario/yaml/node.hpp"

namespace drydock {

/// Puts `${vars.x}`, `${names.x}`, `${hosts.x.address}`, `${secrets.x}`, `${token}`, `${each}` and `${each.key}` into
/// string scalars, after parsing. Each problem is reported once, at the place that has it; what depends on it is
/// refused silently.
class Names {
public:
  /// Where a scalar stands decides what may be put into it.
  struct Context {
    bool token = false;          ///< ${token} is allowed
    const Node* each = nullptr;  ///< the item of for_each; null outside of one
  };

  /// `root` is the scenario as parsed and must outlive this. Reads vars from the file, the journal, --vars and --set.
  Names(const Node& root, const LoadOptions& options, Diagnostics& diagnostics);

  /// A copy of the tree with names put in.
  Node put_in(const Node& node, const Context& context);
  /// The value of `${root.name}` or nothing (then the problem is reported).
  std::optional<std::string> value(const std::string& root, const std::string& name);
  [[nodiscard]] const std::map<std::string, std::string>& overrides() const { return overrides_; }
  /// Whether `${root.name}` was asked for.
  [[nodiscard]] bool used(const std::string& root, const std::string& name) const {
    return used_.contains(root + "." + name);
  }

private:
  struct Reference {
    Place place;
    std::string inside;  ///< what stands between the braces
    bool whole;          ///< it is the whole scalar
  };

  void define_addresses(const Node::Entry& host);
  void read_overrides(const LoadOptions& options);
  void read_vars_file(const std::string& path);
  /// A name in a file for --vars that the scenario doesn't declare: a slip where it resembles one that the file lacks.
  void undeclared_var(const Node& file, const Node::Entry& entry);
  Node put_into_scalar(const Node& node, const Context& context);
  std::optional<std::string> expand(const Node& node, const Context& context, Node& out);
  std::optional<std::string> resolve(const Reference& reference, const Context& context, Node& out);
  std::optional<std::string> resolve_each(const Reference& reference, const Node* each);
  std::optional<std::string> resolve_defined(const Reference& reference);
  std::optional<std::string> resolve_address(const Reference& reference, const std::string& name);
  /// Computed when it is first asked for; a name that depends on itself is told.
  std::optional<std::string> value_once(const Reference& reference, const std::string& root, const std::string& name);
  std::optional<std::string> compute(const std::string& root, const std::string& name, const Node& node);
  [[nodiscard]] const Node* definition(const std::string& root, const std::string& name) const;
  [[nodiscard]] std::vector<std::string> defined(const std::string& root) const;
  void unknown_reference(const Reference& reference);

  const Node& root_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::string> overrides_;
  std::map<std::string, const Node*> definitions_;  ///< by `root.name`; addresses by `hosts.NAME.N`
  std::map<std::string, std::optional<std::string>> known_;
  std::vector<std::string> under_way_;
  std::set<std::string> used_;
  std::size_t put_ = 0;
};

/// Where a secret may stand, for messages.
inline constexpr std::string_view kSecretPlaces =
    "a secret may stand only as the password of an account and as the key of dns_update";

}  // namespace drydock
