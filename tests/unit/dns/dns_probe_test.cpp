#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/dns/dns.hpp"
#include "probes/dns/facts.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/observe.hpp"

namespace drydock {
namespace {

using test::DnsAnswer;
using test::DnsAsk;
using test::DnsServer;
using test::serve_zone;
using test::wire_ip;
using test::wire_name;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<test::DnsData> kZone = {
    {"python.test.", test::kNs, wire_name("ns1.python.test")},
    {"python.test.", test::kNs, wire_name("ns2.python.test")},
    {"ns1.python.test.", test::kA, wire_ip("127.0.0.1")},
    {"ns2.python.test.", test::kA, wire_ip("127.0.0.2")},
    {"ns3.python.test.", test::kA, wire_ip("127.0.0.3")},
    {"python.test.", test::kMx, std::string("\0\x0A", 2) + wire_name("starship.python.test")},
    {"starship.python.test.", test::kA, wire_ip("127.0.20.1")},
    {"www.python.test.", test::kCname, wire_name("starship.python.test")},
    {"away.python.test.", test::kCname, wire_name("starship.other.test")},
    {"txt.python.test.", test::kTxt, std::string("\x09v=DKIM1; \x09k=rsa; \"X"), 300},
    {"many.python.test.", test::kA, wire_ip("127.0.20.9"), 600},
    {"many.python.test.", test::kA, wire_ip("127.0.20.10"), 60},
};

Subject subject_of(const DnsServer& own, std::vector<const DnsServer*> authoritative, const std::string& name,
                   const std::string& type = "A", const std::string& ask = "authoritative") {
  Subject subject = test::subject_at(own.endpoint());
  subject.target.id = "dns";
  subject.parameters.set("name", name);
  subject.parameters.set("type", type);
  subject.parameters.set("ask", std::vector{ask});
  for (const DnsServer* server : authoritative)
    subject.surroundings.dns.authoritative.push_back(server->endpoint().text());
  return subject;
}

Verdict verdict(const std::string& check, const Observation& seen, const Subject& subject) {
  return test::judge(kDnsType, check, seen, subject).verdict;
}

/// The verdicts of all checks in the order of the table: p w f i s.
std::string verdicts(const Observation& seen, const Subject& subject) {
  std::string all;
  for (const CheckSpec& check : kDnsType.checks) all += to_string(check.judge(seen, subject).verdict)[0];
  return all;
}

std::vector<std::string> answers(const Observation& seen) {
  const auto* list = seen.get(kDns.answers);
  return list ? texts_of(*list) : std::vector<std::string>{"(not seen)"};
}

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
  EXPECT_EQ(verdict("dns.ns-set", seen, subject), Verdict::skip);
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

TEST(DnsProbe, ServfailBlamesAnAuthoritativeServerAndNoResolver) {
  DnsServer ns1([](const DnsAsk& ask) { return std::vector{DnsAnswer(ask).rcode(2).octets()}; });
  const Subject zone = subject_of(ns1, {&ns1}, "starship.python.test");
  EXPECT_EQ(verdicts(test::observe(kDnsType, zone), zone), "fiiii");
  Subject wanted = zone;
  wanted.expected.facts = {"rcode"};
  EXPECT_EQ(verdict("dns.answer", test::observe(kDnsType, wanted), wanted), Verdict::pass);
  const Subject resolver = subject_of(ns1, {&ns1}, "starship.python.test", "A", "resolvers");
  EXPECT_EQ(verdicts(test::observe(kDnsType, resolver), resolver), "isssi");
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

TEST(DnsProbe, SilenceIsInconclusiveAndAClosedPortFailsOnce) {
  DnsServer silent([](const DnsAsk&) { return std::vector<std::string>{}; });
  Subject subject = subject_of(silent, {&silent, &silent}, "starship.python.test");
  const Observation nothing = test::observe(kDnsType, subject, std::chrono::milliseconds(800));
  EXPECT_EQ(verdicts(nothing, subject), "iiiii");
  Endpoint nobody;
  {
    DnsServer gone([](const DnsAsk&) { return std::vector<std::string>{}; });
    nobody = gone.endpoint();
  }
  subject.target.port = nobody.port;
  const Observation refused = test::observe(kDnsType, subject);
  EXPECT_EQ(verdicts(refused, subject), "fiiii");
  subject.parameters.set("ask", std::vector<std::string>{"resolvers"});
  EXPECT_EQ(verdicts(refused, subject), "isssi");
}

TEST(DnsProbe, AnAnswerThatCantBeReadIsNotToldAsARefusal) {
  const auto unreadable = [](const DnsAsk& ask) {
    std::string octets = DnsAnswer(ask).aa().octets();
    octets[7] = 1;  // an answer record that is not there
    return std::vector{octets};
  };
  const DnsServer ns1(unreadable, "127.0.0.1", 0, test::DnsTcp::refused);
  Subject subject = subject_of(ns1, {&ns1}, "starship.python.test");
  const Observation seen = test::observe(kDnsType, subject);
  EXPECT_EQ(verdicts(seen, subject), "fiiii") << test::transcript_text(seen);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::protocol);
  EXPECT_THAT(test::judge(kDnsType, "dns.answer", seen, subject).message,
              testing::AllOf(HasSubstr("over UDP can't be read"), HasSubstr("over TCP: ")));
  subject.parameters.set("ask", std::vector<std::string>{"resolvers"});
  EXPECT_EQ(verdicts(test::observe(kDnsType, subject), subject), "isssi");
}

TEST(DnsProbe, SilenceFailsWhereAnotherServerAnswersTheSame) {
  DnsServer silent([](const DnsAsk&) { return std::vector<std::string>{}; });
  DnsServer ns2(serve_zone("python.test.", 1, kZone), "127.0.0.2");
  Subject subject = subject_of(silent, {&silent, &ns2}, "starship.python.test");
  const Observation seen = test::observe(kDnsType, subject, std::chrono::milliseconds(3000));
  EXPECT_EQ(verdicts(seen, subject), "fiiii") << test::transcript_text(seen);
  EXPECT_THAT(test::judge(kDnsType, "dns.answer", seen, subject).message,
              HasSubstr("is silent, while " + ns2.endpoint().text() + " answers"));
  EXPECT_EQ(seen.error->kind, ErrorKind::timeout);
  EXPECT_EQ(seen.error_stage, "question");
  subject.parameters.set("ask", std::vector<std::string>{"resolvers"});
  EXPECT_EQ(verdict("dns.answer", seen, subject), Verdict::inconclusive) << "our resolver's silence blames nobody";
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

std::string with_edns(std::string octets) {
  octets[11] = 1;
  return octets + std::string("\0\0\x29\x04\xD0\0\0\0\0\0\0", 11);
}

TEST(DnsProbe, TellsWhatAServerCantBear) {
  const auto zone = serve_zone("python.test.", 1, kZone);
  DnsServer edns([&](const DnsAsk& ask) {
    return ask.edns ? std::vector{with_edns(DnsAnswer(ask).rcode(1).octets())} : zone(ask);
  });
  const Subject subject = subject_of(edns, {&edns}, "starship.python.test");
  const Observation seen = test::observe(kDnsType, subject);
  EXPECT_EQ(verdicts(seen, subject), "fpssp") << test::transcript_text(seen);
  EXPECT_THAT(test::judge(kDnsType, "dns.answer", seen, subject).message,
              HasSubstr("can't bear EDNS: it answers FORMERR to the question with it and NOERROR without"));

  DnsServer lower([&](const DnsAsk& ask) {
    const std::string question = ask.octets.substr(12, ask.name.size());
    const bool mixed = std::any_of(question.begin(), question.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return mixed ? std::vector{DnsAnswer(ask).rcode(5).octets()} : zone(ask);
  });
  const Subject folded = subject_of(lower, {&lower}, "starship.python.test");
  const Observation told = test::observe(kDnsType, folded);
  EXPECT_THAT(answers(told), ElementsAre("127.0.20.1"));
  const Judgement judgement = test::judge(kDnsType, "dns.answer", told, folded);
  EXPECT_EQ(judgement.verdict, Verdict::fail);
  EXPECT_THAT(judgement.message, HasSubstr("knows names in lower case only: it answers REFUSED in mixed case"));
}

TEST(DnsProbe, AResolverThatCantBearEdnsIsNoFaultOfTheZone) {
  const auto zone = serve_zone("python.test.", 1, kZone);
  const auto half_a_message = [](const DnsAsk& ask) {
    std::string octets = DnsAnswer(ask).octets();
    octets[11] = 1;
    return std::vector{octets};
  };
  const auto refuses = [](const DnsAsk& ask) { return std::vector{with_edns(DnsAnswer(ask).rcode(1).octets())}; };
  const auto is_silent = [](const DnsAsk&) { return std::vector<std::string>{}; };
  for (const test::DnsHandler& with : std::vector<test::DnsHandler>{refuses, is_silent, half_a_message}) {
    DnsServer resolver([&](const DnsAsk& ask) { return ask.edns ? with(ask) : zone(ask); });
    const Subject subject = subject_of(resolver, {}, "starship.python.test", "A", "resolvers");
    const Observation seen = test::observe(kDnsType, subject, std::chrono::seconds(6));
    EXPECT_EQ(verdicts(seen, subject), "isssp") << test::transcript_text(seen);
    EXPECT_THAT(test::judge(kDnsType, "dns.answer", seen, subject).message, HasSubstr("our resolver"));
    EXPECT_THAT(test::judge(kDnsType, "dns.answer", seen, subject).message, HasSubstr("can't bear EDNS"));
    EXPECT_THAT(answers(seen), ElementsAre("127.0.20.1"));
  }
}

TEST(DnsProbe, SilenceToEdnsFailsWhereAnotherServerAnswersTheSame) {
  const auto zone = serve_zone("python.test.", 1, kZone);
  DnsServer silent([&](const DnsAsk& ask) { return ask.edns ? std::vector<std::string>{} : zone(ask); });
  DnsServer other(zone, "127.0.0.2");
  const Subject both = subject_of(silent, {&silent, &other}, "starship.python.test");
  const Observation seen = test::observe(kDnsType, both, std::chrono::seconds(6));
  const Judgement judgement = test::judge(kDnsType, "dns.answer", seen, both);
  EXPECT_EQ(judgement.verdict, Verdict::fail) << test::transcript_text(seen);
  EXPECT_THAT(judgement.message, HasSubstr("it gives no answer to the question with it and NOERROR without"));
  const Subject alone = subject_of(silent, {&silent}, "starship.python.test");
  const Observation lonely = test::observe(kDnsType, alone, std::chrono::seconds(6));
  EXPECT_EQ(verdict("dns.answer", lonely, alone), Verdict::inconclusive) << test::transcript_text(lonely);
  EXPECT_EQ(verdicts(lonely, alone).find('f'), std::string::npos);
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

}  // namespace
}  // namespace drydock
