// The journal as files: read while it is written, never through links, believed only where it is ours.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "harness/journal/copy.hpp"
#include "harness/journal/holder.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

namespace drydock {
namespace {

using test::JournalTest;
using test::whole_journal;
using test::WholeJournal;
using ::testing::IsEmpty;

/// A program of its own that appends until it is told to end: the reader must not share anything with it.
class JournalWithWriter : public JournalTest {
protected:
  void start_writer(int entries) {
    ASSERT_EQ(::pipe(go_), 0);
    ASSERT_EQ(::pipe(ready_), 0);
    writer_ = ::fork();
    if (writer_ == 0) {
      Journal journal = filled();
      const std::string payload = R"({"n":")" + std::string(3000, 'x') + "\"}";
      for (int i = 0; i < entries; ++i) {
        if (i == entries / 10 && ::write(ready_[1], "x", 1) != 1) ::_exit(1);
        journal.append(now(), "noted", payload);
      }
      char octet = 0;
      if (::read(go_[0], &octet, 1) < 0) ::_exit(1);
      ::_exit(0);  // without closing: the log stays
    }
    char octet = 0;
    ASSERT_EQ(::read(ready_[0], &octet, 1), 1);
  }
  int end_writer() {
    EXPECT_EQ(::write(go_[1], "x", 1), 1);
    int status = 0;
    ::waitpid(writer_, &status, 0);
    return status;
  }
  int go_[2] = {-1, -1}, ready_[2] = {-1, -1};
  pid_t writer_ = -1;
};

TEST_F(JournalWithWriter, IsReadWhileAWriterIsAtWorkAndNothingIsWrittenBesideIt) {
  start_writer(2000);
  std::size_t last = 0;
  std::set<std::string> seen;
  for (int i = 0; i < 40; ++i) {
    for (const auto& name : files()) seen.insert(name);
    const WholeJournal whole = whole_journal(path);
    ASSERT_THAT(whole.problems, IsEmpty()) << "reading " << i;
    ASSERT_GE(whole.entries.size(), last) << "a reader saw an older journal than before";
    last = whole.entries.size();
    for (const auto& name : files()) seen.insert(name);
  }
  EXPECT_GT(last, 200U);
  EXPECT_EQ(end_writer(), 0);
  EXPECT_THAT(seen, ::testing::IsSubsetOf({"move.journal", "move.journal-wal", "move.journal-shm"}));
  EXPECT_EQ(whole_journal(path).entries.size(), 2006U);
}

TEST_F(JournalWithWriter, AHalfWrittenCommitCountsAsNoneAtAll) {
  start_writer(20);
  EXPECT_EQ(end_writer(), 0);
  std::filesystem::resize_file(path + "-wal", std::filesystem::file_size(path + "-wal") - 100);
  const WholeJournal whole = whole_journal(path);
  EXPECT_EQ(whole.entries.size(), 25U);
  EXPECT_THAT(whole.problems, IsEmpty());
}

TEST_F(JournalWithWriter, TheLogStaysSmall) {
  start_writer(2000);
  EXPECT_EQ(end_writer(), 0);
  EXPECT_LT(std::filesystem::file_size(path + "-wal"), 4U << 20);
}

TEST_F(JournalTest, CanBeReadByWhomItsFolderKeepsFromWriting) {
  {
    const Journal journal = filled();
  }
  const pid_t reader = ::fork();
  if (reader == 0) {
    if (::chmod(folder.c_str(), 0555) != 0 || ::chmod(path.c_str(), 0444) != 0) ::_exit(2);
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(3);
    ::_exit(whole_journal(path).entries.size() == 6 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(reader, &status, 0);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
}

TEST_F(JournalTest, BelongsToItsOwnerAlone) {
  const mode_t before = ::umask(0);
  const Journal journal = filled();
  std::string who;
  const auto held = Holder::take(path, "drydock cutover", now(), who);
  ::umask(before);
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat found{};
    ASSERT_EQ(::stat((path + suffix).c_str(), &found), 0) << suffix;
    EXPECT_EQ(found.st_mode & 07777, 0600U) << suffix;
  }
}

TEST_F(JournalTest, NeverWaitsForWhatIsNoFile) {
  filled();
  ::unlink((path + "-wal").c_str());
  ASSERT_EQ(::mkfifo((path + "-wal").c_str(), 0600), 0);
  EXPECT_THROW(read_journal(path, [](JournalEntry&&) {}), JournalError);
}

/// SQLite takes a log that lies there for that of the next journal, whatever journal it was of.
TEST_F(JournalTest, IsNotBegunBesideWhatIsLeftOfAnother) {
  filled();
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    std::ofstream(path + suffix) << "left";
    ::unlink(path.c_str());
    EXPECT_THROW(journal_exists(path), JournalError) << suffix;
    EXPECT_THROW(Journal::create(path, now(), "opened", "{}"), JournalError) << suffix;
    EXPECT_TRUE(std::filesystem::exists(path + suffix));
    ::unlink((path + suffix).c_str());
  }
  EXPECT_FALSE(journal_exists(path));
}

TEST_F(JournalTest, IsNotTakenForMissingWhereNobodyCanSee) {
  const std::string nowhere = path + ".link";
  ASSERT_EQ(::symlink("/nowhere/at/all", nowhere.c_str()), 0);
  EXPECT_TRUE(journal_exists(nowhere));
  EXPECT_FALSE(journal_exists(path + ".missing"));
  if (::geteuid() != 0) GTEST_SKIP() << "to lose the right to search a folder takes root";
  filled();
  const pid_t nobody = ::fork();
  if (nobody == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
    try {
      ::_exit(journal_exists(path) ? 1 : 0);
    } catch (const JournalError&) {
      ::_exit(42);
    }
  }
  int status = 0;
  ASSERT_EQ(::waitpid(nobody, &status, 0), nobody);
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST_F(JournalTest, IsNeverWrittenThroughALink) {
  const std::string victim = folder + "/victim";
  const std::string text = "do not touch";
  std::ofstream(victim) << text;
  const auto untouched = [&] {
    std::ifstream file(victim);
    return std::string((std::istreambuf_iterator<char>(file)), {}) == text;
  };
  std::string who;
  ASSERT_EQ(::symlink(victim.c_str(), (path + ".lock").c_str()), 0);
  EXPECT_THROW(Holder::take(path, "drydock cutover", now(), who), JournalError);
  EXPECT_TRUE(untouched());
  ::unlink((path + ".lock").c_str());
  ASSERT_EQ(::link(victim.c_str(), (path + ".lock").c_str()), 0);
  EXPECT_THROW(Holder::take(path, "drydock cutover", now(), who), JournalError);
  EXPECT_TRUE(untouched());
  ::unlink((path + ".lock").c_str());
  for (const char* suffix : {"", "-wal", "-shm"}) {
    if (*suffix) filled();
    ::unlink((path + suffix).c_str());
    ASSERT_EQ(::symlink(victim.c_str(), (path + suffix).c_str()), 0);
    EXPECT_THROW(Journal::open(path), JournalError) << suffix;
    EXPECT_THROW(Journal::create(path, now(), "opened", "{}"), JournalError) << suffix;
    EXPECT_TRUE(untouched()) << suffix;
    ::unlink((path + suffix).c_str());
    ::unlink(path.c_str());
  }
}

TEST_F(JournalTest, WhatAKilledReaderLeftIsRemovedByTheNextOneAndNothingElse) {
  filled();
  std::string notes = (test::memory_or_temporary() / "drydock-reads-XXXXXX").string();
  ASSERT_NE(::mkdtemp(notes.data()), nullptr);
  std::ofstream(notes + "/mine") << "notes";
  const auto living = JournalCopy::make(path);
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const pid_t reader = ::fork();
  if (reader == 0) {
    const auto copy = JournalCopy::make(path);
    const std::string name = copy ? copy->path() : "";
    if (::write(told[1], name.data(), name.size()) > 0) ::pause();
    ::_exit(1);
  }
  std::string left(4096, 0);
  const ssize_t got = ::read(told[0], left.data(), left.size());
  ::kill(reader, SIGKILL);
  ASSERT_EQ(::waitpid(reader, nullptr, 0), reader);
  ASSERT_GT(got, 0);
  left.resize(static_cast<std::size_t>(got));
  EXPECT_NE(JournalCopy::make(path), nullptr);
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(left).parent_path())) << left;
  EXPECT_TRUE(std::filesystem::exists(living->path()));
  EXPECT_TRUE(std::filesystem::exists(notes + "/mine"));
  std::filesystem::remove_all(notes);
  ::close(told[0]);
  ::close(told[1]);
}

TEST_F(JournalTest, RootBelievesNoJournalOfAStranger) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  {
    const Journal journal = filled();
  }
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  EXPECT_THROW(Journal::open(path), JournalError);
  EXPECT_THROW(whole_journal(path), JournalError);
  ASSERT_EQ(::chown(path.c_str(), 0, 0), 0);
  EXPECT_NO_THROW(whole_journal(path));
  ASSERT_EQ(::chown(folder.c_str(), 65534, 65534), 0);
  EXPECT_THROW(whole_journal(path), JournalError);
  EXPECT_THROW(Journal::create(folder + "/other.journal", now(), "opened", "{}"), JournalError);
}

}  // namespace
}  // namespace drydock
