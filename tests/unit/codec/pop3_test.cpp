#include "probes/codec/pop3.hpp"

#include <gtest/gtest.h>

namespace drydock {
namespace {

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

TEST(Pop3Line, EndsAtTheDotAndUndoesStuffing) {
  EXPECT_EQ(pop3_line("Subject: a"), "Subject: a");
  EXPECT_EQ(pop3_line(""), "");
  EXPECT_EQ(pop3_line(".."), ".");
  EXPECT_EQ(pop3_line("..x"), ".x");
  EXPECT_EQ(pop3_line("."), std::nullopt);
}

TEST(Pop3Entry, ReadsNumberAndValue) {
  const auto entry = parse_pop3_entry("3 UID1-200");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->number, 3u);
  EXPECT_EQ(entry->value, "UID1-200");
  EXPECT_EQ(parse_pop3_entry("1 120 extra")->value, "120");
  for (const std::string_view line : {"", "x 1", "1", "1 ", "1 \t", "99999999999999 1", "-1 2", "1x 2", "+1 2"})
    EXPECT_FALSE(parse_pop3_entry(line)) << line;
}

TEST(Pop3Entry, TakesBlanksAndTabsAsTheyCome) {
  for (const std::string_view line : {"3  UID1-200", "3\tUID1-200", " 3 \t UID1-200 ", "3 UID1-200\t"}) {
    const auto entry = parse_pop3_entry(line);
    ASSERT_TRUE(entry) << line;
    EXPECT_EQ(entry->number, 3u);
    EXPECT_EQ(entry->value, "UID1-200");
  }
}

TEST(Pop3Header, EndsAtTheEmptyLine) {
  Pop3Header header;
  for (const std::string_view line : {"A: b", " c", "", "body"}) header.take(line);
  EXPECT_EQ(header.octets(), "A: b\r\n c\r\n");
  EXPECT_EQ(header.dropped(), 0u);
}

TEST(Pop3Header, KeepsWholeLinesUpToItsBoundAndSaysWhatItDropped) {
  Pop3Header header(12);
  for (const std::string_view line : {"A: b", "C: defghi", "E: f"}) header.take(line);
  EXPECT_EQ(header.octets(), "A: b\r\n");
  EXPECT_EQ(header.dropped(), 17u);
}

}  // namespace
}  // namespace drydock
