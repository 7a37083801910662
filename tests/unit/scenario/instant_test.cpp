#include "harness/scenario/instant.hpp"

#include <gtest/gtest.h>

namespace drydock {
namespace {

std::string shown(const std::optional<WallTime>& time) {
  return time ? format_time(*time) : "nothing";
}

TEST(Instant, IsReadAsRfc3339WritesIt) {
  EXPECT_EQ(shown(parse_instant("2026-11-22T20:00:00Z")), "2026-11-22T20:00:00.000Z");
  EXPECT_EQ(shown(parse_instant("2026-11-22t20:00:00.25z")), "2026-11-22T20:00:00.250Z");
  EXPECT_EQ(shown(parse_instant("2026-11-22T20:00:00.123456789Z")), "2026-11-22T20:00:00.123Z");
  EXPECT_EQ(shown(parse_instant("2026-11-22T20:00:00+01:30")), "2026-11-22T18:30:00.000Z");
  EXPECT_EQ(shown(parse_instant("2026-12-31T23:30:00-01:00")), "2027-01-01T00:30:00.000Z");
  EXPECT_EQ(shown(parse_instant("2016-12-31T23:59:60Z")), "2017-01-01T00:00:00.000Z");
  EXPECT_EQ(shown(parse_instant("2028-02-29T00:00:00Z")), "2028-02-29T00:00:00.000Z");
}

TEST(Instant, OfAnyOtherTextIsNothing) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-22",
                           "2026-11-22T20:00:00",
                           "2026-11-22 20:00:00Z",
                           "2026-11-22T20:00Z",
                           "2026-11-22T24:00:00Z",
                           "2026-11-22T20:60:00Z",
                           "2026-11-22T20:00:61Z",
                           "2026-13-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-00-10T00:00:00Z",
                           "2026-11-00T00:00:00Z",
                           "2026-11-22T20:00:00.Z",
                           "2026-11-22T20:00:00+0100",
                           "2026-11-22T20:00:00+24:00",
                           "2026-11-22T20:00:00Z ",
                           "+026-11-22T20:00:00Z",
                           "1969-12-31T00:00:00Z",
                           "9999-12-31T00:00:00Z",
                           "2026-11-22T20:00:00.\xff"
                           "Z"})
    EXPECT_EQ(shown(parse_instant(text)), "nothing") << text;
  EXPECT_EQ(shown(parse_instant(std::string_view("2026-11-22\0", 11))), "nothing");
}

TEST(Until, ADateLastsToTheEndOfItsDay) {
  EXPECT_EQ(shown(parse_until("2026-12-01")), "2026-12-02T00:00:00.000Z");
  EXPECT_EQ(shown(parse_until("2026-12-31")), "2027-01-01T00:00:00.000Z");
  EXPECT_EQ(shown(parse_until("2026-12-01T10:00:00Z")), "2026-12-01T10:00:00.000Z");
  EXPECT_EQ(shown(parse_until("2026-12-32")), "nothing");
  EXPECT_EQ(shown(parse_until("01.12.2026")), "nothing");
  EXPECT_EQ(shown(parse_until("2026-12-01Z")), "nothing");
}

}  // namespace
}  // namespace drydock
