#include "probes/net/child_process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdlib>
#include <fstream>

#include "probes/core/child_environment.hpp"
#include "probes/core/process_identity.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/stream.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/net/run_child.hpp"

namespace drydock::net {
namespace {

using test::run_on_loop;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(RunChild, GivesOutputAndStatus) {
  const ChildResult result = run(options({"sh", "-c", "echo out; echo err >&2; exit 7"}));
  EXPECT_TRUE(result.started);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.exit, 7);
  EXPECT_EQ(result.signal, 0);
  EXPECT_FALSE(result.timed_out);
}

TEST(RunChild, TellsTheSignalThatEndedIt) {
  const ChildResult result = run(options({"sh", "-c", "kill -USR1 $$"}));
  EXPECT_EQ(result.exit, -1);
  EXPECT_EQ(result.signal, SIGUSR1);
}

TEST(RunChild, SaysWhyItCouldNotStart) {
  EXPECT_THAT(run(options({"no-such-program-here"})).start_error, HasSubstr("no such program: no-such-program-here"));
  EXPECT_FALSE(run(options({"no-such-program-here"})).started);
  EXPECT_THAT(run(options({})).start_error, HasSubstr("no program"));
  EXPECT_THAT(run(options({"echo", std::string("a\0b", 3)})).start_error, HasSubstr("NUL"));
  ChildOptions elsewhere = options({"true"});
  elsewhere.folder = "/no/such/folder";
  EXPECT_THAT(run(elsewhere).start_error, HasSubstr("/no/such/folder"));
}

TEST(RunChild, HasNoInputNoTerminalAndNoOtherDescriptors) {
  const int held = ::fcntl(0, F_DUPFD, 100);  // not close-on-exec
  const std::string leaks = "test -e /proc/self/fd/" + std::to_string(held) + " && echo leaked";
  const ChildResult result =
      run(options({"sh", "-c", "readlink /proc/self/fd/0; (: </dev/tty) 2>/dev/null && echo tty; " + leaks}));
  ::close(held);
  EXPECT_EQ(result.out, "/dev/null\n") << result.err;
}

TEST(RunChild, TakesFolderAndEnvironment) {
  ChildOptions wanted = options({"sh", "-c", "pwd; echo $DRYDOCK_TEST"});
  wanted.folder = "/";
  wanted.environment = {{"DRYDOCK_TEST", "a b"}};
  EXPECT_EQ(run(wanted).out, "/\na b\n");
}

TEST(RunChild, InheritsNoVariableThatHoldsASecret) {
  ::setenv("DRYDOCK_TEST_PASSWORD", "open sesame", 1);
  EXPECT_EQ(run(options({"printenv", "DRYDOCK_TEST_PASSWORD"})).out, "open sesame\n");
  withhold_from_children("DRYDOCK_TEST_PASSWORD");
  const ChildResult result = run(options({"printenv", "DRYDOCK_TEST_PASSWORD"}));
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.exit, 1);
  ::unsetenv("DRYDOCK_TEST_PASSWORD");
}

TEST(RunChild, KeepsHeadAndTailOfWhatIsMoreThanTheLimit) {
  ChildOptions wanted = options({"sh", "-c", "printf begin; head -c 3000000 /dev/zero; printf end; echo done >&2"});
  wanted.limit = 1000;
  const ChildResult result = run(wanted);
  EXPECT_TRUE(result.out.starts_with("begin"));
  EXPECT_TRUE(result.out.ends_with("end"));
  EXPECT_THAT(result.out, HasSubstr("\n[2999008 octets left out]\n"));
  EXPECT_LT(result.out.size(), 1100U);
  EXPECT_TRUE(result.clipped);
  EXPECT_EQ(result.err, "done\n");
  EXPECT_EQ(result.exit, 0);
}

/// Kilobytes of memory that this process has ever had at once.
long most_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(RunChild, EndlessOutputCostsNoMemoryAndOutlivesNoDeadline) {
  std::uint64_t seen = 0;
  ChildOptions wanted = options({"sh", "-c", "cat /dev/zero"}, std::chrono::seconds(3));
  wanted.on_output = [&](std::string_view chunk) { seen += chunk.size(); };
  const long before = most_memory();
  const ChildResult result = run(wanted);
  EXPECT_TRUE(result.timed_out);
  EXPECT_TRUE(result.clipped);
  EXPECT_GT(seen, 100'000'000U) << "not enough to say anything about memory";
  EXPECT_LT(most_memory() - before, 20'000);
}

TEST(RunChild, TellsAllOutputAsItComes) {
  std::string seen;
  ChildOptions wanted = options({"sh", "-c", "printf 'no line end'; printf ' on either stream' >&2"});
  wanted.limit = 4;
  wanted.on_output = [&](std::string_view chunk) { seen += chunk; };
  run(wanted);
  EXPECT_THAT(seen, HasSubstr("no line end"));
  EXPECT_THAT(seen, HasSubstr(" on either stream"));
  EXPECT_EQ(seen.size(), 28U);
}

TEST(RunChild, WaitsForTheEndOfWhatClosedItsOutput) {
  const ChildResult result = run(options({"sh", "-c", "echo first; exec >&- 2>&-; sleep 0.3; exit 5"}));
  EXPECT_EQ(result.out, "first\n");
  EXPECT_EQ(result.exit, 5);
  const ChildResult hangs =
      run(options({"sh", "-c", "exec >&- 2>&-; exec sleep 1000"}, std::chrono::milliseconds(300)));
  EXPECT_TRUE(hangs.timed_out);
  EXPECT_EQ(hangs.signal, SIGTERM);
}

TEST(RunChild, SignalsIgnoredHereAreNotIgnoredThere) {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  const ChildResult result = run(options({"sh", "-c", "kill -PIPE $$; echo ignored"}));
  ::signal(SIGPIPE, before);
  EXPECT_EQ(result.signal, SIGPIPE) << result.out;
}

TEST(RunChild, EndsTheWholeGroupAtTheDeadline) {
  int pid = 0;
  ChildOptions wanted = options({"sh", "-c", "echo begun; sleep 1000 & sleep 1000"}, std::chrono::milliseconds(300));
  wanted.on_start = [&](int started) { pid = started; };
  const auto start = Clock::now();
  const ChildResult result = run(wanted);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGTERM);
  EXPECT_EQ(result.out, "begun\n");
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(20));
  EXPECT_NE(::kill(pid, 0), 0) << "the child was not reaped";
}

/// timeout(1) gives what it starts a group of its own, as shells with job control do.
TEST(RunChild, EndsWhatHasLeftTheGroupAndNotTheSession) {
  const test::TemporaryFolder folder;
  const std::string pids = folder.path() / "pids";
  const ChildResult result = run(
      options({"sh", "-c", "timeout 1000 sh -c 'echo $$ >" + pids + "; trap \"\" TERM; sleep 1000; sleep 1000'; true"},
              std::chrono::milliseconds(500)));
  EXPECT_TRUE(result.timed_out);
  EXPECT_FALSE(result.still_runs);
  int pid = 0;
  std::ifstream(pids) >> pid;
  ASSERT_GT(pid, 1);
  for (int i = 0; i < 200 && ::kill(pid, 0) == 0 && lives(identify(pid)); ++i) ::usleep(10'000);
  EXPECT_FALSE(lives(identify(pid))) << "it was told as ended, and lives";
}

TEST(RunChild, KillsWhatIgnoresSigterm) {
  const ChildResult result =
      run(options({"sh", "-c", "trap '' TERM; while :; do sleep 1; done"}, std::chrono::milliseconds(300)));
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
}

TEST(RunChild, EndsWithTheCoroutineThatAwaitsIt) {
  int pid = 0;
  bool threw = false;
  bool still_cancelled = false;
  const auto work = [&]() -> boost::asio::awaitable<void> {
    ChildOptions wanted = options({"sleep", "1000"});
    wanted.on_start = [&](int started) { pid = started; };
    try {
      co_await run_child(wanted);
    } catch (...) {
      threw = true;
    }
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    still_cancelled = state.cancelled() != boost::asio::cancellation_type::none;
  };
  bool ended = true;
  run_on_loop([&]() -> boost::asio::awaitable<void> {
    ended = co_await with_deadline(Clock::now() + std::chrono::milliseconds(200), work());
  });
  EXPECT_FALSE(ended);
  EXPECT_TRUE(threw);
  EXPECT_TRUE(still_cancelled);
  ASSERT_GT(pid, 0);
  EXPECT_NE(::kill(pid, 0), 0) << "the child lives on";
}

TEST(RunChild, DoesNotWaitForDaemonsLeftBehind) {
  const auto start = Clock::now();
  const ChildResult result = run(options({"sh", "-c", "sleep 20 & echo $!"}));
  EXPECT_EQ(result.exit, 0);
  EXPECT_FALSE(result.timed_out);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(15));
  const int left = std::atoi(result.out.c_str());
  ASSERT_GT(left, 1);
  EXPECT_EQ(::kill(left, SIGKILL), 0) << "what a command leaves running must not be ended";
}

TEST(RunChild, DoesNotListenToDaemonsLeftBehindForEver) {
  const auto start = Clock::now();
  const ChildResult result = run(options({"sh", "-c", "setsid yes & echo $! >&2"}));
  EXPECT_EQ(result.exit, 0);
  EXPECT_FALSE(result.timed_out);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(15));
}

/// What a process of nobody's sees of a child that has become root's, as sudo's do; the result is its exit status.
/// The process groups that it leaves go to `left`.
int try_to_end_what_became_roots(const std::string& become, int left) {
  const auto note = [left](int pid) { (void)!::write(left, &pid, sizeof pid); };
  if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) return 10;
  const auto start = Clock::now();
  ChildOptions wanted = options({become, "--reuid=0", "sleep", "1000"}, std::chrono::milliseconds(300));
  wanted.on_start = note;
  const ChildResult result = run(wanted);
  if (Clock::now() - start > std::chrono::seconds(60)) return 11;
  if (!result.timed_out || !result.still_runs) return 12;
  if (::kill(result.pid, 0) == 0 || errno != EPERM) return 13;
  ChildOptions half = options({"sh", "-c", become + " --reuid=0 sleep 1000; exit 0"}, std::chrono::milliseconds(300));
  half.on_start = note;
  const ChildResult second = run(half);
  if (!second.timed_out || !second.still_runs || second.signal != SIGTERM) return 14;
  return 0;
}

TEST(RunChild, WaitsForNothingThatItMayNotEnd) {
  if (::geteuid() != 0) GTEST_SKIP() << "a program that becomes root's needs root to make it";
  const test::TemporaryFolder folder;
  const std::string become = folder.path() / "setpriv";
  std::filesystem::copy_file("/usr/bin/setpriv", become);
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  ASSERT_EQ(::chmod(become.c_str(), 04755), 0);
  int left[2];
  ASSERT_EQ(::pipe2(left, O_CLOEXEC), 0);
  const pid_t nobody = ::fork();
  if (nobody == 0) ::_exit(try_to_end_what_became_roots(become, left[1]));
  ::close(left[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(nobody, &status, 0), nobody);
  for (int group = 0; ::read(left[0], &group, sizeof group) == sizeof group;) ::kill(-group, SIGKILL);
  ::close(left[0]);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(RunChild, ReapsLaterWhatItCouldNotAwait) {
  int pid = 0;
  {
    boost::asio::io_context loop;
    ChildOptions wanted = options({"sleep", "1000"});
    wanted.on_start = [&](int started) { pid = started; };
    boost::asio::co_spawn(loop, run_child(wanted), [](const std::exception_ptr&, const ChildResult&) {});
    while (pid == 0) loop.run_one();
  }
  ASSERT_GT(pid, 0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT), 0) << "it was not killed";
  run(options({"true"}));
  EXPECT_NE(::kill(pid, 0), 0) << "nobody reaped it";
}

TEST(RunChild, DoesNotStallTheLoop) {
  int ticks = 0;
  run_on_loop([&]() -> boost::asio::awaitable<void> {
    const auto tick = [&]() -> boost::asio::awaitable<void> {
      for (;;) {
        co_await pause(std::chrono::milliseconds(10));
        ++ticks;
      }
    };
    const auto both = [&]() -> boost::asio::awaitable<void> {
      ChildResult result = co_await run_child(options({"sleep", "0.3"}));
      EXPECT_EQ(result.exit, 0);
    };
    co_await with_deadline(Clock::now() + std::chrono::milliseconds(200), tick());
    co_await both();
  });
  EXPECT_GT(ticks, 2);
}

const SshAccess kAccess{"ops", "/keys/my key", "/keys/known hosts", 2222};

TEST(SshArgv, UsesOnlyWhatIsGiven) {
  const auto argv = ssh_argv(kAccess, "127.0.10.1", "127.0.40.1", {"true"});
  EXPECT_EQ(argv.front(), "ssh");
  for (const char* option :
       {"BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "ForwardAgent=no",
        "UserKnownHostsFile=\"/keys/known hosts\"", "/keys/my key", "2222", "ops", "127.0.40.1"})
    EXPECT_THAT(argv, Contains(option));
  ASSERT_GE(argv.size(), 3U);
  EXPECT_EQ(argv[argv.size() - 3], "--");
  EXPECT_EQ(argv[argv.size() - 2], "127.0.10.1");
  EXPECT_EQ(argv.back(), "'true'");
}

class RemoteQuoting : public testing::TestWithParam<std::string> {};

TEST_P(RemoteQuoting, SurvivesTheRemoteShell) {
  const auto argv = ssh_argv(kAccess, "127.0.10.1", "", {"printf", "%s|", GetParam(), "end"});
  const ChildResult result = run(options({"sh", "-c", argv.back()}));
  EXPECT_EQ(result.out, GetParam() + "|end|") << argv.back();
}

INSTANTIATE_TEST_SUITE_P(Nasty, RemoteQuoting,
                         testing::Values("", "a b", "it's", "''", "\"", "$HOME", "`id`", "$(id)", "a\nb", "-n", "--",
                                         "*", "~", "\\", "a;b", "a&b", "#x", "!x", "{a,b}", "X=1", "caf\xc3\xa9",
                                         "\xff", " ", "'\\''"));

TEST(SshArgv, RootBelievesNoKeysOfAStranger) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const test::TemporaryFolder folder;
  SshAccess access = kAccess;
  access.key_file.clear();
  access.known_hosts = (folder.path() / "known_hosts").string();
  EXPECT_EQ(why_ssh_is_distrusted(access), "") << "what is missing, ssh tells of";
  std::ofstream(access.known_hosts) << "host key";
  EXPECT_EQ(why_ssh_is_distrusted(access), "");
  ASSERT_EQ(::chown(access.known_hosts.c_str(), 65534, 65534), 0);
  EXPECT_THAT(why_ssh_is_distrusted(access), testing::HasSubstr(access.known_hosts));
}

TEST(SshArgv, QuotesReservedWordsInFrontOfTheCommand) {
  EXPECT_EQ(ssh_argv(kAccess, "::1", "", {"if", "x"}).back(), "'if' x");
  EXPECT_EQ(ssh_argv(kAccess, "::1", "", {"A=b", "x=y"}).back(), "'A=b' x=y");
}

}  // namespace
}  // namespace drydock::net
