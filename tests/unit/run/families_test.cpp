// Hosts, servers and vantages with addresses of two families.
#include <fmt/format.h>

#include "harness/run/run_plan.hpp"
#include "tests/unit/run/engine_fixture.hpp"

namespace drydock::test {
namespace {

class TwoFamilies : public EngineTest {
protected:
  void SetUp() override {
    scenario_.hosts[1].other_addresses = {"::1"};
    scenario_.vantages = {{"prober", "127.0.0.9", "", {"127.0.0.9", "::9"}}};
    scenario_.dns.authoritative = {"127.0.0.53", "[::53]:5353"};
  }
  /// `probe ADDRESS from ADDRESS`, or why not.
  std::vector<std::string> planned(const std::vector<std::string>& ids) {
    std::vector<std::string> all;
    for (const auto& one : plan_look(scenario_, ids, {}, 0)) {
      const Subject& subject = one.instance.subject;
      all.push_back(one.instance.probe->id + " " + subject.target.ip + " from " + subject.surroundings.vantage.address +
                    one.skip);
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
  scenario_.vantages.front().addresses = {"127.0.0.9"};
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
}  // namespace
}  // namespace drydock::test
