// What a child has not begun before its start is noted.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "tests/support/temporary_folder.hpp"
#include "tests/unit/net/run_child.hpp"

namespace drydock::net {
namespace {

TEST(RunChild, TheProgramBeginsOnceItsStartIsNoted) {
  const test::TemporaryFolder folder;
  const std::string trace = folder.path() / "trace";
  ChildOptions wanted = options({"touch", trace});
  bool early = true;
  wanted.on_start = [&](int pid) {
    EXPECT_EQ(::kill(pid, 0), 0) << "there is nothing to be noted yet";
    ::usleep(300'000);
    early = std::filesystem::exists(trace);
  };
  EXPECT_EQ(run(wanted).exit, 0);
  EXPECT_FALSE(early);
  EXPECT_TRUE(std::filesystem::exists(trace));
}

TEST(RunChild, TheProgramNeverBeginsWhereItsStartCannotBeNoted) {
  const test::TemporaryFolder folder;
  const std::string trace = folder.path() / "trace";
  ChildOptions wanted = options({"touch", trace});
  int held = 0;
  wanted.on_start = [&](int pid) {
    held = pid;
    throw std::runtime_error("the disk is full");
  };
  EXPECT_THROW(run(wanted), std::runtime_error);
  ASSERT_GT(held, 1);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(held), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(std::filesystem::exists(trace));
}

TEST(RunChild, TheProgramNeverBeginsWhereWeDieBeforeItsStartIsNoted) {
  const test::TemporaryFolder folder;
  const std::string trace = folder.path() / "trace";
  const pid_t drydock = ::fork();
  if (drydock == 0) {
    ChildOptions wanted = options({"touch", trace});
    wanted.on_start = [](int) { ::kill(::getpid(), SIGKILL); };
    run(wanted);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(drydock, &status, 0), drydock);
  ASSERT_TRUE(WIFSIGNALED(status));
  ::usleep(500'000);
  EXPECT_FALSE(std::filesystem::exists(trace));
}

}  // namespace
}  // namespace drydock::net
