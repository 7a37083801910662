#include "probes/codec/reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Feeds all octets at once; the first complete reply.
boost::system::result<Reply, Error> parse(std::string_view octets, ReplyForm form = ReplyForm::smtp) {
  ReplyParser parser(form);
  const auto fed = parser.feed(octets);
  if (!fed) return fed.error();
  if (!parser.complete()) return Error{ErrorKind::closed, "incomplete"};
  return parser.take();
}

std::string why_refused(std::string_view octets) {
  const auto reply = parse(octets);
  return reply ? "" : reply.error().message;
}

TEST(Reply, ReadsOneLine) {
  const auto reply = parse("250 2.1.5 Accepted\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, 250);
  EXPECT_THAT(reply->lines, ElementsAre("2.1.5 Accepted"));
  EXPECT_EQ(reply->enhanced->text(), "2.1.5");
  EXPECT_TRUE(reply->positive());
  EXPECT_FALSE(reply->irregular);
  EXPECT_EQ(reply->text(), "250 2.1.5 Accepted");
}

TEST(Reply, ReadsSeveralLinesByCode) {
  const auto reply = parse("550-Verification failed for <x@y.test>\r\n550 Unrouteable address\r\n");
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->lines, ElementsAre("Verification failed for <x@y.test>", "Unrouteable address"));
  EXPECT_EQ(reply->text(), "550 Verification failed for <x@y.test> / Unrouteable address");
}

TEST(Reply, TakesACodeAlone) {
  const auto reply = parse("250\r\n");
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->lines, ElementsAre(""));
  EXPECT_EQ(reply->text(), "250");
}

TEST(Reply, TakesABareLineFeedAndUtf8) {
  const auto reply = parse("550 kein Benutzer für dich\n");
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->lines, ElementsAre("kein Benutzer für dich"));
}

TEST(Reply, ComesOctetByOctet) {
  const std::string octets = "250-mail.test\r\n250-SIZE 1000\r\n250 HELP\r\n220 next";
  ReplyParser parser;
  std::size_t taken = 0;
  while (!parser.complete()) {
    const auto fed = parser.feed(std::string_view(octets).substr(taken, 1));
    ASSERT_TRUE(fed);
    taken += *fed;
  }
  EXPECT_EQ(octets.substr(taken), "220 next");
  EXPECT_EQ(parser.take().lines.size(), 3U);
}

TEST(Reply, LeavesTheNextReplyToTheCaller) {
  ReplyParser parser;
  const std::string_view octets = "250 first\r\n251 second\r\n";
  const auto fed = parser.feed(octets);
  ASSERT_TRUE(fed && parser.complete());
  EXPECT_EQ(parser.take().code, 250);
  const auto more = parser.feed(octets.substr(*fed));
  ASSERT_TRUE(more && parser.complete());
  EXPECT_EQ(parser.take().code, 251);
}

TEST(Reply, RefusesWhatIsNoReply) {
  for (const char* octets : {"SSH-2.0-OpenSSH\r\n", "* OK ready\r\n", "+OK\r\n", "25\r\n", "2500 x\r\n", "\r\n",
                             "150 x\r\n", "650 x\r\n", " 250 x\r\n", "250_x\r\n", "250-a\r\n251 b\r\n",
                             "250-a\r\n550-b\r\n", "250-a\r\nb\r\n", "\x16\x03\x01\x02\r\n"})
    EXPECT_FALSE(parse(octets)) << octets;
  EXPECT_THAT(why_refused("250-a\r\n251 b\r\n"), HasSubstr("began with 250"));
}

TEST(Reply, NotesControlOctets) {
  for (const std::string_view octets :
       {std::string_view("250 a\0b\r\n", 9), std::string_view("250 a\rb\r\n"), std::string_view("250 a\x1b[2J\r\n")}) {
    const auto reply = parse(octets);
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->irregular);
    EXPECT_EQ(reply->text().find('\r'), std::string::npos);
  }
}

TEST(Reply, BoundsALineThatNeverEnds) {
  ReplyParser parser;
  const std::string chunk(4096, 'x');
  std::size_t fed = 0;
  while (fed < 10'000'000) {
    const auto result = parser.feed(fed == 0 ? "250 " + chunk : chunk);
    if (!result) {
      EXPECT_EQ(result.error().kind, ErrorKind::protocol);
      break;
    }
    fed += chunk.size();
  }
  EXPECT_LE(fed, 3 * chunk.size());
  EXPECT_FALSE(parser.feed("250 fine\r\n")) << "the place in the dialogue is lost";
}

TEST(Reply, BoundsAReplyThatNeverEnds) {
  const auto lines_until_refused = [](const std::string& line, ReplyForm form) {
    ReplyParser parser(form);
    std::size_t count = 0;
    while (count < 100'000 && parser.feed(line)) ++count;
    return count;
  };
  EXPECT_EQ(lines_until_refused("250-more\r\n", ReplyForm::smtp), ReplyLimits{}.lines);
  EXPECT_LE(lines_until_refused("250-" + std::string(8000, 'x') + "\r\n", ReplyForm::smtp), 8U);
  EXPECT_EQ(lines_until_refused("230-more\r\n", ReplyForm::ftp), ReplyLimits{}.lines);
}

TEST(Reply, ClipsWhatItShows) {
  const auto reply = parse("250 " + std::string(8000, 'x') + "\r\n");
  ASSERT_TRUE(reply);
  EXPECT_LT(reply->text().size(), 600U);
}

TEST(Reply, ReadsFtpWithAnythingBetween) {
  const auto reply =
      parse("230-Welcome\r\n 230 not the end\r\n  250 neither\r\n230-nor this\r\n\r\n230 done\r\n", ReplyForm::ftp);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, 230);
  EXPECT_THAT(reply->lines, ElementsAre("Welcome", " 230 not the end", "  250 neither", "nor this", "", "done"));
  EXPECT_EQ(parse("150 Opening\r\n", ReplyForm::ftp)->code, 150);
  EXPECT_EQ(parse("631 protected\r\n", ReplyForm::ftp)->code, 631);
  EXPECT_FALSE(parse("750 x\r\n", ReplyForm::ftp));
}

TEST(EnhancedCode, IsReadByRfc3463) {
  EXPECT_EQ(parse_enhanced_code("5.1.1 no")->text(), "5.1.1");
  EXPECT_EQ(parse_enhanced_code("4.999.999")->text(), "4.999.999");
  for (const char* text : {"", "5", "5.1", "5.1.", "3.1.1 x", "5.1.1x", "5.1000.1 x", "55.1.1 x", "5..1 x", "5.-1.1 x"})
    EXPECT_FALSE(parse_enhanced_code(text)) << text;
}

TEST(EnhancedCode, OfAnotherClassThanTheReplyIsIgnored) {
  EXPECT_FALSE(parse("250 5.1.1 odd\r\n")->enhanced);
  EXPECT_EQ(parse("550-see below\r\n550 5.1.1 no\r\n")->enhanced->text(), "5.1.1");
}

TEST(Capabilities, AreReadFromEhlo) {
  const auto reply = parse(
      "250-mail.test Hello prober [127.0.0.1]\r\n250-size 52428800\r\n250-AUTH PLAIN login\r\n250-AUTH=PLAIN "
      "CRAM-MD5\r\n250-\r\n250 X-Odd\r\n");
  const Capabilities said = parse_capabilities(*reply);
  EXPECT_EQ(said.name, "mail.test");
  EXPECT_THAT(said.keywords, ElementsAre("SIZE", "AUTH", "AUTH=PLAIN", "X-ODD"));
  EXPECT_TRUE(said.has("SIZE"));
  EXPECT_EQ(said.parameter("SIZE"), "52428800");
  EXPECT_EQ(said.parameter("HELP"), "");
  EXPECT_THAT(said.mechanisms(), ElementsAre("PLAIN", "LOGIN", "CRAM-MD5"));
  EXPECT_THAT(parse_capabilities(Reply{}).keywords, IsEmpty());
}

}  // namespace
}  // namespace drydock
