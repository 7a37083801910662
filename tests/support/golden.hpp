#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace drydock::test {

/// Compares `actual` with the file tests/golden/`name`, octet by octet. With DRYDOCK_UPDATE_GOLDEN=1 in the environment
/// the file is written instead and the test fails, so that an update is never mistaken for a pass.
inline void expect_golden(const std::string& name, const std::string& actual) {
  const std::filesystem::path path = std::filesystem::path(DRYDOCK_SOURCE_DIR) / "tests/golden" / name;
  if (std::getenv("DRYDOCK_UPDATE_GOLDEN")) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << actual;
    ADD_FAILURE() << "wrote " << path << ": read it, then run again without DRYDOCK_UPDATE_GOLDEN";
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << "no golden file " << path;
  const std::string expected{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(actual, expected) << "differs from " << path;
}

}  // namespace drydock::test
