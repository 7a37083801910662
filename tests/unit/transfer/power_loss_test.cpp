// The machine loses power before each change that a transfer makes of its disk: what was not synced is lost, all of it
// or any part, and the same command goes on.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <iostream>
#include <random>

#include "tests/support/whole_journal.hpp"
#include "tests/unit/transfer/crash.hpp"

namespace drydock::test {
namespace {

using Keeps = PowerLoss::Keeps;

/// What is found on the disk afterwards.
struct Loss {
  Keeps keeps;
  std::uint64_t seed;
};

class PowerFails : public CrashTest {
protected:
  void SetUp() override {
    CrashTest::SetUp();
    begin_anew();
    for (const auto& [name, value] : power_->environment()) ::setenv(name.c_str(), value.c_str(), 1);
  }
  void TearDown() override {
    for (const auto& [name, value] : power_->environment()) ::unsetenv(name.c_str());
    std::cout << "power loss: " << kills_ << " kills at " << changes_ << " changes of the disk, " << resumed_
              << " resumed, " << lost_ << " lost, " << doubled_ << " doubled\n";
    for (const auto& [name, count] :
         {std::pair("changes", changes_), std::pair("kills", kills_), std::pair("resumed", resumed_),
          std::pair("lost", lost_), std::pair("doubled", doubled_)})
      RecordProperty(name, static_cast<int>(count));
  }
  void begin_anew() {
    forget();
    world.looks = 0;
    power_.emplace(disk(), folder.path() + "/shadow");
  }
  void look_for_a_checkpoint() {
    if (times("d") == 0 && journal_exists(options().journal))
      main_file_ = std::max(main_file_, std::filesystem::file_size(options().journal));
  }
  auto whole_transfer() {
    return [this] { return carry_to_the_end(); };
  }
  /// Entries that a process was told to be durable, and that are gone.
  void count_lost_entries() {
    const auto& journal = options().journal;
    long found = 0;
    if (journal_exists(journal)) {
      const WholeJournal whole = whole_journal(journal);
      found = static_cast<long>(whole.entries.size());
      EXPECT_TRUE(whole.problems.empty()) << whole.problems.front();
    } else {
      EXPECT_TRUE(done().empty()) << "there were actions and there is no journal";
    }
    lost_ += std::max(0L, acknowledged() - found);
  }
  /// Carries on what was struck, and counts what came of it. `again`: how many repetitions are allowed of what may be
  /// repeated.
  void carry_on(const Names& once, const std::map<std::string, int>& repeatable = {}) {
    count_lost_entries();
    const int exit = carry_to_the_end();
    ASSERT_EQ(exit, 0) << said();
    ++resumed_;
    for (const auto& what : once) {
      lost_ += times(what) == 0 ? 1 : 0;
      doubled_ += std::max(0L, times(what) - 1);
    }
    for (const auto& [what, most] : repeatable) {
      lost_ += times(what) == 0 ? 1 : 0;
      doubled_ += std::max(0L, times(what) - most);
    }
    const std::size_t acts = done().size();
    const TransferResult complete = go();
    EXPECT_EQ(complete.exit, 0) << said();
    EXPECT_EQ(done().size(), acts) << "something ran after the end";
    for (const auto& [id, state] : states(complete.record)) EXPECT_EQ(state, "done") << id;
    EXPECT_TRUE(whole_journal(options().journal).problems.empty());
    ASSERT_EQ(lost_, 0);
    ASSERT_EQ(doubled_, 0);
  }
  /// False where the transfer makes no `n`th change.
  bool strikes(int n, Loss loss) {
    begin_anew();
    if (!killed_before_change(n, whole_transfer())) return false;
    ++kills_;
    look_for_a_checkpoint();
    power_->strike(loss.keeps, loss.seed);
    return true;
  }

  std::optional<PowerLoss> power_;
  std::uintmax_t main_file_ = 0;  ///< its size where it was largest before the last action
  long changes_ = 0, kills_ = 0, resumed_ = 0, lost_ = 0, doubled_ = 0;
};

TEST_F(PowerFails, AtAnyChangeTheSameCommandGoesOn) {
  for (int n = 1; !HasFatalFailure(); ++n) {
    const auto seed = static_cast<std::uint64_t>(n);
    for (const Loss loss :
         {Loss{Keeps::all, 0}, {Keeps::synced, 0}, {Keeps::at_random, seed}, {Keeps::at_random, ~seed}}) {
      SCOPED_TRACE(testing::Message() << "change " << n << ", keeps " << static_cast<int>(loss.keeps) << ", seed "
                                      << loss.seed);
      if (!strikes(n, loss)) {
        EXPECT_GT(changes_, 200);
        return;
      }
      carry_on({"a", "b", "c", "d"});
      ASSERT_FALSE(HasFailure());
      ASSERT_EQ(done(), (Names{"a", "b", "c", "d"}));
    }
    ++changes_;
  }
}

TEST_F(PowerFails, AtAnyChangeOfATransferThatUndoesAStepOnItsWay) {
  break_world();
  scenario.transfer[1].repeatable = true;
  for (int n = 1; !HasFatalFailure(); ++n) {
    const Loss loss = n % 2 ? Loss{Keeps::synced, 0} : Loss{Keeps::at_random, static_cast<std::uint64_t>(n)};
    SCOPED_TRACE(testing::Message() << "change " << n << ", keeps " << static_cast<int>(loss.keeps));
    if (!strikes(n, loss)) {
      EXPECT_GT(changes_, 300);
      return;
    }
    // c is done, undone and done again, and one of the three may be repeated because of the kill.
    carry_on({"a", "b", "d"}, {{"c", 3}, {"un-c", 2}});
    ASSERT_FALSE(HasFailure());
    ASSERT_GE(times("c"), 2);
    ASSERT_LE(done().size(), 7U);
    ++changes_;
  }
}

/// A transfer whose log is taken into the main file on the way, for which SQLite waits for 1 MiB. It makes many
/// changes, of which every 31st is tried.
TEST_F(PowerFails, AtACheckpoint) {
  world.talk = [this](ObservationRecord& seen) {
    if (world.looks == 1) seen.transcript.assign(500, {0, '<', std::string(2000, 'x')});
  };
  for (int n = 1; !HasFatalFailure(); n += 31, changes_ += 31) {
    const auto seed = static_cast<std::uint64_t>(n);
    for (const Loss loss : {Loss{Keeps::synced, 0}, {Keeps::at_random, seed}}) {
      SCOPED_TRACE(testing::Message() << "change " << n << ", keeps " << static_cast<int>(loss.keeps));
      if (!strikes(n, loss)) {
        EXPECT_GT(main_file_, std::uintmax_t{1} << 19) << "no log was taken into the main file on the way";
        return;
      }
      carry_on({"a", "b", "c", "d"});
      ASSERT_FALSE(HasFailure());
    }
  }
}

/// The first process is only killed, and the second one goes on with what lies there; then the power fails.
TEST_F(PowerFails, AfterAKillToo) {
  constexpr int kTries = 300;
  int changes = 1;
  for (begin_anew(); killed_before_change(changes, whole_transfer()); begin_anew()) changes += 10;
  std::mt19937 random(5);
  for (int i = 0; i < kTries; ++i) {
    begin_anew();
    const int first = 1 + static_cast<int>(random() % static_cast<unsigned>(changes));
    const int second = 1 + static_cast<int>(random() % static_cast<unsigned>(changes - first / 2));
    SCOPED_TRACE(testing::Message() << "change " << first << ", then " << second);
    for (const int n : {first, second}) {
      const bool killed = killed_before_change(n, whole_transfer());
      kills_ += killed ? 1 : 0;
    }
    power_->strike(Keeps::synced, 0);
    carry_on({"a", "b", "c", "d"});
    ASSERT_FALSE(HasFailure());
  }
  changes_ = changes;
}

}  // namespace
}  // namespace drydock::test
