#include "probes/codec/header_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(HeaderFields, UnfoldsAndKeepsTheOrder) {
  EXPECT_THAT(
      parse_header_fields(
          "Received: from a\r\n\tby b\r\n  for c\r\nX-Cutover-Token:t-1\r\nreceived: two\r\n\r\nBody: no\r\n"),
      ElementsAre(Pair("received", "from a by b for c"), Pair("x-cutover-token", "t-1"), Pair("received", "two")));
}

TEST(HeaderFields, LeavesOutWhatIsNoField) {
  EXPECT_THAT(parse_header_fields(" folded at the start\nFrom jim Mon\n folded after it\n: empty\nbad name: x\nA:\n"),
              ElementsAre(Pair("a", "")));
  EXPECT_THAT(parse_header_fields(""), IsEmpty());
  EXPECT_THAT(parse_header_fields("\r\nA: b"), IsEmpty());
}

TEST(HeaderFields, IsBounded) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "A: b\n c\n";
  EXPECT_EQ(parse_header_fields(many, 10).size(), 10u);
}

TEST(ReceivedBy, ReadsTheName) {
  EXPECT_EQ(
      received_by("from probe.test ([127.0.40.1] helo=by by x) by drydock.test with esmtps (TLS1.3) id 1; Mon, 1 by z"),
      "drydock.test");
  EXPECT_EQ(received_by("by (comment (nested)) mail.test"), "mail.test");
  EXPECT_EQ(received_by("from a; by b"), "");
  EXPECT_EQ(received_by("from a by"), "");
  EXPECT_EQ(received_by(""), "");
}

TEST(FieldName, IsPrintableWithoutColon) {
  EXPECT_TRUE(is_field_name("X-Lab-Scan"));
  EXPECT_FALSE(is_field_name(""));
  EXPECT_FALSE(is_field_name("X-Lab Scan"));
  EXPECT_FALSE(is_field_name("X-Lab:"));
  EXPECT_FALSE(
      is_field_name("X-L\xc3\xa4"
                    "b"));
}

}  // namespace
}  // namespace drydock
