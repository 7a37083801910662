// Whatever a server sends without end: the probe ends soon, keeps little, and passes nothing that it did not see.
#include <gmock/gmock.h>

#include <cctype>
#include <ostream>

#include "probes/http/facts.hpp"
#include "tests/support/memory_peak.hpp"
#include "tests/unit/http/http_test_support.hpp"

namespace drydock::test {
namespace {

constexpr Duration kPatience{30'000};
constexpr Duration kSoon{20'000};

struct Flood {
  std::string what;
  std::string begin;  ///< sent once
  std::string again;  ///< sent without end
};

void PrintTo(const Flood& flood, std::ostream* out) {
  *out << flood.what;
}

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
const std::string kChunked = kHead + "Transfer-Encoding: chunked\r\n\r\n";

/// The header of gzip (RFC 1952 §2.3); blocks of deflate follow.
const std::string kGzip("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);

const std::vector<Flood> kFloods{
    {"octets", "", "A"},
    {"line ends", "", "\r\n"},
    {"NULs", "", std::string(1, '\0')},
    {"a version", "HTTP/", "1"},
    {"a status", "HTTP/1.1 ", "2"},
    {"a reason", "HTTP/1.1 200 ", "OK "},
    {"a field's name", kHead, "X-"},
    {"a field's value", kHead + "X: ", "a"},
    {"fields", kHead, "X-Field: some value\r\n"},
    {"folded lines", kHead + "X: a\r\n", " b\r\n"},
    {"cookies", kHead, "Set-Cookie: a=" + std::string(1000, 'b') + "\r\n"},
    {"content codings", kHead + "Content-Encoding: gzip", ", gzip"},
    {"Continue", "", "HTTP/1.1 100 Continue\r\n\r\n"},
    {"Early Hints", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"},
    {"Processing", "", "HTTP/1.1 102 Processing\r\n\r\n"},
    {"a chunk's length", kChunked, "0"},
    {"a chunk's extension", kChunked + "5", ";a=b"},
    {"extensions of small chunks", kChunked, "1;" + std::string(1000, 'x') + "\r\na\r\n"},
    {"empty blocks of a coding", kHead + "Content-Encoding: gzip\r\n\r\n" + kGzip, std::string("\0\0\0\xff\xff", 5)},
    {"names in a coding", kHead + "Content-Encoding: gzip\r\n\r\n" + std::string("\x1f\x8b\x08\x08\0\0\0\0\0\x03", 10),
     "name"},
    {"trailers", kChunked + "5\r\nhello\r\n0\r\n", "X-Trailer: some value\r\n"},
    {"a trailer", kChunked + "5\r\nhello\r\n0\r\nX: ", "a"},
};

class HttpFloods : public testing::TestWithParam<Flood> {};

TEST_P(HttpFloods, EndSoonAndCostLittle) {
  const Flood& flood = GetParam();
  Script script = hear_request();
  script.push_back(send(flood.begin));
  script.push_back(endless(flood.again));
  const ScriptedPeer peer(script);
  const Subject subject = http_subject(peer.endpoint());
  const MemoryPeak memory;
  const auto start = Clock::now();
  const Observation seen = observe(kHttpType, subject, kPatience);
  const std::string all = with_verdict(Verdict::pass, seen, subject) + with_verdict(Verdict::warn, seen, subject);
  EXPECT_LT(memory.octets(), kMostMemory);
  EXPECT_LT(Clock::now() - start, kSoon) << "it has an end of its own, before the deadline";
  ASSERT_TRUE(seen.error) << all;
  EXPECT_NE(seen.error->kind, ErrorKind::timeout) << seen.error->message;
  EXPECT_THAT(all, testing::Not(testing::HasSubstr("answers")));
  for (const char* id : {"http.vhost", "http.canonical"})
    EXPECT_EQ(judge_http(id, seen, subject).verdict, Verdict::inconclusive) << id;
}

INSTANTIATE_TEST_SUITE_P(Of, HttpFloods, testing::ValuesIn(kFloods), [](const auto& info) {
  std::string name;
  for (const char c : info.param.what)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  return name;
});

TEST(HttpFloodsOfBodies, AreReadAsFarAsTheLimitSays) {
  for (const std::string& head : {kHead + "\r\n", kHead + "Content-Length: 9000000000000\r\n\r\n"}) {
    for (const std::int64_t limit : {1024LL, 8LL * 1024 * 1024, 16LL * 1024 * 1024}) {
      Script script = hear_request();
      script.push_back(send(head));
      script.push_back(endless("<p>marker</p>"));
      const ScriptedPeer peer(script);
      Subject subject = http_subject(peer.endpoint());
      subject.parameters.set("body_limit", limit);
      const MemoryPeak memory;
      const Observation seen = observe(kHttpType, subject, kPatience);
      const std::string passed = with_verdict(Verdict::pass, seen, subject);
      EXPECT_LT(memory.octets(), kMostMemory) << limit;
      EXPECT_FALSE(seen.error) << transcript_text(seen);
      EXPECT_EQ(seen.get(kHttp.body)->text().size(), static_cast<std::size_t>(limit));
      EXPECT_EQ(*seen.get(kHttp.clipped), true);
      EXPECT_THAT(passed, testing::Not(testing::HasSubstr("canonical"))) << "the page was not seen to its end";
      EXPECT_EQ(judge_http("http.canonical", seen, subject).verdict, Verdict::inconclusive);
    }
  }
}

TEST(HttpFloodsOfBodies, OfEndlessChunksOrUnpackingAreTheSame) {
  const std::string chunk = "3e8\r\n" + std::string(1000, 'a') + "\r\n";
  // Stored blocks of deflate (RFC 1951 §3.2.4): 1000 octets each.
  const std::string block = std::string("\0\xe8\x03\x17\xfc", 5) + std::string(1000, 'a');
  for (const auto& [begin, again] :
       {std::pair(kChunked, chunk), std::pair(kHead + "Content-Encoding: gzip\r\n\r\n" + kGzip, block)}) {
    Script script = hear_request();
    script.push_back(send(begin));
    script.push_back(endless(again));
    const ScriptedPeer peer(script);
    const Subject subject = http_subject(peer.endpoint());
    const MemoryPeak memory;
    const Observation seen = observe(kHttpType, subject, kPatience);
    EXPECT_LT(memory.octets(), kMostMemory);
    EXPECT_FALSE(seen.error) << transcript_text(seen);
    EXPECT_FALSE(seen.get(kHttp.body)->whole());
    EXPECT_EQ(judge_http("http.canonical", seen, subject).verdict, Verdict::inconclusive);
  }
}

/// Ten redirects, each with as much as a head may hold.
Observation led_on(const std::string& fields, Subject& subject) {
  std::vector<Script> scripts;
  for (int i = 0; i < 10; ++i)
    scripts.push_back(exchange("302 Found",
                               "Location: /" + std::to_string(i) + std::string(100'000, 'a') + "\r\n" + fields,
                               std::string(100'000, 'x')));
  const ScriptedPeer peer(scripts);
  subject = http_subject(peer.endpoint());
  return observe(kHttpType, subject, kPatience);
}

TEST(HttpFloodsOfRedirects, AreToldInFewWords) {
  Subject subject;
  const MemoryPeak memory;
  const Observation seen = led_on("", subject);
  EXPECT_LT(memory.octets(), kMostMemory);
  EXPECT_EQ(failed(seen, subject), "redirect");
  EXPECT_EQ(seen.get(kHttp.hops_end), http::RedirectEnd::too_many);
  EXPECT_LT(judge_http("http.redirect", seen, subject).actual.size(), 10'000u);
}

/// libcurl would leave such a request without its end.
TEST(HttpFloodsOfRedirects, ThatNoCookieFitsIntoAreNoFaultOfTheHost) {
  Subject subject;
  const Observation seen = led_on("Set-Cookie: a=b\r\n", subject);
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_EQ(seen.get(kHttp.hops_end), http::RedirectEnd::unanswered);
  EXPECT_THAT(judge_http("http.redirect", seen, subject).message, testing::HasSubstr("too long"));
}

}  // namespace
}  // namespace drydock::test
