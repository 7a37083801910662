#include "tests/unit/scenario/support.hpp"

#include <fstream>
#include <sstream>

#include "tests/unit/scenario/practice_types.hpp"

namespace drydock::test {

LoadResult load(const std::string& text, LoadOptions options) {
  options.types = practice_types();
  return load_scenario_text(text, "t.yaml", "/somewhere", options);
}

std::string shown(const LoadResult& result) {
  std::string text;
  for (const Diagnostic& diagnostic : result.diagnostics) text += format(diagnostic);
  return text;
}

std::string head() {
  return "drydock: 1\n"
         "name: test\n"
         "names: {canonical: www.test}\n"
         "hosts: {old: {address: 192.0.2.1}, new: {address: 192.0.2.2}}\n";
}

std::string golden(const std::string& name) {
  return std::string(DRYDOCK_SOURCE_DIR) + "/tests/golden/scenario/" + name;
}

std::string read_whole(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace drydock::test
