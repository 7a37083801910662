#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "probes/codec/dns/message.hpp"
#include "tests/support/dns_server.hpp"

namespace drydock::dns {
namespace {

using test::DnsAnswer;
using test::DnsAsk;
using testing::ElementsAre;

Query query_for(std::string name, std::string type) {
  Query query;
  query.name = std::move(name);
  query.type = std::move(type);
  query.id = 0x1234;
  return query;
}

/// What the answer builder needs to know of a query.
DnsAsk ask_of(const Query& query) {
  DnsAsk ask;
  ask.octets = *encode(query);
  ask.id = query.id;
  ask.rd = query.recursion_desired;
  return ask;
}

std::string bytes(std::initializer_list<unsigned> octets) {
  std::string text;
  for (const unsigned octet : octets) text += static_cast<char>(octet);
  return text;
}

TEST(DnsMessage, QueryIsWrittenOctetByOctet) {
  const auto octets = encode(query_for("a.test", "AAAA"));
  ASSERT_TRUE(octets.has_value());
  EXPECT_EQ(*octets, bytes({0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 'a', 4, 't', 'e', 's', 't', 0, 0, 28, 0, 1,
                            // OPT: root, type 41, 1232 octets, DO
                            0, 0, 41, 4, 0xD0, 0, 0, 0x80, 0, 0, 0}));
}

TEST(DnsMessage, QueryCarriesItsFlags) {
  Query query = query_for("a.test", "A");
  query.recursion_desired = query.checking_disabled = true;
  query.edns = false;
  const auto octets = encode(query);
  ASSERT_TRUE(octets.has_value());
  EXPECT_EQ(octets->substr(2, 2), bytes({0x01, 0x10}));
  EXPECT_EQ(octets->size(), 24U);
}

TEST(DnsMessage, QueryOfNonsenseIsRefused) {
  EXPECT_EQ(encode(query_for("a..b", "A")).error().kind, ErrorKind::local);
  EXPECT_EQ(encode(query_for("a.test", "BLAH")).error().kind, ErrorKind::local);
}

TEST(DnsMessage, AnswerIsReadInPresentationForm) {
  const Query query = query_for("Mail.test", "A");
  const auto message =
      decode(DnsAnswer(ask_of(query))
                 .aa()
                 .answer("Mail.test", test::kA, 300, test::wire_ip("127.0.20.1"))
                 .answer("mail.test", test::kMx, 60, std::string("\0\x0A", 2) + test::wire_name("MX.test"))
                 .answer("mail.test", test::kTxt, 60,
                         "\x05"
                         "a \"b\\"
                         "\x01"
                         "c")
                 .answer("mail.test", test::kAaaa, 60, test::wire_ip("2001:db8::1"))
                 .answer("mail.test", 65400, 60, "\x01\x02")
                 .authority("test", test::kSoa, 3600, test::wire_soa(2003082701))
                 .octets());
  ASSERT_TRUE(message.has_value()) << message.error().message;
  EXPECT_EQ(message->rcode, "NOERROR");
  EXPECT_THAT(message->flags, ElementsAre("qr", "aa"));
  EXPECT_EQ(message->question->name, "Mail.test.");
  ASSERT_EQ(message->answer.size(), 5U);
  EXPECT_EQ(message->answer[0], (Record{"Mail.test.", "A", 300, "127.0.20.1"}));
  EXPECT_EQ(message->answer[1].data, "10 MX.test.");
  EXPECT_EQ(message->answer[2].data, R"("a \"b\\" "c")");
  EXPECT_EQ(message->answer[3].data, "2001:db8::1");
  EXPECT_EQ(message->answer[4].type, "TYPE65400");
  EXPECT_EQ(message->answer[4].data, "\\# 2 0102");
  EXPECT_EQ(soa_serial(message->authority[0].data), 2003082701U);
  EXPECT_EQ(why_foreign(*message, query), "");
}

TEST(DnsMessage, SerialIsTheThirdWord) {
  EXPECT_EQ(soa_serial("ns. root. 4294967295 1 2 3 4"), 4294967295U);
  EXPECT_FALSE(soa_serial("ns. root. 4294967296 1 2 3 4"));
  EXPECT_FALSE(soa_serial("ns. root."));
  EXPECT_FALSE(soa_serial("ns. root. x 1"));
}

TEST(DnsMessage, AnswerToAnotherQuestionIsForeign) {
  const Query query = query_for("mail.test", "A");
  const auto why = [&](const std::string& octets) {
    const auto message = decode(octets);
    return message ? why_foreign(*message, query) : message.error().message;
  };
  EXPECT_EQ(why(DnsAnswer(ask_of(query)).octets()), "");
  EXPECT_EQ(why(DnsAnswer(ask_of(query)).question("MAIL.test", test::kA).octets()), "");
  EXPECT_THAT(why(DnsAnswer(ask_of(query)).id(7).octets()), testing::HasSubstr("id is 7"));
  EXPECT_THAT(why(DnsAnswer(ask_of(query)).question("other.test", test::kA).octets()),
              testing::HasSubstr("other.test"));
  EXPECT_THAT(why(DnsAnswer(ask_of(query)).question("mail.test", test::kMx).octets()), testing::HasSubstr("MX"));
  EXPECT_THAT(why(*encode(query)), testing::HasSubstr("not a response"));
}

TEST(DnsMessage, BareErrorHeaderIsAnAnswer) {
  const Query query = query_for("mail.test", "A");
  const auto refused = decode(bytes({0x12, 0x34, 0x80, 0x05, 0, 0, 0, 0, 0, 0, 0, 0}));
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->rcode, "REFUSED");
  EXPECT_EQ(why_foreign(*refused, query), "");
  const auto empty = decode(bytes({0x12, 0x34, 0x80, 0x00, 0, 0, 0, 0, 0, 0, 0, 0}));
  ASSERT_TRUE(empty.has_value());
  EXPECT_NE(why_foreign(*empty, query), "");
}

TEST(DnsMessage, HostileOctetsAreRefused) {
  const std::string header = bytes({0x12, 0x34, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0});
  const std::string question = bytes({1, 'a', 0, 0, 1, 0, 1});
  const std::string self = header + question + bytes({0xC0, 19, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4});
  const std::string pair = header + question + bytes({0xC0, 21, 0xC0, 19, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4});
  const std::string growing = header + question + bytes({1, 'b', 0xC0, 19, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4});
  const std::string beyond = header + question + bytes({0xFF, 0xFF, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4});
  const std::string cut = header + question + bytes({0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2});
  const std::string missing = header + question;
  const std::string rdlength = header + question + bytes({0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0xFF, 0xFF, 1, 2, 3, 4});
  for (const std::string& octets :
       {self, pair, growing, beyond, cut, missing, rdlength, header.substr(0, 11), std::string()}) {
    const auto message = decode(octets);
    ASSERT_FALSE(message.has_value());
    EXPECT_EQ(message.error().kind, ErrorKind::protocol);
  }
}

TEST(DnsMessage, DataIsOfTheFormThatItsTypeHas) {
  const Query query = query_for("mail.test", "A");
  const std::string name = test::wire_name("x.test"), more("\0", 1);
  const auto decodes = [&](std::uint16_t type, const std::string& data) {
    return decode(DnsAnswer(ask_of(query)).answer("mail.test", type, 60, data).octets()).has_value();
  };
  EXPECT_TRUE(decodes(test::kA, "abcd"));
  for (const std::size_t octets : {1, 3, 5, 8}) EXPECT_FALSE(decodes(test::kA, std::string(octets, 'a'))) << octets;
  EXPECT_TRUE(decodes(test::kAaaa, std::string(16, 'a')));
  EXPECT_FALSE(decodes(test::kAaaa, std::string(17, 'a')));
  for (const std::uint16_t type : {test::kNs, test::kPtr, test::kCname}) {
    EXPECT_TRUE(decodes(type, name));
    EXPECT_FALSE(decodes(type, name + more));
    EXPECT_FALSE(decodes(type, std::string("\0\x0A", 2)));
  }
  const std::string preference("\0\x0A", 2);
  EXPECT_TRUE(decodes(test::kMx, preference + name));
  EXPECT_FALSE(decodes(test::kMx, preference));
  EXPECT_FALSE(decodes(test::kMx, preference + name + more));
  EXPECT_TRUE(decodes(test::kTxt, std::string("\x03"
                                              "abc\0",
                                              5)));
  EXPECT_FALSE(decodes(test::kTxt, std::string("\x05"
                                               "abc",
                                               4)));
}

TEST(DnsMessage, EveryPrefixAndRandomDamageIsSurvived) {
  const Query query = query_for("mail.test", "MX");
  const std::string whole =
      DnsAnswer(ask_of(query))
          .answer("mail.test", test::kMx, 60, std::string("\0\x0A", 2) + test::wire_name("mx.test"))
          .answer("mail.test", test::kTxt, 60,
                  std::string("\x03"
                              "abc"))
          .authority("test", test::kSoa, 3600, test::wire_soa(1))
          .octets();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode(whole.substr(0, size)).has_value()) << size;
  std::mt19937 random(1);
  for (int round = 0; round < 5000; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto message = decode(damaged);
    if (!message) continue;
    resolve(*message, "mail.test", "MX");
    why_foreign(*message, query);
  }
}

TEST(DnsMessage, ExtendedRcodeIsPutTogether) {
  std::string octets = bytes({0x12, 0x34, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 41, 4, 0xD0, 1, 0, 0, 0, 0, 0});
  const auto message = decode(octets);
  ASSERT_TRUE(message.has_value()) << message.error().message;
  EXPECT_TRUE(message->edns);
  EXPECT_EQ(message->rcode, "BADVERS");
  EXPECT_TRUE(message->additional.empty());
}

TEST(DnsMessage, SecondOptAndTsigRecordsAreRefused) {  // ldns keeps only the last, and leaks the others
  const std::string opt = bytes({0, 0, 41, 4, 0xD0, 0, 0, 0, 0, 0, 0});
  const std::string tsig =
      bytes({0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 19, 1, 'a', 0}) + std::string(16, '\0');  // RFC 8945 §4.2, all zero
  const auto with = [](std::initializer_list<std::string> records) {
    std::string octets = bytes({0x12, 0x34, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<unsigned>(records.size())});
    for (const std::string& record : records) octets += record;
    return decode(octets);
  };
  EXPECT_TRUE(with({opt, tsig}).has_value());
  EXPECT_THAT(with({opt, opt}).error().message, testing::HasSubstr("2 OPT records"));
  EXPECT_THAT(with({tsig, tsig, tsig}).error().message, testing::HasSubstr("3 TSIG records"));
}

TEST(DnsMessage, AliasesAreFollowedToTheirEnd) {
  const Query query = query_for("www.test", "A");
  const auto message = decode(DnsAnswer(ask_of(query))
                                  .answer("b.test", test::kCname, 60, test::wire_name("C.test"))
                                  .answer("WWW.test", test::kCname, 60, test::wire_name("B.test"))
                                  .answer("c.test", test::kA, 60, test::wire_ip("127.0.0.9"))
                                  .answer("stray.test", test::kA, 60, test::wire_ip("127.0.0.8"))
                                  .octets());
  ASSERT_TRUE(message.has_value());
  const Resolution found = resolve(*message, "www.test", "A");
  EXPECT_THAT(found.aliases, ElementsAre("B.test.", "C.test."));
  ASSERT_EQ(found.records.size(), 1U);
  EXPECT_EQ(found.records[0].data, "127.0.0.9");
  EXPECT_THAT(resolve(*message, "www.test", "CNAME").records, testing::SizeIs(1));
}

TEST(DnsMessage, AliasLoopEnds) {
  const Query query = query_for("a.test", "A");
  const auto message = decode(DnsAnswer(ask_of(query))
                                  .answer("a.test", test::kCname, 60, test::wire_name("b.test"))
                                  .answer("b.test", test::kCname, 60, test::wire_name("A.test"))
                                  .octets());
  ASSERT_TRUE(message.has_value());
  EXPECT_TRUE(resolve(*message, "a.test", "A").loops);
}

TEST(DnsMessage, OnlyTypesThatCanBeHeldAreRecordTypes) {
  for (const char* type : {"A", "AAAA", "MX", "TXT", "CAA", "TLSA", "TYPE65280", "NS"})
    EXPECT_TRUE(is_record_type(type)) << type;
  for (const char* type : {"ANY", "AXFR", "IXFR", "OPT", "TSIG", "", "nonsense", "TYPE0"})
    EXPECT_FALSE(is_record_type(type)) << type;
}

}  // namespace
}  // namespace drydock::dns
