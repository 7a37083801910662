#include "probes/core/ip_address.hpp"

#include <gtest/gtest.h>

namespace drydock {
namespace {

TEST(IpAddress, SpellingsOfOneAddressAreTheSame) {
  EXPECT_TRUE(same_address("::1", "0:0:0:0:0:0:0:1"));
  EXPECT_TRUE(same_address("127.0.0.1", "127.0.0.1"));
  EXPECT_TRUE(same_address("::ffff:192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(same_address("127.0.0.1", "127.0.0.2"));
  EXPECT_FALSE(same_address("x", "x"));
}

TEST(IpAddress, FamiliesAreToldByHowTheyAreWritten) {
  EXPECT_TRUE(is_ipv6_address("2001:db8::1"));
  EXPECT_TRUE(is_ipv6_address("::ffff:192.0.2.1"));
  EXPECT_FALSE(is_ipv6_address("192.0.2.1"));
  EXPECT_FALSE(is_ipv6_address("192.0.2.1:25"));
  EXPECT_FALSE(is_ipv6_address("x"));
}

TEST(IpAddress, ANetworkHasNoBitSetBehindItsPrefix) {
  for (const char* network : {"192.0.2.0/24", "192.0.2.1", "192.0.2.1/32", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1"})
    EXPECT_TRUE(is_ip_network(network)) << network;
  for (const char* slip : {"192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/024",
                           "192.0.2.0/24 ", "/24", "", "example.org/24", "2001:db8::1/64", "::/129", "192.0.2.0/24/24"})
    EXPECT_FALSE(is_ip_network(slip)) << slip;
}

TEST(IpAddress, IsWithinItsNetworkAlone) {
  EXPECT_TRUE(is_within("192.0.2.255", "192.0.2.0/24"));
  EXPECT_TRUE(is_within("192.0.3.255", "192.0.2.0/23"));
  EXPECT_TRUE(is_within("203.0.113.1", "0.0.0.0/0"));
  EXPECT_TRUE(is_within("2001:db8:ffff::1", "2001:db8::/32"));
  EXPECT_TRUE(is_within("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(is_within("192.0.3.0", "192.0.2.0/24"));
  EXPECT_FALSE(is_within("192.0.4.0", "192.0.2.0/23"));
  EXPECT_FALSE(is_within("2001:db9::1", "2001:db8::/32"));
  EXPECT_FALSE(is_within("2001:db8::1", "0.0.0.0/0"));
  EXPECT_FALSE(is_within("192.0.2.1", "example.org"));
  EXPECT_FALSE(is_within("example.org", "0.0.0.0/0"));
}

TEST(IpAddress, OneHostHasIt) {
  for (const char* address : {"192.0.2.1", "127.0.0.1", "2001:db8::1", "::1", "10.255.255.255", "223.255.255.255"})
    EXPECT_TRUE(is_unicast_address(address)) << address;
  for (const char* address : {"0.0.0.0", "::", "224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::1",
                              "::ffff:224.0.0.1", "", "example.org"})
    EXPECT_FALSE(is_unicast_address(address)) << address;
}

}  // namespace
}  // namespace drydock
