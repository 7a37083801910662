#include "harness/run/engine.hpp"
#include "harness/run/places.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <functional>

#include "harness/run/recording.hpp"
#include "harness/run/run_plan.hpp"
#include "tests/unit/run/engine_fixture.hpp"

namespace drydock::test {
namespace {

TEST_F(EngineTest, TellsAProbeWhatIsSwitchedOffAndHowLongAConnectionMayTake) {
  ProbeDefinition& probe = add("a");
  probe.overrides["fake.right"].off = true;
  probe.overrides["fake.other"].severity = Severity::advisory;
  probe.patience = Duration(700);
  look({"a"});
  EXPECT_THAT(log_.switched_off, ElementsAre("fake.right"));
  EXPECT_EQ(log_.patience, Duration(700));
}

TEST_F(EngineTest, OutOfPhaseIsASkipAndNothingIsSent) {
  add("a").in_phase = {false, true};
  const auto results = look({"a"});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].verdict, Verdict::skip);
  EXPECT_EQ(results[0].check, "probe");
  EXPECT_THAT(log_.begun, ElementsAre());
}

TEST_F(EngineTest, TriesAgainAndKeepsTheFirstFailure) {
  add("a").tries = 3;
  log_.failures_left["a"] = 1;
  const auto results = look({"a"});
  EXPECT_EQ(results[0].verdict, Verdict::pass);
  EXPECT_EQ(seen(0).attempts, 2);
  ASSERT_EQ(seen_.observations.size(), 2U) << "each attempt is an observation";
  for (const auto& attempt : seen_.observations) EXPECT_GE(attempt.duration_ms, 15);
  EXPECT_LT(*seen_.observations[0].started, *seen_.observations[1].started) << "with its own time";
  EXPECT_THAT(results[0].first_failure.value_or(""), testing::HasSubstr("it is wrong"));
}

TEST_F(EngineTest, WaitsTwiceAsLongAfterWhatStaysInconclusive) {
  add("a").tries = 4;
  scenario_.probes[0].pause = Duration(50);
  log_.not_now_left = 3;
  const auto begun = Clock::now();
  EXPECT_EQ(look({"a"})[0].verdict, Verdict::pass);
  EXPECT_EQ(seen(0).attempts, 4);
  EXPECT_GE(Clock::now() - begun, Duration(100 + 200 + 400));
}

TEST_F(EngineTest, WhereALaterConnectionWasTurnedAwayItComesAgain) {
  add("a");
  log_.put_off_left = 1;
  look({"a"});
  EXPECT_EQ(log_.begun.size(), 2U);
  EXPECT_EQ(seen_.results.front().verdict, Verdict::pass);
}

TEST_F(EngineTest, WhereItIsTurnedAwayItComesAgainWithFewerBesides) {
  for (const char* id : {"a", "b", "c", "d", "e", "f"}) add(id);
  log_.most_that_are_taken = 2;
  for (const auto& result : look({"a", "b", "c", "d", "e", "f"}))
    EXPECT_EQ(result.verdict, Verdict::pass) << result.probe;
  EXPECT_GT(seen_.observations.size(), 6U) << "some were turned away, and came again";
  log_.most_that_are_taken = 0;
  const auto away = look({"a"});
  EXPECT_EQ(away[0].verdict, Verdict::inconclusive) << "a server that never takes it is not asked for ever";
  EXPECT_EQ(seen(0).attempts, 3);
}

TEST_F(EngineTest, GivesUpAfterItsTries) {
  add("a").tries = 2;
  log_.failures_left["a"] = 9;
  const auto results = look({"a"});
  EXPECT_EQ(results[0].verdict, Verdict::fail);
  EXPECT_EQ(seen(0).attempts, 2);
  EXPECT_EQ(seen_.observations.size(), 2U) << "each attempt is an observation";
}

TEST_F(EngineTest, KeepsTheLimitPerHost) {
  for (int i = 0; i < 10; ++i) add("p" + std::to_string(i));
  std::vector<std::string> ids;
  for (const auto& probe : scenario_.probes) ids.push_back(probe.id);
  look(ids);
  EXPECT_EQ(log_.most_under_way, 4);
  scenario_.hosts[1].connections = 3;
  log_.most_under_way = 0;
  look(ids);
  EXPECT_EQ(log_.most_under_way, 3);
  EXPECT_EQ(log_.ended.size(), 20u);
}

TEST_F(EngineTest, KeepsTheLimitOverAllAddresses) {
  for (int i = 0; i < 6; ++i) add("p" + std::to_string(i)).on = {"old", "new"};
  std::vector<std::string> ids;
  for (const auto& probe : scenario_.probes) ids.push_back(probe.id);
  EngineOptions options;
  options.at_once = 5;
  look(ids, options);
  EXPECT_EQ(log_.most_under_way, 5);
  EXPECT_EQ(log_.ended.size(), 12u);
  EXPECT_GE(probes_at_once(), 1);
}

TEST_F(EngineTest, EveryObservationHasATokenOfItsOwnOfOneLength) {
  add("a").tries = 2;
  add("b");
  log_.failures_left["a"] = 1;
  look({"a", "b"});
  const std::set<std::string> tokens(log_.tokens.begin(), log_.tokens.end());
  ASSERT_EQ(tokens.size(), 3u);
  for (const auto& token : tokens) {
    EXPECT_EQ(token.size(), tokens.begin()->size());
    EXPECT_TRUE(token.starts_with("run-"));
  }
}

TEST_F(EngineTest, PutsTheTokenIntoParametersAndExpectations) {
  auto& probe = add("a");
  probe.parameters.set("say", std::string("token ") + std::string(kTokenMark));
  probe.expectations.push_back({"fake.said", {Matcher::Op::contains, {std::string(kTokenMark)}, {}, {}, {}}, {}});
  const auto results = look({"a"});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1].check, "expect.said");
  EXPECT_EQ(results[1].verdict, Verdict::pass) << results[1].message;
}

TEST_F(EngineTest, LendsAFailedExpectationTheCommandOfItsType) {
  add("a").expectations.push_back({"fake.said", {Matcher::Op::equals, {std::string("other")}, {}, {}, {}}, {}});
  log_.failures_left["a"] = 1;
  const auto results = look({"a"});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1].verdict, Verdict::fail);
  EXPECT_EQ(results[1].reproduce, "fake --by-hand");
}

TEST_F(EngineTest, GivesAFailedExpectationTheCommandThatShowsItsFact) {
  auto& probe = add("a", {}, kShowing);
  probe.expectations.push_back({"fake.said", {Matcher::Op::equals, {std::string("other")}, {}, {}, {}}, {}});
  probe.expectations.push_back({"fake.right", {Matcher::Op::equals, {true}, {}, {}, {}}, {}});
  log_.failures_left["a"] = 1;
  const auto results = look({"a"});
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[1].reproduce, "fake --show said --to 127.0.0.20");
  EXPECT_EQ(results[2].reproduce, "fake --by-hand") << "its type knows none for this fact";
}

TEST_F(EngineTest, KeepsOnlyTheEndsOfALongTalkThatPassed) {
  add("a");
  log_.talk = 3 * static_cast<int>(kEndOfTalk);
  look({"a"});
  const auto& ends = seen(0).transcript;
  ASSERT_EQ(ends.size(), 2 * kEndOfTalk + 1);
  EXPECT_EQ(ends[kEndOfTalk - 1].text, fmt::format("line {}", kEndOfTalk - 1)) << "the first line is ours";
  EXPECT_EQ(ends[kEndOfTalk].direction, '*');
  EXPECT_EQ(ends[kEndOfTalk].text, "13 lines of what passed were not kept (--verbose keeps them)");
  EXPECT_EQ(ends[kEndOfTalk + 1].text, fmt::format("line {}", 2 * kEndOfTalk + 1));
  EXPECT_EQ(ends.back().text, fmt::format("line {}", log_.talk));
  EngineOptions whole;
  whole.whole_transcripts = true;
  look({"a"}, whole);
  EXPECT_EQ(seen(0).transcript.size(), 1 + static_cast<std::size_t>(log_.talk));
  log_.failures_left["a"] = 1;
  look({"a"});
  EXPECT_EQ(seen(0).transcript.size(), 1 + static_cast<std::size_t>(log_.talk)) << "of what failed all is evidence";
}

TEST_F(EngineTest, HasNoCommandForWhatPassed) {
  add("a", {}, kTelling);
  EXPECT_EQ(look({"a"}).at(0).reproduce, std::nullopt);
  log_.failures_left["a"] = 1;
  EXPECT_EQ(look({"a"}).at(0).reproduce, "fake --by-hand");
}

TEST_F(EngineTest, KeepsNoPageThatHasBeenJudged) {
  constexpr int kPages = 96;
  log_.page = 8 << 20;
  std::vector<std::string> ids;
  for (int i = 0; i < kPages; ++i) ids.push_back("page-" + std::to_string(i));
  for (const std::string& id : ids) add(id);
  const auto resident = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
  };
  const std::size_t before = resident();
  EXPECT_EQ(look(ids).size(), ids.size());
  EXPECT_LT(resident() - before, log_.page * kPages / 2);
}

/// Meets a connection as often as the log says, and silence after that.
class DiallingProbe : public Probe {
public:
  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    out.address = context.subject.target.ip + ":25";
    out.stage = "connect";
    if (log_of_test->failures_left["taken"]-- <= 0) throw Failure(ErrorKind::timeout, "no answer in time");
    out.set(kRight, true);
    co_return;
  }
};
std::unique_ptr<const Probe> make_dialling(const Parameters&) {
  return std::make_unique<DiallingProbe>();
}
const ProbeType kDialling{"fake", "a fake that dials", {Aim::host}, kParameters, kFacts, kChecks, make_dialling};

TEST_F(EngineTest, SilenceWhereAConnectionWasMetBeforeMayBeABan) {
  add("a", {}, kDialling);
  add("b", {"a"}, kDialling).tries = 2;
  log_.failures_left["taken"] = 1;
  const auto after = look({"a", "b"});
  EXPECT_EQ(after[0].hint, std::nullopt);
  EXPECT_EQ(after[1].verdict, Verdict::inconclusive);
  EXPECT_THAT(after[1].hint.value_or(""), testing::HasSubstr("fail2ban: ignoreip"));
  log_.failures_left["taken"] = 0;
  EXPECT_EQ(look({"a"})[0].hint, std::nullopt) << "nobody has answered in this run";
}

TEST_F(EngineTest, CutsAProbeAtItsDeadlineAndKeepsWhatWasSeen) {
  add("a").timeout = Duration(30);
  log_.answers = false;
  const auto results = look({"a"});
  EXPECT_EQ(results[0].verdict, Verdict::inconclusive);
  EXPECT_EQ(results[0].stage, "talk");
  ASSERT_EQ(seen(0).transcript.size(), 1u);
  EXPECT_EQ(seen(0).error.value().kind, "timeout");
}

TEST_F(EngineTest, RemovesSecretsFromEverythingItTells) {
  add("a").parameters.set("say", std::string("sesame-open"));
  Redactor redactor;
  redactor.add("sesame-open");
  EngineOptions options;
  options.redactor = &redactor;
  look({"a"}, options);
  EXPECT_EQ(seen(0).transcript[0].text, "hello [secret]");
  EXPECT_EQ(seen(0).facts.object().at("fake.said").as_string(), "[secret]");
}

TEST_F(EngineTest, ATextThatMustHoldSomethingIsAMarkerAndOneThatMayBeEmptyIsNone) {
  const auto markers = [&](Matcher matcher, std::string fact = "fake.said") {
    scenario_.probes.clear();
    add("a").expectations.push_back({std::move(fact), std::move(matcher), {}});
    return plan_look(scenario_, {"a"}, {}, 0).at(0).instance.subject.expected.markers;
  };
  const Matcher holds{Matcher::Op::contains, {std::string("Starship")}, {}, {}, {}};
  EXPECT_THAT(markers(holds), ElementsAre("said"));
  EXPECT_THAT(markers({Matcher::Op::not_, {}, {}, {holds}, {}}), ElementsAre());
  EXPECT_THAT(markers({Matcher::Op::all_of, {}, {}, {{Matcher::Op::not_, {}, {}, {holds}, {}}, holds}, {}}),
              ElementsAre("said"));
  EXPECT_THAT(markers({Matcher::Op::matches, {}, ".*", {}, {}}), ElementsAre());
  EXPECT_THAT(markers({Matcher::Op::matches, {}, ".", {}, {}}), ElementsAre());
  EXPECT_THAT(markers({Matcher::Op::not_, {}, {}, {{Matcher::Op::equals, {std::string()}, {}, {}, {}}}, {}}),
              ElementsAre());
  EXPECT_THAT(markers({Matcher::Op::contains, {std::string("<html")}, {}, {}, {}}), ElementsAre());
  EXPECT_THAT(markers({Matcher::Op::absent, {}, {}, {}, {}}), ElementsAre());
  EXPECT_THAT(markers({Matcher::Op::equals, {true}, {}, {}, {}}, "fake.right"), ElementsAre());
}

TEST_F(EngineTest, AsksEachNameServerByItself) {
  scenario_.dns.authoritative = {"127.0.0.53", "127.0.0.54:5353"};
  auto& probe = add("names", {}, kServers);
  probe.on = {"dns"};
  probe.parameters.set("ask", std::vector<std::string>{"authoritative"});
  const auto results = look({"names"});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].host, "dns");
  EXPECT_EQ(results[1].address, "127.0.0.54");
}

/// What was told as it came.
struct Heard : RunListener {
  std::vector<std::string> probes;
  void result(const ResultRecord& result) override { probes.push_back(result.probe); }
};

TEST_F(EngineTest, AnInterruptionBetweenTwoAttemptsCountsNoneTwice) {
  auto& probe = add("a");
  probe.tries = 2;
  probe.pause = std::chrono::hours(1);
  log_.failures_left["a"] = 9;
  Engine engine(scenario_, {.token = "run"});
  asio::io_context loop;
  asio::cancellation_signal stop;
  asio::co_spawn(loop, engine.look({"a"}),
                 asio::bind_cancellation_slot(stop.slot(), [](const std::exception_ptr&, const auto&) {}));
  while (engine.seen().observations.empty() && loop.run_one()) {
  }
  stop.emit(asio::cancellation_type::all);
  loop.run();
  const LookRecord look = engine.seen();
  ASSERT_EQ(look.observations.size(), 1U);
  ASSERT_EQ(look.results.size(), 1U);
  EXPECT_THAT(look.results[0].message, testing::HasSubstr("interrupted after"));
  EXPECT_THAT(look.results[0].message, testing::HasSubstr("until then: fake.right fail: it is wrong"));
  EXPECT_FALSE(look.results[0].observation) << "the verdict is not that of what was seen";
}

TEST_F(EngineTest, AnInterruptedLookLeavesNoProbeOut) {
  add("slow");
  add("quick", {}, kSilent);
  add("later", {"slow"});
  add("out-of-phase").in_phase = {false, true};
  add("as-quick");  // begins after `quick` and ends after it
  log_.answers = false;
  scenario_.probes[1].timeout = scenario_.probes[4].timeout = Duration(20);
  Heard heard;
  Engine engine(scenario_, {.token = "run", .listeners = {&heard}});
  asio::io_context loop;
  asio::cancellation_signal stop;
  std::exception_ptr ended;
  asio::co_spawn(
      loop, engine.look({"slow", "quick", "later", "out-of-phase", "as-quick"}),
      asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr& error, const auto&) { ended = error; }));
  while (engine.seen().results.empty() && loop.run_one()) {
  }
  stop.emit(asio::cancellation_type::all);
  loop.run();
  EXPECT_TRUE(ended);
  const LookRecord look = engine.seen();
  const auto& results = look.results;
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results[0].probe, "slow");
  EXPECT_EQ(results[0].verdict, Verdict::inconclusive);
  EXPECT_THAT(results[0].message, testing::MatchesRegex("interrupted after 0\\.[0-9] s"));
  const ObservationRecord* slow = find_observation(look.observations, results[0].observation);
  ASSERT_TRUE(slow);
  EXPECT_GT(slow->duration_ms, 0);
  ASSERT_EQ(slow->transcript.size(), 1u) << "what it had said until then is evidence";
  EXPECT_EQ(results[1].probe, "quick");
  EXPECT_THAT(results[1].message, testing::HasSubstr("silence")) << "it had ended, and only waited for others";
  EXPECT_EQ(results[2].verdict, Verdict::inconclusive);
  EXPECT_EQ(results[2].message, "not looked at: interrupted before it began");
  EXPECT_EQ(results[3].verdict, Verdict::skip);
  EXPECT_THAT(heard.probes, testing::UnorderedElementsAre("slow", "quick", "later", "out-of-phase", "as-quick"));
}

TEST(Select, OrsWithinAKindAndAndsTheKinds) {
  Scenario scenario;
  const auto add = [&](std::string id, std::string host, std::vector<std::string> tags) {
    ProbeDefinition probe;
    probe.id = std::move(id);
    probe.on = {std::move(host)};
    probe.tags = std::move(tags);
    scenario.probes.push_back(probe);
  };
  add("crew-cgi", "new", {"web"});
  add("crew-ssi", "old", {"web"});
  add("smtp", "new", {"mail"});
  EXPECT_THAT(select_probes(scenario, {{"new"}, {}, {}}), ElementsAre("crew-cgi", "smtp"));
  EXPECT_THAT(select_probes(scenario, {{}, {"crew-*", "smtp"}, {"web"}}), ElementsAre("crew-cgi", "crew-ssi"));
  EXPECT_THAT(select_probes(scenario, {{"old"}, {"smtp"}, {}}), ElementsAre());
}

TEST_F(EngineTest, WaitsInTheOrderOfArrivalAndWakesOneForEachPlace) {
  constexpr int kMany = 300;
  std::vector<std::string> ids, wanted;
  for (int i = 0; i < kMany; ++i) ids.push_back(add("p" + std::to_string(i)).id);
  for (const auto& id : ids) wanted.push_back(id + "@new");
  scenario_.hosts[1].connections = 50;
  look(ids);
  EXPECT_EQ(log_.most_under_way, 50);
  EXPECT_EQ(log_.begun, wanted);
}

/// The plan's cost is told by what it makes, not by a clock: each need is joined once.
TEST_F(EngineTest, LongTextsAreLeftOutByNameWhereALookHasKeptEnough) {
  constexpr std::size_t kLong = 1'000'000;
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) {
    add("p" + std::to_string(i)).parameters.set("say", std::string(kLong, 'x'));
    ids.push_back(scenario_.probes.back().id);
  }
  look(ids);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(seen(i).facts.object().contains("fake.said"), seen(i).left_out.empty());
    if (seen(i).left_out.empty()) kept += seen(i).facts.object().at("fake.said").as_string().size();
  }
  EXPECT_GT(kept, TextAllowance::kOfALook - 2 * kLong);
  EXPECT_LE(kept, TextAllowance::kOfALook);
  add("longest").parameters.set("say", std::string(2 * kLong, 'x'));
  look({"longest"});
  EXPECT_THAT(seen(0).left_out, ElementsAre("fake.said"));
}
}  // namespace
}  // namespace drydock::test
