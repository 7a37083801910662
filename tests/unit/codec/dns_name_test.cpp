#include <gtest/gtest.h>

#include "probes/codec/dns/name.hpp"
#include "probes/codec/dns/serial.hpp"

namespace drydock::dns {
namespace {

TEST(DnsName, IsComparedWithoutCaseAndFinalDot) {
  EXPECT_TRUE(same_name("Mail.Example.ORG.", "mail.example.org"));
  EXPECT_TRUE(same_name(".", "."));
  EXPECT_FALSE(same_name("mail.example.org", "mail.example.com"));
  EXPECT_EQ(fold("A.B."), "a.b");
  EXPECT_EQ(fold("a\\."), "a\\.");  // an escaped dot is part of the label
}

TEST(DnsName, LiesWithinItsZoneByWholeLabels) {
  EXPECT_TRUE(is_within("www.python.test", "python.test."));
  EXPECT_TRUE(is_within("python.test.", "Python.test"));
  EXPECT_TRUE(is_within("anything", "."));
  EXPECT_FALSE(is_within("monty-python.test", "python.test"));
  EXPECT_FALSE(is_within("x\\.python.test", "python.test"));
  EXPECT_FALSE(is_within("test", "python.test"));
}

TEST(DnsName, HasAParentUpToTheRoot) {
  EXPECT_EQ(parent("a.b.c."), "b.c");
  EXPECT_EQ(parent("a\\.b.c"), "c");
  EXPECT_EQ(parent("c"), ".");
  EXPECT_EQ(parent("."), ".");
}

TEST(DnsName, IsCheckedForItsLimits) {
  EXPECT_TRUE(is_name("_dmarc.example.org"));
  EXPECT_TRUE(is_name(std::string(63, 'a') + ".test"));
  EXPECT_FALSE(is_name(std::string(64, 'a') + ".test"));
  EXPECT_FALSE(is_name("a..b"));
  EXPECT_FALSE(is_name(""));
  EXPECT_FALSE(is_name(std::string_view("a\0b", 3)));
  std::string name;
  for (int i = 0; i < 130; ++i) name += "a.";
  EXPECT_FALSE(is_name(name));
}

TEST(DnsName, OfAnAddressIsReversed) {
  EXPECT_EQ(reverse_name("127.0.20.1"), "1.20.0.127.in-addr.arpa.");
  EXPECT_EQ(reverse_name("2001:db8::1"), "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.");
  EXPECT_FALSE(reverse_name("127.0.20"));
  EXPECT_FALSE(reverse_name("example.org"));
}

TEST(DnsName, MixesCaseByBits) {
  EXPECT_EQ(mix_case("ab.cd", 0), "ab.cd");
  EXPECT_EQ(mix_case("ab.cd", ~0ULL), "AB.CD");
  EXPECT_EQ(mix_case("ab.cd", 0b0101), "Ab.Cd");
}

TEST(DnsName, ComparesAddressesNotTheirSpelling) {}

TEST(DnsSerial, FollowsRfc1982) {
  EXPECT_EQ(compare_serials(2, 1), std::partial_ordering::greater);
  EXPECT_EQ(compare_serials(1, 2), std::partial_ordering::less);
  EXPECT_EQ(compare_serials(7, 7), std::partial_ordering::equivalent);
  EXPECT_EQ(compare_serials(0, 0xFFFFFFFFU), std::partial_ordering::greater);
  EXPECT_EQ(compare_serials(0x80000000U, 0), std::partial_ordering::unordered);
  // The number that date-like serials and UNIX time make: backwards, in RFC 1982 arithmetic too.
  EXPECT_EQ(compare_serials(1062000000U, 2003082701U), std::partial_ordering::less);
}

}  // namespace
}  // namespace drydock::dns
