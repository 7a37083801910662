#include "harness/journal/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/journal/holder.hpp"
#include "harness/journal/wal.hpp"

namespace drydock {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Every append waits for the disk: in memory the tests take seconds, not minutes.
std::filesystem::path memory_or_temporary() {
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

TEST_F(JournalTest, KeepsEntriesInOrderAndVerifies) {
  {
    const Journal journal = filled();
  }
  const JournalSnapshot snapshot = read_journal(path);
  ASSERT_EQ(snapshot.entries.size(), 6U);
  EXPECT_EQ(snapshot.entries[3].payload, R"({"n":3})");
  EXPECT_EQ(snapshot.entries[3].time, "1970-01-01T00:16:40.000Z");
  EXPECT_THAT(snapshot.problems, IsEmpty());
  EXPECT_EQ(snapshot.entries.back().hash, snapshot.head);
  EXPECT_EQ(files(), std::vector<std::string>{"move.journal"});
}

TEST_F(JournalTest, TheHashOfAnEntryIsFixed) {
  JournalEntry entry{1, "1970-01-01T00:00:00.000Z", "opened", "{}", std::string(64, '0'), {}};
  EXPECT_EQ(chain_hash(entry), "8a82dae980d09740e4814b3d475cf654442bae32082f8aec49486f6bf6351059");
}

TEST_F(JournalTest, EntriesCanNeitherBeChangedNorDeletedNorPutIn) {
  {
    const Journal journal = filled();
  }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  for (const char* sql :
       {"UPDATE entries SET payload='x' WHERE seq=2", "DELETE FROM entries WHERE seq=6",
        "INSERT INTO entries VALUES(9,'t','k','p','h','h')", "DELETE FROM head", "UPDATE head SET count=3"})
    EXPECT_NE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql;
  sqlite3_close(db);
  EXPECT_THAT(read_journal(path).problems, IsEmpty());
}

struct Tampering {
  const char* sql;
  const char* told;
};

TEST_F(JournalTest, EveryTamperingIsFound) {
  const Tampering cases[] = {
      {"UPDATE entries SET payload='{\"n\":9}' WHERE seq=3", "entry 3 (noted"},
      {"UPDATE entries SET time='1970-01-01T00:16:41.000Z' WHERE seq=6", "entry 6"},
      {"UPDATE entries SET kind='opened' WHERE seq=2", "entry 2"},
      {"DELETE FROM entries WHERE seq=3", "entry 3 is missing"},
      {"DELETE FROM entries WHERE seq=3; UPDATE entries SET seq=seq-1 WHERE seq>3", "entry 3 does not follow"},
      {"UPDATE entries SET seq=99 WHERE seq=3; UPDATE entries SET seq=3 WHERE seq=4; UPDATE entries SET seq=4 WHERE "
       "seq=99",
       "entry 3 does not follow"},
      {"DELETE FROM entries WHERE seq>4", "its end was cut off"},
      {"INSERT INTO entries SELECT 7, time, kind, payload, hash, hash FROM entries WHERE seq=6", "entry 7"},
      {"UPDATE head SET hash='00'", "knows as its last"},
      {"", "trigger 'entries_stay' that guards the entries was removed"},
  };
  for (const auto& one : cases) {
    {
      const Journal journal = filled();
    }
    tamper(without_guards(one.sql));
    const auto problems = read_journal(path).problems;
    EXPECT_THAT(problems, ::testing::Contains(HasSubstr(one.told))) << one.sql;
    EXPECT_THROW(Journal::open(path), JournalError) << one.sql;
    std::filesystem::remove(path);
  }
}

TEST_F(JournalTest, ReadsWhileAWriterIsAtWorkAndWritesNothingBesideIt) {
  Journal journal = filled();
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t reader = ::fork();
  if (reader == 0) {
    // Another process: this one's SQLite connection is not used.
    const auto before = files();
    const JournalSnapshot snapshot = read_journal(path);
    const bool ok = snapshot.entries.size() == 6 && snapshot.problems.empty() && files() == before;
    ::_exit(ok ? 0 : 1);
  }
  int status = 0;
  ::waitpid(reader, &status, 0);
  // The fork shares the registration of open writers, so the child read through SQLite; a program of its own does not:
  EXPECT_EQ(WEXITSTATUS(status), 0);
  journal.append(now(), "noted", "{}");
  EXPECT_EQ(read_journal(path).entries.size(), 7U);
  std::ifstream main(path, std::ios::binary), log(path + "-wal", std::ios::binary);
  const std::string octets((std::istreambuf_iterator<char>(main)), {}), wal((std::istreambuf_iterator<char>(log)), {});
  const std::string copy = folder + "/copy.journal";
  std::ofstream(copy, std::ios::binary) << merge_wal(octets, wal);
  EXPECT_EQ(read_journal(copy).entries.size(), 7U);
  EXPECT_THAT(read_journal(copy).problems, IsEmpty());
  std::ofstream(copy, std::ios::binary) << merge_wal(octets, wal.substr(0, wal.size() - 100));
  EXPECT_EQ(read_journal(copy).entries.size(), 6U) << "a half-written commit was taken for a whole one";
}

TEST_F(JournalTest, ReadsWhatAKilledWriterLeft) {
  const pid_t writer = ::fork();
  if (writer == 0) {
    Journal journal = filled();
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(writer, nullptr, 0);
  const auto before = files();
  EXPECT_EQ(read_journal(path).entries.size(), 6U);
  EXPECT_EQ(files(), before);
  Journal journal = Journal::open(path);
  EXPECT_EQ(journal.append(now(), "noted", "{}").seq, 7);
}

TEST_F(JournalTest, TwoWritersKeepOneChain) {
  Journal first = filled();
  Journal second = Journal::open(path);
  for (int i = 0; i < 5; ++i) {
    first.append(now(), "first", "{}");
    second.append(now(), "second", "{}");
  }
  EXPECT_EQ(first.since(6).size(), 10U);
  EXPECT_THAT(read_journal(path).problems, IsEmpty());
}

TEST_F(JournalTest, ManyProcessesAppendAtTheSameTime) {
  {
    const Journal journal = filled();
  }
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        Journal journal = Journal::open(path);
        for (int n = 0; n < 10; ++n) journal.append(now(), "noted", "{}");
      } catch (const std::exception&) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(read_journal(path).entries.size(), 46U);
  EXPECT_THAT(read_journal(path).problems, IsEmpty());
}

TEST_F(JournalTest, CreatingWhereOneIsOpensThatOne) {
  {
    const Journal journal = filled();
  }
  const Journal again = Journal::create(path, now(), "opened", "{}");
  EXPECT_EQ(again.since(0).size(), 6U);
}

TEST_F(JournalTest, WhatIsNoJournalIsToldAsSuch) {
  EXPECT_THROW(read_journal(path), JournalError);
  EXPECT_THROW(Journal::open(path), JournalError);
  std::ofstream(path)
      << "just text, longer than a header would be, so that nobody can take it for an empty database file.....";
  EXPECT_THROW(read_journal(path), JournalError);
  EXPECT_THROW(Journal::open(path), JournalError);
  EXPECT_THROW(Journal::create(folder + "/no/such/folder/x.journal", now(), "opened", "{}"), JournalError);
  tamper("");
}

TEST_F(JournalTest, ADatabaseOfOthersIsNoJournal) {
  tamper("CREATE TABLE t(x)");
  EXPECT_THROW(read_journal(path), JournalError);
  EXPECT_THROW(Journal::open(path), JournalError);
}

TEST_F(JournalTest, OnlyOneHoldsATransferAndTheOtherIsToldWho) {
  std::string who;
  EXPECT_EQ(Holder::who_holds(path), std::nullopt);
  {
    const auto first = Holder::take(path, "drydock cutover", now(), who);
    ASSERT_TRUE(first);
    EXPECT_FALSE(Holder::take(path, "drydock rollback", now(), who));
    EXPECT_THAT(who, HasSubstr("pid " + std::to_string(::getpid()) + " (drydock cutover)"));
    EXPECT_THAT(who, HasSubstr("since 1970-01-01T00:16:40.000Z"));
    EXPECT_EQ(Holder::who_holds(path), who);
  }
  EXPECT_EQ(Holder::who_holds(path), std::nullopt);
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_TRUE(Holder::take(path, "drydock cutover", now(), who));
  EXPECT_THROW(Holder::take(folder + "/no/such/x", "drydock cutover", now(), who), JournalError);
}

TEST_F(JournalTest, AKilledHolderHoldsNothing) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::string who;
    const auto held = Holder::take(path, "drydock cutover", now(), who);
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(0);
  }
  char octet = 0;
  ASSERT_EQ(::read(ready[0], &octet, 1), 1);
  std::string who;
  EXPECT_FALSE(Holder::take(path, "drydock cutover", now(), who));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(Holder::who_holds(path), std::nullopt);
  EXPECT_TRUE(Holder::take(path, "drydock cutover", now(), who));
}

}  // namespace
}  // namespace drydock
