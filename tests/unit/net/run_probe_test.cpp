#include "probes/net/run_probe.hpp"

#include <gmock/gmock.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "probes/net/deadline.hpp"
#include "probes/net/for_each.hpp"
#include "probes/net/stream.hpp"
#include "tests/support/observe.hpp"

namespace drydock::net {
namespace {

using boost::asio::awaitable;
using std::chrono::milliseconds;
using test::run_on_loop;
using testing::HasSubstr;

Deadline in(Duration patience) {
  return Clock::now() + patience;
}
constexpr Duration kLong = std::chrono::seconds(30);

TEST(WithDeadline, TellsWhetherTheWorkEnded) {
  const auto quick = []() -> awaitable<void> { co_await pause(milliseconds(1)); };
  const auto slow = []() -> awaitable<void> { co_await pause(kLong); };
  bool quick_ended = false;
  bool slow_ended = true;
  run_on_loop([&]() -> awaitable<void> {
    quick_ended = co_await with_deadline(in(kLong), quick());
    slow_ended = co_await with_deadline(in(milliseconds(20)), slow());
  });
  EXPECT_TRUE(quick_ended);
  EXPECT_FALSE(slow_ended);
}

TEST(WithDeadline, ADeadlineInThePastEndsTheWork) {
  bool ended = true;
  const auto slow = []() -> awaitable<void> { co_await pause(kLong); };
  run_on_loop([&]() -> awaitable<void> { ended = co_await with_deadline(in(milliseconds(-5)), slow()); });
  EXPECT_FALSE(ended);
}

TEST(WithDeadline, ThrowsOnWhatTheWorkThrows) {
  const auto broken = []() -> awaitable<void> {
    co_await pause(milliseconds(1));
    throw Failure(ErrorKind::protocol, "nonsense");
  };
  EXPECT_THROW(run_on_loop([&]() -> awaitable<void> { co_await with_deadline(in(kLong), broken()); }), Failure);
  const auto broken_late = []() -> awaitable<void> {
    try {
      co_await pause(kLong);
    } catch (const boost::system::system_error&) {
    }
    throw Failure(ErrorKind::protocol, "nonsense");
  };
  EXPECT_THROW(run_on_loop([&]() -> awaitable<void> { co_await with_deadline(in(milliseconds(20)), broken_late()); }),
               Failure);
}

TEST(WithDeadline, PassesCancellationOnAndRethrowsIt) {
  bool inner_cancelled = false;
  bool told_as_abort = false;
  const auto work = [&]() -> awaitable<void> {
    try {
      co_await pause(kLong);
    } catch (const boost::system::system_error& error) {
      inner_cancelled = error.code() == boost::asio::error::operation_aborted;
      throw;
    }
  };
  const auto middle = [&]() -> awaitable<void> {
    try {
      co_await with_deadline(in(kLong), work());
    } catch (const boost::system::system_error& error) {
      told_as_abort = error.code() == boost::asio::error::operation_aborted;
      throw;
    }
  };
  const auto start = Clock::now();
  run_on_loop([&]() -> awaitable<void> { co_await with_deadline(in(milliseconds(20)), middle()); });
  EXPECT_TRUE(inner_cancelled);
  EXPECT_TRUE(told_as_abort);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(20));
}

TEST(ForEachIndex, BoundsHowManyRunAtOnce) {
  int running = 0;
  int most = 0;
  int done = 0;
  const std::function<awaitable<void>(std::size_t)> work = [&](std::size_t) -> awaitable<void> {
    most = std::max(most, ++running);
    co_await pause(milliseconds(2));
    --running;
    ++done;
  };
  run_on_loop([&]() -> awaitable<void> { co_await for_each_index(20, 4, work); });
  EXPECT_EQ(done, 20);
  EXPECT_EQ(most, 4);
}

TEST(ForEachIndex, EndsAtTheFirstException) {
  const std::function<awaitable<void>(std::size_t)> work = [&](std::size_t index) -> awaitable<void> {
    if (index == 1) throw Failure(ErrorKind::local, "no");
    co_await pause(kLong);
  };
  const auto start = Clock::now();
  EXPECT_THROW(run_on_loop([&]() -> awaitable<void> { co_await for_each_index(3, 3, work); }), Failure);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(20));
}

TEST(ForEachIndex, IsCancelledWithItsCoroutine) {
  bool ended = true;
  const std::function<awaitable<void>(std::size_t)> work = [](std::size_t) -> awaitable<void> {
    co_await pause(kLong);
  };
  const auto all = [&]() -> awaitable<void> { co_await for_each_index(3, 2, work); };
  run_on_loop([&]() -> awaitable<void> { ended = co_await with_deadline(in(milliseconds(20)), all()); });
  EXPECT_FALSE(ended);
}

constexpr Fact<bool> kBegun{"x.begun", "it was run"};

class Scripted : public Probe {
public:
  explicit Scripted(std::function<awaitable<void>(Observation&)> body) : body_(std::move(body)) {}
  awaitable<void> run(const ProbeContext&, Observation& out) const override {
    out.set(kBegun, true);
    out.stage = "rcpt";
    co_await body_(out);
    out.stage = "done";
  }

private:
  std::function<awaitable<void>(Observation&)> body_;
};

Observation see(std::function<awaitable<void>(Observation&)> body, Duration patience = kLong) {
  return test::observe(Scripted(std::move(body)), test::subject_at({"127.0.0.1", 1}), patience);
}

TEST(RunProbe, LeavesAFinishedProbeAlone) {
  const Observation seen = see([](Observation&) -> awaitable<void> { co_return; });
  EXPECT_FALSE(seen.error);
  EXPECT_EQ(seen.stage, "done");
}

TEST(RunProbe, TurnsFailuresIntoErrorsAndKeepsWhatWasSeen) {
  const Observation seen = see([](Observation&) -> awaitable<void> {
    throw Failure(ErrorKind::temporary, "421 later");
    co_return;
  });
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::temporary);
  EXPECT_EQ(seen.error->message, "421 later");
  EXPECT_EQ(seen.error_stage, "rcpt");
  EXPECT_TRUE(seen.has(kBegun));
}

struct Mapping {
  boost::system::error_code code;
  ErrorKind kind;
};
class SystemErrors : public testing::TestWithParam<Mapping> {};

TEST_P(SystemErrors, HaveAKind) {
  const Observation seen = see([](Observation&) -> awaitable<void> {
    throw boost::system::system_error(GetParam().code);
    co_return;
  });
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, GetParam().kind) << seen.error->message;
  EXPECT_FALSE(seen.error->message.empty());
}

INSTANTIATE_TEST_SUITE_P(All, SystemErrors,
                         testing::Values(Mapping{boost::asio::error::connection_reset, ErrorKind::reset},
                                         Mapping{boost::asio::error::broken_pipe, ErrorKind::reset},
                                         Mapping{boost::asio::error::connection_refused, ErrorKind::refused},
                                         Mapping{boost::asio::error::eof, ErrorKind::closed},
                                         Mapping{boost::asio::error::host_unreachable, ErrorKind::unreachable},
                                         Mapping{boost::asio::error::network_unreachable, ErrorKind::unreachable},
                                         Mapping{boost::asio::error::timed_out, ErrorKind::timeout},
                                         Mapping{boost::asio::error::no_memory, ErrorKind::local},
                                         Mapping{boost::asio::error::no_descriptors, ErrorKind::local}));

TEST(RunProbe, NamesTheTimeThatWasWaited) {
  const Observation seen = see([](Observation&) -> awaitable<void> { co_await pause(kLong); }, milliseconds(1200));
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::timeout);
  // Whole seconds: what a busy machine takes away before the probe starts does not show.
  EXPECT_EQ(seen.error->message, "no answer within 1s");
  EXPECT_EQ(seen.error_stage, "rcpt");
}

TEST(RunProbe, KeepsTheErrorThatTheProbeSet) {
  const Observation seen = see([](Observation& out) -> awaitable<void> {
    out.error = Error{ErrorKind::credential, "no password"};
    throw Failure(ErrorKind::closed, "later");
    co_return;
  });
  EXPECT_EQ(seen.error->message, "no password");
}

TEST(RunProbe, TakesADefectForNothingThatTheHostDid) {
  const Observation seen = see([](Observation&) -> awaitable<void> {
    throw std::out_of_range("index");
    co_return;
  });
  ASSERT_TRUE(seen.error);
  EXPECT_FALSE(blames_host(seen.error->kind));
  EXPECT_THAT(seen.error->message, HasSubstr("index"));
}

TEST(RunProbe, ThrowsWhenItIsCancelledFromOutside) {
  Observation seen;
  const Scripted probe([](Observation&) -> awaitable<void> { co_await pause(kLong); });
  const Subject subject = test::subject_at({"127.0.0.1", 1});
  const ProbeContext context{subject, in(kLong), nullptr};
  bool threw = false;
  const auto work = [&]() -> awaitable<void> {
    try {
      co_await run_probe(probe, context, seen);
    } catch (const boost::system::system_error& error) {
      threw = error.code() == boost::asio::error::operation_aborted;
      throw;
    }
  };
  run_on_loop([&]() -> awaitable<void> { co_await with_deadline(in(milliseconds(20)), work()); });
  EXPECT_TRUE(threw);
  ASSERT_TRUE(seen.error);
  EXPECT_FALSE(blames_host(seen.error->kind));
}

}  // namespace
}  // namespace drydock::net
