// What the answers of servers and resolvers show.
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
using testing::IsEmpty;

TEST(DnsProbe, HealthyPairPassesEverything) {
  DnsServer ns1(serve_zone("python.test.", 2003082701, kZone));
  DnsServer ns2(serve_zone("python.test.", 2003082701, kZone), "127.0.0.2");
  const Subject subject = subject_of(ns1, {&ns1, &ns2}, "starship.python.test");
  const Observation seen = test::observe(kDnsType, subject);
  EXPECT_EQ(verdicts(seen, subject), "ppppp") << test::transcript_text(seen);
  EXPECT_FALSE(seen.error);
  EXPECT_THAT(answers(seen), ElementsAre("127.0.20.1"));
  EXPECT_EQ(*seen.get(kDns.rcode), "NOERROR");
  EXPECT_EQ(*seen.get(kDns.ttl), 300);
  EXPECT_THAT(*seen.get(kDns.flags), ElementsAre("qr", "aa"));
  EXPECT_EQ(seen.get(kDns.zone)->text, "python.test.");
  EXPECT_EQ(*seen.get(kDns.serial), 2003082701);
  EXPECT_EQ(seen.address, ns1.endpoint().text());
  for (const DnsAsk& ask : ns1.asks()) EXPECT_FALSE(ask.rd);
}

TEST(DnsProbe, AnswersAreSortedAndTheSmallestTtlCounts) {
  DnsServer ns1(serve_zone("python.test.", 1, kZone));
  const Subject subject = subject_of(ns1, {&ns1}, "many.python.test");
  const Observation seen = test::observe(kDnsType, subject);
  EXPECT_THAT(answers(seen), ElementsAre("127.0.20.10", "127.0.20.9"));
  EXPECT_EQ(*seen.get(kDns.ttl), 60);
  EXPECT_EQ(verdict("dns.serial", seen, subject), Verdict::skip);
  EXPECT_EQ(verdict("dns.ns-set", seen, subject), Verdict::fail)
      << "a zone without NS records, however many are declared";
}

TEST(DnsProbe, TxtDataIsTheJoinedTextAndKeepsItsCase) {
  DnsServer ns1(serve_zone("python.test.", 1, kZone));
  const Subject subject = subject_of(ns1, {&ns1}, "txt.python.test", "TXT");
  const Observation seen = test::observe(kDnsType, subject);
  ASSERT_NE(seen.get(kDns.answers), nullptr) << test::transcript_text(seen);
  EXPECT_EQ(*seen.get(kDns.answers), (std::vector<DnsData>{{"v=DKIM1; k=rsa; \"X", false}}));
  EXPECT_THAT(*seen.get(kDns.strings), ElementsAre("v=DKIM1; ", "k=rsa; \"X"));
}

TEST(DnsProbe, AnAnswerOfAnotherClassOrWithoutDataIsNone) {
  for (const bool class_ch : {true, false}) {
    DnsServer ns1([class_ch](const DnsAsk& ask) {
      std::string octets =
          DnsAnswer(ask).aa().answer(ask.name, test::kA, 300, class_ch ? wire_ip("127.0.20.1") : "").octets();
      if (class_ch) octets[octets.size() - 11] = 3;
      return std::vector{octets};
    });
    const Subject subject = subject_of(ns1, {&ns1}, "starship.python.test");
    const Observation seen = test::observe(kDnsType, subject);
    EXPECT_EQ(seen.get(kDns.answers), nullptr) << test::transcript_text(seen);
    ASSERT_TRUE(seen.error);
    EXPECT_EQ(seen.error->kind, ErrorKind::protocol) << seen.error->message;
  }
}

TEST(DnsProbe, AliasIsFollowedWithinTheZoneOnly) {
  DnsServer ns1([](const DnsAsk& ask) {
    if (ask.name != "www.python.test." || ask.type != test::kA) return serve_zone("python.test.", 1, kZone)(ask);
    return std::vector{DnsAnswer(ask)
                           .aa()
                           .answer("www.python.test", test::kCname, 60, wire_name("starship.python.test"))
                           .answer("starship.python.test", test::kA, 300, wire_ip("127.0.20.1"))
                           .octets()};
  });
  const Subject inside = subject_of(ns1, {&ns1}, "www.python.test");
  const Observation seen = test::observe(kDnsType, inside);
  EXPECT_THAT(answers(seen), ElementsAre("127.0.20.1"));
  EXPECT_THAT(texts_of(*seen.get(kDns.aliases)), ElementsAre("starship.python.test."));
  EXPECT_EQ(verdict("dns.exists", seen, inside), Verdict::pass);
  EXPECT_EQ(seen.get(kDns.zone)->text, "python.test.");

  DnsServer bare([](const DnsAsk& ask) {
    return std::vector{
        DnsAnswer(ask).aa().answer("away.python.test", test::kCname, 60, wire_name("starship.other.test")).octets()};
  });
  const Subject outside = subject_of(bare, {&bare}, "away.python.test");
  const Observation away = test::observe(kDnsType, outside);
  EXPECT_THAT(answers(away), ElementsAre("(not seen)"));
  EXPECT_EQ(verdict("dns.exists", away, outside), Verdict::inconclusive);
}

TEST(DnsProbe, ProvenAbsenceIsAnEmptyAnswer) {
  DnsServer ns1(serve_zone("python.test.", 1, kZone));
  Subject nodata = subject_of(ns1, {&ns1}, "starship.python.test", "AAAA");
  const Observation none = test::observe(kDnsType, nodata);
  EXPECT_EQ(*none.get(kDns.rcode), "NOERROR");
  EXPECT_THAT(answers(none), IsEmpty());
  EXPECT_FALSE(none.has(kDns.ttl));
  const Judgement missing = test::judge(kDnsType, "dns.exists", none, nodata);
  EXPECT_EQ(missing.verdict, Verdict::fail);
  EXPECT_THAT(missing.reproduce, HasSubstr("starship.python.test AAAA +norecurse"));
  nodata.expected.facts = {"answers"};
  EXPECT_EQ(verdict("dns.exists", none, nodata), Verdict::skip);

  const Subject nxdomain = subject_of(ns1, {&ns1}, "nobody.python.test");
  const Observation nobody = test::observe(kDnsType, nxdomain);
  EXPECT_EQ(*nobody.get(kDns.rcode), "NXDOMAIN");
  EXPECT_THAT(answers(nobody), IsEmpty());
  EXPECT_EQ(verdict("dns.answer", nobody, nxdomain), Verdict::pass);
  EXPECT_EQ(verdict("dns.authoritative", nobody, nxdomain), Verdict::pass);
  EXPECT_THAT(test::judge(kDnsType, "dns.exists", nobody, nxdomain).actual, HasSubstr("NXDOMAIN"));
}

TEST(DnsProbe, ReferralProvesNoAbsence) {
  DnsServer ns1([](const DnsAsk& ask) {
    return std::vector{DnsAnswer(ask).authority("test", test::kNs, 60, wire_name("ns.elsewhere.test")).octets()};
  });
  const Subject subject = subject_of(ns1, {&ns1}, "starship.python.test", "AAAA");
  const Observation seen = test::observe(kDnsType, subject);
  EXPECT_THAT(answers(seen), ElementsAre("(not seen)"));
  EXPECT_EQ(verdict("dns.exists", seen, subject), Verdict::inconclusive);
  EXPECT_EQ(verdict("dns.authoritative", seen, subject), Verdict::fail);
}

TEST(DnsProbe, ResolverThatFindsTheZoneBogusIsTold) {
  DnsServer resolver([](const DnsAsk& ask) {
    DnsAnswer reply(ask);
    return std::vector{ask.cd ? reply.ra().answer("starship.python.test", test::kA, 9, wire_ip("127.0.20.1")).octets()
                              : reply.ra().rcode(2).octets()};
  });
  const Subject subject = subject_of(resolver, {}, "starship.python.test", "A", "resolvers");
  const Observation seen = test::observe(kDnsType, subject);
  const Judgement judgement = test::judge(kDnsType, "dns.answer", seen, subject);
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
  EXPECT_THAT(judgement.hint, HasSubstr("DNSSEC"));
}

TEST(DnsProbe, ResolverIsAskedRecursivelyAndNotForTheZone) {
  DnsServer resolver([](const DnsAsk& ask) {
    return std::vector{DnsAnswer(ask).ra().answer("starship.python.test", test::kA, 9, wire_ip("127.0.20.1")).octets()};
  });
  const Subject subject = subject_of(resolver, {}, "starship.python.test", "A", "resolvers");
  const Observation seen = test::observe(kDnsType, subject);
  EXPECT_EQ(verdicts(seen, subject), "psssp");
  ASSERT_EQ(resolver.asks().size(), 1U);
  EXPECT_TRUE(resolver.asks()[0].rd);
}

TEST(DnsProbe, ListedAddressIsTakenAsItAnswers) {
  DnsServer server(serve_zone("python.test.", 1, kZone));
  const Subject subject = subject_of(server, {}, "starship.python.test", "A", server.endpoint().text());
  EXPECT_EQ(verdicts(test::observe(kDnsType, subject), subject), "psssp");
}

TEST(DnsProbe, AliasLoopFails) {
  DnsServer ns1([](const DnsAsk& ask) {
    return std::vector{DnsAnswer(ask)
                           .aa()
                           .answer("a.python.test", test::kCname, 60, wire_name("b.python.test"))
                           .answer("b.python.test", test::kCname, 60, wire_name("a.python.test"))
                           .octets()};
  });
  const Subject subject = subject_of(ns1, {&ns1}, "a.python.test");
  EXPECT_EQ(verdict("dns.exists", test::observe(kDnsType, subject), subject), Verdict::fail);
}

TEST(DnsType, ParametersAreValidated) {
  Parameters parameters;
  parameters.set("name", std::string("starship.python.test"));
  EXPECT_THAT(kDnsType.validate(parameters), IsEmpty());
  parameters.set("type", std::string("aaaa"));
  EXPECT_THAT(kDnsType.validate(parameters), IsEmpty());
  parameters.set("type", std::string("AXFR"));
  ASSERT_EQ(kDnsType.validate(parameters).size(), 1U);
  parameters.set("type", std::string("MX"));
  parameters.set("name", std::string("a..b"));
  EXPECT_EQ(kDnsType.validate(parameters).size(), 1U);
}

TEST(DnsProbe, RecordsBesideAnErrorAreNoAnswer) {
  for (const unsigned rcode : {2U, 3U, 5U}) {  // SERVFAIL, NXDOMAIN, REFUSED
    DnsServer ns1([rcode](const DnsAsk& ask) {
      return std::vector{
          DnsAnswer(ask).aa().rcode(rcode).answer(ask.name, test::kA, 60, wire_ip("127.0.20.1")).octets()};
    });
    const Subject subject = subject_of(ns1, {&ns1}, "starship.python.test");
    const Observation seen = test::observe(kDnsType, subject);
    EXPECT_FALSE(seen.has(kDns.answers)) << test::transcript_text(seen);
    EXPECT_NE(verdict("dns.exists", seen, subject), Verdict::pass);
  }
}

}  // namespace
}  // namespace drydock
