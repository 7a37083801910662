#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "tests/support/whole_journal.hpp"
#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

/// Actions leave a line in a file, so that what was done outlives the process that did it.
class Crash : public TransferTest {
protected:
  void SetUp() override {
    StepDefinition one = step("one", {action("a"), action("b")}, {action("un-b"), action("un-a")});
    one.enters = 1;
    one.before = one.after = {"g"};
    StepDefinition two = step("two", {action("c")}, {action("un-c")});
    two.enters = 2;
    two.before = two.after = {"g"};
    StepDefinition three = step("three", {action("d")});
    three.after = {"g"};
    scenario.transfer = {one, two, three};
    world.on_action = [this](const std::string& what, const ActionContext&) { note(what); };
  }
  void note(const std::string& what) { std::ofstream(done_file(), std::ios::app) << what << '\n'; }
  std::string done_file() const { return folder.path() + "/done"; }
  Names done() const {
    std::ifstream file(done_file());
    Names all;
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  }
  /// A cutover in a child that SIGKILLs itself at its `n`th boundary. False where it never came that far.
  bool killed_at(int n) {
    const pid_t child = ::fork();
    if (child == 0) {
      int count = 0;
      at_boundary = [&](const std::string&) {
        if (++count == n) ::kill(::getpid(), SIGKILL);
      };
      ::_exit(go().exit);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status);
  }
  void forget() {
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) ::unlink((options().journal + suffix).c_str());
    ::unlink(done_file().c_str());
  }
  int count_of(const std::string& what) const {
    const Names all = done();
    return static_cast<int>(std::count(all.begin(), all.end(), what));
  }
};

TEST_F(Crash, KilledAtAnyPointTheSameCommandGoesOnAndRepeatsNothingThatWasDone) {
  int boundaries = 0;
  for (int n = 1; killed_at(n); ++n, ++boundaries) {
    TransferResult result = go();
    const std::string half_done = [&] {
      for (const auto& [id, state] : states(result.record))
        if (state == "half-done") return id;
      return std::string();
    }();
    if (result.exit == 5) {
      // The intent is in the journal and the end is not: done here means that the mark is truthful.
      const Names before = done();
      ASSERT_FALSE(half_done.empty()) << "boundary " << n << ": " << said();
      const StepRecord& open = *std::find_if(result.record.steps.begin(), result.record.steps.end(),
                                             [&](const StepRecord& s) { return s.step == half_done; });
      std::ostringstream words;
      history(options().journal, false, words, words);
      const std::string text = words.str();
      const std::string last = text.substr(text.rfind("begins: here: echo ") + 19, 1);
      ASSERT_EQ(marked(open.step, count_of(last) > 0 ? "done" : "again"), 0) << said();
      result = go();
    }
    ASSERT_EQ(result.exit, 0) << "boundary " << n << ": " << said();
    ASSERT_EQ(done(), (Names{"a", "b", "c", "d"})) << "boundary " << n;
    ASSERT_TRUE(whole_journal(options().journal).problems.empty());
    ASSERT_EQ(result.record.phase, "cut");
    forget();
  }
  EXPECT_GT(boundaries, 30);
}

TEST_F(Crash, ARepeatableStepGoesOnByItself) {
  for (auto& step : scenario.transfer) step.repeatable = true;
  for (int n = 1; killed_at(n); ++n) {
    const TransferResult result = go();
    ASSERT_EQ(result.exit, 0) << "boundary " << n << ": " << said();
    Names all = done();
    ASSERT_LE(all.size(), 5U);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    ASSERT_EQ(all, (Names{"a", "b", "c", "d"})) << "boundary " << n;
    forget();
  }
}

TEST_F(Crash, KilledDuringAnUndoTheUndoIsCarriedOnAndTheStepBeginsAnew) {
  scenario.transfer[1].repeatable = true;
  bool broken = true;
  world.verdict = [&](auto&, int, std::size_t phase) { return phase == 2 && broken ? Verdict::fail : Verdict::pass; };
  for (int n = 1; killed_at(n); ++n) {
    TransferResult result = go();
    if (result.exit == 5) {
      forget();
      continue;  // half-done steps that may not be repeated: told above
    }
    ASSERT_EQ(result.exit, 6) << "boundary " << n << ": " << said();
    ASSERT_EQ(result.record.phase, "freeze");
    ASSERT_GE(count_of("un-c"), 1);
    ASSERT_LE(count_of("un-c"), 2);
    broken = false;
    ASSERT_EQ(go().exit, 0) << said();
    ASSERT_EQ(count_of("a"), 1);
    broken = true;
    forget();
  }
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
  ASSERT_TRUE(killed_at(3));
  EXPECT_NE(go().exit, 75) << said();
}

TEST_F(Crash, AFullDiskStopsTheTransferBeforeTheNextAction) {
  const std::string disk = folder.path() + "/disk";
  ASSERT_EQ(::mkdir(disk.c_str(), 0755), 0);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=8m") != 0)
    GTEST_SKIP() << "a small tmpfs can only be mounted by root";
  scenario.file = disk + "/move.yaml";
  std::ofstream filler;
  int intents = 0;
  at_boundary = [&](const std::string& boundary) {
    if (boundary != "before action-intended" || ++intents != 2) return;
    filler.open(disk + "/filler");
    const std::string block(4096, 'x');
    while (filler << block << std::flush) {
    }
  };
  const TransferResult result = go();
  const std::string told = said();
  const Names acted = done();
  ::unlink((disk + "/filler").c_str());
  filler.close();
  at_boundary = nullptr;
  const TransferResult again = go();
  const std::string told_again = said();
  ASSERT_EQ(::umount2(disk.c_str(), MNT_DETACH), 0);
  EXPECT_EQ(result.exit, 70) << told;
  EXPECT_THAT(told, HasSubstr("disk"));
  EXPECT_EQ(acted, (Names{"a"}));
  EXPECT_EQ(again.exit, 0) << told_again;
  EXPECT_EQ(done(), (Names{"a", "b", "c", "d"}));
}

TEST_F(Crash, AFolderThatCantBeWrittenStopsTheTransferBeforeAnything) {
  if (::geteuid() == 0) {
    const std::string disk = folder.path() + "/disk";
    ASSERT_EQ(::mkdir(disk.c_str(), 0755), 0);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", MS_RDONLY, "size=1m") != 0)
      GTEST_SKIP() << "nothing can be mounted here";
    scenario.file = disk + "/move.yaml";
    const int exit = go().exit;
    const int dry = go({"", true}).exit;
    ::umount2(disk.c_str(), MNT_DETACH);
    EXPECT_EQ(exit, 70);
    EXPECT_EQ(dry, 0);
  } else {
    ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
    EXPECT_EQ(go().exit, 70);
    ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
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
  EXPECT_EQ(marked("one", "again"), 70);
  EXPECT_EQ(plan(scenario, options()).exit, 70);
}

}  // namespace
}  // namespace drydock::test
