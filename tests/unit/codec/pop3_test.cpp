#include "probes/codec/pop3.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock {
namespace {

using ::testing::ElementsAre;

TEST(Pop3Status, ReadsBothIndicators) {
  const auto good = parse_pop3_status("+OK Hello there.");
  ASSERT_TRUE(good.has_value());
  EXPECT_TRUE(good->ok);
  EXPECT_EQ(good->text, "Hello there.");
  const auto bad = parse_pop3_status("-ERR [sys/temp] later");
  ASSERT_TRUE(bad.has_value());
  EXPECT_FALSE(bad->ok);
  EXPECT_EQ(bad->code, "SYS/TEMP");
  EXPECT_EQ(bad->text, "later");
  EXPECT_TRUE(parse_pop3_status("+OK")->ok);
  EXPECT_FALSE(parse_pop3_status("-ERR")->ok);
  EXPECT_EQ(parse_pop3_status("+OK [never closed")->text, "[never closed");
}

TEST(Pop3Status, RefusesEverythingElse) {
  for (const std::string_view line : {"", "+", "OK", "+OKAY", "-ERROR", "* OK IMAP", "220 hi", "+ok"})
    EXPECT_TRUE(parse_pop3_status(line).has_error()) << line;
  EXPECT_TRUE(parse_pop3_status(std::string_view("+OK \0", 5)).has_error());
}

TEST(Pop3Lines, EndsAtTheDotAndUndoesStuffing) {
  Pop3Lines lines;
  for (const std::string_view line : {"Subject: a", "", "..", "..x", "y"}) {
    const auto done = lines.take(line);
    ASSERT_TRUE(done.has_value());
    EXPECT_FALSE(*done);
  }
  EXPECT_TRUE(*lines.take("."));
  EXPECT_THAT(lines.lines(), ElementsAre("Subject: a", "", ".", ".x", "y"));
  EXPECT_TRUE(lines.take("more").has_error());
}

TEST(Pop3Lines, IsBounded) {
  Pop3Lines lines(1000);
  int taken = 0;
  while (taken < 1000 && lines.take("").has_value()) ++taken;
  EXPECT_LT(taken, 1000);
}

TEST(Pop3Entry, ReadsNumberAndValue) {
  const auto entry = parse_pop3_entry("3 UID1-200");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->number, 3u);
  EXPECT_EQ(entry->value, "UID1-200");
  EXPECT_EQ(parse_pop3_entry("1 120 extra")->value, "120");
  for (const std::string_view line : {"", "x 1", "1", "1 ", "99999999999999 1", "-1 2"})
    EXPECT_FALSE(parse_pop3_entry(line)) << line;
}

}  // namespace
}  // namespace drydock
