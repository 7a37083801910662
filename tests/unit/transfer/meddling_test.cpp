// Somebody sets the clock or edits the scenario while a transfer is under way.
#include <gmock/gmock.h>

#include "harness/transfer/transfer_log.hpp"
#include "tests/unit/transfer/crash.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;

constexpr Duration kWait{600'000};

class ClockIsSet : public CrashTest, public ::testing::WithParamInterface<std::chrono::hours> {
protected:
  void SetUp() override {
    CrashTest::SetUp();
    scenario.transfer[2].run = {wait(kWait), action("d")};
  }
};

TEST_P(ClockIsSet, AtAnyBoundaryTheTransferEnds) {
  int n = 1;
  while (meddled_at_boundary(
      n, [&](const std::string&) { world.wall += GetParam(); },
      [&] {
        const Clock::time_point before = world.time;
        EXPECT_EQ(carry_to_the_end(), 0) << said();
        EXPECT_GE(world.time - before, kWait) << "the wait was cut short";
        EXPECT_LT(world.time - before, 2 * kWait) << "the wait took longer";
      })) {
    SCOPED_TRACE(testing::Message() << "boundary " << n);
    expect_all_done_once();
    if (HasFailure()) return;
    forget();
    ++n;
  }
  EXPECT_GT(n, 50);
}

TEST_P(ClockIsSet, AfterAKillAtAnyBoundaryTheTransferEnds) {
  int n = 1;
  for (; killed_at_boundary(n, [&] { return carry_to_the_end(); }); ++n) {
    SCOPED_TRACE(testing::Message() << "boundary " << n);
    world.wall += GetParam();
    const Clock::time_point before = world.time;
    EXPECT_EQ(carry_to_the_end(), 0) << said();
    EXPECT_LT(world.time - before, 2 * kWait) << "what was left of the wait was reckoned by the clock that was set";
    expect_all_done_once();
    if (HasFailure()) return;
    forget();
  }
  EXPECT_GT(n, 50);
}

INSTANTIATE_TEST_SUITE_P(Transfer, ClockIsSet, ::testing::Values(std::chrono::hours(-1), std::chrono::hours(24)),
                         [](const auto& jump) { return jump.param.count() < 0 ? "BackAnHour" : "ForwardADay"; });

class ScenarioIsEdited : public CrashTest, public ::testing::WithParamInterface<std::size_t> {
protected:
  StepDefinition& edited() { return scenario.transfer[GetParam()]; }
  StepStanding standing() {
    if (!journal_exists(options().journal)) return {};
    return stand(outline_of(scenario), TransferLog::read(options().journal).events()).steps[GetParam()];
  }
  /// The command asks and does nothing.
  void expect_asked() {
    const std::size_t acts = done().size();
    EXPECT_EQ(go().exit, 5) << said();
    EXPECT_EQ(done().size(), acts) << "something was done by a text that nobody has agreed to";
    EXPECT_THAT(said(), HasSubstr("step " + edited().id + " was edited after it"));
    EXPECT_THAT(said(), HasSubstr("as written now: another text"));
    EXPECT_THAT(said(), HasSubstr("drydock mark " + scenario.file + " " + edited().id + " --done"));
  }
  void agree(const StepStanding& now) {
    const bool half_done = now.run.open;
    const auto action = half_done ? std::get<CommandAction>(edited().run[now.run.next].what).argv.at(1) : "";
    EXPECT_EQ(marked(edited().id, !half_done || times(action) > 0 ? "done" : "again"), 0) << said();
  }
};

TEST_P(ScenarioIsEdited, AfterAKillAtAnyBoundaryItIsAskedAboutWhereItHadBegun) {
  int n = 1, asked = 0;
  const std::string text = edited().text;
  for (; killed_at_boundary(n, [&] { return carry_to_the_end(); }); ++n) {
    SCOPED_TRACE(testing::Message() << "boundary " << n);
    edited().text = "another text";
    const StepStanding now = standing();
    if (now.begun || now.finished) {
      ++asked;
      expect_asked();
      n % 2 ? agree(now) : void(edited().text = text);
    }
    EXPECT_EQ(carry_to_the_end(), 0) << said();
    expect_all_done_once();
    if (HasFailure()) return;
    edited().text = text;
    forget();
  }
  EXPECT_GT(asked, 5);
  EXPECT_LT(asked, n - 5) << "it was asked about before it had begun";
}

INSTANTIATE_TEST_SUITE_P(Transfer, ScenarioIsEdited, ::testing::Values(0, 1, 2),
                         [](const auto& step) { return "Step" + std::to_string(step.param); });

}  // namespace
}  // namespace drydock::test
