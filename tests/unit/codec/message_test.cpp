#include "probes/codec/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/codec/base64.hpp"
#include "probes/codec/sasl.hpp"

namespace drydock {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TestMessage sample() {
  TestMessage message;
  message.from = "probe@prober.test";
  message.to = "jim@mail.test";
  message.subject = "drydock";
  message.token = "cutover-1-2-abc";
  message.domain = "prober.test";
  message.body = "first\n.dot\nlast";
  message.date = WallTime(std::chrono::seconds(1'795'397'593));
  return message;
}

TEST(TestMessage, HasTheFieldsThatFindIt) {
  const std::string text = build_message(sample());
  EXPECT_THAT(text, StartsWith("Date: Mon, 23 Nov 2026 01:33:13 +0000\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nFrom: <probe@prober.test>\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nSubject: drydock cutover-1-2-abc\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nX-Cutover-Token: cutover-1-2-abc\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nMessage-ID: <cutover-1-2-abc@prober.test>\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\n\r\nfirst\r\n.dot\r\nlast\r\ncutover-1-2-abc\r\n"));
}

TEST(TestMessage, CantBeMadeToGrowAField) {
  TestMessage message = sample();
  message.subject = "a\r\nBcc: everybody@elsewhere.test\r\n\r\nbody";
  message.further = {{"X-Odd\r\nX-Worse", "1\n2"}};
  const std::string text = build_message(message);
  EXPECT_THAT(text, Not(HasSubstr("\r\nBcc:")));
  EXPECT_THAT(text, Not(HasSubstr("\r\nX-Worse")));
}

TEST(TestMessage, KeepsLinesWithin998Octets) {
  TestMessage message = sample();
  message.body = std::string(3000, 'x');
  message.subject = std::string(5000, 'y');
  const std::string text = build_message(message);
  std::size_t longest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find("\r\n", at);
    longest = std::max(longest, end - at);
    at = end + 2;
  }
  EXPECT_LE(longest, 998U);
}

TEST(MessageDate, IsRfc5322) {
  EXPECT_EQ(format_message_date(WallTime{}), "Thu, 1 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(format_message_date(WallTime(std::chrono::milliseconds(951'782'399'999))),
            "Mon, 28 Feb 2000 23:59:59 +0000");
}

TEST(DotStuffing, StuffsAndMendsLineEnds) {
  EXPECT_EQ(dot_stuff("a\r\n.b\r\n..\r\n"), "a\r\n..b\r\n...\r\n.\r\n");
  EXPECT_EQ(dot_stuff("no end"), "no end\r\n.\r\n");
  EXPECT_EQ(dot_stuff("a\n.\nb\r.\rc"), "a\r\n..\r\nb\r\n..\r\nc\r\n.\r\n") << "nothing in a message ends it early";
  EXPECT_EQ(dot_stuff(""), ".\r\n");
}

TEST(DotStuffing, IsUndone) {
  for (const char* message : {"a\r\n.b\r\n..\r\n", "\r\n\r\n", ".\r\n", ""})
    EXPECT_EQ(dot_unstuff(dot_stuff(message)), message);
  EXPECT_EQ(dot_unstuff("a\r\n.\r\nafter the end\r\n"), "a\r\n");
}

TEST(Sasl, PlainIsRfc4616) {
  EXPECT_EQ(sasl_plain("tim", "tanstaaftanstaaf"), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
  EXPECT_THROW(sasl_plain("", "x"), std::invalid_argument);
  EXPECT_THROW(sasl_plain("tim", std::string_view("a\0b", 3)), std::invalid_argument);
  EXPECT_EQ(sasl_login_answer("jim"), "amlt");
}

TEST(Base64, IsRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
  for (const char* text : {"Zg=", "Zg", "Zh==", "Z===", "====", "Zm9v\n", "Zm 9", "=m9v", "Zg==Zg=="})
    EXPECT_FALSE(base64_decode(text)) << text;
}

}  // namespace
}  // namespace drydock
