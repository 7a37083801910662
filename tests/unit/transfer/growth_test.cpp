// A journal grows slowly however long a gate holds, and keeps what a person needs to see.
#include <gmock/gmock.h>

#include <filesystem>

#include "harness/transfer/transfer_log.hpp"
#include "tests/support/whole_journal.hpp"
#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {
namespace {

class Growth : public TransferTest {
protected:
  void SetUp() override {
    StepDefinition one = step("one", {action("a")});
    one.before = {"g"};
    scenario.transfer = {one};
    GateDefinition& gate = scenario.gates.front();
    gate.probes.clear();
    for (int i = 0; i < 50; ++i) gate.probes.push_back("p" + std::to_string(i));
    gate.every = Duration(5000);
    gate.within = std::chrono::minutes(50);
    gate.wait_on_fail = true;
    world.talk = [](ObservationRecord& seen) {
      for (int line = 0; line < 40; ++line)
        seen.transcript.push_back({1.0 * line, '<', seen.probe + std::string(60, 'x')});
    };
    world.dress = [](ResultRecord& result) {
      result.message = "no answer within 30 s; queue id " + std::to_string(std::hash<std::string>{}(result.probe));
    };
  }
  /// Octets of the journal on the disk, its log included.
  std::uintmax_t octets() const {
    std::uintmax_t sum = 0;
    for (const char* suffix : {"", "-wal"}) {
      std::error_code none;
      const auto size = std::filesystem::file_size(options_path() + suffix, none);
      if (!none) sum += size;
    }
    return sum;
  }
  std::string options_path() const { return default_journal(scenario.file); }
  std::vector<JournalEntry> looks() {
    std::vector<JournalEntry> all;
    for (auto& entry : whole_journal(options().journal).entries)
      if (entry.kind == event::Looked::kKind) all.push_back(entry);
    return all;
  }
};

/// A week of a gate at `every: 5s` is 121,000 looks; 100 MB leave 826 octets for each.
constexpr std::uintmax_t kOctetsALook = 826;

TEST_F(Growth, AGateThatHoldsCostsAFewHundredOctetsALook) {
  world.verdict = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  world.look_takes = Duration(0);
  EXPECT_EQ(go().exit, 4);
  EXPECT_GT(world.looks, 500);
  const auto all = looks();
  ASSERT_EQ(all.size(), static_cast<std::size_t>(world.looks));
  // The first look is for the start of the transfer too, so that the second is the first of the gate alone.
  for (std::size_t i = 2; i + 1 < all.size(); ++i) ASSERT_LT(all[i].payload.size(), 700U) << i;
  EXPECT_GT(all.front().payload.size(), 100'000U) << "the first look has no conversation";
  EXPECT_GT(all.back().payload.size(), 100'000U) << "the last look has no conversation";
  EXPECT_LT(octets(), kOctetsALook * all.size() + 3 * all.front().payload.size());
}

TEST_F(Growth, AGateThatWaversBetweenVerdictsKeepsEachOnce) {
  world.verdict = [](const std::string& probe, int look, std::size_t) {
    return probe == "p7" && look % 2 ? Verdict::fail : Verdict::inconclusive;
  };
  EXPECT_NE(go().exit, 0);
  const auto all = looks();
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const JournalEntry& e) { return e.payload.size() > 1000; }), 4);
}

TEST_F(Growth, AHoldThatIsRunAgainAndAgainKeepsWhatItSawOnce) {
  scenario.gates.front().within = Duration(10'000);
  world.verdict = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  for (int i = 0; i < 30; ++i) ASSERT_EQ(go().exit, 4);
  const auto all = looks();
  EXPECT_GE(all.size(), 60U);
  EXPECT_LE(std::count_if(all.begin(), all.end(), [](const JournalEntry& e) { return e.payload.size() > 1000; }), 4);
}

TEST_F(Growth, WhatARepeatedLookSawIsInTheReport) {
  scenario.gates.front().within = Duration(60'000);
  world.verdict = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  EXPECT_EQ(go().exit, 4);
  EXPECT_EQ(go().exit, 4);
  const RunRecord record = record_of_journal(options().journal);
  ASSERT_EQ(record.results.size(), 51U) << "those of the gate, and that of the start";
  EXPECT_EQ(record.results.back().verdict, Verdict::inconclusive);
  const ObservationRecord* seen = find_observation(record.observations, record.results.back().observation);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->transcript.size(), 40U);
  EXPECT_GT(record.results.back().look.value_or(0), 5);
}

TEST_F(Growth, TheJournalIsToldWithoutALineForEveryRepeatedLook) {
  world.verdict = [](auto&, int, std::size_t) { return Verdict::inconclusive; };
  EXPECT_EQ(go().exit, 4);
  std::ostringstream words;
  EXPECT_EQ(history(options().journal, false, words, words), 0);
  EXPECT_LT(words.str().size(), 5000U);
  EXPECT_THAT(words.str(), ::testing::HasSubstr("more times, as before, the last at"));
  EXPECT_LT(err.str().size(), 3000U) << err.str();
  EXPECT_THAT(err.str(), ::testing::ContainsRegex("as before \\([0-9]+ times\\)"));
}

}  // namespace
}  // namespace drydock::test
