#include "probes/core/process_identity.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace drydock {
namespace {

TEST(ProcessIdentity, IsKnownByItsStartNotByItsNumberAlone) {
  const ProcessIdentity self = identify(::getpid());
  EXPECT_TRUE(lives(self));
  ProcessIdentity earlier = self;
  --earlier.start;
  EXPECT_FALSE(lives(earlier));
  ProcessIdentity of_another_boot = self;
  of_another_boot.boot = "x";
  EXPECT_FALSE(lives(of_another_boot));
  EXPECT_FALSE(lives({}));
}

}  // namespace
}  // namespace drydock
