#include "probes/net/marked_command.hpp"

#include <gtest/gtest.h>

namespace drydock::net {
namespace {

TEST(Marks, AloneSayThatACommandRanAndHowItEnded) {
  std::string err = "banner\nm begins\nsaid\nm ended 3\n";
  const Marks marks = take_marks(err, "m");
  EXPECT_TRUE(marks.began);
  EXPECT_EQ(marks.exit, 3);
  EXPECT_EQ(err, "banner\nsaid\n");
  std::string lost = "m begins\nConnection closed by remote host.\n";
  EXPECT_TRUE(take_marks(lost, "m").began);
  EXPECT_EQ(take_marks(lost, "m").exit, std::nullopt);
  std::string other = "ssh: connect to host x: Connection refused\n";
  EXPECT_FALSE(take_marks(other, "m").began);
}

TEST(Marks, StandAroundTheCommandAsItWasGiven) {
  const auto argv = with_marks("m", {"echo", "a b"});
  EXPECT_EQ(argv[3], "m");
  EXPECT_EQ(argv.back(), "a b");
}

}  // namespace
}  // namespace drydock::net
