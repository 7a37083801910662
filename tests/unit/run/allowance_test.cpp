#include <functional>

#include "harness/run/judging_again.hpp"
#include "tests/unit/run/engine_fixture.hpp"

namespace drydock::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<CheckCost> one_wrong_login(const Subject&) {
  return {{.check = "fake.right", .facts = "fake.right", .wrong_logins = 1}};
}
std::vector<CheckCost> forty_refusals(const Subject&) {
  return {{.check = "fake.right", .refusals = 40}};
}
const ProbeType kLogin{.name = "fake",
                       .summary = "a fake that tries a wrong password",
                       .parameters = kParameters,
                       .facts = kFacts,
                       .checks = kChecks,
                       .make = make_fake,
                       .costs = one_wrong_login};
const ProbeType kRelay{.name = "fake",
                       .summary = "a fake that draws refusals",
                       .parameters = kParameters,
                       .facts = kFacts,
                       .checks = kChecks,
                       .make = make_fake,
                       .costs = forty_refusals};

class ShutAtFirst : public Probe {
public:
  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    out.address = context.subject.target.ip + ":25";
    out.stage = "connect";
    if (log_of_test->failures_left["shut"]-- > 0) throw Failure(ErrorKind::refused, "refused the connection");
    out.set(kRight, true);
    co_return;
  }
};
std::unique_ptr<const Probe> make_shut_at_first(const Parameters&) {
  return std::make_unique<ShutAtFirst>();
}

class Limits : public EngineTest {
protected:
  Limits() { scenario_.hosts[1].wrong_logins = Rate{1, std::chrono::hours(1)}; }
  std::function<void(std::size_t look)> before_look = [](std::size_t) {};
  /// One look after the other by one engine, each at these probes; true: another gate begins before it.
  std::vector<std::vector<ResultRecord>> looks(const std::vector<std::string>& ids, const std::vector<bool>& gates) {
    Engine engine(scenario_, {.token = "run"});
    std::vector<std::vector<ResultRecord>> all;
    for (const bool gate : gates) {
      if (gate) engine.begin_gates();
      before_look(all.size());
      asio::io_context loop;
      asio::co_spawn(loop, engine.look(ids), [&](const std::exception_ptr& error, LookRecord look) {
        if (error) std::rethrow_exception(error);
        all.push_back(look.results);
        seen_ = std::move(look);
      });
      loop.run();
    }
    return all;
  }
};

TEST_F(Limits, APassIsKeptWithinAGateAndTheHostIsAskedNoMore) {
  add("a", {}, kLogin);
  const auto seen = looks({"a"}, {true, false, true});
  EXPECT_EQ(seen[0][0].verdict, Verdict::pass);
  EXPECT_EQ(seen[1][0].verdict, Verdict::pass);
  EXPECT_THAT(seen[1][0].message, AllOf(HasSubstr("seen at "), HasSubstr("not asked again: `wrong_logins` of 'new'"),
                                        HasSubstr("(1/1h) is used up for ")));
  EXPECT_EQ(seen[1][0].limit, std::nullopt);
  EXPECT_EQ(seen[2][0].verdict, Verdict::skip) << "that was another gate's";
  EXPECT_THAT(seen[2][0].message, HasSubstr("not asked: `wrong_logins` of 'new'"));
  EXPECT_EQ(seen[2][0].limit, "wrong_logins");
  EXPECT_THAT(log_.switched_off, ElementsAre()) << "what is withheld is told apart from what is switched off";
}

TEST_F(Limits, CountsAllProbesOfAHostTogetherAndHostsApart) {
  scenario_.hosts[0].wrong_logins = scenario_.hosts[1].wrong_logins;
  add("a", {}, kLogin).on = {"old", "new"};
  add("b", {"a"}, kLogin);
  const auto seen = looks({"a", "b"}, {true});
  EXPECT_EQ(seen[0][0].verdict, Verdict::pass);
  EXPECT_EQ(seen[0][1].verdict, Verdict::pass);
  EXPECT_EQ(seen[0][2].verdict, Verdict::skip);
}

TEST_F(Limits, AFailIsKeptTooOverLooksAndTries) {
  add("a", {}, kLogin).tries = 3;
  log_.failures_left["a"] = 1;
  const auto seen = looks({"a"}, {true, false});
  EXPECT_EQ(seen[0][0].verdict, Verdict::fail);
  EXPECT_EQ(seen[1][0].verdict, Verdict::fail);
  EXPECT_THAT(seen[1][0].message, AllOf(HasSubstr("it is wrong; seen at "), HasSubstr("not asked again")));
}

TEST_F(Limits, TheLastVerdictIsTheOneThatIsKept) {
  scenario_.hosts[1].wrong_logins = Rate{2, std::chrono::hours(1)};
  add("a", {}, kLogin);
  before_look = [this](std::size_t look) { log_.failures_left["a"] = look == 1 ? 1 : 0; };
  const auto seen = looks({"a"}, {true, false, false});
  EXPECT_EQ(seen[0][0].verdict, Verdict::pass);
  EXPECT_EQ(seen[1][0].verdict, Verdict::fail);
  EXPECT_EQ(seen[2][0].verdict, Verdict::fail) << "the pass before it is past";
}

/// A server that took no connection was not asked, and may be asked again.
TEST_F(Limits, WhatMetNoConnectionIsNotCharged) {
  static const ProbeType kShut{.name = "fake",
                               .summary = "a fake that meets no connection at first",
                               .parameters = kParameters,
                               .facts = kFacts,
                               .checks = kChecks,
                               .make = make_shut_at_first,
                               .costs = one_wrong_login};
  add("a", {}, kShut);
  log_.failures_left["shut"] = 1;
  const auto seen = looks({"a"}, {true, false});
  EXPECT_EQ(seen[0][0].verdict, Verdict::inconclusive);
  EXPECT_EQ(seen[1][0].verdict, Verdict::pass);
}

TEST_F(Limits, AnExpectationAboutAFactThatIsSeenForACheckGoesWithIt) {
  add("a", {}, kLogin)
      .expectations.push_back({"fake.right", {Matcher::Op::equals, {std::string("true")}, {}, {}, {}}, {}});
  const auto seen = looks({"a"}, {true, false, true});
  ASSERT_EQ(seen[0].size(), 2U);
  EXPECT_EQ(seen[1][1].verdict, seen[0][1].verdict);
  EXPECT_THAT(seen[1][1].message, HasSubstr("not asked again"));
  EXPECT_EQ(seen[2][1].verdict, Verdict::skip);
  EXPECT_EQ(seen[2][1].limit, "wrong_logins");
}

TEST_F(Limits, WhatASpanGivesBackMayBeAskedAgain) {
  scenario_.hosts[1].wrong_logins = Rate{1, Duration(1)};
  add("a", {}, kLogin);
  for (const auto& look : looks({"a"}, {true, true, true})) EXPECT_EQ(look[0].verdict, Verdict::pass);
}

TEST_F(Limits, ACostThatNoSpanAllowsSaysSo) {
  scenario_.hosts[1].refusals = Rate{30, std::chrono::minutes(10)};
  add("a", {}, kRelay);
  EXPECT_EQ(looks({"a"}, {true})[0][0].message,
            "not asked: it draws up to 40 refusals, and `limits` of 'new' allows 30/10m");
}

TEST_F(Limits, WithoutALimitNothingIsWithheld) {
  add("a", {}, kRelay);
  for (const auto& look : looks({"a"}, {true, false})) EXPECT_EQ(look[0].message, "");
}

TEST_F(Limits, JudgedAgainWhatWasWithheldKeepsItsVerdict) {
  add("a", {}, kLogin);
  RunRecord record;
  record.results = looks({"a"}, {true, false})[1];
  record.observations = seen_.observations;
  const std::string words = record.results[0].message;
  const JudgingNotes notes = judge_again(scenario_, {}, record);
  EXPECT_THAT(notes.as_then, ElementsAre());
  EXPECT_THAT(notes.changed, ElementsAre());
  EXPECT_EQ(record.results[0].message, words);
}

TEST(Rate, IsANumberAndASpan) {
  EXPECT_EQ(to_string(*parse_rate("30/10m")), "30/10m");
  EXPECT_EQ(parse_rate("2/600s")->span, std::chrono::minutes(10));
  for (const char* wrong :
       {"", "30", "/10m", "30/", "0/10m", "-1/10m", "30/0s", "1.5/10m", "30 /10m", "30/10", "x/1h", "999999999999/1h"})
    EXPECT_FALSE(parse_rate(wrong)) << wrong;
}

}  // namespace
}  // namespace drydock::test
