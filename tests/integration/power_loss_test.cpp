// The machine with the journal loses power at random moments of whole moves: what was not synced is lost.
#include "tests/support/power_loss.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <random>
#include <thread>

#include "tests/integration/starship_move.hpp"

namespace drydock {
namespace {

namespace fs = std::filesystem;
using net::ChildResult;
using test::PowerLoss;
using test::RunningDrydock;
using test::StarshipMove;
using Random = std::mt19937_64;

/// Short, so that a test suite can run it; DRYDOCK_KILLS=50 for the whole figure.
constexpr long kKills = 15;
/// Between start and kill, at most. A drydock that goes on looks at gates first, and then acts for some seconds.
constexpr std::chrono::milliseconds kLongest{6000};
/// Every other kill waits for the next write to the log, and falls within this time after it: into its sync, or into
/// the action that it announces. Most of the time is spent looking at gates.
constexpr std::chrono::milliseconds kAfterAWrite{40};

long number_from(const char* variable, long otherwise) {
  const char* text = ::getenv(variable);
  return text ? std::strtol(text, nullptr, 10) : otherwise;
}

struct Figures {
  long kills = 0, moves = 0, resumed = 0, lost = 0, doubled = 0, cut_actions = 0, unsynced_entries = 0;
};

std::ostream& operator<<(std::ostream& out, const Figures& f) {
  return out << "power loss on the lab: " << f.kills << " kills over " << f.moves << " whole moves, " << f.resumed
             << " resumed, " << f.lost << " lost, " << f.doubled << " doubled; " << f.cut_actions
             << " fell into an action, " << f.unsynced_entries << " took an entry that was not synced yet";
}

/// A folder in memory: on a tmpfs no inode number comes twice, which PowerLoss wants.
class Memory {
public:
  Memory() {
    std::string name = "/dev/shm/drydock-test-XXXXXX";
    if (!::mkdtemp(name.data())) throw std::runtime_error("no folder can be made in /dev/shm");
    path_ = name;
    fs::create_directory(path_ / "disk");
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] fs::path disk() const { return path_ / "disk"; }
  [[nodiscard]] fs::path shadow() const { return path_ / "shadow"; }

private:
  fs::path path_;
};

/// Actions that were finished and began again.
long doubled(const std::vector<Event>& events) {
  std::map<std::string, bool> done;
  long twice = 0;
  for (const auto& event : events) {
    const std::string step(step_of(event.what));
    if (event.get<event::ActionIntended>() && done[step]) ++twice;
    if (const auto* end = event.get<event::ActionEnded>(); end && end->outcome == "done") done[step] = true;
  }
  return twice;
}

bool in_an_action(const std::vector<Event>& events) {
  bool open = false;
  for (const auto& event : events) {
    if (event.get<event::ActionIntended>()) open = true;
    if (event.get<event::ActionEnded>()) open = false;
  }
  return open;
}

/// One whole move, with kills.
class StruckMove {
public:
  StruckMove(Figures& figures, Random& random) : figures_(figures), random_(random) {
    move_.keep_journal_at(memory_.disk() / "starship.journal");
    test::Words environment{"LD_PRELOAD=" DURABLE_SHADOW, "DRYDOCK_SYNC_TAKES=10"};
    for (const auto& [name, value] : power_.environment()) environment.push_back(name + "=" + value);
    move_.surround_with(std::move(environment));
  }
  [[nodiscard]] const StarshipMove& move() const { return move_; }

  /// Goes on until a kill falls, or until drydock ends by itself: then its exit code.
  std::optional<int> go_on_until_killed(long most_kills) {
    RunningDrydock running = move_.start_cutover();
    if (figures_.kills < most_kills) {
      pass(running, kLongest);
      if (random_() % 2) {
        const auto written = log_written();
        while (!running.ended() && log_written() == written) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        pass(running, kAfterAWrite);
      }
      if (!running.ended()) running.signal(SIGKILL);
    }
    const ChildResult ended = running.wait();
    said_ = ended.out + ended.err;
    if (ended.signal != SIGKILL) return ended.exit;
    ++figures_.kills;
    strike();
    return std::nullopt;
  }
  /// A random part of `longest`, or less where it ends.
  void pass(RunningDrydock& running, std::chrono::milliseconds longest) {
    const std::chrono::microseconds moment(random_() % static_cast<std::uint64_t>(1000 * longest.count()));
    const auto over = std::chrono::steady_clock::now() + moment;
    while (!running.ended() && std::chrono::steady_clock::now() < over)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  [[nodiscard]] fs::file_time_type log_written() const {
    std::error_code none;
    return fs::last_write_time(memory_.disk() / "starship.journal-wal", none);
  }
  /// All that was acted on is in what is left, and at most the entry that was being written is gone.
  void strike() {
    const auto before = move_.events();
    figures_.cut_actions += in_an_action(before) ? 1 : 0;
    power_.strike(random_() % 2 ? PowerLoss::Keeps::synced : PowerLoss::Keeps::at_random, random_());
    const auto after = move_.events();
    const long gone = static_cast<long>(before.size()) - static_cast<long>(after.size());
    figures_.unsynced_entries += gone > 0 ? 1 : 0;
    figures_.lost += std::max(0L, gone - 1);
    EXPECT_LE(gone, 1) << "entries were told to be durable and are lost";
    if (!after.empty()) EXPECT_TRUE(move_.verifies());
  }
  /// With up to so many kills in all. False where it can't be brought to its end.
  bool to_its_end(long most_kills) {
    const long before = figures_.kills;
    while (true) {
      const auto ended = go_on_until_killed(most_kills);
      if (!ended) continue;
      if (*ended == 0) {
        figures_.resumed += figures_.kills - before;
        return true;
      }
      EXPECT_EQ(*ended, 5) << said_;
      if (*ended != 5) return false;
      const ChildResult approved = move_.approve();
      EXPECT_EQ(approved.exit, 0) << approved.out << approved.err;
      if (approved.exit != 0) return false;
    }
  }

private:
  Figures& figures_;
  Random& random_;
  Memory memory_;
  PowerLoss power_{memory_.disk(), memory_.shadow()};
  StarshipMove move_;
  std::string said_;
};

void judge(const StarshipMove& move, Figures& figures) {
  const auto events = move.events();
  ASSERT_FALSE(events.empty());
  figures.doubled += doubled(events);
  for (const auto& step : events.front().get<event::Opened>()->steps) {
    const long finished = test::count(events, test::entry(event::StepDone::kKind, step.id));
    figures.lost += finished == 0 ? 1 : 0;
    EXPECT_EQ(finished, 1) << step.id;
  }
  EXPECT_TRUE(move.verifies());
  EXPECT_THAT(move.say("plan").out, testing::HasSubstr("next: the transfer is complete"));
}

TEST(TransferOnPracticeHosts, LosesPowerAtRandomMomentsAndGoesOn) {
  if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
  const long kills = number_from("DRYDOCK_KILLS", kKills);
  const auto seed = static_cast<std::uint64_t>(number_from("DRYDOCK_SEED", static_cast<long>(std::random_device{}())));
  std::cout << "DRYDOCK_SEED=" << seed << std::endl;
  Random random(seed);
  Figures figures;
  while (figures.kills < kills && !HasFailure()) {
    StruckMove struck(figures, random);
    ASSERT_TRUE(struck.move().lab().up()) << struck.move().lab().said();
    if (struck.to_its_end(kills)) judge(struck.move(), figures);
    ++figures.moves;
    std::cout << figures << std::endl;
  }
  EXPECT_EQ(figures.resumed, figures.kills);
  EXPECT_EQ(figures.lost, 0);
  EXPECT_EQ(figures.doubled, 0);
  // Where the blows fall is chance: few of them may all miss the actions, which take a small part of a move's time.
  if (figures.kills >= 50) EXPECT_GT(figures.cut_actions, 0) << "no kill fell into an action";
}

}  // namespace
}  // namespace drydock
