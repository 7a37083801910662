// Checks that go by other observations of their look.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/run/run_plan.hpp"
#include "probes/ports/type.hpp"
#include "tests/unit/run/engine_fixture.hpp"

namespace drydock::test {
namespace {

class EvidenceByRole : public EngineTest {};

/// A port of 127.0.0.1 that listens. `full`: its queue is full, so that the kernel drops further SYNs: silence.
class Listener {
public:
  explicit Listener(bool full) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    EXPECT_EQ(::bind(fd_, as_any(), size), 0);
    EXPECT_EQ(::listen(fd_, full ? 0 : 16), 0);
    EXPECT_EQ(::getsockname(fd_, as_any(), &size), 0);
    for (int i = 0; full && i < 8; ++i) {
      waiting_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      (void)::connect(waiting_.back(), as_any(), size);
    }
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() {
    for (const int fd : waiting_) ::close(fd);
    ::close(fd_);
  }
  [[nodiscard]] std::string port() const { return std::to_string(ntohs(address_.sin_port)); }

private:
  sockaddr* as_any() { return reinterpret_cast<sockaddr*>(&address_); }
  int fd_;
  sockaddr_in address_{};
  std::vector<int> waiting_;
};

TEST_F(EvidenceByRole, ARealSilentPortIsClosedWhereAnotherProbeWasAnswered) {
  const Listener silent(true), open(false);
  scenario_.hosts[1].address = "127.0.0.1";
  auto& closed = add("closed", {}, kPortsType);
  closed.parameters.set("closed", std::vector<std::string>{silent.port()});
  closed.parameters.set("patience", Duration(1500));
  add("open", {}, kPortsType).parameters.set("open", std::vector<std::string>{open.port()});
  const auto verdict_of_closed = [&](const std::vector<std::string>& ids) {
    for (const auto& result : look(ids))
      if (result.check == "ports.closed" && result.probe == "closed") return result.verdict;
    return Verdict::skip;
  };
  EXPECT_EQ(verdict_of_closed({"closed"}), Verdict::inconclusive);
  EXPECT_EQ(verdict_of_closed({"closed", "open"}), Verdict::pass);
}

TEST_F(EvidenceByRole, JudgesSilenceBesideWhatElseWasLookedAtOnTheAddress) {
  add("quiet", {}, kSilent);
  add("elsewhere").on = {"old"};
  add("answering").timeout = Duration(5000);
  EXPECT_EQ(look({"quiet"})[0].verdict, Verdict::inconclusive);
  EXPECT_EQ(look({"quiet", "elsewhere"})[0].verdict, Verdict::inconclusive);
  EXPECT_THAT(seen(0).beside, testing::IsEmpty());
  EXPECT_EQ(look({"quiet", "answering"})[0].verdict, Verdict::pass);
  ASSERT_EQ(seen(0).beside.size(), 1U);
  EXPECT_EQ(seen(0).beside[0].role, "same-address");
  EXPECT_THAT(seen(0).beside[0].observations, ElementsAre(seen(1).id));
}

TEST_F(EvidenceByRole, WhatAnotherVantageWasAnsweredSaysNothingOfSilence) {
  scenario_.vantages = {{"banned", "127.0.0.2", ""}, {"office", "127.0.0.3", ""}};
  add("quiet", {}, kSilent).vantage = scenario_.vantages[0];
  add("answering").vantage = scenario_.vantages[1];
  EXPECT_EQ(look({"quiet", "answering"})[0].verdict, Verdict::inconclusive);
  scenario_.probes[1].vantage = scenario_.vantages[0];
  EXPECT_EQ(look({"quiet", "answering"})[0].verdict, Verdict::pass);
}

TEST_F(EvidenceByRole, WhatNeedsAProbeThatAwaitsOthersBeginsWhenItIsJudged) {
  add("quiet", {}, kSilent);
  add("after", {"quiet"});
  add("answering");
  const auto results = look({"quiet", "after", "answering"});
  EXPECT_EQ(results[0].verdict, Verdict::pass);
  EXPECT_EQ(results[1].verdict, Verdict::pass) << results[1].message;
  EXPECT_THAT(log_.begun, ElementsAre("quiet@new", "answering@new", "after@new"));
}

TEST_F(EvidenceByRole, ProbesThatAwaitOneAnotherAreAllJudged) {
  scenario_.hosts[1].connections = 1;
  for (const char* id : {"quiet", "quieter"}) {
    add(id, {}, kSilent).tries = 3;
    scenario_.probes.back().pause = Duration(1);
  }
  add("after", {"quiet"});
  add("after-that", {"after", "quieter"}, kSilent);
  const auto results = look({"quiet", "quieter", "after", "after-that"});
  for (const auto& result : results) EXPECT_EQ(result.verdict, Verdict::inconclusive) << result.probe;
  EXPECT_EQ(seen(0).attempts, 3);
  EXPECT_THAT(seen(0).beside.at(0).observations, testing::SizeIs(1)) << "`quieter` alone: the others wait for it";
  EXPECT_EQ(results[2].cause, "quiet");
}

/// Whoever waits for a judgement is none of those that it waits for, however long the way round.
TEST_F(EvidenceByRole, NobodyFillsARoleForWhatItWaitsFor) {
  add("first", {}, kSilent);
  add("second", {"third"}, kSilent);
  add("third", {}, kSilent);
  add("fourth", {"first"}, kSilent);
  const auto plan = plan_look(scenario_, {"first", "second", "third", "fourth"}, {}, 0);
  const auto beside = [&](std::size_t i) { return plan.at(i).beside.at(0).probes; };
  EXPECT_THAT(beside(0), ElementsAre(1, 2)) << "`fourth` needs it";
  EXPECT_THAT(beside(1), ElementsAre(0, 2, 3));
  EXPECT_THAT(beside(2), ElementsAre(0))
      << "`second` needs it; `fourth` waits for `first`, that for `second`, that for it";
  EXPECT_THAT(beside(3), ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace drydock::test
