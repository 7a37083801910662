// What drydock once said wrongly of name servers, by kind.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/cases/verdicts.hpp"
#include "tests/support/dns_server.hpp"

namespace drydock::test {
namespace {

/// A zone with these name servers, of which ns1 and ns2 have an address.
std::vector<DnsData> zone_served_by(const std::vector<std::string>& servers) {
  std::vector<DnsData> zone{{"ns1.crew.test.", kA, wire_ip("127.0.0.1")},
                            {"ns2.crew.test.", kA, wire_ip("127.0.0.2")},
                            {"www.crew.test.", kA, wire_ip("127.0.20.1")}};
  for (const std::string& name : servers) zone.push_back({"crew.test.", kNs, wire_name(name)});
  return zone;
}

struct Servers {
  const char* name;
  std::vector<std::string> names;
  const char* verdict;
};
class DnsCasesServers : public testing::TestWithParam<Servers> {};

// All servers may agree on NS records that are wrong: what counts is which servers the zone has.
TEST_P(DnsCasesServers, AreThoseThatTheScenarioNames) {
  const DnsServer ns1(serve_zone("crew.test.", 1, zone_served_by(GetParam().names)));
  const DnsServer ns2(serve_zone("crew.test.", 1, zone_served_by(GetParam().names)), "127.0.0.2");
  const Said said = run_scenario(fmt::format(R"(drydock: 1
name: names
hosts: {{new: {{address: 127.0.20.1}}}}
dns: {{authoritative: ["{}", "{}"], resolvers: ["{}"]}}
probes:
  - id: www
    dns: {{name: www.crew.test, type: A, ask: authoritative}}
)",
                                             ns1.endpoint().text(), ns2.endpoint().text(), ns1.endpoint().text()));
  EXPECT_EQ(said.verdict("dns.ns-set"), GetParam().verdict) << said.text;
}

INSTANTIATE_TEST_SUITE_P(
    Sets, DnsCasesServers,
    testing::Values(Servers{"Both", {"ns1.crew.test", "ns2.crew.test"}, "pass"},
                    Servers{"OneAlone", {"ns1.crew.test"}, "fail"},
                    Servers{"ADeadOneBeside", {"ns1.crew.test", "ns2.crew.test", "ns9.crew.test"}, "fail"}),
    [](const auto& one) { return one.param.name; });

// A key that a panel turned into small letters is another key.
TEST(DnsCases, DataDoesNotFoldCase) {
  const std::string text = "v=DKIM1; p=miguabcd";
  const DnsServer server(
      serve_zone("crew.test.", 1, {{"k1._domainkey.crew.test.", kTxt, static_cast<char>(text.size()) + text, 300}}));
  const std::vector<std::string> question{
      "probe", "dns", server.endpoint().text(), "--name", "k1._domainkey.crew.test", "type=TXT"};
  const auto asked = [&](const std::string& expected) {
    std::vector<std::string> words = question;
    words.push_back("expect={answers: " + expected + "}");
    return ask(words);
  };
  const Said matched = asked("{matches: 'p=MIGuAbcD'}");
  EXPECT_EQ(matched.verdict("expect.answers"), "fail") << matched.text;
  const Said listed = asked("{exactly: ['v=DKIM1; p=MIGuAbcD']}");
  EXPECT_EQ(listed.verdict("expect.answers"), "fail") << listed.text;
  const Said right = asked("{exactly: ['v=DKIM1; p=miguabcd']}");
  EXPECT_EQ(right.verdict("expect.answers"), "pass") << right.text;
}

}  // namespace
}  // namespace drydock::test
