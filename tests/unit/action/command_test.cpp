#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <thread>

#include "harness/action/action.hpp"
#include "harness/action/child.hpp"
#include "probes/core/process_identity.hpp"

namespace drydock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <class T>
T finish(boost::asio::awaitable<T> work) {
  boost::asio::io_context loop;
  std::optional<T> result;
  boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr thrown, T value) {
    if (thrown) std::rethrow_exception(thrown);
    result = std::move(value);
  });
  loop.run();
  return std::move(result.value());
}

/// A program named ssh that stands in for the client and the host: it runs the last argument by sh. FAKE_SSH says what
/// goes wrong.
constexpr const char* kFakeSsh = R"(#!/bin/sh
for last; do :; done
is_test() { case $last in *DRYDOCK_ACTION*) return 1;; *" true") return 0;; esac; return 1; }
case "$FAKE_SSH" in
refuse) echo "ssh: connect to host 127.0.0.1 port 22: Connection refused" >&2; exit 255;;
lose) sh -c "$last"; is_test && exit 0; echo "Connection to 127.0.0.1 closed by remote host." >&2; exit 255;;
lose-early) is_test && exec sh -c "$last"; (setsid sh -c "$last" >/dev/null 2>&1 &); echo "Connection reset" >&2; exit 255;;
forced) exit 0;;
forced-later) is_test || { echo "welcome"; exit 0; };;
esac
sh -c "$last"
)";

class Command : public ::testing::Test {
protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "drydock-action-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    std::ofstream(folder + "/ssh") << kFakeSsh;
    ::chmod((folder + "/ssh").c_str(), 0755);
    path_before = ::getenv("PATH");
    ::setenv("PATH", (folder + ":" + path_before).c_str(), 1);
    ::unsetenv("FAKE_SSH");
    scenario.folder = folder;
    HostDefinition host;
    host.id = "old";
    host.address = "127.0.0.1";
    host.ssh = SshAccess{"ops", "key", "known", 22};
    scenario.hosts = {host};
  }
  void TearDown() override {
    ::setenv("PATH", path_before.c_str(), 1);
    ::unsetenv("FAKE_SSH");
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  /// What an action has written its number of into `pid`; none where it has not in some seconds.
  [[nodiscard]] ProcessIdentity told_process() const {
    int pid = 0;
    for (int i = 0; i < 500 && pid == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      std::ifstream(folder + "/pid") >> pid;
    }
    return pid > 0 ? identify(pid) : ProcessIdentity{};
  }
  ActionContext context(Duration patience = Duration(30'000)) {
    return {scenario, "", "m4rk", Clock::now() + patience, [this](int pid) { child = pid; }, {}};
  }
  ActionResult here(std::vector<std::string> argv, Duration patience = Duration(30'000)) {
    const CommandAction action{std::move(argv), "", ""};
    return finish(run_command(action, context(patience)));
  }
  ActionResult on_old(std::vector<std::string> argv, Duration patience = Duration(30'000)) {
    const CommandAction action{std::move(argv), "", "old"};
    return finish(run_command(action, context(patience)));
  }
  std::string folder, path_before;
  Scenario scenario;
  int child = 0;
};

TEST_F(Command, RunsHereInTheFolderOfTheScenarioWithoutAShell) {
  const ActionResult result = here({"printf", "%s\n", "$HOME; *"});
  EXPECT_EQ(result.end, ActionEnd::done);
  EXPECT_EQ(result.output, "$HOME; *\n");
  EXPECT_EQ(result.exit, 0);
  EXPECT_GT(child, 0);
  EXPECT_EQ(here({"pwd"}).output, std::filesystem::canonical(folder).string() + "\n");
}

TEST_F(Command, UsesAShellWhereAskedFor) {
  const CommandAction action{{}, "echo one && echo two >&2", ""};
  EXPECT_EQ(finish(run_command(action, context())).output, "one\ntwo\n");
}

TEST_F(Command, AnExitStatusIsAFailureWithItsLastLine) {
  const ActionResult result = here({"sh", "-c", "echo why >&2; exit 3"});
  EXPECT_EQ(result.end, ActionEnd::failed);
  EXPECT_TRUE(result.started);
  EXPECT_EQ(result.message, "exit 3: why");
}

TEST_F(Command, AMissingProgramNeverStarted) {
  const ActionResult result = here({"no-such-program-anywhere"});
  EXPECT_EQ(result.end, ActionEnd::failed);
  EXPECT_FALSE(result.started);
}

TEST_F(Command, ADeadlineOrASignalLeavesTheEndUnknown) {
  EXPECT_EQ(here({"sleep", "60"}, Duration(200)).end, ActionEnd::unknown);
  EXPECT_EQ(here({"sh", "-c", "kill -9 $$"}).end, ActionEnd::unknown);
}

TEST_F(Command, OfMuchOutputHeadAndTailAreKept) {
  const ActionResult result = here({"sh", "-c", "echo begin; yes | head -c 10000000; echo end; echo why >&2; exit 3"});
  EXPECT_EQ(result.message, "exit 3: why");
  EXPECT_TRUE(result.output.starts_with("begin\ny\n"));
  EXPECT_THAT(result.output, HasSubstr(" octets left out]\n"));
  EXPECT_THAT(result.output, HasSubstr("y\nend\nwhy\n"));
  EXPECT_LT(result.output.size(), 300'000U);
}

TEST_F(Command, WhatItSaysIsToldAsItComes) {
  std::string heard;
  ActionContext listening = context();
  listening.on_output = [&](std::string_view chunk) { heard += chunk; };
  EXPECT_EQ(finish(run_command({{"printf", "no line end"}, "", ""}, listening)).output, heard);
  EXPECT_EQ(heard, "no line end");
  heard.clear();
  const CommandAction remote{{"sh", "-c", "echo drydock-m4; echo drydock-m4rk >&2; printf drydock- >&2"}, "", "old"};
  const ActionResult result = finish(run_command(remote, listening));
  EXPECT_EQ(result.end, ActionEnd::done) << result.message;
  EXPECT_THAT(heard, HasSubstr("drydock-m4\n"));
  EXPECT_THAT(heard, HasSubstr("drydock-m4rk\n"));
  EXPECT_EQ(heard.size(), result.output.size()) << "the wrapper's lines are not the command's: " << heard;
}

/// What a process of nobody's is told of a command that has become root's, as sudo's do; the result is its exit status.
int try_to_end_what_became_roots(const std::string& become, const ActionContext& context) {
  if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) return 10;
  ProcessIdentity started;
  ActionContext noting = context;
  noting.on_child = [&](int pid) {
    started = identify(pid);
    context.on_child(pid);
  };
  const CommandAction command{{become, "--reuid=0", "sleep", "1000"}, "", ""};
  const ActionResult result = finish(run_command(command, noting));
  const std::string told = fmt::format("process {}, or one that it started, still runs", started.pid);
  if (result.end != ActionEnd::unknown || result.message.find(told) == std::string::npos) return 11;
  if (!lives(started)) return 12;
  if (finish(end_process(started))) return 13;
  return 0;
}

TEST_F(Command, OneThatMayNotBeEndedIsToldAndKnownAgain) {
  if (::geteuid() != 0) GTEST_SKIP() << "a program that becomes root's needs root to make it";
  const std::string become = folder + "/setpriv";
  std::filesystem::copy_file("/usr/bin/setpriv", become);
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(become.c_str(), 04755), 0);
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const pid_t nobody = ::fork();
  if (nobody == 0) {
    ActionContext here = context(Duration(300));
    here.on_child = [&](int pid) { (void)!::write(told[1], &pid, sizeof pid); };
    ::_exit(try_to_end_what_became_roots(become, here));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(nobody, &status, 0), nobody);
  int group = 0;
  ASSERT_EQ(::read(told[0], &group, sizeof group), static_cast<ssize_t>(sizeof group));
  const ProcessIdentity left = identify(group);
  EXPECT_TRUE(lives(left));
  EXPECT_TRUE(finish(end_process(left)));
  EXPECT_EQ(status, 0) << "exit " << WEXITSTATUS(status);
}

TEST_F(Command, RunsOnAHostAndKeepsItsWordsApart) {
  const ActionResult result = on_old({"printf", "%s|", "a b", "c'd", "$x"});
  EXPECT_EQ(result.end, ActionEnd::done) << result.message;
  EXPECT_EQ(result.output, "a b|c'd|$x|");
  EXPECT_GT(child, 0);
}

TEST_F(Command, AnExitOf255OnTheHostIsThatOfTheCommand) {
  const ActionResult result = on_old({"sh", "-c", "echo oh >&2; exit 255"});
  EXPECT_EQ(result.end, ActionEnd::failed);
  EXPECT_EQ(result.exit, 255);
  EXPECT_EQ(result.output, "oh\n");
}

TEST_F(Command, AHostThatCantBeReachedNeverStartedAnything) {
  ::setenv("FAKE_SSH", "refuse", 1);
  const ActionResult result = on_old({"touch", folder + "/touched"});
  EXPECT_EQ(result.end, ActionEnd::failed);
  EXPECT_FALSE(result.started);
  EXPECT_THAT(result.message, HasSubstr("old (127.0.0.1) can't be reached by ssh: exit 255: ssh: connect"));
  EXPECT_FALSE(std::filesystem::exists(folder + "/touched"));
  scenario.hosts[0].ssh.reset();
  EXPECT_FALSE(on_old({"true"}).started);
}

TEST_F(Command, WhereTheHostRunsSomethingElseNothingStartsAndNothingIsDone) {
  ::setenv("FAKE_SSH", "forced", 1);
  const ActionResult forced = on_old({"touch", folder + "/touched"});
  EXPECT_EQ(forced.end, ActionEnd::failed);
  EXPECT_FALSE(forced.started);
  EXPECT_THAT(forced.message, HasSubstr("the host did not say that the command ran"));
  ::setenv("FAKE_SSH", "forced-later", 1);
  const ActionResult later = on_old({"touch", folder + "/touched"});
  EXPECT_EQ(later.end, ActionEnd::unknown) << "an exit of 0 is not that of the command";
  EXPECT_THAT(later.message, HasSubstr("what ran is not known"));
  EXPECT_FALSE(std::filesystem::exists(folder + "/touched"));
}

TEST_F(Command, ALostConnectionLeavesTheEndUnknownUnlessItWasTold) {
  ::setenv("FAKE_SSH", "lose-early", 1);
  const ActionResult result = on_old({"true"});
  EXPECT_EQ(result.end, ActionEnd::unknown);
  EXPECT_THAT(result.message, HasSubstr("Connection reset"));
  ::setenv("FAKE_SSH", "lose", 1);
  EXPECT_EQ(on_old({"true"}).end, ActionEnd::done) << "the host told the end before the connection went";
}

TEST_F(Command, WhatALostConnectionLeftOnTheHostIsFoundAndEnded) {
  ::setenv("FAKE_SSH", "lose-early", 1);
  const CommandAction action{{"sh", "-c", "echo $$ >" + folder + "/pid; exec sleep 600"}, "", "old"};
  EXPECT_EQ(finish(run_command(action, context())).end, ActionEnd::unknown);
  const ProcessIdentity process = told_process();
  ASSERT_GT(process.pid, 0);
  ::unsetenv("FAKE_SSH");
  ActionContext other = context();
  other.mark = "an0ther";
  EXPECT_TRUE(finish(end_remote_leftovers(action, other)));
  EXPECT_TRUE(lives(process)) << "a process of another mark was ended";
  EXPECT_TRUE(finish(end_remote_leftovers(action, context())));
  EXPECT_FALSE(lives(process));
  ::setenv("FAKE_SSH", "refuse", 1);
  EXPECT_FALSE(finish(end_remote_leftovers(action, context())));
}

TEST_F(Command, WhatHasLeftItsGroupOnTheHostIsFoundAlsoWithoutItsWrapper) {
  ::setenv("FAKE_SSH", "lose-early", 1);
  const std::string script = "kill -9 $PPID; exec timeout 600 sh -c 'echo $$ >" + folder + "/pid; exec sleep 600'";
  const CommandAction action{{"sh", "-c", script}, "", "old"};
  EXPECT_EQ(finish(run_command(action, context())).end, ActionEnd::unknown);
  const ProcessIdentity process = told_process();
  ASSERT_GT(process.pid, 0);
  ASSERT_TRUE(lives(process));
  ::unsetenv("FAKE_SSH");
  EXPECT_TRUE(finish(end_remote_leftovers(action, context())));
  EXPECT_FALSE(lives(process));
}

TEST(Child, IsEndedWithItsGroupEvenWhereItIgnoresSigterm) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    ::signal(SIGTERM, SIG_IGN);
    if (::fork() == 0) {
      while (true) ::pause();
    }
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(0);
  }
  char octet = 0;
  ASSERT_EQ(::read(ready[0], &octet, 1), 1);
  const ProcessIdentity process = identify(pid);
  EXPECT_TRUE(lives(process));
  EXPECT_TRUE(finish(end_process(process)));
  EXPECT_FALSE(lives(process));
  ::waitpid(pid, nullptr, 0);
}

TEST(Describe, TellsAnActionInOneLine) {
  EXPECT_EQ(describe({CommandAction{{"mount", "-o", "a b"}, "", "old"}, Duration(1), {}}), "on old: mount -o 'a b'");
  EXPECT_EQ(describe({CommandAction{{}, "echo it's", ""}, Duration(1), {}}), "here: sh -c 'echo it'\\''s'");
  EXPECT_EQ(describe({WaitAction{Duration(600'000)}, Duration(1), {}}), "wait 10m");
  EXPECT_EQ(describe({DnsUpdateAction{
                          "python.test", "127.0.53.1", Secret("k"), {{"a.python.test", "A", 300, {"127.0.20.1"}}}},
                      Duration(1),
                      {}}),
            "DNS update of python.test at 127.0.53.1: a.python.test A 127.0.20.1");
}

}  // namespace
}  // namespace drydock
