#include "harness/cli/interruptions.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <vector>

namespace drydock::cli {
namespace {

namespace asio = boost::asio;
using testing::ExitedWithCode;

/// What is heard of these signals, each raised once the one before was heard.
std::vector<int> heard_of(const std::vector<int>& raised) {
  asio::io_context loop(1);
  std::vector<int> heard;
  Interruptions interruptions(loop, Interruptions::Second::is_heard, [&](int number) { heard.push_back(number); });
  for (const int number : raised) {
    ::raise(number);
    loop.poll();
  }
  interruptions.end();
  loop.run();
  return heard;
}

/// Signals do by default what they do, whatever the tests run under.
class InterruptionsTest : public testing::Test {
protected:
  InterruptionsTest() {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  }
};

TEST_F(InterruptionsTest, EachSignalIsHeard) {
  EXPECT_EQ(heard_of({SIGTERM, SIGINT, SIGINT}), (std::vector{SIGTERM, SIGINT, SIGINT}));
}

TEST_F(InterruptionsTest, AHangUpCountsAsTheFirstOnly) {
  EXPECT_EQ(heard_of({SIGHUP, SIGHUP, SIGTERM, SIGHUP}), (std::vector{SIGHUP, SIGTERM}));
  ::signal(SIGHUP, SIG_DFL);
  EXPECT_EQ(heard_of({SIGINT, SIGHUP}), (std::vector{SIGINT}));
}

TEST_F(InterruptionsTest, AHangUpThatWasIgnoredStaysIgnored) {
  ::signal(SIGHUP, SIG_IGN);
  EXPECT_EQ(heard_of({SIGHUP, SIGINT}), (std::vector{SIGINT}));
  EXPECT_EQ(::signal(SIGHUP, SIG_DFL), SIG_IGN);
}

TEST_F(InterruptionsTest, WhatSignalsDidBeforeTheyDoAgain) {
  EXPECT_EQ(heard_of({}), std::vector<int>{});
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) EXPECT_EQ(::signal(number, SIG_DFL), SIG_DFL);
  EXPECT_EQ(heard_of({SIGHUP}), std::vector{SIGHUP});
  ::raise(SIGHUP);
  EXPECT_EQ(::signal(SIGINT, SIG_DFL), SIG_DFL) << "only the second word of a lost terminal goes unheard";
}

/// Two signals to a loop that does not run.
[[noreturn]] void signal_a_blocked_loop(int first, int second) {
  asio::io_context loop(1);
  const Interruptions interruptions(loop, Interruptions::Second::ends_drydock, [](int) {});
  ::raise(first);
  ::raise(second);
  ::_exit(7);
}

using InterruptionsDeathTest = InterruptionsTest;

TEST_F(InterruptionsDeathTest, TheSecondEndsDrydockWhateverBlocksTheLoop) {
  EXPECT_EXIT(signal_a_blocked_loop(SIGINT, SIGINT), ExitedWithCode(130), "");
  EXPECT_EXIT(signal_a_blocked_loop(SIGHUP, SIGTERM), ExitedWithCode(143), "");
  EXPECT_EXIT(signal_a_blocked_loop(SIGHUP, SIGHUP), ExitedWithCode(7), "");
}

}  // namespace
}  // namespace drydock::cli
