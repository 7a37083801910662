#include "tests/support/fault_sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

#include <boost/asio/awaitable.hpp>

#include "probes/net/password.hpp"
#include "probes/net/stream.hpp"
#include "tests/support/observe.hpp"

namespace drydock {
namespace {

using namespace test;
using boost::asio::awaitable;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

awaitable<std::string> read_reply(net::Stream& stream) {
  for (int lines = 0; lines < 100; ++lines) {
    const std::string line = co_await stream.read_line();
    if (line.size() < 4 || line[3] != '-') co_return line;
  }
  throw Failure(ErrorKind::protocol, "a reply without end");
}

constexpr Fact<std::string> kBanner{"toy.banner", "the greeting"};
constexpr Fact<std::string> kAnswer{"toy.answer", "the answer"};
constexpr Fact<std::vector<std::string>> kParts{"toy.parts", "all that came"};

/// A toy dialogue: greeting, one question, one answer. `Sound` does it right; the others each have one defect.
awaitable<void> ask(const ProbeContext& context, Observation& out) {
  net::Stream stream =
      co_await net::Stream::dial(context, {context.subject.target.ip, *context.subject.target.port}, out);
  out.stage = "banner";
  const std::string banner = co_await read_reply(stream);
  out.set(kBanner, banner);
  co_await stream.write_line("HELLO");
  out.stage = "answer";
  const std::string answer = co_await read_reply(stream);
  out.set(kAnswer, answer);
}

struct Sound : Probe {
  awaitable<void> run(const ProbeContext& context, Observation& out) const override { co_await ask(context, out); }
};
struct Deaf : Probe {
  awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    try {
      co_await ask(context, out);
    } catch (const Failure&) {
    }
  }
};
struct Greedy : Probe {
  awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    net::Stream stream =
        co_await net::Stream::dial(context, {context.subject.target.ip, *context.subject.target.port}, out);
    co_await stream.write_line("HELLO");
    for (std::size_t kept = 0;;) {
      const std::string part = co_await stream.read_some();
      kept += part.size();
      if (part.empty() || kept > std::size_t{2} * 1024 * 1024) throw Failure(ErrorKind::closed, "the end");
      out.at(kParts).push_back(part);
    }
  }
};

/// Asks twice, each time on a connection of its own that begins with TLS; Careless takes whatever it meets the second
/// time.
struct Twice : Probe {
  awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    for (int i = 0; i < 2; ++i) {
      net::Stream stream =
          co_await net::Stream::dial(context, {context.subject.target.ip, *context.subject.target.port}, out);
      const net::TlsSession session = co_await stream.start_tls(net::tls_options(context.subject));
      const std::string why = net::why_no_password(&session, context.subject.target.name);
      if (!why.empty()) throw Failure(ErrorKind::credential, why);
      const std::string banner = co_await read_reply(stream);
      if (i == 0) out.set(kBanner, banner);
      if (i == 1) out.set(kAnswer, banner);
    }
  }
};
struct Careless : Probe {
  awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    for (int i = 0; i < 2; ++i) {
      net::Stream stream =
          co_await net::Stream::dial(context, {context.subject.target.ip, *context.subject.target.port}, out);
      if (i == 0) co_await stream.start_tls(net::tls_options(context.subject));
      co_await stream.write_line(i == 0 ? "HELLO" : "PASS right-horse-42", "PASS ********");
      const std::string banner = co_await stream.read_line();
      if (i == 1) out.set(kAnswer, banner);
    }
  }
};

Judgement by_answer(const Observation& seen, const Subject&) {
  return seen.has(kAnswer) ? Judgement::pass() : not_seen(seen, "an answer");
}
Judgement always(const Observation&, const Subject&) {
  return Judgement::pass();
}
Judgement by_banner(const Observation& seen, const Subject&) {
  return seen.has(kBanner) ? Judgement::pass() : not_seen(seen, "a banner");
}
Judgement never(const Observation&, const Subject&) {
  return Judgement::inconclusive("nobody was asked");
}
Judgement harsh(const Observation& seen, const Subject&) {
  return seen.has(kAnswer) ? Judgement::pass() : Judgement::fail("no answer");
}

constexpr CheckSpec check_of(Judgement (*judge)(const Observation&, const Subject&)) {
  CheckSpec check;
  check.id = "toy.check";
  check.judge = judge;
  return check;
}

constexpr CheckSpec kByAnswer[] = {check_of(by_answer)};
constexpr CheckSpec kAlways[] = {check_of(always)};
constexpr CheckSpec kByBanner[] = {check_of(by_banner)};
constexpr CheckSpec kNever[] = {check_of(never)};
constexpr CheckSpec kHarsh[] = {check_of(harsh)};

template <class P>
ProbeType toy(std::span<const CheckSpec> checks) {
  ProbeType type{.name = "toy", .summary = "a toy", .parameters = {}, .facts = {}, .checks = checks};
  type.make = [](const Parameters&) -> std::unique_ptr<const Probe> { return std::make_unique<P>(); };
  return type;
}

std::vector<std::string> sweep(const ProbeType& type) {
  SweepPlan plan{.type = type, .scripts = {{say("220 toy"), hear("HELLO"), say("250 answer")}}};
  plan.subject = [](const Endpoint& to) { return subject_at(to); };
  plan.needs = {{"toy.check", 1}};
  plan.patience = std::chrono::milliseconds(200);
  return fault_sweep(plan);
}

TEST(FaultSweep, FindsNothingInASoundProbe) {
  EXPECT_THAT(sweep(toy<Sound>(kByAnswer)), IsEmpty());
}

TEST(FaultSweep, FindsChecksThatPassUnseen) {
  EXPECT_THAT(sweep(toy<Sound>(kAlways)), Contains(HasSubstr("passes though")));
  EXPECT_THAT(sweep(toy<Sound>(kByBanner)), Contains(HasSubstr("at its move 1")));
}

TEST(FaultSweep, FindsChecksThatFailInSilence) {
  EXPECT_THAT(sweep(toy<Sound>(kHarsh)), Contains(HasSubstr("the server was only silent")));
}

TEST(FaultSweep, FindsProbesThatSwallowTheirErrors) {
  EXPECT_THAT(sweep(toy<Deaf>(kByAnswer)), Contains(HasSubstr("did not notice")));
}

TEST(FaultSweep, FindsProbesThatKeepEverything) {
  const ProbeType type = toy<Greedy>(kByAnswer);
  SweepPlan plan{.type = type, .scripts = {{say("220 toy"), hear("HELLO")}}};
  plan.subject = [](const Endpoint& to) { return subject_at(to); };
  plan.patience = std::chrono::seconds(4);
  EXPECT_THAT(fault_sweep(plan), Contains(HasSubstr("grew without bound")));
}

/// A plan for a probe that makes two connections, each with TLS.
std::vector<std::string> sweep_twice(const ProbeType& type, const Script& first, const Script& later) {
  const TestCa ca;
  SweepPlan plan{.type = type, .scripts = {first, later}};
  plan.peer.certificate = ca.issue({.names = {"localhost"}});
  plan.subject = [&ca](const Endpoint& to) {
    Subject subject = subject_at(to);
    subject.surroundings.trust = ca.trust_file();
    return subject;
  };
  plan.needs = {{"toy.check", 3}};
  plan.patience = std::chrono::milliseconds(200);
  return fault_sweep(plan);
}

TEST(FaultSweep, MeetsLaterConnectionsThatDifferFromTheFirst) {
  EXPECT_THAT(sweep_twice(toy<Twice>(kByAnswer), {tls(), say("220 toy")}, {tls(), say("220 toy")}), IsEmpty());
  std::vector<std::string> found;
  testing::TestPartResultArray leaks;
  {
    const testing::ScopedFakeTestPartResultReporter kept(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &leaks);
    found =
        sweep_twice(toy<Careless>(kByAnswer), {tls(), hear("HELLO"), say("220 toy")}, {hear("PASS"), say("220 toy")});
  }
  ASSERT_GT(leaks.size(), 0);
  EXPECT_THAT(leaks.GetTestPartResult(0).message(), HasSubstr("a real password went out"));
  EXPECT_THAT(found, Contains(HasSubstr("is another service from the second connection on")));
}

TEST(FaultSweep, KnowsEveryCheckByName) {
  const auto found_with = [](std::map<std::string, std::size_t> needs, std::map<std::string, std::string> not_here,
                             std::span<const CheckSpec> checks) {
    const ProbeType type = toy<Sound>(checks);
    SweepPlan plan{.type = type, .scripts = {{say("220 toy"), hear("HELLO"), say("250 answer")}}};
    plan.subject = [](const Endpoint& to) { return subject_at(to); };
    plan.needs = std::move(needs);
    plan.not_here = std::move(not_here);
    plan.patience = std::chrono::milliseconds(200);
    return fault_sweep(plan);
  };
  EXPECT_THAT(found_with({}, {}, kByAnswer), Contains(HasSubstr("`needs` does not say what it can't pass without")));
  EXPECT_THAT(found_with({}, {{"toy.check", "an excuse"}}, kByAnswer), Contains(HasSubstr("`needs` does not say")));
  EXPECT_THAT(found_with({{"toy.check", 1}, {"toy.gone", 1}}, {}, kByAnswer),
              Contains(HasSubstr("names toy.gone, which is no check of the type")));
  EXPECT_THAT(found_with({{"toy.check", 1}}, {}, kNever), Contains(HasSubstr("does not pass, so that no break")));
  EXPECT_THAT(found_with({}, {}, kNever), Contains(HasSubstr("`not_here` does not say why")));
  EXPECT_THAT(found_with({}, {{"toy.check", "nobody is asked"}}, kNever), IsEmpty());
}

TEST(FaultSweep, FindsDialoguesThatDoNotFitTheScript) {
  const ProbeType type = toy<Sound>(kByAnswer);
  SweepPlan plan{.type = type, .scripts = {{say("220 toy"), hear("GOODBYE"), say("250 answer")}}};
  plan.subject = [](const Endpoint& to) { return subject_at(to); };
  plan.patience = std::chrono::milliseconds(200);
  EXPECT_THAT(fault_sweep(plan), Contains(HasSubstr("was not followed")));
}

}  // namespace
}  // namespace drydock
