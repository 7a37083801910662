// The journal of a transfer survives kill -9 at every step, and a finished transfer can be taken back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

#include "tests/integration/starship_move.hpp"

namespace drydock {
namespace {

using net::ChildResult;
using test::count;
using test::entry;
using test::expect_nothing_done_twice;
using test::RunningDrydock;
using test::StarshipMove;
using testing::HasSubstr;

/// The step whose action has begun and whose end is not known; empty where there is none.
std::string cut_step(const std::vector<Event>& events) {
  std::string open;
  for (const auto& event : events) {
    if (kind_of(event.what) == event::ActionIntended::kKind) open = step_of(event.what);
    if (kind_of(event.what) == event::ActionEnded::kKind) open.clear();
  }
  return open;
}

/// One blow that fell into an action.
struct Cut {
  std::string step;
  std::size_t entries = 0;  ///< in the journal when it fell
};

/// drydock is killed once the journal holds this entry of this step.
struct Blow {
  std::string step;
  std::string_view after;
};

/// Every step once, and between them every kind of point; `opened` and `step_done` mean: while the gates before look.
const std::vector<Blow> kBlows{{"", event::Opened::kKind},
                               {"disable-logins-on-old", event::ActionIntended::kKind},
                               {"stop-mail-on-old", event::ChildStarted::kKind},
                               {"stop-writers-on-old", event::ActionEnded::kKind},
                               {"home-read-only-on-old", event::ActionsDone::kKind},
                               {"final-rsync", event::ChildStarted::kKind},
                               {"final-rsync", event::StepDone::kKind},
                               {"ftpd-works-on-new", event::GateDecided::kKind},
                               {"canonical-name", event::PhaseEntered::kKind},
                               {"rename-in-apache", event::ChildStarted::kKind},
                               {"rename-in-exim", event::ActionIntended::kKind},
                               {"rename-in-exim", event::StepDone::kKind},
                               {"switch-dns", event::ActionIntended::kKind},
                               {"switch-dns", event::PhaseEntered::kKind},
                               {"reverse-dns", event::GateDecided::kKind},
                               {"open-mail-on-new", event::ActionIntended::kKind},
                               {"open-mail-on-new", event::ActionsDone::kKind},
                               {"enable-logins-on-new", event::ActionIntended::kKind}};

/// Starts the cutover and kills it at the blow; approves where it waits for that. True where the blow fell.
bool strike(const StarshipMove& move, const Blow& blow) {
  for (int tries = 0; tries < 2; ++tries) {
    RunningDrydock running = move.start_cutover();
    if (move.comes(running, entry(blow.after, blow.step))) {
      running.signal(SIGKILL);
      EXPECT_EQ(running.wait().signal, SIGKILL) << "it ended before the blow at " << blow.step;
      return true;
    }
    const ChildResult ended = running.wait();
    EXPECT_EQ(ended.exit, 5) << ended.out << ended.err;
    if (ended.exit != 5) return false;
    EXPECT_EQ(tries, 0) << "approved, and yet not begun: " << ended.out;
    EXPECT_EQ(move.approve().exit, 0);
  }
  return false;
}

/// Each step is finished once, each action ended well once, and what was cut began again.
void expect_all_done_once(const std::vector<Event>& events, const std::vector<Cut>& cuts) {
  expect_nothing_done_twice(events);
  for (const auto& step : events.front().get<event::Opened>()->steps) {
    EXPECT_EQ(count(events, entry(event::StepDone::kKind, step.id)), 1) << step.id;
    const auto done = [&](const Event& e) {
      const auto* end = e.get<event::ActionEnded>();
      return end && end->step == step.id && end->outcome == "done";
    };
    EXPECT_EQ(count(events, done), step.id == "ftpd-works-on-new" ? 0 : 1) << step.id;
  }
  for (const auto& cut : cuts) {
    const std::vector<Event> later(events.begin() + static_cast<std::ptrdiff_t>(cut.entries), events.end());
    EXPECT_GE(count(later, entry(event::ActionIntended::kKind, cut.step)), 1)
        << cut.step << " was cut and not repeated";
  }
  EXPECT_EQ(count(events, [](const Event& e) { return kind_of(e.what) == event::UndoStarted::kKind; }), 0);
}

void kill_at_every_step(const StarshipMove& move) {
  std::vector<Cut> cuts;
  for (const auto& blow : kBlows) {
    SCOPED_TRACE(testing::Message() << blow.step << " after " << blow.after);
    ASSERT_TRUE(strike(move, blow));
    EXPECT_TRUE(move.verifies());
    const auto events = move.events();
    if (const auto step = cut_step(events); !step.empty()) cuts.push_back({step, events.size()});
  }
  EXPECT_GE(cuts.size(), 4u) << "too few of the blows fell into an action to show that a cut action is repeated";
  const ChildResult ended = move.say("cutover");
  ASSERT_EQ(ended.exit, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("the transfer is complete"));
  expect_all_done_once(move.events(), cuts);
  const ChildResult verified = move.say("history", {"--verify"});
  EXPECT_EQ(verified.exit, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("verifies"));
  EXPECT_THAT(move.say("plan").out, HasSubstr("next: the transfer is complete"));
}

/// What the names are once the secondary has the zone again: NOTIFY and transfer come after the update that was undone.
ChildResult names_when_transferred(const StarshipMove& move) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (true) {
    ChildResult names = move.say("run", {"--only", "name-stays", "--only", "interim-name-back", "--only",
                                         "new-hostname", "--only", "strangers-wait", "--quiet"});
    if (names.exit == 0 || std::chrono::steady_clock::now() > deadline) return names;
  }
}

void roll_all_back(const StarshipMove& move) {
  const auto before = move.events().size();
  const ChildResult refused = move.say("rollback", {"--all"});
  EXPECT_EQ(refused.exit, 2) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("the point of no return is passed"));
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_EQ(move.events().size(), before);

  const ChildResult back = move.say("rollback", {"--all", "--force"});
  ASSERT_EQ(back.exit, 0) << back.out << back.err;
  EXPECT_THAT(back.out, HasSubstr("rolled back: open-mail-on-new, reverse-dns, switch-dns, rename-in-exim"));
  EXPECT_THAT(back.out, HasSubstr("passed without an undo: enable-logins-on-new"));
  const ChildResult plan = move.say("plan");
  EXPECT_TRUE(plan.out.starts_with("phase before")) << plan.out;
  EXPECT_THAT(plan.out, HasSubstr("-> disable-logins-on-old (undone"));
  const ChildResult names = names_when_transferred(move);
  EXPECT_EQ(names.exit, 0) << names.out << names.err;
  const ChildResult ports =
      move.lab().drydock({"probe", "ports", "127.0.10.1", "open=[21, 25, 80, 465, 587, 993, 995]"});
  EXPECT_EQ(ports.exit, 0) << ports.out;
  EXPECT_THAT(move.lab().on("old", "findmnt -no OPTIONS /home"), testing::StartsWith("rw"));
  EXPECT_EQ(move.lab().on("old", "test -e /etc/nologin || echo gone"), "gone");
}

TEST(TransferOnPracticeHosts, SurvivesAKillAtEveryStepAndIsRolledBackAsAWhole) {
  if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
  const StarshipMove move;
  ASSERT_TRUE(move.lab().up()) << move.lab().said();
  kill_at_every_step(move);
  if (!HasFatalFailure()) roll_all_back(move);
}

}  // namespace
}  // namespace drydock
