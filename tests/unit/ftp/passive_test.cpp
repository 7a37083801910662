#include "probes/ftp/passive.hpp"

#include <gmock/gmock.h>

namespace drydock::ftp {
namespace {

TEST(PassiveAddressTest, ReadsEveryFormThatServersSend) {
  for (const char* text : {"Entering Passive Mode (10,0,0,5,195,80).", "Entering Passive Mode 10,0,0,5,195,80",
                           "=10,0,0,5,195,80", "Mode 2 (10,0,0,5,195,80)", "(10, 0, 0, 5, 195, 80)"}) {
    const auto address = parse_passive(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->ip, "10.0.0.5") << text;
    EXPECT_EQ(address->port, 195 * 256 + 80) << text;
  }
}

TEST(PassiveAddressTest, RefusesWhatIsNone) {
  for (const char* text : {"", "Entering Passive Mode", "(10,0,0,5,195)", "(10,0,0,256,195,80)", "(10,0,0,5,195,)",
                           "(10.0.0.5,195,80)", "(99999999999,0,0,5,195,80x"})
    EXPECT_FALSE(parse_passive(text)) << text;
}

TEST(PrivateAddressTest, KnowsWhatOthersCantReach) {
  for (const char* ip : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "127.0.10.1", "169.254.1.1",
                         "100.64.0.1", "0.0.0.0"})
    EXPECT_TRUE(is_private(ip)) << ip;
  for (const char* ip : {"192.0.2.1", "172.32.0.1", "100.128.0.1", "8.8.8.8", "not an address", "::1"})
    EXPECT_FALSE(is_private(ip)) << ip;
}

}  // namespace
}  // namespace drydock::ftp
