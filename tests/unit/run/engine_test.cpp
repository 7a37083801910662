#include "harness/run/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "harness/run/judging_again.hpp"
#include "harness/run/recording.hpp"
#include "harness/run/run_plan.hpp"
#include "probes/net/stream.hpp"

namespace drydock {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;

/// What the fake probes did, over one test.
struct Log {
  std::vector<std::string> begun, ended, tokens, switched_off;
  Duration patience{0};
  int under_way = 0, most_under_way = 0;
  std::map<std::string, int> failures_left;  ///< by probe: how many attempts answer wrongly
  bool answers = true;                       ///< false: probes never end
  std::size_t page = 0;                      ///< octets of the page that each probe sees
};
Log* log_of_test = nullptr;

constexpr Fact<bool> kRight{"fake.right", "the answer is right"};
constexpr Fact<std::string> kSaid{"fake.said", "what was said"};
constexpr Fact<Excerpt> kPage{"fake.page", "a page"};

class FakeProbe : public Probe {
public:
  explicit FakeProbe(const Parameters& parameters) : say_(parameters.text("say")) {}
  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    Log& log = *log_of_test;
    const std::string id = context.subject.probe;
    log.begun.push_back(id + "@" + context.subject.host);
    log.tokens.push_back(context.subject.token);
    log.switched_off = context.subject.switched_off;
    log.patience = context.patience;
    log.most_under_way = std::max(log.most_under_way, ++log.under_way);
    out.stage = "talk";
    out.transcript.sent("hello " + say_);
    co_await net::pause(Duration(log.answers ? 20 : 600'000));
    out.set(kRight, log.failures_left[id]-- <= 0);
    out.set(kSaid, say_);
    if (log.page > 0) out.set(kPage, Excerpt(std::string(log.page, 'x')));
    if (context.answered && id == "answering") context.answered->insert(context.subject.ip);
    --log.under_way;
    log.ended.push_back(id + "@" + context.subject.host);
  }

private:
  std::string say_;
};

Judgement judge_right(const Observation& seen, const Subject&) {
  const auto* right = seen.get(kRight);
  if (!right) return not_seen(seen, "the answer");
  if (*right) return Judgement::pass();
  Judgement judgement = Judgement::fail("it is wrong", "right", "wrong");
  judgement.reproduce = "fake --by-hand";
  return judgement;
}

Judgement judge_silence(const Observation&, const Subject& subject) {
  if (subject.address_answered) return Judgement::pass();
  Judgement judgement = Judgement::inconclusive("silence, and no other port answered");
  judgement.depends_on_answer = true;
  return judgement;
}

const ParameterSpec kParameters[] = {{"say", ParameterType::text, "", "what to say"}};
const FactSpec kFacts[] = {kRight.spec(), kSaid.spec()};
const CheckSpec kChecks[] = {
    {"fake.right", "the answer is right", Severity::critical, "RFC 0", "FAKE-01", "", "", "", "", judge_right},
};
const CheckSpec kSilentChecks[] = {
    {"fake.silent", "the port is closed", Severity::critical, "", "FAKE-02", "", "", "", "", judge_silence},
};
std::unique_ptr<const Probe> make_fake(const Parameters& parameters) {
  return std::make_unique<FakeProbe>(parameters);
}
const ProbeType kFake{"fake", "a fake", Aim::host, kParameters, kFacts, kChecks, make_fake};
std::string show_fact(const Observation&, const Subject& subject, std::string_view fact) {
  return fact == kSaid.name ? "fake --show said --to " + subject.ip : "";
}
const ProbeType kShowing{.name = "fake",
                         .summary = "a fake that knows how to show its facts",
                         .parameters = kParameters,
                         .facts = kFacts,
                         .checks = kChecks,
                         .make = make_fake,
                         .by_hand = show_fact};
const ProbeType kSilent{"silent", "a silent fake", Aim::host, kParameters, kFacts, kSilentChecks, make_fake};
const ProbeType kServers{"servers", "asks servers", Aim::name_servers, kParameters, kFacts, kChecks, make_fake};

class EngineTest : public testing::Test {
protected:
  EngineTest() {
    log_of_test = &log_;
    scenario_.phases = {"before", "cut"};
    scenario_.vantages = {{"default", "", ""}};
    scenario_.hosts = {{"old", "127.0.0.10", {"a.test", "a.test"}, {}, {}, {}},
                       {"new", "127.0.0.20", {"b.test", "a.test"}, {}, {}, {}}};
  }
  ProbeDefinition& add(const std::string& id, std::vector<std::string> needs = {}, const ProbeType& type = kFake) {
    ProbeDefinition probe;
    probe.id = id;
    probe.type = &type;
    probe.on = {"new"};
    probe.in_phase = {true, true};
    probe.needs = std::move(needs);
    probe.timeout = Duration(5000);
    probe.pause = Duration(1);
    scenario_.probes.push_back(probe);
    return scenario_.probes.back();
  }
  std::vector<ResultRecord> look(const std::vector<std::string>& ids, EngineOptions options = {}) {
    options.token = "run";
    Engine engine(scenario_, options);
    asio::io_context loop;
    asio::co_spawn(loop, engine.look(ids), [&](const std::exception_ptr& error, LookRecord look) {
      if (error) std::rethrow_exception(error);
      seen_ = std::move(look);
    });
    loop.run();
    chain_ = engine.longest_chain();
    return seen_.results;
  }
  /// What the result of this index was judged from.
  const ObservationRecord& seen(std::size_t result) const {
    return *find_observation(seen_.observations, seen_.results.at(result).observation);
  }
  Log log_;
  LookRecord seen_;
  Scenario scenario_;
  std::vector<std::pair<std::string, Duration>> chain_;
};

TEST_F(EngineTest, RunsWhatAProbeNeedsFirst) {
  add("mail", {"smtp"});
  add("smtp");
  const auto results = look({"mail"});
  EXPECT_THAT(log_.begun, ElementsAre("smtp@new", "mail@new"));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].probe, "mail");  // in the order of the scenario
  EXPECT_EQ(results[0].verdict, Verdict::pass);
  EXPECT_EQ(results[0].spec, "FAKE-01");
  ASSERT_EQ(chain_.size(), 2u);
  EXPECT_EQ(chain_[0].first, "smtp");
}

TEST_F(EngineTest, WhatNeedsAFailedProbeIsInconclusiveAndNamesTheFirstCause) {
  add("a");
  add("b", {"a"});
  add("c", {"b"});
  log_.failures_left["a"] = 1;
  const auto results = look({"a", "b", "c"});
  EXPECT_THAT(log_.begun, ElementsAre("a@new"));
  EXPECT_EQ(results[0].verdict, Verdict::fail);
  EXPECT_EQ(results[1].verdict, Verdict::inconclusive);
  EXPECT_EQ(results[2].verdict, Verdict::inconclusive);
  EXPECT_EQ(results[2].cause, "a");
  EXPECT_THAT(results[2].message, testing::HasSubstr("'b'"));
}

TEST_F(EngineTest, AFailedDegradedCheckDoesNotBlockWhatNeedsTheProbe) {
  add("a").overrides["fake.right"].severity = Severity::degraded;
  add("b", {"a"});
  log_.failures_left["a"] = 1;
  const auto results = look({"b"});
  EXPECT_EQ(results[0].verdict, Verdict::fail);
  EXPECT_EQ(results[0].severity, Severity::degraded);
  EXPECT_EQ(results[1].verdict, Verdict::pass);
}

TEST_F(EngineTest, AProbeOfLowSeverityStillBlocksWhatNeedsIt) {
  add("a").severity = Severity::degraded;
  add("b", {"a"});
  log_.failures_left["a"] = 1;
  EXPECT_EQ(look({"b"})[1].verdict, Verdict::inconclusive);
}

TEST_F(EngineTest, AProbeThatJudgedNothingBlocksWhatNeedsIt) {
  add("a").overrides["fake.right"].off = true;
  add("b", {"a"});
  const auto results = look({"b"});
  EXPECT_EQ(results[0].verdict, Verdict::skip);
  EXPECT_EQ(results[1].verdict, Verdict::inconclusive);
}

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

TEST_F(EngineTest, ANeededProbeThatIsOutOfPhaseDoesNotBlock) {
  add("a").in_phase = {false, true};
  add("b", {"a"});
  const auto results = look({"b"});
  EXPECT_EQ(results[0].verdict, Verdict::skip);
  EXPECT_EQ(results[1].verdict, Verdict::pass);
}

TEST_F(EngineTest, TriesAgainAndKeepsTheFirstFailure) {
  add("a").tries = 3;
  log_.failures_left["a"] = 1;
  const auto results = look({"a"});
  EXPECT_EQ(results[0].verdict, Verdict::pass);
  EXPECT_EQ(seen(0).attempts, 2);
  EXPECT_EQ(seen_.observations.size(), 2U) << "each attempt is an observation";
  EXPECT_THAT(results[0].first_failure.value_or(""), testing::HasSubstr("it is wrong"));
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
  EXPECT_EQ(seen(0).facts.at("fake.said").as_string(), "[secret]");
}

TEST_F(EngineTest, JudgesSilenceWhenTheRunIsOver) {
  add("quiet", {}, kSilent);
  add("answering").timeout = Duration(5000);
  EXPECT_EQ(look({"quiet"})[0].verdict, Verdict::inconclusive);
  EXPECT_EQ(look({"quiet", "answering"})[0].verdict, Verdict::pass);
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
}

TEST_F(EngineTest, AnInterruptedLookLeavesNoProbeOut) {
  add("slow");
  add("quick", {}, kSilent);
  add("later", {"slow"});
  add("out-of-phase").in_phase = {false, true};
  log_.answers = false;
  scenario_.probes[1].timeout = Duration(20);
  Heard heard;
  Engine engine(scenario_, {.token = "run", .listener = &heard});
  asio::io_context loop;
  asio::cancellation_signal stop;
  std::exception_ptr ended;
  asio::co_spawn(
      loop, engine.look({"slow", "quick", "later", "out-of-phase"}),
      asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr& error, const auto&) { ended = error; }));
  while (engine.seen().results.size() < 2 && loop.run_one()) {
  }
  stop.emit(asio::cancellation_type::all);
  loop.run();
  EXPECT_TRUE(ended);
  const LookRecord look = engine.seen();
  const auto& results = look.results;
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[0].probe, "slow");
  EXPECT_EQ(results[0].verdict, Verdict::inconclusive);
  EXPECT_THAT(results[0].message, testing::MatchesRegex("interrupted after 0\\.[0-9] s"));
  const ObservationRecord* slow = find_observation(look.observations, results[0].observation);
  ASSERT_TRUE(slow);
  EXPECT_GT(slow->duration_ms, 0);
  ASSERT_EQ(slow->transcript.size(), 1u) << "what it had said until then is evidence";
  EXPECT_EQ(results[1].probe, "quick");
  EXPECT_THAT(results[1].message, testing::HasSubstr("silence")) << "it had ended";
  EXPECT_EQ(results[2].verdict, Verdict::inconclusive);
  EXPECT_EQ(results[2].message, "not looked at: interrupted before it began");
  EXPECT_EQ(results[3].verdict, Verdict::skip);
  EXPECT_THAT(heard.probes, testing::UnorderedElementsAre("slow", "quick", "later", "out-of-phase"));
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
TEST_F(EngineTest, PlansEachNeedOnce) {
  add("base").on = {"old", "new"};
  add("here", {"base"});
  add("elsewhere", {"here"}).on = {"old"};
  add("later").in_phase = {false, true};
  add("needs-later", {"later"});
  const auto plan = plan_look(scenario_, {"elsewhere", "needs-later"}, {}, 0);
  ASSERT_EQ(plan.size(), 6U);
  EXPECT_EQ(plan[2].instance.probe->id, "here");
  EXPECT_THAT(plan[2].needs, ElementsAre(1U)) << "on the same host, where it runs there";
  EXPECT_THAT(plan[3].needs, ElementsAre(2U)) << "else everywhere";
  EXPECT_THAT(plan[4].skip, testing::HasSubstr("out of phase"));
  EXPECT_THAT(plan[5].needs, ElementsAre()) << "what is out of phase is not waited for";
}

class TwoFamilies : public EngineTest {
protected:
  void SetUp() override {
    scenario_.hosts[1].other_addresses = {"::1"};
    scenario_.vantages = {{"prober", "127.0.0.9", ""}};
    scenario_.vantage_addresses["prober"] = {"127.0.0.9", "::9"};
    scenario_.dns.authoritative = {"127.0.0.53", "[::53]:5353"};
  }
  /// `probe ADDRESS from ADDRESS`, or why not.
  std::vector<std::string> planned(const std::vector<std::string>& ids) {
    std::vector<std::string> all;
    for (const auto& one : plan_look(scenario_, ids, {}, 0)) {
      const Subject& subject = one.instance.subject;
      all.push_back(one.instance.probe->id + " " + subject.ip + " from " + subject.vantage.address + one.skip);
    }
    return all;
  }
  ProbeDefinition& dialled(const std::string& id, std::vector<std::string> needs = {}, const ProbeType& type = kFake) {
    auto& probe = add(id, std::move(needs), type);
    probe.vantage = scenario_.vantages.front();
    return probe;
  }
};

TEST_F(TwoFamilies, EachAddressIsLookedAtFromAnAddressOfItsFamily) {
  dialled("a").on = {"old", "new"};
  EXPECT_THAT(planned({"a"}),
              ElementsAre("a 127.0.0.10 from 127.0.0.9", "a 127.0.0.20 from 127.0.0.9", "a ::1 from ::9"));
  scenario_.probes[0].family = Family::ipv6;
  EXPECT_THAT(planned({"a"}), ElementsAre(testing::HasSubstr("'old' has no IPv6 address"), "a ::1 from ::9"));
  auto& names = dialled("names", {}, kServers);
  names.on = {"dns"};
  EXPECT_THAT(planned({"names"}), ElementsAre("names 127.0.0.53 from 127.0.0.9", "names ::53 from ::9"));
  scenario_.probes[1].family = Family::ipv4;
  EXPECT_THAT(planned({"names"}), ElementsAre("names 127.0.0.53 from 127.0.0.9"));
}

TEST_F(TwoFamilies, WithoutAnAddressToDialFromAFamilyIsSkippedAndSaysSo) {
  scenario_.vantage_addresses.clear();
  dialled("a");
  const auto results = look({"a"});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].verdict, Verdict::pass);
  EXPECT_EQ(results[1].verdict, Verdict::skip);
  EXPECT_EQ(results[1].address, "::1");
  EXPECT_EQ(results[1].message, "not looked at: the vantage 'prober' has no IPv6 address to dial ::1 from");
}

TEST_F(TwoFamilies, AHostWithoutTheFamilyIsASkipAndNotLeftOut) {
  dialled("a").on = {"old"};
  scenario_.probes[0].family = Family::ipv6;
  const auto results = look({"a"});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].verdict, Verdict::skip);
  EXPECT_EQ(results[0].message, "not looked at: 'old' has no IPv6 address");
  scenario_.dns.authoritative = {"127.0.0.53"};
  auto& names = dialled("names", {}, kServers);
  names.on = {"dns"};
  names.family = Family::ipv6;
  const auto servers = look({"names"});
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(servers[0].message, "not looked at: none of the name servers has an IPv6 address");
}

TEST_F(TwoFamilies, OneAddressThatFailsBlocksWhatNeedsItThereAlone) {
  dialled("a");
  dialled("b", {"a"});
  log_.failures_left["a"] = 1;  // of the first to run, which is IPv4's
  const auto results = look({"b"});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].verdict, Verdict::fail);
  EXPECT_EQ(results[1].verdict, Verdict::pass);
  EXPECT_EQ(results[2].verdict, Verdict::inconclusive);
  EXPECT_EQ(results[2].address, "127.0.0.20");
  EXPECT_EQ(results[3].verdict, Verdict::pass);
}

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
    EXPECT_EQ(seen(i).facts.contains("fake.said"), seen(i).left_out.empty());
    if (seen(i).left_out.empty()) kept += seen(i).facts.at("fake.said").as_string().size();
  }
  EXPECT_GT(kept, TextAllowance::kOfALook - 2 * kLong);
  EXPECT_LE(kept, TextAllowance::kOfALook);
  add("longest").parameters.set("say", std::string(2 * kLong, 'x'));
  look({"longest"});
  EXPECT_THAT(seen(0).left_out, ElementsAre("fake.said"));
}

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
  EXPECT_THAT(judge_again(scenario_, record), ElementsAre());
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
  EXPECT_THAT(judge_again(scenario_, record), ElementsAre());
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
  EXPECT_THAT(judge_again(scenario_, record), ElementsAre());
  EXPECT_EQ(record.results.at(0).verdict, Verdict::fail);
  scenario_.probes[0].in_phase = {false, true};
  EXPECT_THAT(judge_again(scenario_, record), ElementsAre(testing::HasSubstr("a on new in 'before'")));
}

TEST_F(JudgedAgain, AFactThatWasLeftOutWasNotSeen) {
  auto& probe = add("a");
  probe.parameters.set("say", std::string(2'000'000, 'x'));
  RunRecord record = record_of({"a"});
  scenario_.probes[0].expectations.push_back(
      {"fake.said", {Matcher::Op::contains, {std::string("x")}, {}, {}, {}}, {}});
  (void)judge_again(scenario_, record);
  EXPECT_EQ(record.results.back().verdict, Verdict::inconclusive);
}

TEST_F(JudgedAgain, WhereTheScenarioNoLongerLooksTheOldResultStays) {
  add("a");
  add("b");
  log_.failures_left["b"] = 1;
  RunRecord record = record_of({"a", "b"});
  scenario_.probes.pop_back();
  EXPECT_THAT(judge_again(scenario_, record), ElementsAre(testing::HasSubstr("b on new")));
  ASSERT_EQ(record.results.size(), 2U);
  EXPECT_EQ(record.results[1].verdict, Verdict::fail);
}

}  // namespace
}  // namespace drydock
