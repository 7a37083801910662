#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "harness/journal/journal.hpp"
#include "tests/support/whole_journal.hpp"

namespace drydock::test {

/// Every append waits for the disk: in memory the tests take seconds, not minutes.
inline std::filesystem::path memory_or_temporary() {
  const std::filesystem::path memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

class JournalTest : public ::testing::Test {
protected:
  void SetUp() override {
    std::string name = (memory_or_temporary() / "drydock-journal-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    path = folder + "/move.journal";
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Journal filled() {
    Journal journal = Journal::create(path, now(), "opened", R"({"n":0})");
    for (int i = 1; i <= 5; ++i) journal.append(now(), "noted", R"({"n":)" + std::to_string(i) + "}");
    return journal;
  }
  static WallTime now() { return WallTime(std::chrono::milliseconds(1'000'000)); }
  /// Runs SQL without the guards in the way, as somebody with a database tool would.
  void tamper(const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
    char* error = nullptr;
    const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error);
    EXPECT_EQ(code, SQLITE_OK) << error;
    sqlite3_close(db);
  }
  static std::string without_guards(const std::string& sql) {
    return "DROP TRIGGER entries_stay_unchanged; DROP TRIGGER entries_stay; DROP TRIGGER entries_in_order; DROP "
           "TRIGGER "
           "head_follows; DROP TRIGGER head_stays; DROP TRIGGER head_counts_up; " +
           sql;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
  }
  std::string folder, path;
};

}  // namespace drydock::test
