#include "tests/unit/scenario/support.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/unit/scenario/practice_types.hpp"

namespace drydock::test {

namespace {

namespace fs = std::filesystem;

class Examples {
public:
  Examples() {
    std::string pattern = (fs::temp_directory_path() / "drydock-scenarios-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    fs::copy(golden(""), folder_, fs::copy_options::recursive);
    for (const char* name : {"keys/ops", "keys/tsig", "jim.password"})
      fs::permissions(folder_ / "lab" / name, fs::perms::owner_read | fs::perms::owner_write);
  }
  Examples(const Examples&) = delete;
  Examples& operator=(const Examples&) = delete;
  ~Examples() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }

private:
  fs::path folder_;
};

}  // namespace

std::string example(const std::string& name) {
  static const Examples examples;
  return examples.file(name);
}

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
