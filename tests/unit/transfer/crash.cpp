#include "tests/unit/transfer/crash.hpp"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "harness/transfer/transfer_log.hpp"
#include "tests/support/whole_journal.hpp"

namespace drydock::test {
namespace fs = std::filesystem;

namespace {

Names lines_of(const std::string& path) {
  std::ifstream file(path);
  Names lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

void add_line(const std::string& path, const std::string& line) {
  std::ofstream(path, std::ios::app) << line << '\n';
}

}  // namespace

void CrashTest::SetUp() {
  StepDefinition one = step("one", {action("a"), action("b")}, {action("un-b"), action("un-a")});
  one.enters = 1;
  one.before = one.after = {"g"};
  StepDefinition two = step("two", {action("c")}, {action("un-c")});
  two.enters = 2;
  two.before = two.after = {"g"};
  StepDefinition three = step("three", {action("d")});
  three.after = {"g"};
  scenario.transfer = {one, two, three};
  scenario.file = disk() + "/move.yaml";
  fs::create_directory(disk());
  world.on_action = [this](const std::string& what, const ActionContext&) { add_line(done_file(), what); };
}

Names CrashTest::done() const {
  return lines_of(done_file());
}

long CrashTest::times(const std::string& what) const {
  const Names all = done();
  return std::count(all.begin(), all.end(), what);
}

void CrashTest::break_world() {
  world.verdict = [this](auto&, int, std::size_t phase) {
    return phase == 2 && times("un-c") == 0 ? Verdict::fail : Verdict::pass;
  };
}

void CrashTest::mark_half_done() {
  const Standing now = stand(outline_of(scenario), TransferLog::read(options().journal).events());
  for (std::size_t i = 0; i < now.steps.size(); ++i) {
    const StepStanding& half = now.steps[i];
    if (half.state() != StepState::half_done) continue;
    ASSERT_TRUE(half.run.open) << "no test asks what became of an undo";
    const auto& what = std::get<CommandAction>(scenario.transfer[i].run.at(half.run.next).what);
    ASSERT_EQ(marked(half.id, times(what.argv.at(1)) > 0 ? "done" : "again"), 0) << said();
    return;
  }
  ADD_FAILURE() << "a person is asked, and nothing is half-done: " << said();
}

int CrashTest::carry_to_the_end() {
  int exit = 0;
  for (int i = 0; i < 6 && !HasFatalFailure(); ++i) {
    exit = go().exit;
    if (exit == 5)
      mark_half_done();
    else if (exit != 6)
      return exit;
  }
  return exit;
}

bool CrashTest::died(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0)
      << "the child ended with status " << status;
  return WIFSIGNALED(status);
}

bool CrashTest::killed_before_change(int n, const std::function<int()>& what) {
  const pid_t child = ::fork();
  if (child == 0) {
    LossyDisk::here().watch(disk(), [n](DiskChange, int number) {
      if (number == n) ::kill(::getpid(), SIGKILL);
      return SQLITE_OK;
    });
    // The first boundary of all comes after the journal was made, with its first entry.
    bool made = fs::exists(acknowledged_file());
    at_boundary = [&](const std::string& boundary) {
      if (!std::exchange(made, true)) add_line(acknowledged_file(), "opened");
      if (boundary.starts_with("after")) add_line(acknowledged_file(), boundary);
    };
    ::_exit(what());
  }
  return died(child);
}

bool CrashTest::killed_at_boundary(int n, const std::function<int()>& what) {
  const pid_t child = ::fork();
  if (child == 0) {
    int count = 0;
    at_boundary = [&](const std::string&) {
      if (++count == n) ::kill(::getpid(), SIGKILL);
    };
    ::_exit(what());
  }
  return died(child);
}

bool CrashTest::meddled_at_boundary(int n, const std::function<void(const std::string&)>& what,
                                    const std::function<void()>& commands) {
  int count = 0;
  at_boundary = [&](const std::string& boundary) {
    if (++count == n) what(boundary);
  };
  commands();
  at_boundary = nullptr;
  return count >= n;
}

void CrashTest::expect_all_done_once() {
  EXPECT_EQ(done(), (Names{"a", "b", "c", "d"}));
  EXPECT_TRUE(whole_journal(options().journal).problems.empty());
  const TransferResult complete = go();
  EXPECT_EQ(complete.exit, 0) << said();
  for (const auto& [id, state] : states(complete.record)) EXPECT_EQ(state, "done") << id;
  EXPECT_EQ(done().size(), 4U) << "something ran after the end";
}

long CrashTest::acknowledged() const {
  return static_cast<long>(lines_of(acknowledged_file()).size());
}

void CrashTest::forget() {
  for (const std::string& path : {disk(), done_file(), acknowledged_file()}) fs::remove_all(path);
  fs::create_directory(disk());
}

}  // namespace drydock::test
