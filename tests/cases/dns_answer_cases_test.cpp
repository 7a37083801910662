// What drydock once said wrongly of name servers, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "tests/cases/verdicts.hpp"
#include "tests/support/dns_server.hpp"

namespace drydock::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string wire_text(const std::vector<std::string>& pieces) {
  std::string octets;
  for (const auto& piece : pieces) octets += static_cast<char>(piece.size()) + piece;
  return octets;
}

std::vector<DnsData> zone_of(const std::vector<std::string>& servers) {
  std::vector<DnsData> records{{"host.zone.test.", kA, wire_ip("127.0.20.1")},
                               {"_dmarc.zone.test.", kTxt, wire_text({"v=DMARC1; p=none"})},
                               {"split.zone.test.", kTxt, wire_text({"v=DMARC1; ", "p=no", "ne"})},
                               {"zone.test.", kMx, std::string("\0\x0A", 2) + wire_name("mail.zone.test")},
                               {"zone.test.", kMx, std::string("\0\x14", 2) + wire_name("other.zone.test")}};
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const std::string name = fmt::format("ns{}.zone.test", i + 1);
    records.push_back({"zone.test.", kNs, wire_name(name)});
    records.push_back({name + ".", kA, wire_ip(servers[i])});
  }
  return records;
}

DnsHandler zone(std::uint32_t serial = 1, const std::vector<std::string>& servers = {"127.0.0.1"}) {
  return serve_zone("zone.test.", serial, zone_of(servers));
}

/// `drydock run` of one probe with these parameters (and what follows them) at name servers that are listed for the
/// zone.
Said ask_listed(const std::vector<const DnsServer*>& servers, const std::string& parameters,
                const std::string& besides = {}) {
  std::string list;
  for (const DnsServer* server : servers)
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", server->endpoint().text());
  return run_scenario(fmt::format(R"(drydock: 1
name: dns
hosts: {{new: {{address: 127.0.20.1}}}}
dns: {{authoritative: [{}], resolvers: ["{}"]}}
probes:
  - {{id: d, timeout: 2s, pause: 50ms, dns: {{{}}}{}}}
)",
                                  list, servers.back()->endpoint().text(), parameters, besides));
}

std::string with_edns(std::string octets) {
  octets[11] = 1;
  return octets + std::string("\0\0\x29\x04\xD0\0\0\0\0\0\0", 11);
}

// A server that answers EDNS with FORMERR has the zone: it is said what it can't bear, and the question is shown.
TEST(DnsAnswerCases, AServerThatCantBearEdnsIsNotLame) {
  const DnsServer server([](const DnsAsk& question) {
    return question.edns ? std::vector{with_edns(DnsAnswer(question).rcode(1).octets())} : zone()(question);
  });
  const Said said = ask_listed({&server}, "name: host.zone.test");
  EXPECT_EQ(said.verdict("dns.answer"), "fail") << said.text;
  EXPECT_THAT(said.message("dns.answer"), HasSubstr("EDNS")) << said.text;
  EXPECT_THAT(said.text, AllOf(Not(HasSubstr("lame")), Not(HasSubstr("not configured")))) << said.text;
}

// The same for one that knows names in lower case only.
TEST(DnsAnswerCases, AServerThatKnowsLowerCaseOnlyIsNotLame) {
  const DnsServer server([](const DnsAsk& question) {
    const std::string asked = question.octets.substr(12, question.name.size());
    const bool mixed = std::any_of(asked.begin(), asked.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return mixed ? std::vector{DnsAnswer(question).rcode(5).octets()} : zone()(question);
  });
  const Said said = ask_listed({&server}, "name: host.zone.test");
  EXPECT_EQ(said.verdict("dns.answer"), "fail") << said.text;
  EXPECT_THAT(said.message("dns.answer"), HasSubstr("lower case")) << said.text;
  EXPECT_THAT(said.text, AllOf(Not(HasSubstr("lame")), Not(HasSubstr("not configured")))) << said.text;
}

// SERVFAIL of a listed server is its own.
TEST(DnsAnswerCases, ServfailOfAListedServerIsAFail) {
  const DnsServer server([](const DnsAsk& question) { return std::vector{DnsAnswer(question).rcode(2).octets()}; });
  const Said said = ask_listed({&server}, "name: host.zone.test");
  EXPECT_EQ(said.verdict("dns.answer"), "fail") << said.text;
  EXPECT_EQ(said.exit, 1) << said.text;
}

// Silence of a listed server while the other answers the same prober is its own, too.
TEST(DnsAnswerCases, SilenceOfOneListedServerIsAFail) {
  const DnsServer silent([](const DnsAsk&) { return std::vector<std::string>{}; }, "127.0.0.1", 0, DnsTcp::silent);
  const DnsServer other(zone(1, {"127.0.0.1", "127.0.0.2"}), "127.0.0.2");
  const Said said = ask_listed({&silent, &other}, "name: host.zone.test");
  EXPECT_EQ(said.verdict("dns.answer"), "fail") << said.text;
  EXPECT_EQ(said.exit, 1) << said.text;
}

// TXT data is the joined text, without quotes, however the server split it.
TEST(DnsAnswerCases, TxtDataIsTheJoinedText) {
  const DnsServer server(zone());
  for (const char* name : {"_dmarc", "split"}) {
    const Said said = ask_listed({&server}, fmt::format("name: {}.zone.test, type: TXT", name),
                                 R"(, expect: {answers: {exactly: ["v=DMARC1; p=none"]}})");
    EXPECT_EQ(said.verdict("expect.answers"), "pass") << name << said.text;
  }
}

// Lists are spoken of as people do: every one is this, some are, exactly so many are.
TEST(DnsAnswerCases, ListsAreSpokenOfByEverySomeAndCount) {
  const DnsServer server(zone());
  const auto verdict = [&](const std::string& matcher) {
    const Said said = ask_listed({&server}, "name: zone.test, type: MX", ", expect: {answers: " + matcher + "}");
    return said.verdict("expect.answers") + (said.report.is_object() ? "" : said.text);
  };
  EXPECT_EQ(verdict("{count: 2}"), "pass");
  EXPECT_EQ(verdict("{count: 1}"), "fail");
  EXPECT_EQ(verdict("{count: {at_most: 1}}"), "fail");
  EXPECT_EQ(verdict("{some: {matches: \" mail[.]zone[.]test[.]?$\"}}"), "pass");
  EXPECT_EQ(verdict("{some: {matches: \" third[.]\"}}"), "fail");
  EXPECT_EQ(verdict("{every: {matches: \" mail[.]\"}}"), "fail");
  EXPECT_EQ(verdict("{every: {contains: zone.test}}"), "pass");
}

// Authority is owed by a zone's own servers: one that is asked for a name of another zone, and recurses, is not lame.
TEST(DnsAnswerCases, AServerThatRecursesForAnotherZoneIsNotLame) {
  const DnsServer server([](const DnsAsk& question) {
    if (!question.name.ends_with("elsewhere.test.")) return zone()(question);
    DnsAnswer answer(question);
    answer.ra();
    if (question.type == kA) answer.answer(question.name, kA, 300, wire_ip("127.0.20.1"));
    if (question.name != "elsewhere.test.") return std::vector{answer.octets()};
    if (question.type == kSoa) answer.answer(question.name, kSoa, 300, wire_soa(1));
    if (question.type == kNs) answer.answer(question.name, kNs, 300, wire_name("ns.elsewhere.test"));
    return std::vector{answer.octets()};
  });
  const Said said = ask_listed({&server}, "name: www.elsewhere.test");
  EXPECT_THAT(said.all("fail"), IsEmpty()) << said.text;
  EXPECT_THAT(said.text, AllOf(Not(HasSubstr("lame")), Not(HasSubstr("take the server out of the NS records"))))
      << said.text;
}

// `probe dns ADDRESS` asks ADDRESS, also where `ask` says that resolvers are meant.
TEST(DnsAnswerCases, TheGivenAddressIsAsked) {
  const DnsServer resolver([](const DnsAsk& question) {
    return std::vector{DnsAnswer(question).ra().answer(question.name, kA, 300, wire_ip("127.0.20.1")).octets()};
  });
  const Said said =
      ask({"probe", "dns", resolver.endpoint().text(), "name=host.zone.test", "ask=resolvers", "timeout=3s"});
  EXPECT_FALSE(resolver.asks().empty()) << said.text;
}

// Records of another class, or without data, are no answer to the question.
TEST(DnsAnswerCases, RecordsOfAnotherClassOrWithoutDataAreNoAnswer) {
  for (const bool another_class : {true, false}) {
    const DnsServer server([another_class](const DnsAsk& question) {
      std::string octets =
          DnsAnswer(question).aa().answer(question.name, kA, 300, another_class ? wire_ip("127.0.20.1") : "").octets();
      if (another_class) octets[octets.size() - 11] = 3;
      return std::vector{octets};
    });
    const Said said = ask_listed({&server}, "name: host.zone.test", ", expect: {answers: [127.0.20.1]}");
    EXPECT_NE(said.verdict("expect.answers"), "pass") << said.text;
    EXPECT_NE(said.verdict("dns.exists"), "pass") << said.text;
    EXPECT_NE(said.exit, 0) << said.text;
  }
}

// The same where the whole message is of class CH.
TEST(DnsAnswerCases, AnAnswerOfClassChaosIsNone) {
  const DnsServer server([](const DnsAsk& question) {
    std::string octets = DnsAnswer(question).aa().answer(question.name, kA, 300, wire_ip("127.0.20.1")).octets();
    octets[12 + wire_name(question.name).size() + 3] = 3;
    octets[octets.size() - 11] = 3;
    return std::vector{octets};
  });
  const Said said = ask_listed({&server}, "name: host.zone.test", ", expect: {answers: [127.0.20.1]}");
  EXPECT_NE(said.verdict("expect.answers"), "pass") << said.text;
  EXPECT_NE(said.exit, 0) << said.text;
}

}  // namespace
}  // namespace drydock::test
