// A transfer that is interrupted, shut out, starved of disk and refused by its gates, and then goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>

#include "tests/integration/starship_move.hpp"
#include "tests/support/whole_journal.hpp"

namespace drydock {
namespace {

namespace fs = std::filesystem;
using net::ChildResult;
using test::count;
using test::entry;
using test::expect_nothing_done_twice;
using test::RunningDrydock;
using test::StarshipMove;
using testing::HasSubstr;

/// A small disk of its own for a journal.
class SmallDisk {
public:
  explicit SmallDisk(fs::path folder) : folder_(std::move(folder)) {
    fs::create_directory(folder_);
    mounted_ = mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=16m") == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) umount2(folder_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] fs::path journal() const { return folder_ / "starship.journal"; }
  [[nodiscard]] bool let_write(bool yes) const {
    return mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT | (yes ? 0 : MS_RDONLY), "size=16m") == 0;
  }
  void fill() const {
    std::ofstream file(filler(), std::ios::binary | std::ios::app);
    const std::string page(4096, 'x');
    while (file.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
    }
  }
  void empty() const { fs::remove(filler()); }

private:
  [[nodiscard]] fs::path filler() const { return folder_ / "filler"; }
  fs::path folder_;
  bool mounted_ = false;
};

void refuse_a_disk_that_takes_nothing(const StarshipMove& move, const SmallDisk& disk) {
  ASSERT_TRUE(disk.let_write(false));
  const ChildResult ended = move.say("cutover");
  EXPECT_EQ(ended.exit, 70) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("no further action was started"));
  EXPECT_THAT(ended.err, HasSubstr(disk.journal().string()));
  EXPECT_FALSE(journal_exists(disk.journal().string()));
  EXPECT_EQ(move.lab().on("old", "test -e /etc/nologin || echo untouched"), "untouched");
  ASSERT_TRUE(disk.let_write(true));
}

void keep_a_second_one_away(const StarshipMove& move) {
  RunningDrydock first = move.start_cutover({"--set", "steady=60", "--set", "patience=10m"});
  move.await(first, entry(event::Looked::kKind));
  const std::string pid = "pid " + std::to_string(first.pid()) + " ";
  for (const char* verb : {"cutover", "rollback"}) {
    const ChildResult second = move.say(verb);
    EXPECT_EQ(second.exit, 75) << second.out << second.err;
    EXPECT_THAT(second.err, HasSubstr(pid));
  }
  const ChildResult plan = move.say("plan");
  EXPECT_EQ(plan.exit, 0) << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("under way now, by " + pid));
  const ChildResult history = move.say("history");
  EXPECT_EQ(history.exit, 0) << history.err;
  EXPECT_THAT(history.out, HasSubstr(": look 1 "));
  EXPECT_EQ(move.approve().exit, 0);
  const auto approved = move.events().size();
  move.await(first, entry(event::Looked::kKind), approved);

  first.signal(SIGTERM);
  const ChildResult ended = first.wait();
  EXPECT_EQ(ended.exit, 143) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("the journal is intact"));
  EXPECT_TRUE(move.verifies());
  const auto events = move.events();
  EXPECT_EQ(count(events, entry(event::Interrupted::kKind)), 1);
  EXPECT_EQ(count(events, entry(event::ActionIntended::kKind, "disable-logins-on-old")), 0);
}

void finish_an_action_that_is_interrupted(const StarshipMove& move) {
  RunningDrydock running = move.start_cutover();
  move.await(running, entry(event::ActionIntended::kKind, "disable-logins-on-old"));
  running.signal(SIGINT);
  const ChildResult ended = running.wait();
  EXPECT_EQ(ended.exit, 130) << ended.out << ended.err;
  EXPECT_TRUE(move.verifies());
  const auto events = move.events();
  const auto last =
      std::find_if(events.begin(), events.end(), entry(event::ActionEnded::kKind, "disable-logins-on-old"));
  ASSERT_NE(last, events.end());
  EXPECT_EQ(last->get<event::ActionEnded>()->outcome, "done");
  EXPECT_EQ(count(events, entry(event::StepDone::kKind, "disable-logins-on-old")), 0);
  EXPECT_EQ(count(events, entry(event::ActionIntended::kKind, "stop-mail-on-old")), 0);
}

void stop_where_the_disk_is_full(const StarshipMove& move, const SmallDisk& disk) {
  const auto writers_of_old = [&] { return move.lab().on("old", "systemctl is-active proftpd"); };
  RunningDrydock running = move.start_cutover();
  move.await(running, entry(event::ChildStarted::kKind, "stop-mail-on-old"));
  disk.fill();
  const ChildResult ended = running.wait();
  EXPECT_EQ(ended.exit, 70) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("no further action was started"));
  EXPECT_THAT(ended.err, HasSubstr("full"));
  EXPECT_EQ(writers_of_old(), "active") << "the step after the full disk began";
  const auto before = move.events().size();
  const ChildResult again = move.say("cutover");
  EXPECT_EQ(again.exit, 70) << again.out << again.err;
  EXPECT_EQ(move.events().size(), before);
  EXPECT_EQ(writers_of_old(), "active");
  disk.empty();

  const ChildResult on = move.say("cutover", {"--until", "rename-in-apache"});
  ASSERT_EQ(on.exit, 0) << on.out << on.err;
  EXPECT_THAT(on.out, HasSubstr("step stop-mail-on-old is half-done"));
  EXPECT_TRUE(move.verifies());
  expect_nothing_done_twice(move.events());
}

std::string first_begun(const std::vector<Event>& events, std::size_t from) {
  for (std::size_t i = from; i < events.size(); ++i)
    if (kind_of(events[i].what) == event::ActionIntended::kKind) return std::string(step_of(events[i].what));
  return {};
}

void undo_what_a_gate_refuses(const StarshipMove& move) {
  ASSERT_EQ(move.lab().lab("fault", {"F08"}).exit, 0);
  const auto before = move.events().size();
  const ChildResult refused = move.say("cutover", {"--set", "patience=6s"});
  EXPECT_EQ(refused.exit, 6) << refused.out << refused.err;
  EXPECT_THAT(refused.out, HasSubstr("no-go: gate mail-is-renamed after step rename-in-exim"));
  EXPECT_THAT(refused.out, HasSubstr("step rename-in-exim is undone"));
  auto events = move.events();
  EXPECT_EQ(first_begun(events, before), "rename-in-exim");
  EXPECT_EQ(count(events, entry(event::StepUndone::kKind, "rename-in-exim")), 1);
  EXPECT_EQ(count(events, [](const Event& e) { return kind_of(e.what) == event::StepUndone::kKind; }), 1);
  EXPECT_THAT(move.lab().on("new", "cat /etc/exim4/exim4.conf"), HasSubstr("drydock.python2.test"));
  EXPECT_THAT(move.say("plan").out, HasSubstr("-> rename-in-exim (undone"));

  ASSERT_EQ(move.lab().lab("mend", {"F08"}).exit, 0);
  const ChildResult mended = move.say("cutover", {"--until", "open-mail-on-new"});
  ASSERT_EQ(mended.exit, 0) << mended.out << mended.err;
  const auto undone = events.size();
  events = move.events();
  EXPECT_EQ(first_begun(events, undone), "rename-in-exim");
  EXPECT_EQ(count(events, entry(event::ActionIntended::kKind, "rename-in-apache")), 1);
}

void undo_nothing_beyond_the_point_of_no_return(const StarshipMove& move) {
  const auto undos = [&] {
    return count(move.events(), [](const Event& e) { return kind_of(e.what) == event::UndoStarted::kKind; });
  };
  const long before = undos();
  ASSERT_EQ(move.lab().lab("fault", {"F08"}).exit, 0);
  const ChildResult mail = move.say("cutover", {"--set", "patience=6s"});
  EXPECT_EQ(mail.exit, 7) << mail.out << mail.err;
  EXPECT_THAT(mail.out, HasSubstr("no-go: gate mail-flows (after open-mail-on-new)"));
  ASSERT_EQ(move.lab().lab("mend", {"F08"}).exit, 0);

  ASSERT_EQ(move.lab().lab("fault", {"F98"}).exit, 0);
  const ChildResult crew = move.say("cutover", {"--set", "patience=6s"});
  EXPECT_EQ(crew.exit, 7) << crew.out << crew.err;
  EXPECT_THAT(crew.out, HasSubstr("no-go: gate crew-is-aboard after step enable-logins-on-new"));
  EXPECT_THAT(crew.out, HasSubstr("nothing is undone by itself"));
  EXPECT_EQ(undos(), before);
  ASSERT_EQ(move.lab().lab("mend", {"F98"}).exit, 0);
  const ChildResult ended = move.say("cutover");
  EXPECT_EQ(ended.exit, 0) << ended.out << ended.err;
  EXPECT_TRUE(move.verifies());
}

TEST(TransferOnPracticeHosts, StopsForSignalsFullDisksAndNoGoAndGoesOn) {
  if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
  StarshipMove move;
  ASSERT_TRUE(move.lab().up()) << move.lab().said();
  const SmallDisk disk(move.lab().folder() / "small");
  ASSERT_TRUE(disk.mounted());
  move.keep_journal_at(disk.journal());
  const std::vector<std::function<void()>> stories{[&] { refuse_a_disk_that_takes_nothing(move, disk); },
                                                   [&] { keep_a_second_one_away(move); },
                                                   [&] { finish_an_action_that_is_interrupted(move); },
                                                   [&] { stop_where_the_disk_is_full(move, disk); },
                                                   [&] { undo_what_a_gate_refuses(move); },
                                                   [&] { undo_nothing_beyond_the_point_of_no_return(move); }};
  for (const auto& story : stories) {
    story();
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace drydock
