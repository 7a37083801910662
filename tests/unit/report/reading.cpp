#include "tests/unit/report/reading.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "tests/support/temporary_folder.hpp"
#include "tests/unit/report/samples.hpp"

namespace drydock::test {

Read read_by(const std::string& reader, const std::string& format, const RunRecord& record) {
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "report").string();
  std::ofstream(path, std::ios::binary) << written(format, record);
  const std::string command = "cd " DRYDOCK_SOURCE_DIR "/tests/unit/report/readers && " + reader + " " + path + " 2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  Read read;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; pipe && (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    read.said.append(buffer.data(), got);
  const int status = pipe ? pclose(pipe) : -1;
  if (WIFEXITED(status)) read.exit = WEXITSTATUS(status);
  return read;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}

const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts{
      kForged,
      "x\nnot ok 99 - y\n1..0 # SKIP all\n  ...\nBail out!\npragma +strict",
      "x # TODO not mine",
      "x \\# SKIP \\\\# TODO y # skip z",
      "  ...\n---\n\": ' % & * - ? [ { ! |",
      "x\\",
      "\"\\\"\\n\\x",
      std::string(3000, '#'),
  };
  return texts;
}

}  // namespace drydock::test
