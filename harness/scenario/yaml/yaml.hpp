#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "harness/scenario/diagnostics.hpp"
#include "harness/scenario/yaml/node.hpp"

namespace drydock {

inline constexpr std::size_t kMaxFileOctets = 1U << 20U;
inline constexpr std::size_t kMaxNesting = 64;

/// Reads one YAML document. Refuses what the language does not have (tabs as indentation, several documents, tags,
/// merge keys, duplicate keys) and what is out of bounds (kMaxFileOctets, kMaxNesting, aliases past kMaxWeight), each
/// with a diagnostic. Nothing where the text can't be read as YAML at all or is empty.
std::optional<Node> read_yaml(std::shared_ptr<const Source> source, std::string_view text, Diagnostics& diagnostics);

}  // namespace drydock
