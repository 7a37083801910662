#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "tests/support/whole_journal.hpp"
#include "tests/unit/transfer/crash.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

class Crash : public CrashTest {
protected:
  auto whole_transfer() {
    return [this] { return carry_to_the_end(); };
  }
  /// Kills a transfer at each boundary, carries it on, has it judged, and tells the figures.
  void at_every_boundary(const std::function<void()>& judge) {
    int kills = 0;
    for (int n = 1; killed_at_boundary(n, whole_transfer()); ++n) {
      SCOPED_TRACE(testing::Message() << "boundary " << n);
      ++kills;
      EXPECT_EQ(carry_to_the_end(), 0) << said();
      EXPECT_TRUE(whole_journal(options().journal).problems.empty());
      judge();
      if (HasFailure()) return;
      forget();
    }
    std::cout << "kill -9: " << kills << " kills, one at each boundary, all resumed\n";
    RecordProperty("kills", kills);
    EXPECT_GT(kills, 30);
  }
};

TEST_F(Crash, KilledAtAnyPointTheSameCommandGoesOnAndRepeatsNothingThatWasDone) {
  at_every_boundary([&] { EXPECT_EQ(done(), (Names{"a", "b", "c", "d"})); });
}

TEST_F(Crash, ARepeatableStepGoesOnByItself) {
  for (auto& step : scenario.transfer) step.repeatable = true;
  int n = 1;
  for (; killed_at_boundary(n, whole_transfer()); ++n) {
    const TransferResult result = go();
    ASSERT_EQ(result.exit, 0) << "boundary " << n << ": " << said();
    Names all = done();
    ASSERT_LE(all.size(), 5U);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    ASSERT_EQ(all, (Names{"a", "b", "c", "d"})) << "boundary " << n;
    forget();
  }
  EXPECT_GT(n, 30);
}

TEST_F(Crash, KilledDuringAnUndoTheUndoIsCarriedOnAndTheStepBeginsAnew) {
  scenario.transfer[1].repeatable = true;
  break_world();
  at_every_boundary([&] {
    for (const char* once : {"a", "b", "d"}) EXPECT_EQ(times(once), 1) << once;
    EXPECT_GE(times("un-c"), 1);
    EXPECT_LE(times("un-c"), 2);
    EXPECT_GE(times("c"), 2);
    EXPECT_LE(done().size(), 7U) << "more than one was repeated";
    EXPECT_EQ(done().back(), "d");
  });
}

TEST_F(Crash, KilledBetweenActionAndGateTheGateAfterIsEvaluated) {
  const pid_t child = ::fork();
  if (child == 0) {
    at_boundary = [&](const std::string& boundary) {
      if (boundary == "after phase-entered") ::kill(::getpid(), SIGKILL);
    };
    ::_exit(go().exit);
  }
  ::waitpid(child, nullptr, 0);
  world.verdict = [](auto&, int, std::size_t phase) { return phase == 1 ? Verdict::fail : Verdict::pass; };
  EXPECT_EQ(go().exit, 6) << said();
  EXPECT_EQ(done(), (Names{"a", "b", "un-b", "un-a"}));
}

TEST_F(Crash, TheLockDiesWithItsHolder) {
  ASSERT_TRUE(killed_at_boundary(3, whole_transfer()));
  EXPECT_NE(go().exit, 75) << said();
}

TEST_F(Crash, AFullDiskStopsTheTransferBeforeTheNextAction) {
  const std::string small = folder.path() + "/small";
  ASSERT_EQ(::mkdir(small.c_str(), 0755), 0);
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=8m") != 0)
    GTEST_SKIP() << "a small tmpfs can only be mounted by root";
  scenario.file = small + "/move.yaml";
  std::ofstream filler;
  int intents = 0;
  at_boundary = [&](const std::string& boundary) {
    if (boundary != "before action-intended" || ++intents != 2) return;
    filler.open(small + "/filler");
    const std::string block(4096, 'x');
    while (filler << block << std::flush) {
    }
  };
  const TransferResult result = go();
  const std::string told = said();
  const Names acted = done();
  ::unlink((small + "/filler").c_str());
  filler.close();
  at_boundary = nullptr;
  const TransferResult again = go();
  const std::string told_again = said();
  ASSERT_EQ(::umount2(small.c_str(), MNT_DETACH), 0);
  EXPECT_EQ(result.exit, 70) << told;
  EXPECT_THAT(told, HasSubstr("disk"));
  EXPECT_EQ(acted, (Names{"a"}));
  EXPECT_EQ(again.exit, 0) << told_again;
  EXPECT_EQ(done(), (Names{"a", "b", "c", "d"}));
}

TEST_F(Crash, AFolderThatCantBeWrittenStopsTheTransferBeforeAnything) {
  if (::geteuid() == 0) {
    const std::string small = folder.path() + "/small";
    ASSERT_EQ(::mkdir(small.c_str(), 0755), 0);
    if (::mount("tmpfs", small.c_str(), "tmpfs", MS_RDONLY, "size=1m") != 0)
      GTEST_SKIP() << "nothing can be mounted here";
    scenario.file = small + "/move.yaml";
    const int exit = go().exit;
    const int dry = go({"", true}).exit;
    ::umount2(small.c_str(), MNT_DETACH);
    EXPECT_EQ(exit, 70);
    EXPECT_EQ(dry, 0);
  } else {
    ASSERT_EQ(::chmod(disk().c_str(), 0555), 0);
    EXPECT_EQ(go().exit, 70);
    ASSERT_EQ(::chmod(disk().c_str(), 0755), 0);
    EXPECT_TRUE(done().empty());
  }
}

TEST_F(Crash, AJournalThatDoesNotVerifyIsNotCarriedOn) {
  go({"one", false});
  std::fstream file(options().journal, std::ios::in | std::ios::out | std::ios::binary);
  std::string octets((std::istreambuf_iterator<char>(file)), {});
  const std::size_t at = octets.find("here: echo a");
  ASSERT_NE(at, std::string::npos);
  file.clear();
  file.seekp(static_cast<std::streamoff>(at + 11));
  file << 'z';
  file.close();
  EXPECT_EQ(go().exit, 70);
  EXPECT_THAT(said(), HasSubstr("does not verify"));
  std::ostringstream text;
  EXPECT_EQ(history(options().journal, true, text, text), 70);
  EXPECT_THAT(text.str(), HasSubstr("was changed"));
  EXPECT_THAT(text.str(), HasSubstr("Put a copy that verifies in its place"));
  EXPECT_EQ(marked("one", "again"), 70);
  EXPECT_THAT(said(), HasSubstr("every problem of it: drydock history " + scenario.file + " --verify; what it holds"));
  err.str({});
  EXPECT_EQ(plan(scenario, options()).exit, 70);
  EXPECT_THAT(said(), HasSubstr("every problem of it: drydock history " + scenario.file + " --verify; what it holds"));
}

}  // namespace
}  // namespace drydock::test
