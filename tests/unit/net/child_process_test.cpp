#include "probes/net/child_process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdlib>
#include <fstream>

#include "probes/net/deadline.hpp"
#include "probes/net/stream.hpp"
#include "tests/support/observe.hpp"

namespace drydock::net {
namespace {

using test::run_on_loop;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

ChildOptions options(std::vector<std::string> argv, Duration patience = std::chrono::seconds(30)) {
  ChildOptions made;
  made.argv = std::move(argv);
  made.deadline = Clock::now() + patience;
  return made;
}

ChildResult run(ChildOptions wanted) {
  ChildResult result;
  run_on_loop([&]() -> boost::asio::awaitable<void> { result = co_await run_child(wanted); });
  return result;
}

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

TEST(RunChild, KeepsNoMoreThanTheLimit) {
  ChildOptions wanted = options({"sh", "-c", "head -c 3000000 /dev/zero; echo done >&2"});
  wanted.limit = 1000;
  const ChildResult result = run(wanted);
  EXPECT_EQ(result.out.size(), 1000U);
  EXPECT_TRUE(result.clipped);
  EXPECT_EQ(result.err, "done\n");
  EXPECT_EQ(result.exit, 0);
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
  std::string name = "/tmp/drydock-keys-XXXXXX";
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  SshAccess access = kAccess;
  access.key_file.clear();
  access.known_hosts = name + "/known_hosts";
  EXPECT_EQ(why_ssh_is_distrusted(access), "") << "what is missing, ssh tells of";
  std::ofstream(access.known_hosts) << "host key";
  EXPECT_EQ(why_ssh_is_distrusted(access), "");
  ASSERT_EQ(::chown(access.known_hosts.c_str(), 65534, 65534), 0);
  EXPECT_THAT(why_ssh_is_distrusted(access), testing::HasSubstr(access.known_hosts));
  ::unlink(access.known_hosts.c_str());
  ::rmdir(name.c_str());
}

TEST(SshArgv, QuotesReservedWordsInFrontOfTheCommand) {
  EXPECT_EQ(ssh_argv(kAccess, "::1", "", {"if", "x"}).back(), "'if' x");
  EXPECT_EQ(ssh_argv(kAccess, "::1", "", {"A=b", "x=y"}).back(), "'A=b' x=y");
}

ChildResult ended(int exit, std::string err) {
  ChildResult result;
  result.started = true;
  result.exit = exit;
  result.err = std::move(err);
  return result;
}

TEST(SshConnectionFailed, TellsTheConnectionFromTheCommand) {
  EXPECT_TRUE(ssh_connection_failed(ended(255, "ssh: connect to host 127.0.10.1 port 22: Connection refused\r\n")));
  EXPECT_TRUE(ssh_connection_failed(ended(255, "ops@127.0.10.1: Permission denied (publickey).\r\n")));
  EXPECT_TRUE(ssh_connection_failed(ended(255, "some output\nConnection to 127.0.10.1 closed by remote host.\r\n")));
  EXPECT_TRUE(ssh_connection_failed(ended(255, "Host key verification failed.\r\n")));
  EXPECT_FALSE(ssh_connection_failed(ended(255, "")));
  EXPECT_FALSE(ssh_connection_failed(ended(255, "findmnt: bad usage\n")));
  EXPECT_FALSE(ssh_connection_failed(ended(1, "ssh: connect to host x port 22: Connection refused\r\n")));
}

}  // namespace
}  // namespace drydock::net
