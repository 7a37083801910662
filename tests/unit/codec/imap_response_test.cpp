#include "probes/codec/imap_response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// All responses in `octets`, given in pieces of `piece` octets.
std::vector<ImapResponse> read_all(std::string_view octets, std::size_t piece) {
  ImapResponseReader reader;
  std::vector<ImapResponse> responses;
  while (!octets.empty()) {
    std::string_view part = octets.substr(0, piece);
    octets.remove_prefix(part.size());
    while (!part.empty()) {
      auto response = reader.feed(part);
      EXPECT_TRUE(response.has_value()) << response.error().message;
      if (!response) return responses;
      if (*response) responses.push_back(std::move(**response));
    }
  }
  return responses;
}

ImapResponse read_one(std::string_view octets) {
  auto responses = read_all(octets, octets.size());
  EXPECT_EQ(responses.size(), 1u) << octets;
  return responses.empty() ? ImapResponse{} : responses.front();
}

/// The message of the error that `octets` lead to; "" where they lead to none.
std::string error_of(std::string_view octets, ImapLimits limits = {}) {
  ImapResponseReader reader(limits);
  while (!octets.empty()) {
    auto response = reader.feed(octets);
    if (!response) return response.error().message;
  }
  return {};
}

TEST(ImapResponse, ReadsAGreetingWithItsCapabilities) {
  const auto response =
      read_one("* OK [CAPABILITY IMAP4rev1 UIDPLUS STARTTLS LOGINDISABLED] Courier-IMAP ready. [x]\r\n");
  EXPECT_EQ(response.kind, ImapResponse::Kind::untagged);
  EXPECT_EQ(response.status, "OK");
  EXPECT_EQ(response.text, "Courier-IMAP ready. [x]");
  EXPECT_THAT(capabilities_of(response).value(), ElementsAre("IMAP4rev1", "UIDPLUS", "STARTTLS", "LOGINDISABLED"));
}

TEST(ImapResponse, ReadsTaggedStatusInAnyCase) {
  const auto response = read_one("d1 no [authenticationfailed] Login failed.\r\n");
  EXPECT_EQ(response.kind, ImapResponse::Kind::tagged);
  EXPECT_EQ(response.tag, "d1");
  EXPECT_EQ(response.status, "NO");
  EXPECT_EQ(code_name(response), "AUTHENTICATIONFAILED");
  EXPECT_EQ(code_argument(response), "");
  EXPECT_EQ(capabilities_of(response), std::nullopt);
}

TEST(ImapResponse, ReadsContinuationWithAndWithoutWords) {
  EXPECT_EQ(read_one("+ go on\r\n").kind, ImapResponse::Kind::continuation);
  EXPECT_EQ(read_one("+ go on\r\n").text, "go on");
  EXPECT_EQ(read_one("+\r\n").kind, ImapResponse::Kind::continuation);
}

TEST(ImapResponse, KeepsABraceAtTheEndOfStatusWordsAsWords) {
  EXPECT_EQ(read_one("* OK wait {5}\r\n").text, "wait {5}");
  EXPECT_EQ(read_one("d1 OK done {5}\r\n").text, "done {5}");
  EXPECT_EQ(read_one("+ {5}\r\n").text, "{5}");
}

TEST(ImapResponse, TakesAnUnclosedCodeAsWords) {
  const auto response = read_one("* OK [UIDNEXT 5 never closed\r\n");
  EXPECT_EQ(response.code, "");
  EXPECT_EQ(response.text, "[UIDNEXT 5 never closed");
  EXPECT_EQ(read_one("* NO [BADCHARSET (\"a]b\")] no\r\n").code, "BADCHARSET (\"a]b\")");
}

TEST(ImapResponse, ReadsNumbersAndNames) {
  const auto exists = read_one("* 23 exists\r\n");
  EXPECT_EQ(exists.number, 23u);
  EXPECT_EQ(exists.name, "EXISTS");
  const auto search = read_one("* SEARCH 2 84 882\r\n");
  EXPECT_THAT(search.found, ElementsAre(2, 84, 882));
  EXPECT_TRUE(read_one("* SEARCH\r\n").found.empty());
  EXPECT_TRUE(read_one("* SEARCH \r\n").found.empty());
  EXPECT_THAT(read_one("* SEARCH 2 5 (MODSEQ 917162500)\r\n").found, ElementsAre(2, 5));
}

TEST(ImapResponse, ReadsNestedListsStringsAndNil) {
  const auto response = read_one("* NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"#s \\\"q\\\\.\" nil))\r\n");
  ASSERT_EQ(response.values.size(), 3u);
  EXPECT_EQ(response.values[0].items[0].items[0].text, "INBOX.");
  EXPECT_EQ(response.values[1].kind, ImapValue::Kind::nil);
  EXPECT_EQ(response.values[2].items[0].items[0].text, "#s \"q\\.");
  EXPECT_EQ(response.values[2].items[0].items[1].kind, ImapValue::Kind::nil);
}

constexpr std::string_view kFetch =
    "* 1 FETCH (UID 7 BODY[HEADER.FIELDS (\"SUBJECT\" X)] {12}\r\nSubject: a\r\n FLAGS (\\Seen))\r\n"
    "* 2 FETCH (BODY[] {0}\r\n UID 8 BODY[1] ~{3+}\r\n(\"))\r\nd2 OK done\r\n";

TEST(ImapResponse, ReadsLiteralsInPiecesOfEverySize) {
  for (std::size_t piece = 1; piece <= kFetch.size(); ++piece) {
    const auto responses = read_all(kFetch, piece);
    ASSERT_EQ(responses.size(), 3u) << piece;
    const auto& items = responses[0].values.at(0).items;
    ASSERT_EQ(items.size(), 6u);
    EXPECT_TRUE(items[0].is("uid"));
    EXPECT_EQ(items[2].text, "BODY[HEADER.FIELDS (\"SUBJECT\" X)]");
    EXPECT_EQ(items[3].text, "Subject: a\r\n");
    EXPECT_EQ(items[5].items.at(0).text, "\\Seen");
    EXPECT_EQ(responses[1].values.at(0).items.at(1).text, "");
    EXPECT_EQ(responses[1].values.at(0).items.at(5).text, "(\")");
    EXPECT_EQ(responses[2].status, "OK");
  }
}

TEST(ImapResponse, TakesLinesAndLiteralsApart) {
  ImapResponseReader reader;
  auto first = reader.take_line("* 1 FETCH (BODY[] {3}");
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(*first);
  EXPECT_EQ(reader.wanted_literal(), 3u);
  ASSERT_TRUE(reader.take_literal("abc").has_value());
  auto last = reader.take_line(")");
  ASSERT_TRUE(last.has_value() && *last);
  EXPECT_EQ((*last)->values.at(0).items.at(1).text, "abc");
}

TEST(ImapResponse, RefusesALineOrALiteralOutOfTurn) {
  ImapResponseReader line;
  ASSERT_TRUE(line.take_line("* 1 FETCH {3}").has_value());
  EXPECT_TRUE(line.take_line("* OK").has_error());
  ImapResponseReader literal;
  EXPECT_TRUE(literal.take_literal("abc").has_error());
  ImapResponseReader size;
  ASSERT_TRUE(size.take_line("* 1 FETCH {3}").has_value());
  EXPECT_TRUE(size.take_literal("abcd").has_error());
}

TEST(ImapResponse, RefusesLiteralsBeyondAllBounds) {
  EXPECT_THAT(error_of("* 1 FETCH (BODY[] {18446744073709551616}\r\n"), HasSubstr("beyond all bounds"));
  EXPECT_THAT(error_of("* 1 FETCH (BODY[] {99999999999999999999999999}\r\n"), HasSubstr("beyond all bounds"));
}

TEST(ImapResponse, KeepsTheBeginningOfALongLiteralAndSaysWhatItDropped) {
  ImapLimits limits;
  limits.literal = 4;
  ImapResponseReader reader(limits);
  std::string_view octets = "* 1 FETCH (BODY[] {10}\r\n0123456789 UID 7)\r\n";
  const auto response = reader.feed(octets);
  ASSERT_TRUE(response.has_value() && *response);
  const auto& items = (*response)->values.at(0).items;
  EXPECT_EQ(items.at(1).text, "0123");
  EXPECT_EQ(items.at(1).dropped, 6u);
  EXPECT_EQ(items.at(3).text, "7");
}

/// Four gigabytes may be announced: they cost nothing, and where they end is known.
TEST(ImapResponse, SkipsWhatNobodyWants) {
  ImapLimits limits;
  limits.total = 40;
  limits.values = 3;
  ImapResponseReader reader(limits);
  reader.want({"SEARCH"});
  std::string_view octets =
      "* FLAGS (\\Seen (((( [draft \"\r\n* 4 FETCH (BODY[] {60}\r\n0123456789012345678901234567890123456789012345678901"
      "23456789 x {0}\r\n y)\r\n* SEARCH 1 2\r\n";
  for (const auto& [name, number] : std::vector<std::pair<std::string, std::optional<std::uint32_t>>>{
           {"FLAGS", std::nullopt}, {"FETCH", 4}, {"SEARCH", std::nullopt}}) {
    const auto response = reader.feed(octets);
    ASSERT_TRUE(response.has_value() && *response) << name;
    EXPECT_EQ((*response)->name, name);
    EXPECT_EQ((*response)->number, number);
    EXPECT_TRUE((*response)->values.empty());
    if (name == "SEARCH") EXPECT_THAT((*response)->found, ElementsAre(1, 2));
  }
}

TEST(ImapResponse, TakesABracketForALetterButInASectionOfAMessage) {
  const auto flags = read_one("* FLAGS (\\Seen [draft x]y [a b)\r\n");
  ASSERT_EQ(flags.values.at(0).items.size(), 5u);
  EXPECT_EQ(flags.values[0].items[1].text, "[draft");
  EXPECT_EQ(flags.values[0].items[2].text, "x]y");
  for (const std::string item : {"BODY[HEADER.FIELDS (\"A\" B)]", "body[TEXT]<0>", "BINARY[1.2]", "BINARY.SIZE[1]"})
    EXPECT_EQ(read_one("* 1 FETCH (" + item + " NIL)\r\n").values.at(0).items.at(0).text, item);
}

TEST(ImapResponse, RefusesEndlessLiterals) {
  ImapLimits limits;
  limits.total = 100;
  std::string octets = "* 1 FETCH (";
  for (int i = 0; i < 100; ++i) octets += "{2}\r\nab ";
  EXPECT_THAT(error_of(octets, limits), HasSubstr("octets in one response"));
  std::string empty = "* 1 FETCH (";
  for (int i = 0; i < 100'000; ++i) empty += "{0}\r\n";
  EXPECT_THAT(error_of(empty), HasSubstr("in one response"));
}

TEST(ImapResponse, RefusesDeepNesting) {
  EXPECT_THAT(error_of("* LIST " + std::string(10'000, '(') + "\r\n"), HasSubstr("deeper"));
  ImapLimits wide;
  wide.line = 1'000'000;
  EXPECT_THAT(error_of("* LIST " + std::string(100'000, '(') + std::string(100'000, ')') + "\r\n", wide),
              HasSubstr("deeper"));
  EXPECT_EQ(error_of("* LIST " + std::string(32, '(') + std::string(32, ')') + "\r\n"), "");
  EXPECT_THAT(error_of("* LIST " + std::string(33, '(') + std::string(33, ')') + "\r\n"), HasSubstr("deeper"));
}

TEST(ImapResponse, RefusesTooManyValues) {
  std::string many = "* LIST";
  for (int i = 0; i < 20; ++i) many += " 1";
  ImapLimits limits;
  limits.values = 19;
  EXPECT_THAT(error_of(many + "\r\n", limits), HasSubstr("more than 19 values"));
  limits.values = 20;
  EXPECT_EQ(error_of(many + "\r\n", limits), "");
}

TEST(ImapResponse, RefusesLongLinesBeforeTheyEnd) {
  const std::string line = "* OK " + std::string(2'000'000, 'x');
  EXPECT_THAT(error_of(line), HasSubstr("a line of more than"));
  ImapResponseReader reader;
  EXPECT_TRUE(reader.take_line(line).has_error());
}

TEST(ImapResponse, RefusesWhatIsNoResponse) {
  for (const std::string line : {"",
                                 "*",
                                 "* ",
                                 "* 5",
                                 "* 5 ",
                                 "HTTP/1.1 400 Bad Request",
                                 "220 mail ESMTP",
                                 "d1 PREAUTH hi",
                                 "d1",
                                 "d1 ",
                                 " OK hi",
                                 "+x",
                                 "(x OK y",
                                 "* LIST (",
                                 "* LIST )",
                                 "* LIST (a))",
                                 "* LIST \"a",
                                 "* LIST \"a\\",
                                 "* LIST {x}",
                                 "* LIST {5",
                                 "* LIST a{5} b",
                                 "* FETCH BODY[",
                                 "* FETCH BODY[\"]"})
    EXPECT_NE(error_of(line + "\r\n"), "") << line;
  EXPECT_THAT(error_of(std::string("* OK a\0b\r\n", 10)), HasSubstr("NUL"));
}

TEST(ImapResponse, StaysInErrorAfterAnError) {
  ImapResponseReader reader;
  EXPECT_TRUE(reader.take_line("nonsense").has_error());
  EXPECT_TRUE(reader.take_line("* OK fine").has_error());
  std::string_view more = "* OK fine\r\n";
  EXPECT_TRUE(reader.feed(more).has_error());
}

TEST(ImapResponse, TakesNulInALiteral) {
  const std::string octets("* 1 FETCH (BODY[] {3}\r\na\0b)\r\n", 29);
  EXPECT_EQ(read_one(octets).values.at(0).items.at(1).text, std::string("a\0b", 3));
}

TEST(ImapResponse, TakesBareLineFeeds) {
  EXPECT_EQ(read_one("* OK hi\n").text, "hi");
}

TEST(ImapQuoted, EscapesAndRefusesWhatNeedsALiteral) {
  EXPECT_EQ(imap_quoted("a\"b\\c d"), "\"a\\\"b\\\\c d\"");
  EXPECT_EQ(imap_quoted(""), "\"\"");
  EXPECT_EQ(imap_quoted("a\nb"), std::nullopt);
  EXPECT_EQ(imap_quoted("p\xc3\xa4ss"), std::nullopt);
  EXPECT_EQ(imap_quoted(std::string_view("\0", 1)), std::nullopt);
}

}  // namespace
}  // namespace drydock
