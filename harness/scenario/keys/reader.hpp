#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/diagnostics.hpp"
#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/yaml/node.hpp"
#include "probes/core/duration.hpp"

namespace drydock {

/// Reads values of one form. Nothing means that the value is wrong and that this was said; a refused node is silent.
class Reader {
public:
  explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  std::optional<std::string> word(const Node& node, const KeySpec& key);
  std::optional<std::vector<std::string>> words(const Node& node, const KeySpec& key);
  std::optional<std::int64_t> integer(const Node& node, const KeySpec& key);
  std::optional<bool> boolean(const Node& node, const KeySpec& key);
  std::optional<Duration> duration(const Node& node, const KeySpec& key);
  /// Says that the node is not what the key wants.
  void wrong(const Node& node, const KeySpec& key, std::string_view hint = {});
  Diagnostics& diagnostics() { return diagnostics_; }

private:
  bool plain_scalar(const Node& node, const KeySpec& key);
  void wrong_choice(const Node& node, const KeySpec& key);

  Diagnostics& diagnostics_;
};

/// One map of the scenario with the table of its keys: says which keys are unknown, missing or without a value, and
/// gives out the others. Values that were complained about are as if absent.
class MapReader {
public:
  /// `what` is what messages call the map: `a host`. `other_keys` are allowed besides the table's.
  MapReader(Diagnostics& diagnostics, const Node& map, std::vector<KeySpec> keys, std::string_view what,
            const std::vector<std::string>& other_keys = {});

  [[nodiscard]] bool is_map() const { return is_map_; }
  /// The node, or null where it is absent, has no value or was refused.
  [[nodiscard]] const Node* get(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return map_.find(key) != nullptr; }
  [[nodiscard]] Place place_of(std::string_view key) const;
  [[nodiscard]] const KeySpec& spec(std::string_view key) const;

  std::optional<std::string> word(std::string_view key);
  std::vector<std::string> words(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<Duration> duration(std::string_view key);

private:
  void look_for_unknown_keys(std::string_view what, const std::vector<std::string>& other_keys);
  void look_for_missing_keys(std::string_view what);

  Reader reader_;
  const Node& map_;
  std::vector<KeySpec> keys_;
  bool is_map_ = false;
};

/// The key of one element of a list.
KeySpec element_of(const KeySpec& list);

}  // namespace drydock
