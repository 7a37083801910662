#include "harness/journal/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "harness/journal/holder.hpp"
#include "tests/support/lossy_disk.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

namespace drydock {
namespace {

using test::JournalTest;
using test::whole_journal;
using test::WholeJournal;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(JournalTest, KeepsEntriesInOrderAndVerifies) {
  {
    const Journal journal = filled();
  }
  const WholeJournal snapshot = whole_journal(path);
  ASSERT_EQ(snapshot.entries.size(), 6U);
  EXPECT_EQ(snapshot.entries[3].payload, R"({"n":3})");
  EXPECT_EQ(snapshot.entries[3].time, "1970-01-01T00:16:40.000Z");
  EXPECT_THAT(snapshot.problems, IsEmpty());
  EXPECT_EQ(snapshot.entries.back().hash, snapshot.tail.hash);
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
  EXPECT_THAT(whole_journal(path).problems, IsEmpty());
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
    const auto problems = whole_journal(path).problems;
    EXPECT_THAT(problems, ::testing::Contains(HasSubstr(one.told))) << one.sql;
    EXPECT_THROW(Journal::open(path), JournalError) << one.sql;
    std::filesystem::remove(path);
  }
}

TEST_F(JournalTest, AnEntryIsAppendedOnlyAfterTheOneThatWasMeant) {
  Journal first = filled();
  Journal second = Journal::open(path);
  ASSERT_TRUE(first.append(now(), "first", "{}", 6));
  EXPECT_EQ(second.append(now(), "second", "{}", 6), std::nullopt);
  EXPECT_EQ(first.since(6).size(), 1U);
  EXPECT_TRUE(second.append(now(), "second", "{}", 7));
  EXPECT_THAT(whole_journal(path).problems, IsEmpty());
}

TEST_F(JournalTest, WhatWasReadBeforeIsNotReadAgain) {
  {
    const Journal journal = filled();
  }
  const JournalTail tail = whole_journal(path).tail;
  tamper(without_guards("UPDATE entries SET payload='{}' WHERE seq=3"));
  EXPECT_THROW(Journal::open(path), JournalError);
  std::filesystem::remove(path);
  {
    const Journal journal = filled();
  }
  EXPECT_NO_THROW(Journal::open(path, tail));
  JournalTail other = tail;
  other.hash[0] = other.hash[0] == 'a' ? 'b' : 'a';
  EXPECT_THROW(Journal::open(path, other), JournalError) << "it does not follow what was read";
}

TEST_F(JournalTest, AFileSystemWithoutAWriteAheadLogIsRefused) {
  sqlite3_vfs* usual = sqlite3_vfs_find(nullptr);
  // Knows no shared memory, like some network file systems.
  ASSERT_EQ(sqlite3_vfs_register(sqlite3_vfs_find("unix-dotfile"), 1), SQLITE_OK);
  try {
    filled();
    ADD_FAILURE() << "it was taken";
  } catch (const JournalError& error) {
    EXPECT_THAT(error.what(), HasSubstr("write-ahead log"));
  }
  sqlite3_vfs_register(usual, 1);
  EXPECT_THAT(files(), IsEmpty());
}

/// Wherever the disk begins to fail, a journal that was made has the log that readers rely on.
TEST_F(JournalTest, IsMadeWithItsLogInForceOrNotAtAll) {
  test::LossyDisk& disk = test::LossyDisk::here();
  int refused = 0, n = 1;
  for (bool failed = true; failed; ++n) {
    failed = false;
    disk.watch(folder, [&](test::DiskChange, int number) {
      failed = number >= n;
      return failed ? SQLITE_FULL : SQLITE_OK;
    });
    try {
      const Journal journal = Journal::create(path, now(), "opened", "{}");
      EXPECT_TRUE(journal_exists(path + "-wal")) << "change " << n;
    } catch (const JournalError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path));
      EXPECT_FALSE(journal_exists(path)) << "change " << n << ": " << error.what();
      ++refused;
    }
    disk.forget();
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) ::unlink((path + suffix).c_str());
    EXPECT_THAT(files(), IsEmpty()) << "change " << n;
  }
  EXPECT_GT(refused, 10);
}

TEST_F(JournalTest, AJournalOfTheFirstVersionIsRefusedWithThatReason) {
  {
    const Journal journal = filled();
  }
  tamper("PRAGMA user_version=1");
  try {
    whole_journal(path);
    ADD_FAILURE() << "it was read";
  } catch (const JournalError& error) {
    EXPECT_THAT(error.what(), HasSubstr("drydock 0.1.0"));
  }
  EXPECT_THROW(Journal::open(path), JournalError);
}

TEST_F(JournalTest, ReadsWhatAKilledWriterLeft) {
  const pid_t writer = ::fork();
  if (writer == 0) {
    Journal journal = filled();
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(writer, nullptr, 0);
  const auto before = files();
  EXPECT_EQ(whole_journal(path).entries.size(), 6U);
  EXPECT_EQ(files(), before);
  Journal journal = Journal::open(path);
  EXPECT_EQ(journal.append(now(), "noted", "{}")->seq, 7);
}

TEST_F(JournalTest, TwoWritersKeepOneChain) {
  Journal first = filled();
  Journal second = Journal::open(path);
  for (int i = 0; i < 5; ++i) {
    first.append(now(), "first", "{}");
    second.append(now(), "second", "{}");
  }
  EXPECT_EQ(first.since(6).size(), 10U);
  EXPECT_THAT(whole_journal(path).problems, IsEmpty());
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
  EXPECT_EQ(whole_journal(path).entries.size(), 46U);
  EXPECT_THAT(whole_journal(path).problems, IsEmpty());
}

TEST_F(JournalTest, CreatingWhereOneIsOpensThatOne) {
  {
    const Journal journal = filled();
  }
  const Journal again = Journal::create(path, now(), "opened", "{}");
  EXPECT_EQ(again.since(0).size(), 6U);
}

TEST_F(JournalTest, WhatIsNoJournalIsToldAsSuch) {
  EXPECT_THROW(whole_journal(path), JournalError);
  EXPECT_THROW(Journal::open(path), JournalError);
  std::ofstream(path)
      << "just text, longer than a header would be, so that nobody can take it for an empty database file.....";
  EXPECT_THROW(whole_journal(path), JournalError);
  EXPECT_THROW(Journal::open(path), JournalError);
  EXPECT_THROW(Journal::create(folder + "/no/such/folder/x.journal", now(), "opened", "{}"), JournalError);
  tamper("");
}

TEST_F(JournalTest, ADatabaseOfOthersIsNoJournal) {
  tamper("CREATE TABLE t(x)");
  EXPECT_THROW(whole_journal(path), JournalError);
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

/// A file system may keep a file's length and lose its content when the power fails.
TEST_F(JournalTest, ALockThatLostWhatItSaidHoldsNothing) {
  std::string who;
  std::ofstream(path + ".lock") << std::string(80, '\0');
  EXPECT_TRUE(Holder::take(path, "drydock cutover", now(), who)) << who;
  std::ofstream(path + ".lock") << std::string(80, '\0') + "somebody's";
  EXPECT_THROW(Holder::take(path, "drydock cutover", now(), who), JournalError);
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
