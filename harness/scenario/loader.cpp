#include "harness/scenario/loader.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "harness/scenario/diagnostics.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "harness/scenario/system_resolvers.hpp"
#include "harness/scenario/yaml/file_text.hpp"
#include "harness/scenario/yaml/yaml.hpp"
#include "probes/registry.hpp"

namespace drydock {
namespace {

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace

Loading::Loading(const Node& tree, const LoadOptions& options, std::string folder, Diagnostics& problems)
    : root(tree),
      diagnostics(problems),
      names(tree, options, problems),
      reader(problems),
      types(options.types.empty() ? probe_types() : options.types) {
  scenario.folder = std::move(folder);
}

Node Loading::section(std::string_view key) {
  const Node* node = root.find(key);
  return node ? names.put_in(*node, {}) : Node{};
}

std::string Loading::path(const std::string& written) const {
  return (std::filesystem::path(scenario.folder) / written).lexically_normal().string();
}

void Loading::refuse_own_id(std::string_view id, const Place& place) {
  if (std::find(kOwnIds.begin(), kOwnIds.end(), id) != kOwnIds.end())
    error(place, fmt::format("`{}` is what drydock calls a gate of its own; give this another id", id));
}

std::optional<std::size_t> Loading::phase(const std::string& id, const Place& place) {
  const auto found = scenario.phase(id);
  if (!found)
    error(place, fmt::format("there is no phase `{}`{}", id, suggestion(id, scenario.phases, "the phases are")));
  return found;
}

std::optional<Scenario> load_tree(const Node& root, const LoadOptions& options, const std::string& folder,
                                  Diagnostics& diagnostics) {
  const auto keys = scenario_keys();
  const MapReader map(diagnostics, root, {keys.begin(), keys.end()}, "a scenario");
  if (!map.is_map()) return std::nullopt;
  Loading loading(root, options, folder, diagnostics);
  read_definitions(loading);
  read_probes(loading);
  read_gates(loading);
  read_transfer(loading);
  read_terms(loading);
  read_waivers(loading);
  if (!diagnostics.has_errors()) {
    look_for_unused(loading);
    look_at_steps(loading);
  }
  if (loading.scenario.dns.resolvers.empty()) loading.scenario.dns.resolvers = system_resolvers();
  return std::move(loading.scenario);
}

LoadResult load_scenario_text(const std::string& text, const std::string& name, const std::string& folder,
                              const LoadOptions& options) {
  Diagnostics diagnostics;
  const auto source = std::make_shared<Source>(name, std::string_view(text).substr(0, kMaxFileOctets + 1));
  LoadResult result;
  const auto root = read_yaml(source, text, diagnostics);
  if (root)
    result.scenario =
        load_tree(*root, options, std::filesystem::absolute(folder).lexically_normal().string(), diagnostics);
  if (diagnostics.has_errors()) result.scenario.reset();
  result.diagnostics = diagnostics.take();
  if (result.scenario) {
    result.scenario->file = name;
    result.scenario->sha256 = sha256(text);
  }
  return result;
}

LoadResult load_scenario(const std::string& path, const LoadOptions& options) {
  const FileText file = read_file(path, kMaxFileOctets);
  if (file.problem.empty())
    return load_scenario_text(file.text, path, std::filesystem::absolute(path).parent_path().string(), options);
  LoadResult result;
  result.diagnostics.push_back(
      {true, {path, 1, 1}, fmt::format("can't be read: {}; name a scenario file", file.problem), ""});
  return result;
}

}  // namespace drydock
