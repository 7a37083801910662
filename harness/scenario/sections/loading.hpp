#pragma once
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/scenario/diagnostics.hpp"
#include "harness/scenario/keys/reader.hpp"
#include "harness/scenario/loader.hpp"
#include "harness/scenario/sections/names.hpp"
#include "harness/scenario/yaml/node.hpp"

namespace drydock {

/// A scenario on its way from nodes to values. The parts below fill it in this order.
struct Loading {
  Loading(const Node& root, const LoadOptions& options, std::string folder, Diagnostics& diagnostics);

  const Node& root;
  Diagnostics& diagnostics;
  Names names;
  Reader reader;
  std::span<const ProbeType* const> types;
  Scenario scenario;

  std::map<std::string, Secret> secrets;
  std::map<std::string, Account> accounts;
  std::vector<std::string> host_ids;  ///< declared, right or not
  std::vector<std::string> vantage_ids;
  std::vector<std::pair<std::string, Place>> probe_ids;  ///< in the order of the file, right or not
  std::map<std::string, Place> taken_probe_ids;
  struct NeededCheck {
    std::string by, of, check;  ///< probe ids
    Place place;
  };
  std::vector<NeededCheck> needed_checks;  ///< as written, to be looked up when all probes are read
  bool all_probe_ids_known = true;         ///< false: some probe's id could not be read
  std::vector<std::string> gate_ids;
  std::set<std::string> used;  ///< `hosts.old`, `vantages.stranger`, `accounts.jim`, `gates.g`
  std::vector<std::pair<std::string, Place>> touched_zones;
  std::map<std::string, Place> hold_places;  ///< of probes and gates, for late messages

  /// The section with names put in; a null node where the file has none.
  Node section(std::string_view key);
  void error(const Place& place, std::string message) { diagnostics.error(place, std::move(message)); }
  [[nodiscard]] std::string path(const std::string& written) const;
  void use(std::string_view kind, std::string_view id) { used.insert(std::string(kind) + "." + std::string(id)); }
  /// No gate or probe is called what drydock's own gates are.
  void refuse_own_id(std::string_view id, const Place& place);
  /// The phase's index; says what is wrong with an unknown one.
  std::optional<std::size_t> phase(const std::string& id, const Place& place);
};

/// The scenario that a tree describes. With errors among the diagnostics it is not to be used.
std::optional<Scenario> load_tree(const Node& root, const LoadOptions& options, const std::string& folder,
                                  Diagnostics& diagnostics);

void read_definitions(Loading& loading);
void read_probes(Loading& loading);
void read_gates(Loading& loading);
void read_transfer(Loading& loading);
void read_terms(Loading& loading);
void read_waivers(Loading& loading);
void look_for_unused(Loading& loading);
/// Undos that put back less than their step changes, approvals that nobody can give.
void look_at_steps(Loading& loading);

/// A secret: `${secrets.NAME}` or a map that says where to get it. `name` is what messages call one given by a map.
std::optional<Secret> read_secret(Loading& loading, const Node& node, const KeySpec& key, const std::string& name);
std::optional<Account> read_account(Loading& loading, const Node& node, const std::string& id);

/// The parameters of a type from the map under its key; `right` is set to false where a value was wrong.
Parameters read_parameters(Loading& loading, const Node& map, std::span<const ParameterSpec> specs,
                           std::string_view what, bool& right);

/// The lines of `expect`.
std::vector<Expectation> read_expectations(Loading& loading, const Node& node, const ProbeType& type);

/// What a fact must be; `name` is how the scenario calls it.
std::optional<Matcher> read_matcher(Loading& loading, const Node& node, const std::string& name, const FactSpec& fact);

/// The hosts and zones that a step touches; zones are looked up when all steps are read.
Touches read_touches(Loading& loading, MapReader& step);
void look_for_unknown_zones(Loading& loading);

/// The phases of a list or of {from, until}.
std::vector<bool> read_phases(Loading& loading, const Node& node, const KeySpec& key);

/// Ids that a list of ids and globs names, each once, in the order of the scenario. `self` is left out of globs.
std::vector<std::string> resolve_probes(Loading& loading, const Node& list, const KeySpec& key,
                                        const std::string& self = {});

/// The same for `needs`, in which a check of a probe may be named: PROBE/CHECK. Those are noted in `loading`.
std::vector<std::string> resolve_needs(Loading& loading, const Node& list, const KeySpec& key, const std::string& self);

/// The canonical text of a step, as step_text.hpp describes it; `step` is the key of the transfer.
std::string step_text(const Node& node, const KeySpec& step);

}  // namespace drydock
