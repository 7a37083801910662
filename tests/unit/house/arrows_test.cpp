// The include graph is the one that harness/README.md draws.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;
using Graph = std::map<std::string, std::set<std::string>>;  ///< folder, and those whose headers it includes

const fs::path kSource = DRYDOCK_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const std::set<std::string>& types() {
  static const std::set<std::string> all = [] {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(kSource / "probes"))
      if (entry.is_directory()) found.insert(entry.path().filename());
    for (const char* other : {"core", "codec", "net", "client", "facet"}) found.erase(other);
    return found;
  }();
  return all;
}

/// What the page calls the folder of `probes/net/url.hpp`: net; of `probes/registry.hpp`: registry.
std::string folder_of(const std::string& path) {
  const std::size_t first = path.find('/'), second = path.find('/', first + 1);
  if (second == std::string::npos) return path.starts_with("probes/") ? "registry" : "";
  return path.substr(first + 1, second - first - 1);
}

/// The words to the right of an arrow, up to two blanks or a colon.
std::set<std::string> words(const std::string& text) {
  std::set<std::string> all;
  std::istringstream in(text.substr(0, std::min(text.find("  "), text.find(':'))));
  for (std::string word; in >> word;) {
    while (word.ends_with(',')) word.pop_back();
    all.insert(word.substr(word.rfind('/') + 1));
  }
  return all;
}

/// The arrows of the page, TYPE put in. A line may hold several, each `folder → what it includes`.
Graph drawn() {
  const std::string page = text_of(kSource / "harness/README.md");
  const std::size_t begin = page.find("```\n", page.find("## The arrows")) + 4;
  std::istringstream block(page.substr(begin, page.find("```", begin) - begin));
  const std::string arrow = " → ";
  Graph graph;
  for (std::string line; std::getline(block, line);)
    for (std::size_t at = line.find(arrow); at != std::string::npos; at = line.find(arrow, at + arrow.size())) {
      const std::string left = line.substr(0, line.find_last_not_of(' ', at) + 1);
      const std::string from = left.substr(left.find_last_of(" /") + 1);
      std::set<std::string> to = words(line.substr(at + arrow.size()));
      if (to.contains("every") || to.contains("TYPE")) to.insert(types().begin(), types().end());
      for (const char* filler : {"every", "TYPE", "nothing", "of", "the", "above"}) to.erase(filler);
      for (const std::string& folder : from == "TYPE" ? types() : std::set<std::string>{from})
        graph[folder].insert(to.begin(), to.end());
    }
  return graph;
}

Graph built() {
  Graph graph;
  for (const char* root : {"probes", "harness", "fixtures"})
    for (const auto& entry : fs::recursive_directory_iterator(kSource / root)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      const std::string from = folder_of(fs::relative(entry.path(), kSource));
      if (from.empty()) continue;  // main.cpp
      auto& to = graph[from];
      std::istringstream lines(text_of(entry.path()));
      for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("#include \"")) continue;
        const std::string target = folder_of(line.substr(10));
        if (target != from) to.insert(target);
      }
    }
  return graph;
}

TEST(Arrows, AFolderIncludesWhatThePageSaysAndNothingElse) {
  const Graph page = drawn();
  for (const auto& [folder, included] : built()) {
    if (folder == "core") {
      EXPECT_THAT(included, testing::IsEmpty()) << folder;
      continue;
    }
    ASSERT_TRUE(page.contains(folder)) << folder << " has no arrow in harness/README.md";
    for (const std::string& one : included)
      EXPECT_TRUE(page.at(folder).contains(one)) << folder << " includes " << one << ", and the page has no such arrow";
  }
}

TEST(Arrows, ThePageDrawsNoneThatNobodyNeeds) {
  const Graph graph = built();
  for (const auto& [folder, included] : drawn()) {
    ASSERT_TRUE(graph.contains(folder)) << "there is no " << folder;
    if (types().contains(folder)) continue;  // one line for all of them
    for (const std::string& one : included)
      EXPECT_TRUE(graph.at(folder).contains(one)) << folder << " does not include " << one;
  }
}

TEST(ProbeTypes, KeepTheirPartsInFilesOfTheSameNames) {
  for (const std::string& type : types())
    for (const char* part : {"facts.hpp", "type.hpp", "type.cpp", "checks.hpp", "checks.cpp", "probe.cpp"})
      EXPECT_TRUE(fs::exists(kSource / "probes" / type / part)) << "probes/" << type << " has no " << part;
}

}  // namespace
