// A transfer on practice hosts: killed at every step, interrupted, stopped by a full disk, undone, and rolled back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <thread>

#include "harness/journal/journal.hpp"
#include "harness/plan/event.hpp"
#include "tests/support/drydock_process.hpp"

namespace drydock {
namespace {

namespace fs = std::filesystem;
using net::ChildResult;
using test::PracticeHosts;
using test::RunningDrydock;
using testing::HasSubstr;

constexpr std::chrono::seconds kLimit{120};
constexpr std::chrono::milliseconds kPollEvery{20};

/// An entry of the journal: of this kind, of this step.
struct Wanted {
  EventKind kind;
  std::string step;
  bool operator()(const Event& event) const { return event.kind == kind && event.step == step; }
};

Event decoded(const JournalEntry& entry) {
  return from_payload(event_kind(entry.kind).value(), parse_time(entry.time).value(), entry.payload);
}

/// Quick, because a blow has to fall before the action ends: only entries of the kind are decoded.
bool holds(const fs::path& journal, const Wanted& wanted, std::size_t from) {
  if (!journal_exists(journal.string())) return false;
  const auto entries = read_journal(journal.string()).entries;
  for (std::size_t i = from; i < entries.size(); ++i)
    if (entries[i].kind == to_string(wanted.kind) && wanted(decoded(entries[i]))) return true;
  return false;
}

std::vector<Event> events_of(const fs::path& journal) {
  std::vector<Event> events;
  if (!journal_exists(journal.string())) return events;
  for (const auto& entry : read_journal(journal.string()).entries) events.push_back(decoded(entry));
  return events;
}

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

using Words = std::vector<std::string>;

/// The shipped move of Starship on practice hosts of its own, with gates that want one look.
class Move {
public:
  explicit Move(fs::path journal = {}) : file_(lab_.folder() / "starship.yaml"), journal_(std::move(journal)) {
    fs::copy_file(DRYDOCK_SOURCE_DIR "/scenarios/starship.yaml", file_);
    if (journal_.empty()) journal_ = lab_.folder() / "starship.journal";
  }
  [[nodiscard]] const PracticeHosts& lab() const { return lab_; }
  void keep_journal_at(fs::path journal) { journal_ = std::move(journal); }

  [[nodiscard]] Words words(const std::string& verb, const Words& more) const {
    Words all{verb,    file_.string(), "--vars", lab_.vars().string(), "--journal", journal_.string(),
              "--set", "pace=1s",      "--set",  "steady=1",           "--set",     "settled=1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] ChildResult say(const std::string& verb, const Words& more = {}) const {
    return lab_.drydock(words(verb, more));
  }
  [[nodiscard]] RunningDrydock start_cutover(const Words& more = {}) const {
    return lab_.start(words("cutover", more));
  }
  [[nodiscard]] ChildResult approve() const {
    return say("approve", {"open-mail-on-new", "--as", "ada", "--because", "the gates before it went"});
  }
  [[nodiscard]] std::vector<Event> events() const { return events_of(journal_); }
  [[nodiscard]] bool verifies() const { return read_journal(journal_.string()).problems.empty(); }

  /// True once the journal holds such an entry after the first `from`; false where `running` ended without one.
  [[nodiscard]] bool comes(RunningDrydock& running, const Wanted& wanted, std::size_t from = 0) const {
    const auto deadline = std::chrono::steady_clock::now() + kLimit;
    while (std::chrono::steady_clock::now() < deadline) {
      const bool over = running.ended();
      if (holds(journal_, wanted, from)) return true;
      if (over) return false;
      std::this_thread::sleep_for(kPollEvery);
    }
    throw std::runtime_error("the journal does not get the entry that is waited for");
  }
  /// Throws where it ended without such an entry.
  void await(RunningDrydock& running, const Wanted& wanted, std::size_t from = 0) const {
    if (comes(running, wanted, from)) return;
    const ChildResult ended = running.wait();
    throw std::runtime_error("drydock ended too early, with exit " + std::to_string(ended.exit) + ":\n" + ended.out +
                             ended.err);
  }

private:
  PracticeHosts lab_;
  fs::path file_, journal_;
};

Wanted entry(EventKind kind, std::string step = {}) {
  return {kind, std::move(step)};
}

long count(const std::vector<Event>& events, const std::function<bool(const Event&)>& wanted) {
  return std::count_if(events.begin(), events.end(), wanted);
}

/// True where the last action of the step has begun and its end is not known.
bool is_cut(const std::vector<Event>& events, const std::string& step) {
  bool open = false;
  for (const auto& event : events) {
    if (event.step != step) continue;
    if (event.kind == EventKind::action_intended) open = true;
    if (event.kind == EventKind::action_ended) open = false;
  }
  return open;
}

/// No action that ended well begins again.
void expect_nothing_done_twice(const std::vector<Event>& events) {
  std::map<std::string, bool> done;
  for (const auto& event : events) {
    if (event.kind == EventKind::action_intended) {
      EXPECT_FALSE(done[event.step]) << "the action of " << event.step << " was finished and began again";
    }
    if (event.kind == EventKind::action_ended && event.word == "done") done[event.step] = true;
  }
}

// ------------------------------------------------------------------------------------------------- kill -9

/// drydock is killed once the journal holds this entry of this step.
struct Blow {
  std::string step;
  EventKind after;
};

/// Every step once, and between them every kind of point; `opened` and `step_done` mean: while the gates before look.
const std::vector<Blow> kBlows{{"", EventKind::opened},
                               {"disable-logins-on-old", EventKind::action_intended},
                               {"stop-mail-on-old", EventKind::child_started},
                               {"stop-writers-on-old", EventKind::action_ended},
                               {"home-read-only-on-old", EventKind::actions_done},
                               {"final-rsync", EventKind::child_started},
                               {"final-rsync", EventKind::step_done},
                               {"ftpd-works-on-new", EventKind::gate_decided},
                               {"canonical-name", EventKind::phase_entered},
                               {"rename-in-apache", EventKind::child_started},
                               {"rename-in-exim", EventKind::action_intended},
                               {"rename-in-exim", EventKind::step_done},
                               {"switch-dns", EventKind::action_intended},
                               {"switch-dns", EventKind::phase_entered},
                               {"reverse-dns", EventKind::gate_decided},
                               {"open-mail-on-new", EventKind::action_intended},
                               {"open-mail-on-new", EventKind::actions_done},
                               {"enable-logins-on-new", EventKind::action_intended}};

/// Starts the cutover and kills it at the blow; approves where it waits for that. True where the blow fell.
bool strike(const Move& move, const Blow& blow) {
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
    EXPECT_EQ(move.approve().exit, 0);
  }
  return false;
}

void kill_at_every_step(const Move& move) {
  std::map<std::string, int> cuts;
  for (const auto& blow : kBlows) {
    SCOPED_TRACE(testing::Message() << blow.step << " after " << to_string(blow.after));
    ASSERT_TRUE(strike(move, blow));
    EXPECT_TRUE(move.verifies());
    if (is_cut(move.events(), blow.step)) ++cuts[blow.step];
  }
  const ChildResult ended = move.say("cutover");
  ASSERT_EQ(ended.exit, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("the transfer is complete"));
  const auto events = move.events();
  expect_nothing_done_twice(events);
  EXPECT_GE(cuts.size(), 4u) << "too few of the blows fell into an action to show that a cut action is repeated";
  for (const auto& step : opened_from_json(events.front().detail).steps) {
    EXPECT_EQ(count(events, entry(EventKind::step_done, step.id)), 1) << step.id;
    const long wanted = step.id == "ftpd-works-on-new" ? 0 : 1 + cuts[step.id];
    EXPECT_EQ(count(events, entry(EventKind::action_intended, step.id)), wanted) << step.id;
  }
  EXPECT_EQ(count(events, [](const Event& e) { return e.kind == EventKind::undo_started; }), 0);
  const ChildResult verified = move.say("history", {"--verify"});
  EXPECT_EQ(verified.exit, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("verifies"));
  EXPECT_THAT(move.say("plan").out, HasSubstr("next: the transfer is complete"));
}

void roll_all_back(const Move& move) {
  const auto before = move.events().size();
  const ChildResult refused = move.say("rollback", {"--all"});
  EXPECT_EQ(refused.exit, 2) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("the point of no return is passed"));
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_EQ(move.events().size(), before);

  const ChildResult back = move.say("rollback", {"--all", "--force"});
  ASSERT_EQ(back.exit, 0) << back.out << back.err;
  EXPECT_THAT(back.out, HasSubstr("rolled back: reverse-dns, switch-dns, rename-in-exim"));
  EXPECT_THAT(back.out, HasSubstr("passed without an undo: enable-logins-on-new, open-mail-on-new"));
  const ChildResult plan = move.say("plan");
  EXPECT_TRUE(plan.out.starts_with("phase before")) << plan.out;
  EXPECT_THAT(plan.out, HasSubstr("-> disable-logins-on-old (undone"));
  const ChildResult names =
      move.say("run", {"--only", "name-stays", "--only", "interim-name-back", "--only", "new-hostname", "--quiet"});
  EXPECT_EQ(names.exit, 0) << names.out << names.err;
  const ChildResult ports =
      move.lab().drydock({"probe", "ports", "127.0.10.1", "open=[21, 25, 80, 465, 587, 993, 995]"});
  EXPECT_EQ(ports.exit, 0) << ports.out;
  EXPECT_THAT(move.lab().on("old", "findmnt -no OPTIONS /home"), testing::StartsWith("rw"));
  EXPECT_EQ(move.lab().on("old", "test -e /etc/nologin || echo gone"), "gone");
}

TEST(TransferOnPracticeHosts, SurvivesAKillAtEveryStepAndIsRolledBackAsAWhole) {
  if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
  const Move move;
  ASSERT_TRUE(move.lab().up()) << move.lab().said();
  kill_at_every_step(move);
  if (!HasFatalFailure()) roll_all_back(move);
}

// ------------------------------------------------------------------------------------- signals, disks, no-go

void refuse_a_disk_that_takes_nothing(const Move& move, const SmallDisk& disk) {
  ASSERT_TRUE(disk.let_write(false));
  const ChildResult ended = move.say("cutover");
  EXPECT_EQ(ended.exit, 70) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("no further action was started"));
  EXPECT_THAT(ended.err, HasSubstr(disk.journal().string()));
  EXPECT_FALSE(journal_exists(disk.journal().string()));
  EXPECT_EQ(move.lab().on("old", "test -e /etc/nologin || echo untouched"), "untouched");
  ASSERT_TRUE(disk.let_write(true));
}

void keep_a_second_one_away(const Move& move) {
  RunningDrydock first = move.start_cutover({"--set", "steady=60", "--set", "patience=10m"});
  move.await(first, entry(EventKind::looked));
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
  EXPECT_THAT(history.out, HasSubstr("the gates were looked at"));
  EXPECT_EQ(move.approve().exit, 0);
  const auto approved = move.events().size();
  move.await(first, entry(EventKind::looked), approved);

  first.signal(SIGTERM);
  const ChildResult ended = first.wait();
  EXPECT_EQ(ended.exit, 143) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("the journal is intact"));
  EXPECT_TRUE(move.verifies());
  const auto events = move.events();
  EXPECT_EQ(count(events, entry(EventKind::interrupted)), 1);
  EXPECT_EQ(count(events, entry(EventKind::action_intended, "disable-logins-on-old")), 0);
}

void finish_an_action_that_is_interrupted(const Move& move) {
  RunningDrydock running = move.start_cutover();
  move.await(running, entry(EventKind::action_intended, "disable-logins-on-old"));
  running.signal(SIGINT);
  const ChildResult ended = running.wait();
  EXPECT_EQ(ended.exit, 130) << ended.out << ended.err;
  EXPECT_TRUE(move.verifies());
  const auto events = move.events();
  const auto last = std::find_if(events.begin(), events.end(), entry(EventKind::action_ended, "disable-logins-on-old"));
  ASSERT_NE(last, events.end());
  EXPECT_EQ(last->word, "done");
  EXPECT_EQ(count(events, entry(EventKind::step_done, "disable-logins-on-old")), 0);
  EXPECT_EQ(count(events, entry(EventKind::action_intended, "stop-mail-on-old")), 0);
}

void stop_where_the_disk_is_full(const Move& move, const SmallDisk& disk) {
  const auto old_takes_mail = [&] { return move.lab().on("old", "systemctl is-active proftpd"); };
  RunningDrydock running = move.start_cutover();
  move.await(running, entry(EventKind::child_started, "stop-mail-on-old"));
  disk.fill();
  const ChildResult ended = running.wait();
  EXPECT_EQ(ended.exit, 70) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("no further action was started"));
  EXPECT_THAT(ended.err, HasSubstr("full"));
  EXPECT_EQ(old_takes_mail(), "active") << "the step after the full disk began";
  const auto before = move.events().size();
  const ChildResult again = move.say("cutover");
  EXPECT_EQ(again.exit, 70) << again.out << again.err;
  EXPECT_EQ(move.events().size(), before);
  EXPECT_EQ(old_takes_mail(), "active");
  disk.empty();

  const ChildResult on = move.say("cutover", {"--until", "rename-in-apache"});
  ASSERT_EQ(on.exit, 0) << on.out << on.err;
  EXPECT_THAT(on.out, HasSubstr("step stop-mail-on-old is half-done"));
  EXPECT_TRUE(move.verifies());
  expect_nothing_done_twice(move.events());
}

std::string first_begun(const std::vector<Event>& events, std::size_t from) {
  for (std::size_t i = from; i < events.size(); ++i)
    if (events[i].kind == EventKind::action_intended) return events[i].step;
  return {};
}

void undo_what_a_gate_refuses(const Move& move) {
  ASSERT_EQ(move.lab().lab("fault", {"F08"}).exit, 0);
  const auto before = move.events().size();
  const ChildResult refused = move.say("cutover", {"--set", "patience=6s"});
  EXPECT_EQ(refused.exit, 6) << refused.out << refused.err;
  EXPECT_THAT(refused.out, HasSubstr("no-go: gate mail-is-renamed after step rename-in-exim"));
  EXPECT_THAT(refused.out, HasSubstr("step rename-in-exim is undone"));
  auto events = move.events();
  EXPECT_EQ(first_begun(events, before), "rename-in-exim");
  EXPECT_EQ(count(events, entry(EventKind::step_undone, "rename-in-exim")), 1);
  EXPECT_EQ(count(events, [](const Event& e) { return e.kind == EventKind::step_undone; }), 1);
  EXPECT_THAT(move.lab().on("new", "cat /etc/exim4/exim4.conf"), HasSubstr("drydock.python2.test"));
  EXPECT_THAT(move.say("plan").out, HasSubstr("-> rename-in-exim (undone"));

  ASSERT_EQ(move.lab().lab("mend", {"F08"}).exit, 0);
  const ChildResult mended = move.say("cutover", {"--until", "open-mail-on-new"});
  ASSERT_EQ(mended.exit, 0) << mended.out << mended.err;
  const auto undone = events.size();
  events = move.events();
  EXPECT_EQ(first_begun(events, undone), "rename-in-exim");
  EXPECT_EQ(count(events, entry(EventKind::action_intended, "rename-in-apache")), 1);
}

void undo_nothing_beyond_the_point_of_no_return(const Move& move) {
  const auto undos = [&] {
    return count(move.events(), [](const Event& e) { return e.kind == EventKind::undo_started; });
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
  Move move;
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
