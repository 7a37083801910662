#include "harness/run/judging_again.hpp"

#include "tests/unit/run/engine_fixture.hpp"

namespace drydock::test {
namespace {

class JudgedAgain : public EngineTest {
protected:
  RunRecord record_of(const std::vector<std::string>& ids) {
    RunRecord record;
    record.results = look(ids);
    record.observations = seen_.observations;
    record.phase = "before";
    return record;
  }
};

TEST_F(JudgedAgain, SaysTheSameWhereNothingHasChanged) {
  add("a").expectations.push_back({"fake.said", {Matcher::Op::equals, {std::string("")}, {}, {}, {}}, {}});
  add("b", {"a"});
  add("quiet", {}, kSilent);
  log_.failures_left["a"] = 1;
  RunRecord record = record_of({"a", "b", "quiet"});
  const auto words = [&] {
    std::vector<std::string> all;
    for (const auto& result : record.results)
      all.push_back(result.probe + " " + result.check + " " + std::string(to_string(result.verdict)) + " " +
                    result.message + " " + result.actual.value_or("") + " " + result.cause.value_or(""));
    return all;
  };
  const auto before = words();
  EXPECT_EQ(before.size(), 4U);
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, ElementsAre());
  EXPECT_EQ(words(), before);
}

TEST_F(JudgedAgain, AnExpectationOfTodayMeetsTheFactsOfYesterday) {
  auto& probe = add("a");
  probe.parameters.set("say", "token " + std::string(kTokenMark));
  RunRecord record = record_of({"a"});
  ASSERT_EQ(record.results.size(), 1U);
  scenario_.probes[0].expectations.push_back(
      {"fake.said", {Matcher::Op::contains, {std::string(kTokenMark)}, {}, {}, {}}, {}});
  scenario_.probes[0].expectations.push_back({"fake.said", {Matcher::Op::equals, {std::string("no")}, {}, {}, {}}, {}});
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, ElementsAre());
  ASSERT_EQ(record.results.size(), 3U);
  EXPECT_EQ(record.results[1].verdict, Verdict::pass) << "its token is the observation's";
  EXPECT_EQ(record.results[2].verdict, Verdict::fail);
  EXPECT_EQ(record.results[2].observation, record.observations[0].id);
}

TEST_F(JudgedAgain, EachObservationInThePhaseInWhichItWasMade) {
  add("a").in_phase = {true, false};
  log_.failures_left["a"] = 1;
  RunRecord record = record_of({"a"});
  record.phase = "cut";  // as a journal whose transfer has gone on
  EXPECT_EQ(record.observations[0].phase, "before");
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, ElementsAre());
  EXPECT_EQ(record.results.at(0).verdict, Verdict::fail);
  scenario_.probes[0].in_phase = {false, true};
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, ElementsAre(testing::HasSubstr("a on new in 'before'")));
}

TEST_F(JudgedAgain, AFactThatWasLeftOutWasNotSeen) {
  auto& probe = add("a");
  probe.parameters.set("say", std::string(2'000'000, 'x'));
  RunRecord record = record_of({"a"});
  scenario_.probes[0].expectations.push_back(
      {"fake.said", {Matcher::Op::contains, {std::string("x")}, {}, {}, {}}, {}});
  (void)judge_again(scenario_, {}, record);
  EXPECT_EQ(record.results.back().verdict, Verdict::inconclusive);
}

TEST_F(JudgedAgain, WhereTheScenarioNoLongerLooksTheOldResultStays) {
  add("a");
  add("b");
  log_.failures_left["b"] = 1;
  RunRecord record = record_of({"a", "b"});
  scenario_.probes.pop_back();
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, ElementsAre(testing::HasSubstr("b on new")));
  ASSERT_EQ(record.results.size(), 2U);
  EXPECT_EQ(record.results[1].verdict, Verdict::fail);
}

TEST_F(JudgedAgain, WhatIsAskedOtherwiseNowIsNotJudgedByThatAnswer) {
  add("a").parameters.set("say", "one " + std::string(kTokenMark));
  log_.failures_left["a"] = 1;
  RunRecord record = record_of({"a"});
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, testing::IsEmpty()) << "a new token is the same question";
  scenario_.probes[0].parameters.set("say", "two");
  scenario_.probes[0].overrides["fake.right"].off = true;
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then,
              ElementsAre("a on new in 'before': the scenario asks something else now (say); judged as then"));
  ASSERT_EQ(record.results.size(), 1U);
  EXPECT_EQ(record.results[0].verdict, Verdict::fail);
  scenario_.probes[0].parameters.set("say", "one " + std::string(kTokenMark));
  scenario_.probes[0].name = "other.test";
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, ElementsAre(testing::HasSubstr("(name)")));
}

TEST_F(JudgedAgain, AParameterThatOnlyJudgesReadMayChange) {
  add("a").parameters.set("mark", "one");
  RunRecord record = record_of({"a"});
  EXPECT_FALSE(record.observations[0].asked.object().contains("mark"));
  scenario_.probes[0].parameters.set("mark", "two");
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, testing::IsEmpty());
}

TEST_F(JudgedAgain, TellsWhatChangedAndWhatWasNeverLookedAt) {
  add("a");
  add("b");
  log_.failures_left["a"] = 1;
  RunRecord record = record_of({"a"});
  scenario_.probes[0].expectations.push_back({"fake.said", {Matcher::Op::equals, {std::string("")}, {}, {}, {}}, {}});
  record.results[0].verdict = Verdict::pass;  // as an older drydock may have judged
  const JudgingNotes notes = judge_again(scenario_, {}, record);
  EXPECT_THAT(notes.changed, ElementsAre("fake.right of a on new: was pass, is fail",
                                         "expect.said of a on new: pass; there was no such check then"));
  EXPECT_THAT(notes.unseen, ElementsAre("b"));
  scenario_.probes[0].expectations.clear();
  EXPECT_THAT(judge_again(scenario_, {}, record).changed,
              ElementsAre("expect.said of a on new: was pass; there is no such check now"));
}

TEST_F(JudgedAgain, ByTheWaiversOfTodayOnTheDayOfTheRecord) {
  add("a");
  log_.failures_left["a"] = 1;
  RunRecord record = record_of({"a"});
  record.finished = *parse_time("2026-05-05T10:00:00.000Z");
  record.observations[0].started = record.finished;
  record.results[0].waiver = "somebody until 2027-01-01: withdrawn since";
  EXPECT_THAT(judge_again(scenario_, {}, record).changed, testing::IsEmpty());
  EXPECT_EQ(record.results[0].waiver, std::nullopt);
  Waiver waiver;
  waiver.probe = "a";
  waiver.check = "fake.right";
  waiver.as = {"jim", "ann"};
  waiver.because = "known";
  waiver.until = "2026-05-06";
  (void)judge_again(scenario_, {waiver}, record);
  EXPECT_EQ(record.results[0].waiver, "jim, ann until 2026-05-06: known");
  waiver.until = "2026-05-04";
  (void)judge_again(scenario_, {waiver}, record);
  EXPECT_EQ(record.results[0].waiver, std::nullopt);
}

TEST_F(JudgedAgain, WhereASecretWasTakenOutOfAFactTheOldVerdictStays) {
  auto& probe = add("a");
  probe.parameters.set("say", std::string("the word is sesame-open"));
  probe.expectations.push_back({"fake.said", {Matcher::Op::contains, {std::string("sesame-open")}, {}, {}, {}}, {}});
  Redactor redactor;
  redactor.add("sesame-open");
  RunRecord record;
  record.results = look({"a"}, {.token = "run", .redactor = &redactor});
  record.observations = seen_.observations;
  ASSERT_EQ(record.results.at(1).verdict, Verdict::pass);
  const JudgingNotes notes = judge_again(scenario_, {}, record);
  EXPECT_EQ(record.results.at(1).verdict, Verdict::pass);
  EXPECT_THAT(notes.as_then, ElementsAre(testing::HasSubstr("a secret that was seen is not in the record")));
  EXPECT_THAT(notes.changed, testing::IsEmpty());
}

TEST_F(JudgedAgain, ANumberThatIsASecretIsNotInTheRecordAndMayHaveBeenAny) {
  add("a").parameters.set("pin", std::int64_t{471100});
  Redactor redactor;
  redactor.add("471100");
  RunRecord record;
  record.results = look({"a"}, {.token = "run", .redactor = &redactor});
  record.observations = seen_.observations;
  EXPECT_TRUE(record.observations.at(0).asked.object().at("pin").is_string());
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, testing::IsEmpty());
}

TEST_F(JudgedAgain, AFactTooLongToBeKeptLeavesTheOldVerdict) {
  auto& probe = add("a");
  probe.parameters.set("say", std::string(2'000'000, 'x'));
  probe.expectations.push_back({"fake.said", {Matcher::Op::contains, {std::string("x")}, {}, {}, {}}, {}});
  RunRecord record = record_of({"a"});
  ASSERT_EQ(record.results.at(1).verdict, Verdict::pass);
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, ElementsAre(testing::HasSubstr("fake.said is not in")));
  EXPECT_EQ(record.results.at(1).verdict, Verdict::pass);
}

TEST_F(JudgedAgain, AnotherVantageOrAnotherAddressOfAnAccountIsAnotherQuestion) {
  auto& probe = add("a");
  probe.vantage = {"prober", "127.0.0.1", "one.test"};
  probe.parameters.set("as", Account{"jim", "jim", "jim@a.test", Secret("jim")});
  RunRecord record = record_of({"a"});
  scenario_.probes[0].vantage.name = "two.test";
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, ElementsAre(testing::HasSubstr("(vantage)")));
  scenario_.probes[0].vantage.name = "one.test";
  scenario_.probes[0].parameters.set("as", Account{"jim", "jim", "jim@b.test", Secret("jim")});
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, ElementsAre(testing::HasSubstr("(as)")));
}

TEST_F(JudgedAgain, AnInterruptedObservationIsJudgedAsThen) {
  add("a");
  RunRecord record = record_of({"a"});
  record.observations[0].error = {"interrupted", "interrupted", "talk"};
  record.results[0].verdict = Verdict::inconclusive;
  EXPECT_THAT(judge_again(scenario_, {}, record).as_then, ElementsAre(testing::HasSubstr("it was interrupted")));
  EXPECT_EQ(record.results[0].verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace drydock::test
