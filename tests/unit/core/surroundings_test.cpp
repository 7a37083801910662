#include "probes/core/surroundings.hpp"

#include <gtest/gtest.h>

namespace drydock {
namespace {

TEST(Vantage, DialsFromItsAddressOfTheFamily) {
  const Vantage both{"both", "192.0.2.9", "", {"192.0.2.9", "2001:db8::9"}};
  EXPECT_EQ(both.source_for("192.0.2.1"), "192.0.2.9");
  EXPECT_EQ(both.source_for("2001:db8::1"), "2001:db8::9");
  const Vantage turned{"both", "2001:db8::9", "", {"192.0.2.9", "2001:db8::9"}};
  EXPECT_EQ(turned.source_for("192.0.2.1"), "192.0.2.9");
}

TEST(Vantage, WithoutAnAddressOfTheFamilyDialsNothing) {
  const Vantage ipv4{"ipv4", "192.0.2.9", "", {"192.0.2.9"}};
  EXPECT_EQ(ipv4.source_for("2001:db8::1"), std::nullopt);
  EXPECT_EQ(ipv4.dials_from("2001:db8::1"), "192.0.2.9");
}

TEST(Vantage, WithoutAnyAddressLeavesItToTheSystem) {
  const Vantage any;
  EXPECT_EQ(any.source_for("192.0.2.1"), "");
  EXPECT_EQ(any.source_for("2001:db8::1"), "");
}

}  // namespace
}  // namespace drydock
