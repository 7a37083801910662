// Authority, serials and NS records, of one server and beside the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dns/dns_test_support.hpp"

namespace drydock {
namespace {

using test::answers;
using test::DnsAnswer;
using test::DnsAsk;
using test::DnsServer;
using test::kZone;
using test::serve_zone;
using test::subject_of;
using test::verdict;
using test::verdicts;
using test::wire_ip;
using test::wire_name;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(DnsProbe, OnlyTheServerThatLagsIsRed) {  // F104
  DnsServer ns1(serve_zone("python.test.", 2003082702, kZone));
  DnsServer ns2(serve_zone("python.test.", 2003082701, kZone), "127.0.0.2");
  const Subject first = subject_of(ns1, {&ns1, &ns2}, "starship.python.test");
  EXPECT_EQ(verdicts(test::observe(kDnsType, first), first), "ppppp");
  const Subject second = subject_of(ns2, {&ns1, &ns2}, "starship.python.test");
  const Observation seen = test::observe(kDnsType, second);
  EXPECT_EQ(verdicts(seen, second), "pppfp");
  const Judgement lag = test::judge(kDnsType, "dns.serial", seen, second);
  EXPECT_EQ(lag.message, "127.0.0.2:" + std::to_string(ns2.endpoint().port) + " serves serial 2003082701, older than " +
                             "2003082702 on " + ns1.endpoint().text());
  EXPECT_EQ(lag.expected, "serial 2003082702");
  EXPECT_EQ(lag.actual, "serial 2003082701");
}

TEST(DnsProbe, SecondaryThatCatchesUpInTimePasses) {
  std::atomic<int> asked = 0;
  DnsServer ns1(serve_zone("python.test.", 2, kZone));
  DnsServer ns2(
      [&](const DnsAsk& ask) {
        const bool fresh = ask.type == test::kSoa && ++asked > 2;
        return serve_zone("python.test.", fresh ? 2 : 1, kZone)(ask);
      },
      "127.0.0.2");
  const Subject subject = subject_of(ns2, {&ns1, &ns2}, "starship.python.test");
  EXPECT_EQ(verdict("dns.serial", test::observe(kDnsType, subject), subject), Verdict::pass);
}

TEST(DnsProbe, SerialThatWentBackwardsIsRedWhereItDid) {  // F105
  DnsServer ns1(serve_zone("python.test.", 1062000000, kZone));
  DnsServer ns2(serve_zone("python.test.", 2003082701, kZone), "127.0.0.2");
  const Subject first = subject_of(ns1, {&ns1, &ns2}, "starship.python.test");
  EXPECT_EQ(verdict("dns.serial", test::observe(kDnsType, first), first), Verdict::fail);
  const Subject second = subject_of(ns2, {&ns1, &ns2}, "starship.python.test");
  EXPECT_EQ(verdict("dns.serial", test::observe(kDnsType, second), second), Verdict::pass);
}

TEST(DnsProbe, SerialsHalfTheCircleApartCannotBeOrdered) {
  DnsServer ns1(serve_zone("python.test.", 1, kZone));
  DnsServer ns2(serve_zone("python.test.", 0x80000001U, kZone), "127.0.0.2");
  const Subject subject = subject_of(ns1, {&ns1, &ns2}, "starship.python.test");
  EXPECT_EQ(verdict("dns.serial", test::observe(kDnsType, subject), subject), Verdict::fail);
}

TEST(DnsProbe, DifferentNameServerSetsAreRed) {
  std::vector<test::DnsData> other = kZone;
  other[1].rdata = wire_name("ns3.python.test");
  DnsServer ns1(serve_zone("python.test.", 1, kZone));
  DnsServer ns2(serve_zone("python.test.", 1, other), "127.0.0.2");
  for (const DnsServer* own : {&ns1, &ns2}) {
    const Subject subject = subject_of(*own, {&ns1, &ns2}, "starship.python.test");
    EXPECT_EQ(verdicts(test::observe(kDnsType, subject), subject), "ppfpp");
  }
  DnsServer newer(serve_zone("python.test.", 2, other), "127.0.0.3");
  const Subject ahead = subject_of(newer, {&ns1, &newer}, "starship.python.test");
  EXPECT_EQ(verdict("dns.ns-set", test::observe(kDnsType, ahead), ahead), Verdict::pass);
  const Subject behind = subject_of(ns1, {&ns1, &newer}, "starship.python.test");
  EXPECT_EQ(verdict("dns.ns-set", test::observe(kDnsType, behind), behind), Verdict::fail);
}

TEST(DnsProbe, RefusalAtAListedServerIsLame) {
  DnsServer ns1(serve_zone("other.test.", 1, {}));
  DnsServer ns2(serve_zone("python.test.", 1, kZone), "127.0.0.2");
  Subject subject = subject_of(ns1, {&ns1, &ns2}, "starship.python.test");
  const Observation seen = test::observe(kDnsType, subject);
  EXPECT_EQ(verdicts(seen, subject), "fiiii");
  EXPECT_THAT(answers(seen), ElementsAre("(not seen)"));
  EXPECT_TRUE(*seen.get(kDns.listed));
  EXPECT_THAT(test::judge(kDnsType, "dns.answer", seen, subject).message,
              HasSubstr("answers REFUSED for starship.python.test, although `dns.authoritative` names it"));
  subject.expected.facts = {"rcode"};  // the scenario wants the refusal: the old provider has let go
  EXPECT_EQ(verdicts(seen, subject), "pssss");
}

TEST(DnsProbe, AnswerWithoutAuthorityIsLame) {
  const auto lame = [](const DnsAsk& ask) {
    return std::vector{
        DnsAnswer(ask).ra().answer("starship.python.test", test::kA, 17, wire_ip("127.0.20.1")).octets()};
  };
  DnsServer ns1(lame);
  const Subject subject = subject_of(ns1, {&ns1}, "starship.python.test");
  const Observation seen = test::observe(kDnsType, subject);
  EXPECT_EQ(verdict("dns.authoritative", seen, subject), Verdict::fail);
  EXPECT_EQ(verdict("dns.answer", seen, subject), Verdict::pass);
}

TEST(DnsProbe, NameServersAreThoseThatTheScenarioDeclares) {
  const auto set_of = [](const std::vector<std::string>& names) {
    std::vector<test::DnsData> zone(kZone.begin() + 2, kZone.end());
    for (const std::string& name : names) zone.push_back({"python.test.", test::kNs, wire_name(name)});
    return zone;
  };
  struct Case {
    std::vector<std::string> names;
    Verdict verdict;
    std::string message;
  };
  const std::vector<Case> cases{
      {{"ns1.python.test", "ns2.python.test"}, Verdict::pass, ""},
      {{"ns1.python.test"}, Verdict::fail, "do not name 127.0.0.2"},
      {{"ns1.python.test", "ns2.python.test", "ns3.python.test"}, Verdict::fail, "ns3.python.test. (127.0.0.3)"},
      {{"ns1.python.test", "ns2.python.test", "ns9.python.test"},
       Verdict::fail,
       "ns9.python.test., which has no address"},
      {{"ns1.python.test", "ns2.python.test", "ns9.other.test"}, Verdict::inconclusive, "could be looked up"},
      {{}, Verdict::fail, "has no NS records"}};
  for (const Case& one : cases) {
    DnsServer ns1(serve_zone("python.test.", 1, set_of(one.names)));
    DnsServer ns2(serve_zone("python.test.", 1, set_of(one.names)), "127.0.0.2");
    const Subject subject = subject_of(ns1, {&ns1, &ns2}, "starship.python.test");
    const Observation seen = test::observe(kDnsType, subject);
    const Judgement judgement = test::judge(kDnsType, "dns.ns-set", seen, subject);
    EXPECT_EQ(judgement.verdict, one.verdict) << judgement.message << test::transcript_text(seen);
    EXPECT_THAT(judgement.message, HasSubstr(one.message));
  }
}

TEST(DnsProbe, NameServersAreThoseThatTheScenarioDeclaresAlsoWhereThatIsOne) {
  for (const auto& [name, wanted] :
       {std::pair("ns1.python.test", Verdict::pass), std::pair("ns3.python.test", Verdict::fail)}) {
    std::vector<test::DnsData> zone(kZone.begin() + 2, kZone.end());
    zone.push_back({"python.test.", test::kNs, wire_name("ns1.python.test")});
    if (std::string_view(name) != "ns1.python.test") zone.push_back({"python.test.", test::kNs, wire_name(name)});
    DnsServer ns1(serve_zone("python.test.", 1, zone));
    const Subject subject = subject_of(ns1, {&ns1}, "starship.python.test");
    const Observation seen = test::observe(kDnsType, subject);
    EXPECT_EQ(test::judge(kDnsType, "dns.ns-set", seen, subject).verdict, wanted) << test::transcript_text(seen);
  }
}

TEST(DnsProbe, ResolversTellTheAddressesOfNameServersElsewhere) {
  std::vector<test::DnsData> zone(kZone.begin() + 1, kZone.end());
  zone.push_back({"python.test.", test::kNs, wire_name("ns1.other.test")});
  DnsServer ns1(serve_zone("python.test.", 1, zone));
  DnsServer ns2(serve_zone("python.test.", 1, zone), "127.0.0.2");
  DnsServer resolver(serve_zone(".", 1, {{"ns1.other.test.", test::kA, wire_ip("127.0.0.1")}}), "127.0.0.4");
  Subject subject = subject_of(ns1, {&ns1, &ns2}, "starship.python.test");
  subject.surroundings.dns.resolvers = {resolver.endpoint().text()};
  EXPECT_EQ(verdicts(test::observe(kDnsType, subject), subject), "ppppp");
}

TEST(DnsProbe, AServerThatIsNotListedForTheZoneIsNotLame) {
  DnsServer ns1(serve_zone("python.test.", 1, kZone));
  DnsServer resolver(
      [](const DnsAsk& ask) {
        return ask.name.ends_with("other.test.")
                   ? serve_zone("other.test.", 1, {{"other.test.", test::kNs, wire_name("ns3.python.test")}})(ask)
                   : serve_zone("python.test.", 1, kZone)(ask);
      },
      "127.0.0.4");
  Subject subject = subject_of(ns1, {&ns1}, "mail.other.test");
  const Observation unknown = test::observe(kDnsType, subject);
  EXPECT_EQ(verdicts(unknown, subject), "fiiii") << "the scenario's word counts where nobody else tells";
  subject.surroundings.dns.resolvers = {resolver.endpoint().text()};
  const Observation seen = test::observe(kDnsType, subject);
  EXPECT_EQ(verdicts(seen, subject), "isssi") << test::transcript_text(seen);
  EXPECT_FALSE(*seen.get(kDns.listed));
  EXPECT_THAT(test::judge(kDnsType, "dns.answer", seen, subject).message,
              HasSubstr("is not a name server of the zone"));

  const Subject by_hand = subject_of(ns1, {}, "mail.other.test", "A", ns1.endpoint().text());
  const Judgement refused = test::judge(kDnsType, "dns.answer", test::observe(kDnsType, by_hand), by_hand);
  EXPECT_EQ(refused.verdict, Verdict::fail);
  EXPECT_EQ(refused.message, ns1.endpoint().text() + " answers REFUSED");
  EXPECT_THAT(refused.hint, testing::Not(HasSubstr("NS records")));
}

TEST(DnsProbe, OtherServersThatAreDeadLeaveParityOpen) {
  DnsServer ns1(serve_zone("python.test.", 1, kZone));
  DnsServer refuses(serve_zone("other.test.", 1, {}), "127.0.0.2");
  const Subject subject = subject_of(ns1, {&ns1, &refuses}, "starship.python.test");
  const Observation seen = test::observe(kDnsType, subject);
  EXPECT_EQ(verdicts(seen, subject), "ppiip");
  EXPECT_THAT(test::judge(kDnsType, "dns.serial", seen, subject).message, HasSubstr("127.0.0.2"));
  ASSERT_EQ(seen.get(kDns.other_troubles)->size(), 1U);
  EXPECT_EQ(seen.get(kDns.other_troubles)->front().second, "REFUSED");
}

}  // namespace
}  // namespace drydock
