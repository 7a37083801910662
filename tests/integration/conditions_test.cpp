// The conditions of a move (guards, quorum, span, waivers, the window) on real servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/integration/starship_move.hpp"
#include "tests/support/whole_journal.hpp"

namespace drydock {
namespace {

using net::ChildResult;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kScenario = R"(drydock: 1
name: a move with conditions
vars: {old: 127.0.10.1, new: 127.0.20.1, ns1: 127.0.53.1, prober: 127.0.40.1, lab: lab,
       control: "127.0.53.1:53", decoy: "127.0.10.1:9", end: "2199-01-01T00:00:00Z", enough: 1}
names: {canonical: starship.python.test, interim: drydock.python2.test}
vantages: {prober: {address: "${vars.prober}", name: probe.elsewhere.test}}
hosts:
  old:
    address: "${vars.old}"
    hostname: "${names.canonical}"
    ssh: {user: ops, key_file: "${vars.lab}/keys/ops", known_hosts: "${vars.lab}/keys/known_hosts"}
  new:
    address: "${vars.new}"
    hostname: "${names.interim}"
    ssh: {user: ops, key_file: "${vars.lab}/keys/ops", known_hosts: "${vars.lab}/keys/known_hosts"}
dns: {authoritative: ["${vars.ns1}"]}
guards: {clock: old, control: "${vars.control}", decoy: "${vars.decoy}"}
window: {end: "${vars.end}"}
probes:
  - {id: web, on: [old, new], ports: {open: [80]}}
gates:
  web-somewhere: {quorum: {probes: [web], per: host, pass: "${vars.enough}"}, need: 2, every: 1s, span: 3s, within: 60s}
  web-everywhere: {probes: [web], every: 1s, within: 60s}
transfer:
  - step: close
    enters: freeze
    before: [web-somewhere]
    run: {on: old, shell: "echo closed > /etc/nologin"}
    undo: {on: old, command: [rm, -f, /etc/nologin], takes: 10s}
    repeatable: true
    takes: 1m
  - step: open
    enters: soak
    before: [web-everywhere]
    run: {on: new, command: ["true"]}
    repeatable: true
    takes: 10m
    point_of_no_return: true
)";

class ConditionalMove {
public:
  ConditionalMove() { std::ofstream(file_) << kScenario; }
  [[nodiscard]] const test::PracticeHosts& lab() const { return lab_; }
  [[nodiscard]] test::RunningDrydock start(const std::string& verb, const test::Words& more = {}) const {
    test::Words words{verb, file_.string(), "--vars", lab_.vars().string()};
    words.insert(words.end(), more.begin(), more.end());
    return lab_.start(words);
  }
  [[nodiscard]] ChildResult say(const std::string& verb, const test::Words& more = {}) const {
    return start(verb, more).wait(std::chrono::seconds(240));
  }
  [[nodiscard]] std::string closed() const { return lab_.on("old", "cat /etc/nologin 2>/dev/null || echo open"); }

private:
  test::PracticeHosts lab_;
  std::filesystem::path file_ = lab_.folder() / "conditions.yaml";
};

/// Waits for the first look, which comes at once, and not for the end of the gate's patience.
void hold_where_this_machine_cant_be_believed(const ConditionalMove& move) {
  const auto journal = move.lab().folder() / "unbelieved.journal";
  test::RunningDrydock held = move.start(
      "cutover", {"--journal", journal.string(), "--set", "decoy=127.0.10.1:22", "--set", "control=127.0.10.1:9"});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  const auto has_looked = [&] {
    if (!journal_exists(journal.string())) return false;
    const auto entries = test::whole_journal(journal.string()).entries;
    return std::ranges::any_of(entries, [](const auto& one) { return one.kind == event::Looked::kKind; });
  };
  while (!has_looked() && !held.ended() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  held.signal(SIGTERM);
  const ChildResult ended = held.wait();
  EXPECT_EQ(ended.exit, 143) << ended.out << ended.err;
  const std::string said = ended.out + ended.err;
  EXPECT_THAT(said, HasSubstr("127.0.10.1:9 can't be reached"));
  const ChildResult report = move.lab().drydock({"report", journal.string()});
  EXPECT_THAT(report.out, AllOf(HasSubstr("127.0.10.1:9 can't be reached"),
                                HasSubstr("127.0.10.1:22 takes connections, and nothing should listen there")));
  EXPECT_EQ(move.closed(), "open");
}

void go_where_enough_hosts_answer_for_long_enough(const ConditionalMove& move) {
  const ChildResult both = move.say("cutover", {"--dry-run", "--set", "enough=2"});
  EXPECT_EQ(both.exit, 1) << both.out << both.err;
  EXPECT_EQ(move.closed(), "open");
  const auto begun = std::chrono::steady_clock::now();
  const ChildResult one = move.say("cutover", {"--until", "close"});
  EXPECT_EQ(one.exit, 0) << one.out << one.err;
  EXPECT_THAT(one.out, HasSubstr("gate web-somewhere (before close): go"));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3)) << "its looks must span 3 s";
  EXPECT_EQ(move.closed(), "closed");
}

void pass_a_fail_that_two_persons_accept(const ConditionalMove& move) {
  const ChildResult refused = move.say("cutover");
  EXPECT_EQ(refused.exit, 1) << refused.out << refused.err;
  EXPECT_THAT(refused.out, HasSubstr("no-go: gate web-everywhere"));
  const ChildResult accepted =
      move.say("waive", {"ports.open", "--probe", "web", "--host", "new", "--as", "ada", "--second", "bob", "--because",
                         "pages come next week", "--until", "2198-12-31"});
  EXPECT_EQ(accepted.exit, 0) << accepted.out << accepted.err;
  const ChildResult late = move.say("cutover", {"--set", "end=2026-01-01T00:00:00Z"});
  EXPECT_EQ(late.exit, 1) << late.out << late.err;
  EXPECT_THAT(late.out, HasSubstr("it would come too late"));
  const ChildResult done = move.say("cutover", {"--set", "end=2199-01-01T00:00:00Z"});
  EXPECT_EQ(done.exit, 0) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("waived: web ports.open on new (ada, bob until 2198-12-31: pages come next week)"));
}

TEST(TransferOnPracticeHosts, KeepsToItsConditions) {
  if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
  const ConditionalMove move;
  ASSERT_TRUE(move.lab().up()) << move.lab().said();
  hold_where_this_machine_cant_be_believed(move);
  EXPECT_EQ(move.lab().on("new", "systemctl stop apache2 && echo stopped"), "stopped");
  go_where_enough_hosts_answer_for_long_enough(move);
  pass_a_fail_that_two_persons_accept(move);
}

}  // namespace
}  // namespace drydock
