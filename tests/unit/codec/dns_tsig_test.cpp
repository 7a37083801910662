#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/codec/dns/ldns.hpp"
#include "probes/codec/dns/message.hpp"
#include "probes/codec/dns/tsig.hpp"
#include "probes/codec/dns/update.hpp"

namespace drydock::dns {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kBase64 = "BwEKFHDl/nPjyEW5s4Ma5MXnqsft3sLvffDvbUN4tKs=";

std::string key_text(std::string_view algorithm = "hmac-sha256") {
  return "key \"lab-ddns\" {\n\talgorithm " + std::string(algorithm) + ";\n\tsecret \"" + kBase64 + "\";\n};\n";
}

TsigKey key(std::string_view algorithm = "hmac-sha256") {
  return *parse_tsig_key(key_text(algorithm));
}

std::string update() {
  return *encode_update("python.test", {{"www.python.test", "A", 300, {"127.0.20.1"}}}, 0x4242);
}

/// ldns's own TSIG, as the other side: an answer signed by it.
std::string answer_signed_by_ldns(const std::string& mac, unsigned rcode = 0, const char* secret = kBase64,
                                  const char* name = "lab-ddns.") {
  const Ldns<ldns_pkt> packet(ldns_pkt_new());
  ldns_pkt_set_id(packet.get(), 0x4242);
  ldns_pkt_set_qr(packet.get(), true);
  ldns_pkt_set_opcode(packet.get(), LDNS_PACKET_UPDATE);
  ldns_pkt_set_rcode(packet.get(), static_cast<std::uint8_t>(rcode));
  std::string field;
  field += static_cast<char>(mac.size() >> 8U);
  field += static_cast<char>(mac.size());
  field += mac;
  const Ldns<ldns_rdf> request_mac(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_INT16_DATA, field.size(), field.data()));
  EXPECT_EQ(ldns_pkt_tsig_sign(packet.get(), name, secret, 300, "hmac-sha256.", request_mac.get()), LDNS_STATUS_OK);
  std::uint8_t* octets = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(ldns_pkt2wire(&octets, packet.get(), &size), LDNS_STATUS_OK);
  const Ldns<std::uint8_t> owner(octets);
  return {reinterpret_cast<const char*>(octets), size};
}

std::uint64_t now() {
  return static_cast<std::uint64_t>(time(nullptr));
}

TEST(TsigKey, IsReadAsTsigKeygenWritesIt) {
  const auto read = parse_tsig_key(key_text());
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->name, "lab-ddns");
  EXPECT_EQ(read->algorithm, "hmac-sha256");
  EXPECT_EQ(read->secret.size(), 32U);
  EXPECT_EQ(static_cast<unsigned char>(read->secret[0]), 7);
  EXPECT_TRUE(parse_tsig_key("# made today\nkey lab.ddns. { secret \"AAAA\"; algorithm \"HMAC-SHA512\"; }; // end")
                  .has_value());
}

TEST(TsigKey, ThatIsNotWholeIsRefusedWithoutShowingIt) {
  for (const std::string& text :
       {std::string(), std::string("key"), std::string("key \"a\" { algorithm hmac-sha256; };"),
        std::string("key \"a\" { secret \"U0VDUkVU\"; };"),
        std::string("key \"a\" { algorithm hmac-md9; secret \"U0VDUkVU\"; };"),
        std::string("key \"a\" { algorithm hmac-sha256; secret \"U0VDUkVU!\"; };"),
        std::string("key \"a\" { algorithm hmac-sha256; secret \"U0VDUkVU\"; }"),
        std::string("key \"a\" { algorithm hmac-sha256; secret \"U0VDUkVU; };"),
        std::string("key \"a\" { algorithm hmac-sha256; secret \"U0VDUkVU\" };"),
        std::string("key \"a\" { algorithm hmac-sha256; secret \"U0VDUkVU\"; secret \"U0VDUkVU\"; };"),
        std::string("key \"a\" { algorithm hmac-sha256; secret \"U0VDUkVU\"; other 1; };"),
        std::string("key \"a..b\" { algorithm hmac-sha256; secret \"U0VDUkVU\"; };"),
        std::string("key \"a\" { algorithm hmac-sha256; secret \"U0VDUkVU\"; }; key \"b\" { };"),
        std::string("hmac-sha256:a:U0VDUkVU"), std::string("key \"a\" { algorithm hmac-sha256; secret \"\"; };"),
        std::string("key \"a\" { algorithm hmac-sha256; secret ; };"), std::string("key {{{"),
        std::string(100000, 'x')}) {
    const auto read = parse_tsig_key(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::credential);
    EXPECT_THAT(read.error().message, Not(HasSubstr("U0VDUkVU")));
  }
}

TEST(Tsig, SignatureIsAcceptedByAnotherImplementation) {
  const SignedMessage sent = sign(update(), key(), now());
  ldns_pkt* packet = nullptr;
  const auto* octets = reinterpret_cast<const std::uint8_t*>(sent.octets.data());
  ASSERT_EQ(ldns_wire2pkt(&packet, octets, sent.octets.size()), LDNS_STATUS_OK);
  const Ldns<ldns_pkt> owner(packet);
  EXPECT_TRUE(ldns_pkt_tsig_verify(packet, octets, sent.octets.size(), "lab-ddns.", kBase64, nullptr));
  EXPECT_FALSE(ldns_pkt_tsig_verify(packet, octets, sent.octets.size(), "lab-ddns.", "AAAA", nullptr));
}

TEST(Tsig, AnswerOfAnotherImplementationIsVerified) {
  const SignedMessage sent = sign(update(), key(), now());
  const TsigVerdict verdict = verify(answer_signed_by_ldns(sent.mac), key(), sent.mac, now());
  EXPECT_EQ(verdict.state, TsigState::valid) << verdict.why;
}

TEST(Tsig, AnswerThatDoesNotFitIsInvalid) {
  const SignedMessage sent = sign(update(), key(), now());
  const std::string good = answer_signed_by_ldns(sent.mac);
  EXPECT_EQ(verify(good, key(), "another request", now()).state, TsigState::invalid);
  EXPECT_EQ(verify(good, key(), sent.mac, now() + 1000).state, TsigState::invalid);
  EXPECT_EQ(verify(good, key(), sent.mac, now() - 1000).state, TsigState::invalid);
  EXPECT_EQ(verify(good, key("hmac-sha512"), sent.mac, now()).state, TsigState::invalid);
  EXPECT_EQ(verify(answer_signed_by_ldns(sent.mac, 0, "AAAA"), key(), sent.mac, now()).state, TsigState::invalid);
  EXPECT_EQ(verify(answer_signed_by_ldns(sent.mac, 0, kBase64, "other."), key(), sent.mac, now()).state,
            TsigState::invalid);
  std::string forged = good;
  forged[3] = static_cast<char>(forged[3] ^ 0x05);
  EXPECT_EQ(verify(forged, key(), sent.mac, now()).state, TsigState::invalid);
}

TEST(Tsig, AbsenceIsToldFromInvalidity) {
  EXPECT_EQ(verify(update(), key(), "", now()).state, TsigState::absent);
  EXPECT_EQ(verify("", key(), "", now()).state, TsigState::absent);
  const std::string good = sign(update(), key(), now()).octets;
  EXPECT_EQ(verify(good + "x", key(), "", now()).state, TsigState::absent);  // not the last record: RFC 8945 §5.1
}

TEST(Tsig, DamageIsSurvived) {
  const SignedMessage sent = sign(update(), key(), now());
  const std::string good = answer_signed_by_ldns(sent.mac);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(verify(good.substr(0, size), key(), sent.mac, now()).state, TsigState::valid);
  std::size_t harmless = 0;
  for (std::size_t at = 0; at < good.size(); ++at)
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string damaged = good;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << bit));
      if (verify(damaged, key(), sent.mac, now()).state == TsigState::valid) ++harmless;
    }
  // Not signed are the header's id (16 bits), the record's TTL (32) and the case of the letters of lab-ddns and
  // hmac-sha256 (7 and 7).
  EXPECT_EQ(harmless, 16U + 32U + 14U);
}

TEST(Tsig, NameThatPointsForwardsOrAtItselfEnds) {
  std::string message(12, '\0');
  message[11] = 1;
  for (const std::string& name : {std::string("\xC0\x0C"), std::string("\xC0\xFF"),
                                  std::string("\x01"
                                              "a\xC0\x0C"),
                                  std::string("\xC0"), std::string("\x3F")})
    EXPECT_EQ(verify(message + name, key(), "", 0).state, TsigState::absent);
}

TEST(DnsUpdate, DeletesTheRrsetFirstAndThenAdds) {
  const std::string octets =
      *encode_update("Test.", {{"a.test", "A", 300, {"1.2.3.4", "5.6.7.8"}}, {"b.test.", "MX", 0, {}}}, 7);
  EXPECT_EQ(octets.substr(0, 12), std::string("\0\x07\x28\0\0\x01\0\0\0\x04\0\0", 12));
  const auto message = decode(octets);
  ASSERT_TRUE(message.has_value()) << message.error().message;
  EXPECT_EQ(message->question->name, "test.");
  EXPECT_EQ(message->question->type, "SOA");
  ASSERT_EQ(message->authority.size(), 4U);
  EXPECT_EQ(message->authority[0], (Record{"a.test.", "A", 0, ""}));
  EXPECT_EQ(message->authority[1], (Record{"a.test.", "A", 300, "1.2.3.4"}));
  EXPECT_EQ(message->authority[2], (Record{"a.test.", "A", 300, "5.6.7.8"}));
  EXPECT_EQ(message->authority[3], (Record{"b.test.", "MX", 0, ""}));
}

TEST(DnsUpdate, DataNamesAreAbsoluteWithOrWithoutTheFinalDot) {
  for (const char* data : {"10 mail.other.test", "10 mail.other.test."}) {
    const auto message = decode(*encode_update("test", {{"test", "MX", 60, {data}}}, 7));
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->authority[1].data, "10 mail.other.test.");
  }
  const auto text = decode(*encode_update("test", {{"test", "TXT", 60, {R"("v=spf1 ip4:1.2.3.4 -all" "two")"}}}, 7));
  EXPECT_EQ(text->authority[1].data, R"("v=spf1 ip4:1.2.3.4 -all" "two")");
}

TEST(DnsUpdate, WhatCannotBeSentIsNamed) {
  const auto why = [](const RrsetChange& change) {
    const auto encoded = encode_update("python.test", {change}, 1);
    return encoded ? std::string("encoded") : encoded.error().message;
  };
  EXPECT_THAT(why({"www.other.test", "A", 1, {"1.2.3.4"}}), HasSubstr("does not lie in the zone python.test"));
  EXPECT_THAT(why({"www.python.test", "A", 1, {"1.2.3"}}), HasSubstr("\"1.2.3\" can't be the data of a A record"));
  EXPECT_THAT(why({"www.python.test", "A", 1, {"1.2.3.4\nx.python.test 1 IN A 6.6.6.6"}}), HasSubstr("line break"));
  EXPECT_THAT(why({"www.python.test", "ANY", 1, {}}), HasSubstr("not a record type"));
  EXPECT_THAT(why({"www.python.test", "MX", 1, {"mail"}}), HasSubstr("can't be the data"));
  EXPECT_THAT(why({"www.python.test", "A", 0x80000000U, {"1.2.3.4"}}), HasSubstr("TTL"));
  EXPECT_THAT(why({"www..python.test", "A", 1, {"1.2.3.4"}}), HasSubstr("not a domain name"));
  EXPECT_THAT(why({"www.python.test", "A", 1, {""}}), HasSubstr("can't be the data"));
}

TEST(DnsUpdate, AnswerIsKnownByIdAndOpcode) {
  const std::string good("\0\x07\xA8\0\0\0\0\0\0\0\0\0", 12);
  EXPECT_EQ(why_foreign_update(good, 7), "");
  EXPECT_NE(why_foreign_update(good, 8), "");
  EXPECT_NE(why_foreign_update(std::string("\0\x07\x80\0\0\0\0\0\0\0\0\0", 12), 7), "");
  EXPECT_NE(why_foreign_update(std::string("\0\x07\x28\0\0\0\0\0\0\0\0\0", 12), 7), "");
  EXPECT_NE(why_foreign_update("", 7), "");
}

}  // namespace
}  // namespace drydock::dns
