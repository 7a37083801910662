// What machines and name servers say, judged before the first action.
#include "harness/premise/premise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock {
namespace {

using ::testing::HasSubstr;

class Premise : public ::testing::Test {
protected:
  void SetUp() override {
    HostDefinition old_host, new_host;
    old_host.id = "old";
    old_host.address = "192.0.2.10";
    old_host.hostname_by_phase = {"starship.test", "starship.test"};
    new_host.id = "new";
    new_host.address = "192.0.2.20";
    new_host.hostname_by_phase = {"interim.test", "starship.test"};
    scenario.hosts = {old_host, new_host};
    scenario.phases = {"before", "renamed"};
    scenario.names = {{"canonical", "starship.test"}};
    scenario.dns.authoritative = {"192.0.2.53"};
    scenario.vantages = {{"here", "192.0.2.40", "probe.test"}};
    facts.hosts = {{.host = "old", .address = "192.0.2.10", .name = "starship.test", .machine = "m1", .boot = "b1"},
                   {.host = "new", .address = "192.0.2.20", .name = "interim.test", .machine = "m2", .boot = "b2"}};
    facts.names = {{"192.0.2.53", "starship.test", "", {"192.0.2.10"}}};
  }
  std::vector<ResultRecord> judged() { return judge_start(scenario, 0, facts); }
  /// The worst of one check.
  ResultRecord worst(const std::string& check) {
    ResultRecord worst;
    int rank = -1;
    for (const auto& result : judged()) {
      const int now = result.verdict == Verdict::fail           ? 4
                      : result.verdict == Verdict::inconclusive ? 3
                      : result.verdict == Verdict::warn         ? 2
                      : result.verdict == Verdict::pass         ? 1
                                                                : 0;
      if (result.check == check && now > rank) worst = result, rank = now;
    }
    EXPECT_GE(rank, 0) << check << " was not judged";
    return worst;
  }
  Scenario scenario;
  PremiseFacts facts;
};

TEST_F(Premise, ThatHoldsIsGreen) {
  facts.hosts[0].keys = {"ssh-ed25519 AAAAone"};
  facts.hosts[1].keys = {"ssh-ed25519 AAAAtwo"};
  facts.hosts[0].certificates = {{443, "aa"}};
  facts.hosts[1].certificates = {{443, "bb"}};
  for (const auto& result : judged()) {
    EXPECT_EQ(result.verdict, Verdict::pass) << result.check << ": " << result.message;
    EXPECT_EQ(result.probe, kStartPremise);
    EXPECT_EQ(result.severity, Severity::critical);
  }
  EXPECT_EQ(judged().size(), 6U);
}

TEST_F(Premise, SwappedAddressesAreToldByNameAndByDns) {
  std::swap(facts.hosts[0].name, facts.hosts[1].name);
  facts.names[0].addresses = {"192.0.2.20"};
  EXPECT_EQ(worst("start.hostname").verdict, Verdict::fail);
  EXPECT_THAT(worst("start.hostname").message, HasSubstr("the name of host 'new': are the addresses swapped?"));
  EXPECT_EQ(worst("start.dns").verdict, Verdict::fail);
  EXPECT_THAT(worst("start.dns").message, HasSubstr("which is host 'new'"));
}

TEST_F(Premise, OneMachineUnderTwoAddressesIsAFail) {
  facts.hosts[1].machine = "m1";
  facts.hosts[1].boot = "b1";
  EXPECT_EQ(worst("start.two-machines").verdict, Verdict::fail);
  EXPECT_THAT(worst("start.two-machines").message, HasSubstr("one and the same machine"));
}

TEST_F(Premise, ACopiedDiskIsNoProofOfOneMachine) {
  facts.hosts[1].machine = "m1";
  EXPECT_EQ(worst("start.two-machines").verdict, Verdict::warn);
  facts.hosts[1].boot.clear();
  EXPECT_EQ(worst("start.two-machines").verdict, Verdict::inconclusive);
  facts.hosts[0] = {.host = "old", .address = "192.0.2.10", .name = "starship.test"};
  facts.hosts[1] = {.host = "new", .address = "192.0.2.20", .name = "interim.test"};
  EXPECT_EQ(worst("start.two-machines").verdict, Verdict::inconclusive) << "nothing was seen of either";
}

TEST_F(Premise, WhatCouldNotBeSeenIsInconclusive) {
  facts.hosts[0].trouble = "no answer in time";
  facts.names[0] = {"192.0.2.53", "starship.test", "it answered SERVFAIL", {}};
  for (const char* check : {"start.hostname", "start.two-machines", "start.dns"})
    EXPECT_EQ(worst(check).verdict, Verdict::inconclusive) << check;
}

TEST_F(Premise, AnotherHostKeyIsAnotherMachine) {
  facts.hosts[1].trouble = "exit 255: Host key verification failed.";
  facts.hosts[1].wrong_key = true;
  EXPECT_EQ(worst("start.hostname").verdict, Verdict::fail);
}

TEST_F(Premise, AShortHostnameIsThatOfItsDomain) {
  facts.hosts[0].name = "Starship";
  EXPECT_EQ(worst("start.hostname").verdict, Verdict::pass);
  facts.hosts[0].name = "starship.other.test";
  EXPECT_EQ(worst("start.hostname").verdict, Verdict::fail);
}

TEST_F(Premise, OnlyWhatIsPublishedOfTheOldHostCounts) {
  scenario.hosts[0].published = {"198.51.100.7"};
  EXPECT_EQ(worst("start.dns").verdict, Verdict::fail);
  facts.names[0].addresses = {"198.51.100.7"};
  EXPECT_EQ(worst("start.dns").verdict, Verdict::pass);
  facts.names[0].addresses = {"198.51.100.7", "192.0.2.20"};
  EXPECT_EQ(worst("start.dns").verdict, Verdict::fail) << "half of it leads elsewhere";
  facts.names[0].addresses = {};
  EXPECT_EQ(worst("start.dns").verdict, Verdict::fail);
  scenario.dns_starts = DnsStart::free;
  EXPECT_EQ(worst("start.dns").verdict, Verdict::skip);
}

TEST_F(Premise, EqualCertificatesOnlyWarn) {
  EXPECT_EQ(worst("start.certificates").verdict, Verdict::skip);
  facts.hosts[0].certificates = {{443, "aa"}, {993, "cc"}};
  facts.hosts[1].certificates = {{443, "bb"}, {995, "cc"}};
  EXPECT_EQ(worst("start.certificates").verdict, Verdict::pass);
  facts.hosts[1].certificates.push_back({993, "cc"});
  EXPECT_EQ(worst("start.certificates").verdict, Verdict::warn);
  EXPECT_THAT(worst("start.certificates").message, HasSubstr("old and new serve one certificate (port 993)"));
}

TEST_F(Premise, EqualHostKeysOnlyWarn) {
  EXPECT_EQ(worst("start.host-keys").verdict, Verdict::skip);
  facts.hosts[0].keys = {"ssh-ed25519 AAAAone", "ssh-rsa BBBB"};
  facts.hosts[1].keys = {"ssh-ed25519 AAAAtwo"};
  EXPECT_EQ(worst("start.host-keys").verdict, Verdict::pass);
  facts.hosts[1].keys = {"ssh-ed25519 AAAAone"};
  EXPECT_EQ(worst("start.host-keys").verdict, Verdict::warn);
}

TEST(KnownHosts, GivesTheKeysOfAnAddress) {
  const char* text =
      "# a comment\n192.0.2.10,old.test ssh-ed25519 AAAA comment\n|1|salt|hash ssh-rsa CCCC\n"
      "[192.0.2.10]:2222 ssh-rsa DDDD\n@revoked 192.0.2.10 ssh-rsa EEEE\n192.0.2.10 broken\n192.0.2.100 ssh-rsa FFFF\n";
  EXPECT_THAT(keys_in(text, "192.0.2.10", 22), ::testing::ElementsAre("ssh-ed25519 AAAA"));
  EXPECT_THAT(keys_in(text, "192.0.2.10", 2222), ::testing::ElementsAre("ssh-rsa DDDD"));
  EXPECT_TRUE(keys_in("", "192.0.2.10", 22).empty());
}

TEST_F(Premise, HaveNoGateWhereNothingCanBeJudged) {
  scenario.dns_starts = DnsStart::free;
  EXPECT_FALSE(start_gate(scenario, 0)) << "no host has ssh";
  scenario.hosts[0].ssh.emplace();
  EXPECT_TRUE(start_gate(scenario, 0));
  scenario.hosts[0].hostname_by_phase.clear();
  EXPECT_FALSE(start_gate(scenario, 0)) << "one machine without a declared name";
  scenario.hosts[1].ssh.emplace();
  EXPECT_TRUE(start_gate(scenario, 0));
  scenario.hosts.pop_back();
  scenario.dns_starts = DnsStart::old;
  EXPECT_TRUE(start_gate(scenario, 0));
}

TEST_F(Premise, GuardsNeverBlameAHost) {
  scenario.guards = {"old", "192.0.2.1:53", "192.0.2.2:25"};
  facts.hosts[0].clock = 1000;
  facts.hosts[0].asked = 1000.4;
  facts.hosts[0].answered = 1000.9;
  facts.control = KnockFacts{"192.0.2.1:53", net::PortState::open};
  facts.decoy = KnockFacts{"192.0.2.2:25", net::PortState::silent};
  for (const auto& result : judge_guards(scenario, facts)) EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  facts.hosts[0].clock = 1010;
  facts.control->state = net::PortState::refused;
  facts.decoy->state = net::PortState::open;
  const auto off = judge_guards(scenario, facts);
  ASSERT_EQ(off.size(), 3U);
  for (const auto& result : off) EXPECT_EQ(result.verdict, Verdict::inconclusive);
  EXPECT_THAT(off[0].message, HasSubstr("differ by 9 s"));
  EXPECT_THAT(off[1].message, HasSubstr("192.0.2.1:53 can't be reached (refused)"));
  EXPECT_THAT(off[2].message, HasSubstr("192.0.2.2:25 takes connections, and nothing should listen there"));
  facts.decoy = KnockFacts{"192.0.2.2:25", std::nullopt, "no such address to dial from"};
  EXPECT_EQ(judge_guards(scenario, facts)[2].verdict, Verdict::inconclusive) << "nothing was tried";
  facts.hosts[0].clock = 1001;
  EXPECT_EQ(judge_guards(scenario, facts)[0].verdict, Verdict::pass) << "whole seconds are no more exact than that";
}

TEST(PremiseAsked, TheControlAnswersAndTheDecoyDoesNot) {
  const test::ScriptedPeer peer(test::Script{});
  std::string gone;
  {
    const test::ScriptedPeer closed(test::Script{});
    gone = closed.endpoint().text();
  }
  const auto ask = [](Guards guards, const std::string& from = "127.0.0.1") {
    Scenario scenario;
    scenario.guards = std::move(guards);
    scenario.vantages = {{"here", from, "probe.test"}};
    std::string verdicts;
    test::run_on_loop([&]() -> boost::asio::awaitable<void> {
      const PremiseFacts facts = co_await ask_guards(scenario, Clock::now() + std::chrono::seconds(20));
      for (const auto& result : judge_guards(scenario, facts))
        verdicts += result.check + " " + std::string(to_string(result.verdict)) + " ";
    });
    return verdicts;
  };
  const std::string open = peer.endpoint().text();
  EXPECT_EQ(ask({.control = open, .decoy = gone}), "guard.control pass guard.decoy pass ");
  EXPECT_EQ(ask({.control = gone, .decoy = open}), "guard.control inconclusive guard.decoy inconclusive ");
  EXPECT_EQ(ask({.control = open, .decoy = gone}, "::1"), "guard.control pass guard.decoy pass ")
      << "a vantage without an address of the family leaves it to the system";
  EXPECT_EQ(ask({}), "");
}

}  // namespace
}  // namespace drydock
