// Servers that are silent, that fail, or that can't bear a question.
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
using testing::ElementsAre;
using testing::HasSubstr;

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
  EXPECT_EQ(verdicts(seen, subject), "fpfsp") << test::transcript_text(seen);
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

}  // namespace
}  // namespace drydock
