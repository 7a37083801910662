#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <string>
#include <vector>

#include "harness/run/engine.hpp"
#include "probes/net/stream.hpp"

namespace drydock::test {

namespace asio = boost::asio;
using testing::ElementsAre;

/// What the fake probes did, over one test.
struct Log {
  std::vector<std::string> begun, ended, tokens, switched_off;
  Duration patience{0};
  int under_way = 0, most_under_way = 0;
  std::map<std::string, int> failures_left;  ///< by probe: how many attempts answer wrongly
  int put_off_left = 0;                      ///< so many attempts see nothing, since a later connection is turned away
  int not_now_left = 0;                      ///< so many attempts are told to come later
  int most_that_are_taken = 1000;            ///< of those under way at once; the others are told to come later
  bool answers = true;                       ///< false: probes never end
  std::map<std::string, std::vector<std::string>> answers_at;  ///< by host: of each attempt in turn, then the last
  std::size_t page = 0;                                        ///< octets of the page that each probe sees
  int talk = 0;                                                ///< lines that each probe hears
};
inline Log* log_of_test = nullptr;

inline constexpr Fact<bool> kRight{"fake.right", "the answer is right"};
inline constexpr Fact<std::string> kSaid{"fake.said", "what was said"};
inline constexpr Fact<std::string> kTold{"fake.told", "the answer", Parity::same};
inline constexpr Fact<Excerpt> kPage{"fake.page", "a page"};

class FakeProbe : public Probe {
public:
  explicit FakeProbe(const Parameters& parameters) : say_(parameters.text("say")) {}
  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    Log& log = *log_of_test;
    const std::string id = context.subject.probe;
    log.begun.push_back(id + "@" + context.subject.target.id);
    log.tokens.push_back(context.subject.token);
    log.switched_off = context.subject.switched_off;
    log.patience = context.patience;
    log.most_under_way = std::max(log.most_under_way, ++log.under_way);
    out.stage = "talk";
    out.transcript.sent("hello " + say_);
    for (int line = 1; line <= log.talk; ++line) out.transcript.received("line " + std::to_string(line));
    co_await net::pause(Duration(log.answers ? 20 : 600'000));
    if (log.not_now_left > 0 || log.under_way > log.most_that_are_taken) {
      log.not_now_left = std::max(log.not_now_left - 1, 0), --log.under_way;
      throw Failure(ErrorKind::temporary, "come later");
    }
    if (log.put_off_left-- > 0) {
      out.put_off = true;
      --log.under_way;
      co_return;
    }
    out.set(kRight, log.failures_left[id]-- <= 0);
    out.set(kSaid, say_);
    if (auto& told = log.answers_at[context.subject.target.id]; !told.empty()) {
      if (told.front() == "-") {
        --log.under_way;
        throw Failure(ErrorKind::timeout, "no answer");
      }
      out.set(kTold, told.front());
      if (told.size() > 1) told.erase(told.begin());
    }
    if (log.page > 0) out.set(kPage, Excerpt(std::string(log.page, 'x')));
    if (context.answered && id == "answering") context.answered->insert(context.subject.target.ip);
    --log.under_way;
    log.ended.push_back(id + "@" + context.subject.target.id);
  }

private:
  std::string say_;
};

inline Judgement judge_right(const Observation& seen, const Subject&) {
  const auto* right = seen.get(kRight);
  if (!right) return not_seen(seen, "the answer");
  if (*right) return Judgement::pass();
  Judgement judgement = Judgement::fail("it is wrong", "right", "wrong");
  judgement.reproduce = "fake --by-hand";
  return judgement;
}

inline Judgement judge_and_show(const Observation& seen, const Subject& subject) {
  Judgement judgement = judge_right(seen, subject);
  judgement.reproduce = "fake --by-hand";
  return judgement;
}

inline Judgement judge_silence(const Observation& seen, const Subject&, const Evidence& evidence) {
  if (address_answered(seen, evidence)) return Judgement::pass();
  return Judgement::inconclusive("silence, and no other port answered");
}
inline bool always(const Observation&, const Subject&) {
  return true;
}
inline const JudgedBeside kSilenceBeside{kBesideTheAddress, always, judge_silence};

inline const ParameterSpec kParameters[] = {
    {"say", ParameterType::text, "", "what to say"},
    {.name = "mark", .type = ParameterType::text, .meaning = "what a judge looks for", .only_judged = true}};
inline const FactSpec kFacts[] = {kRight.spec(), kSaid.spec(), kTold.spec()};
inline const CheckSpec kChecks[] = {
    {"fake.right", "the answer is right", Severity::critical, "RFC 0", "FAKE-01", "", "", "", "", judge_right},
};
inline const CheckSpec kTellingChecks[] = {
    {"fake.right", "the answer is right", Severity::critical, "RFC 0", "FAKE-01", "", "", "", "", judge_and_show},
};
inline const CheckSpec kSilentChecks[] = {
    {"fake.silent", "the port is closed", Severity::critical, "", "FAKE-02", "", "", "", "", &kSilenceBeside},
};
inline std::unique_ptr<const Probe> make_fake(const Parameters& parameters) {
  return std::make_unique<FakeProbe>(parameters);
}
inline const ProbeType kFake{"fake", "a fake", {Aim::host}, kParameters, kFacts, kChecks, make_fake};
inline std::string show_fact(const Observation&, const Subject& subject, std::string_view fact) {
  return fact == kSaid.name ? "fake --show said --to " + subject.target.ip : "";
}
inline const ProbeType kShowing{.name = "fake",
                                .summary = "a fake that knows how to show its facts",
                                .parameters = kParameters,
                                .facts = kFacts,
                                .checks = kChecks,
                                .make = make_fake,
                                .by_hand = show_fact};
inline const ProbeType kTelling{
    "fake",   "a fake with a command for all that it judges", {Aim::host}, kParameters, kFacts, kTellingChecks,
    make_fake};
inline const ProbeType kSilent{"silent", "a silent fake", {Aim::host}, kParameters, kFacts, kSilentChecks, make_fake};
inline const ProbeType kServers{"servers", "asks servers", {Aim::name_server, Aim::resolver}, kParameters, kFacts,
                                kChecks,   make_fake};

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

}  // namespace drydock::test
