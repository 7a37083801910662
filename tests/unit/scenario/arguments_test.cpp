#include <gmock/gmock.h>

#include "tests/unit/scenario/practice_types.hpp"
#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Keys = std::vector<std::pair<std::string, std::string>>;

LoadResult probe(const char* type, const char* address, const char* name = "", Keys keys = {}) {
  return load_probe_arguments({type, address, name, std::move(keys)}, practice_types());
}

TEST(ProbeArguments, MakeAScenarioOfOneProbe) {
  const auto result = probe("smtp", "192.0.2.1", "mx.test",
                            {{"recipients", "[jim@a.test]"}, {"timeout", "5s"}, {"checks", "{smtp.vrfy: off}"}});
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(shown(result), "");
  const ProbeDefinition& one = result.scenario->probes.at(0);
  EXPECT_EQ(one.name, "mx.test");
  EXPECT_EQ(one.timeout, std::chrono::seconds(5));
  EXPECT_THAT(one.parameters.texts("recipients"), ElementsAre("jim@a.test"));
  EXPECT_TRUE(one.overrides.at("smtp.vrfy").off);
  EXPECT_EQ(result.scenario->hosts.at(0).address, "192.0.2.1");
  EXPECT_FALSE(result.scenario->hosts.at(0).port);
}

TEST(ProbeArguments, APortGoesToTheTypeAndToTheHost) {
  const auto result = probe("smtp", "[2001:db8::1]:2525");
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(result.scenario->hosts.at(0).address, "2001:db8::1");
  EXPECT_EQ(result.scenario->hosts.at(0).port, 2525);
  EXPECT_EQ(result.scenario->probes.at(0).parameters.integer("port", 0), 2525);
  EXPECT_EQ(probe("http", "192.0.2.1:8080", "", {{"path", "/"}}).scenario->hosts.at(0).port, 8080);
}

TEST(ProbeArguments, TakeAccountsInline) {
  const auto result = probe("imap", "192.0.2.1", "", {{"as", "{login: jim, password: {env: DRYDOCK_TEST_PASSWORD}}"}});
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(result.scenario->probes.at(0).parameters.account("as")->login, "jim");
  EXPECT_EQ(result.scenario->secrets.size(), 1U);
}

TEST(ProbeArguments, TakeWhatAScenarioWouldSay) {
  const auto result = probe("smtp", "192.0.2.1", "",
                            {{"vantage", "{address: 192.0.2.9, name: me.test}"},
                             {"domains", "[a.test]"},
                             {"dns", "{resolvers: [192.0.2.53]}"}});
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(result.scenario->probes.at(0).vantage.name, "me.test");
  EXPECT_THAT(result.scenario->domains, ElementsAre("a.test"));
  EXPECT_THAT(result.scenario->dns.resolvers, ElementsAre("192.0.2.53"));
}

TEST(ProbeArguments, NameServersAreWhatIsAsked) {
  const auto dns = probe("dns", "192.0.2.53:5353", "www.test", {{"expect", "{answers: 192.0.2.1}"}});
  ASSERT_TRUE(dns.scenario) << shown(dns);
  EXPECT_THAT(dns.scenario->probes.at(0).parameters.texts("ask"), ElementsAre("192.0.2.53:5353"));
  EXPECT_EQ(dns.scenario->probes.at(0).parameters.text("name"), "www.test");
  const auto as_resolver = probe("dns", "192.0.2.53", "www.test", {{"ask", "resolvers"}});
  ASSERT_TRUE(as_resolver.scenario) << shown(as_resolver);
  EXPECT_THAT(as_resolver.scenario->dns.resolvers, ElementsAre("192.0.2.53"));
  const auto as_authority = probe("dns", "192.0.2.53", "www.test", {{"ask", "authoritative"}});
  ASSERT_TRUE(as_authority.scenario) << shown(as_authority);
  EXPECT_THAT(as_authority.scenario->dns.authoritative, ElementsAre("192.0.2.53"));
  EXPECT_TRUE(probe("dns", "192.0.2.53", "www.test", {{"ask", "[192.0.2.53]"}}).scenario);
  for (const Keys& others :
       {Keys{{"ask", "[192.0.2.54]"}}, Keys{{"ask", "resolvers"}, {"dns", "{resolvers: [192.0.2.54]}"}}})
    EXPECT_THAT(shown(probe("dns", "192.0.2.53", "www.test", others)),
                HasSubstr("`ask` chooses other servers than 192.0.2.53, which is to be asked"));
  const auto asked = probe("rdns", "192.0.2.53", "", {{"address", "192.0.2.1"}});
  ASSERT_TRUE(asked.scenario) << shown(asked);
  EXPECT_THAT(asked.scenario->dns.resolvers, ElementsAre("192.0.2.53"));
  const auto about = probe("rdns", "192.0.2.1");
  ASSERT_TRUE(about.scenario) << shown(about);
  EXPECT_EQ(about.scenario->probes.at(0).parameters.text("address"), "192.0.2.1");
}

TEST(ProbeArguments, ProblemsNameTheArgument) {
  EXPECT_EQ(
      shown(probe("http", "192.0.2.1", "", {{"url", "http://a.test/"}, {"expect", "{stauts: 200}"}})),
      "command line:1:9: http has no fact `stauts`; did you mean `status`?\n  expect={stauts: 200}\n          ^\n");
  EXPECT_THAT(shown(probe("stmp", "192.0.2.1")), HasSubstr("there is no probe type `stmp`; did you mean `smtp`?"));
  EXPECT_THAT(shown(probe("smtp", "mail.test")),
              HasSubstr("`mail.test` isn't an address; write IP, IP:port or [v6]:port"));
  EXPECT_THAT(shown(probe("smtp", "192.0.2.1", "", {{"prot", "25"}})),
              HasSubstr("has no key `prot`; did you mean `port`?"));
  EXPECT_THAT(shown(probe("smtp", "192.0.2.1", "", {{"port", ""}})), HasSubstr("no value behind `=`"));
  EXPECT_THAT(shown(probe("smtp", "192.0.2.1", "", {{"port", "1"}, {"port", "2"}})),
              HasSubstr("`port` is given twice"));
  EXPECT_THAT(shown(probe("smtp", "192.0.2.1", "not a name")), HasSubstr("`name` can't be"));
  EXPECT_THAT(shown(probe("smtp_relay", "192.0.2.1")), HasSubstr("needs the key `outside`"));
  EXPECT_THAT(shown(probe("smtp", "192.0.2.1", "", {{"port", "[1"}})), HasSubstr("close its bracket"));
  EXPECT_THAT(shown(probe("smtp", "192.0.2.1", "", {{"for_each", "[1]"}})), HasSubstr("has no key `for_each`"));
}

}  // namespace
}  // namespace drydock::test
