// What the probe sees of a web server, the server's faults included.
#include <gmock/gmock.h>

#include "probes/http/facts.hpp"
#include "tests/support/fault_sweep.hpp"
#include "tests/unit/http/http_test_support.hpp"

namespace drydock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(HttpDialogue, SpeaksTheNameAndDialsTheAddress) {
  const ScriptedPeer peer({exchange("200 OK", "Content-Type: text/html\r\nX-Two: a\r\nX-Two: b\r\n", "<p>hello</p>")});
  Subject subject = http_subject(peer.endpoint(), "/page?q=1");
  subject.parameters.set("headers", Fields{{"X-Mine", "yes"}});
  std::set<std::string> answered;
  const Observation seen = observe(kHttpType, subject, std::chrono::seconds(20), &answered);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  const auto heard = peer.heard();
  EXPECT_THAT(heard, testing::Contains("GET /page?q=1 HTTP/1.1"));
  EXPECT_THAT(heard, testing::Contains("Host: site.test"));
  EXPECT_THAT(heard, testing::Contains("X-Mine: yes"));
  EXPECT_EQ(*seen.get(kHttp.status), 200);
  EXPECT_EQ(seen.get(kHttp.body)->text(), "<p>hello</p>");
  EXPECT_EQ(*seen.get(kHttp.reason), "OK");
  EXPECT_EQ(*seen.get(kHttp.version), "1.1");
  EXPECT_THAT(*seen.get(kHttp.headers), ElementsAre(Pair("content-type", "text/html"), Pair("x-two", "a"),
                                                    Pair("x-two", "b"), Pair("content-length", "12")));
  EXPECT_EQ(seen.address, peer.endpoint().text());
  EXPECT_THAT(answered, ElementsAre("127.0.0.1"));
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_EQ(with_verdict(Verdict::inconclusive, seen, subject), "");
  EXPECT_EQ(*seen.get(kHttp.final_status), 200) << "there is an end also where nothing was followed";
  EXPECT_EQ(seen.get(kHttp.final_url)->text, seen.get(kHttp.url)->text);
  EXPECT_EQ(seen.get(kHttp.final_body)->text(), "<p>hello</p>");
  EXPECT_EQ(*seen.get(kHttp.final_headers), *seen.get(kHttp.headers));
  EXPECT_TRUE(seen.proves_absent("http.location"));
  EXPECT_TRUE(seen.proves_absent("http.final_location"));
}

TEST(HttpDialogue, DialsFromTheVantage) {
  const ScriptedPeer peer({exchange("204 No Content", "", "")});
  Subject subject = http_subject(peer.endpoint());
  subject.surroundings.vantage.address = "127.0.0.9";
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.error, std::nullopt);
  EXPECT_THAT(transcript_text(seen), HasSubstr("from 127.0.0.9:"));
}

/// The answer without content to a request by `method`.
Observation answered_without_content(const std::string& method, const std::string& status, Subject& subject) {
  Script script = hear_request(method + " /");
  script.push_back(send("HTTP/1.1 " + status + "\r\nContent-Type: text/html\r\n\r\n"));
  script.push_back(stall());
  const ScriptedPeer peer(script);
  subject.target.ip = peer.endpoint().ip;
  subject.target.port = peer.endpoint().port;
  subject.parameters.set("method", method);
  return observe(kHttpType, subject);
}

TEST(HttpDialogue, AnAnswerWithoutContentIsNoEvidenceAboutThePage) {
  for (const auto& [method, status] :
       {std::pair("HEAD", "200 OK"), std::pair("GET", "204 No Content"), std::pair("GET", "304 Not Modified")}) {
    Subject subject = http_subject({"127.0.0.1", 80});
    subject.parameters.set("headers", Fields{{"If-None-Match", "\"x\""}});
    const Observation seen = answered_without_content(method, status, subject);
    EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
    EXPECT_FALSE(seen.has(kHttp.body)) << status;
    EXPECT_FALSE(seen.has(kHttp.final_body)) << status;
    EXPECT_FALSE(seen.proves_absent("http.body")) << status;
    EXPECT_EQ(failed(seen, subject), "") << status;
    EXPECT_EQ(with_verdict(Verdict::inconclusive, seen, subject), "") << status;
    EXPECT_EQ(with_verdict(Verdict::pass, seen, subject), "answers status redirect") << status;
    subject.parameters.set("executes", true);
    for (const char* path : {"/a.cgi", "/a.shtml", "/a.spy"}) {
      subject.parameters.set("url", std::string("http://site.test") + path);
      const Observation program = answered_without_content(method, status, subject);
      EXPECT_EQ(with_verdict(Verdict::pass, program, subject), "answers redirect") << status << path;
      EXPECT_EQ(failed(program, subject), "");
    }
  }
}

TEST(HttpDialogue, HeadStillTellsWhatItsHeadShows) {
  Subject subject = http_subject({"127.0.0.1", 80});
  const Observation misdirected = answered_without_content("HEAD", "421 Misdirected Request", subject);
  EXPECT_EQ(failed(misdirected, subject), "vhost");
  const Observation missing = answered_without_content("HEAD", "404 Not Found", subject);
  EXPECT_EQ(failed(missing, subject), "status");
}

TEST(HttpDialogue, ReadsChunksTrailersAndInterimAnswers) {
  Script script = hear_request();
  script.push_back(
      send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
           "Content-Type: text/plain\r\n\r\n5\r\nhello\r\n"));
  script.push_back(send("7;x=y\r\n, world\r\n0\r\nX-Trailer: t\r\n\r\n"));
  const ScriptedPeer peer(script);
  const Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_EQ(*seen.get(kHttp.status), 200);
  EXPECT_EQ(seen.get(kHttp.body)->text(), "hello, world");
  EXPECT_THAT(*seen.get(kHttp.headers),
              ElementsAre(Pair("transfer-encoding", "chunked"), Pair("content-type", "text/plain")));
}

TEST(HttpDialogue, DecodesABodyThatIsCodedThoughNobodyAsked) {
  const std::string coded(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xb3\xc9\x28\xc9\xcd\xb1\x0b\x2e\x49\x2c\x2a\xce\xc8\x2c\x50\xc8\x2c\x56"
      "\x28\x2d\xb0\xd1\x07\x0b\x72\x01\x00\x9c\xa5\xd9\x6c\x1c\x00\x00\x00",
      45);
  const ScriptedPeer peer({exchange("200 OK", "Content-Type: text/html\r\nContent-Encoding: gzip\r\n", coded)});
  const Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_EQ(seen.get(kHttp.body)->text(), "<html>Starship is up</html>\n");
}

TEST(HttpDialogue, ACodingThatItDoesNotKnowIsNotHeldAgainstTheHost) {
  const ScriptedPeer peer({exchange("200 OK", "Content-Type: text/html\r\nContent-Encoding: x-own\r\n", "\x01\x02")});
  const Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  ASSERT_TRUE(seen.error) << transcript_text(seen);
  EXPECT_EQ(seen.error->kind, ErrorKind::local);
  EXPECT_THAT(seen.error->message, HasSubstr("coded as x-own"));
  EXPECT_EQ(failed(seen, subject), "");
}

/// A page of `octets`, whose last ones are "marker".
Script page_with_marker_at_end(std::size_t octets) {
  const std::string marker = "marker";
  return exchange("200 OK", "Content-Type: text/plain\r\n", std::string(octets - marker.size(), 'x') + marker);
}

TEST(HttpDialogue, ReadsAPageOfSomeMegabytesWhole) {
  const ScriptedPeer peer(page_with_marker_at_end(3 << 20));
  const Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_TRUE(seen.get(kHttp.body)->whole());
  EXPECT_TRUE(seen.get(kHttp.body)->text().ends_with("xmarker"));
  EXPECT_FALSE(*seen.get(kHttp.clipped));
  EXPECT_EQ(with_verdict(Verdict::inconclusive, seen, subject), "");
}

TEST(HttpDialogue, KeepsAHugeBodyOnlyInPart) {
  Script script = hear_request();
  script.push_back(act([](PeerConnection& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
    for (int i = 0; i < 4000; ++i) peer.send(std::string(16384, 'x'));
  }));
  const ScriptedPeer peer(script);
  const Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_EQ(seen.get(kHttp.body)->text().size(), 8u << 20);
  EXPECT_FALSE(seen.get(kHttp.body)->whole());
  EXPECT_TRUE(*seen.get(kHttp.clipped));
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_EQ(with_verdict(Verdict::inconclusive, seen, subject), "canonical") << "links may come further down";
  EXPECT_THAT(judge_http("http.canonical", seen, subject).message, HasSubstr("8388608 octets were read"));
}

TEST(HttpDialogue, KeepsAsMuchOfABodyAsTheScenarioSays) {
  for (const std::size_t octets : {2047u, 2048u, 2049u}) {
    const ScriptedPeer peer(page_with_marker_at_end(octets));
    Subject subject = http_subject(peer.endpoint());
    subject.parameters.set("body_limit", std::int64_t{2048});
    const Observation seen = observe(kHttpType, subject);
    EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
    EXPECT_EQ(seen.get(kHttp.body)->text().size(), std::min<std::size_t>(octets, 2048));
    EXPECT_EQ(seen.get(kHttp.body)->whole(), octets <= 2048) << octets;
    EXPECT_EQ(seen.get(kHttp.final_body)->whole(), octets <= 2048) << octets;
  }
}

TEST(HttpDialogue, ABodyThatBreaksOffIsKeptAsABeginning) {
  Script script = hear_request();
  script.push_back(send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n<p>half"));
  const ScriptedPeer peer(script);
  const Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.get(kHttp.body)->text(), "<p>half");
  EXPECT_FALSE(seen.get(kHttp.body)->whole());
  EXPECT_EQ(*seen.get(kHttp.final_status), 200);
  EXPECT_EQ(failed(seen, subject), "answers");
}

TEST(HttpDialogue, CallsAContentLengthThatIsNoneAProtocolError) {
  for (const char* length : {"9223372036854775808", "99999999999999999999999", "-1", "0x10", "5, 6", "5 6", ""}) {
    const std::string fields = std::string("Content-Type: text/plain\r\nContent-Length: ") + length + "\r\n\r\nhello";
    Script script = hear_request();
    script.push_back(send("HTTP/1.1 200 OK\r\n" + fields));
    const ScriptedPeer peer(script);
    const Subject subject = http_subject(peer.endpoint());
    const Observation seen = observe(kHttpType, subject);
    ASSERT_TRUE(seen.error) << length << transcript_text(seen);
    EXPECT_EQ(seen.error->kind, ErrorKind::protocol) << length << seen.error->message;
    EXPECT_EQ(failed(seen, subject), "answers") << length;
  }
  Script twice = hear_request();
  twice.push_back(send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"));
  const ScriptedPeer peer(twice);
  EXPECT_EQ(observe(kHttpType, http_subject(peer.endpoint())).error, std::nullopt);
}

TEST(HttpDialogue, EndsAnEndlessHead) {
  Script script = hear_request();
  script.push_back(act([](PeerConnection& peer) {
    peer.send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 1000000; ++i) peer.send("X-Filler: " + std::string(200, 'x') + "\r\n");
  }));
  const ScriptedPeer peer(script);
  const Observation seen = observe(kHttpType, http_subject(peer.endpoint()));
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::local) << "the limit is ours: " << seen.error->message;
}

TEST(HttpDialogue, CallsWhatIsNoHttpAProtocolError) {
  using namespace std::string_literals;
  for (const std::string& bytes : {"SSH-2.0-OpenSSH_9.2\r\n"s, "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"s,
                                   "\0\0\0\0\r\n\r\n"s, "HTTP/1.1 200 OK\r\nX"s}) {
    Script script = hear_request();
    script.push_back(send(bytes));
    const ScriptedPeer peer(script);
    const Subject subject = http_subject(peer.endpoint());
    const Observation seen = observe(kHttpType, subject);
    ASSERT_TRUE(seen.error) << bytes;
    EXPECT_TRUE(blames_host(seen.error->kind)) << seen.error->message;
    EXPECT_EQ(failed(seen, subject), "answers") << bytes;
  }
}

TEST(HttpDialogue, TellsARefusedPort) {
  std::uint16_t port = 0;
  {
    const ScriptedPeer gone(Script{});
    port = gone.port();
  }
  const Subject subject = http_subject({"127.0.0.1", port});
  const Observation seen = observe(kHttpType, subject);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::refused);
  EXPECT_EQ(seen.error_stage, "connect");
  EXPECT_EQ(failed(seen, subject), "answers");
}

TEST(HttpDialogue, IsSilentAboutASilentServer) {
  const ScriptedPeer peer({stall()});
  const Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject, std::chrono::milliseconds(300));
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::timeout);
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_THAT(with_verdict(Verdict::pass, seen, subject), IsEmpty());
}

TEST(HttpDialogue, ShowsTheCertificate) {
  const TestCa ca;
  const ScriptedPeer peer(exchange("200 OK", "Content-Type: text/html\r\n", "<p>x</p>"),
                          {.certificate = ca.issue({.names = {"site.test"}}), .implicit_tls = true});
  Subject subject = http_subject(peer.endpoint(), "/", "https");
  subject.surroundings.trust = ca.trust_file();
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_THAT(*seen.get(kHttpTls.names), ElementsAre("site.test"));
  EXPECT_EQ(seen.certificates.size(), 1u);
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_THAT(with_verdict(Verdict::pass, seen, subject), HasSubstr("tls-chain tls-name tls-validity"));
}

TEST(HttpDialogue, GoesOnWithABadCertificateAndTellsWhatIsWrong) {
  const TestCa ca;
  const TestCa stranger;
  const auto with = [&](const CertificateOptions& options, const TestCa& trusted) {
    const ScriptedPeer peer(exchange("200 OK", "Content-Type: text/html\r\n", "<p>x</p>"),
                            {.certificate = ca.issue(options), .implicit_tls = true});
    Subject subject = http_subject(peer.endpoint(), "/", "https");
    subject.surroundings.trust = trusted.trust_file();
    const Observation seen = observe(kHttpType, subject);
    EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
    return failed(seen, subject);
  };
  EXPECT_EQ(with({.names = {"drydock.test"}}, ca), "tls-name");
  EXPECT_EQ(with({.names = {"site.test"}}, stranger), "tls-chain");
  EXPECT_EQ(with({.names = {"site.test"}, .days_left = -2}, ca), "tls-validity");
  EXPECT_EQ(with({.names = {"site.test"}, .intermediate = true, .serve_intermediate = false}, ca), "tls-chain");
}

TEST(HttpDialogue, SpeaksOldVersionsOnlyWhereTheHostIsSaidToNeedThem) {
  const TestCa ca;
  for (const int oldest : {0x0301, 0x0302, 0x0303}) {
    const ScriptedPeer peer(exchange("200 OK", "Content-Type: text/html\r\n", "<p>x</p>"),
                            {.certificate = ca.issue({.names = {"site.test"}}),
                             .implicit_tls = true,
                             .minimum_version = 0x0301,
                             .maximum_version = 0x0302});
    Subject subject = http_subject(peer.endpoint(), "/", "https");
    subject.surroundings.trust = ca.trust_file();
    subject.target.oldest_tls = oldest;
    const Observation seen = observe(kHttpType, subject);
    const std::string* version = seen.get(kHttpTls.version);
    EXPECT_EQ(version ? *version : "none", oldest < 0x0303 ? "TLSv1.1" : "none") << transcript_text(seen);
  }
}

TEST(HttpDialogue, TellsPlainHttpOnTheTlsPort) {
  const ScriptedPeer peer({hear(), send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")});
  const Subject subject = http_subject(peer.endpoint(), "/", "https");
  const Observation seen = observe(kHttpType, subject);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::tls);
  EXPECT_THAT(seen.error->message, HasSubstr("plain text"));
  EXPECT_EQ(failed(seen, subject), "answers");
}

TEST(HttpDialogue, SurvivesEveryBrokenAnswer) {
  const TestCa ca;
  SweepPlan plan{.type = kHttpType,
                 .scripts = {{tls(), hear("GET /"), hear_until(""),
                              send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"),
                              send("f\r\n<p>marker!</p>\n\r\n0\r\n\r\n")}}};
  plan.peer.certificate = ca.issue({.names = {"site.test"}});
  plan.subject = [&](const Endpoint& to) {
    Subject subject = http_subject(to, "/", "https");
    subject.surroundings.trust = ca.trust_file();
    return subject;
  };
  plan.needs = {{"http.answers", 2},  {"http.status", 1},    {"http.vhost", 2},    {"http.canonical", 2},
                {"http.redirect", 2}, {"http.tls-chain", 0}, {"http.tls-name", 0}, {"http.tls-validity", 0}};
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

TEST(HttpDialogue, TakesPathInPlaceOfUrl) {
  const ScriptedPeer peer({exchange("200 OK", "Content-Type: text/html\r\n", "x")});
  Subject subject = subject_at(peer.endpoint(), "site.test");
  subject.parameters.set("path", std::string("/a b"));
  const Observation seen = observe(kHttpType, subject);
  EXPECT_THAT(peer.heard(), testing::Contains("GET /a%20b HTTP/1.1"));
  EXPECT_THAT(peer.heard(), testing::Contains("Host: site.test:" + std::to_string(peer.port())));
}

TEST(HttpDialogue, KnowsWhatItCantAskFor) {
  Parameters both;
  both.set("url", std::string("http://a.test/"));
  both.set("path", std::string("/"));
  EXPECT_EQ(kHttpType.validate(both).size(), 1u);
  EXPECT_EQ(kHttpType.validate(Parameters{}).size(), 1u);
  Parameters wrong;
  wrong.set("url", std::string("ftp://a.test/"));
  EXPECT_EQ(kHttpType.validate(wrong).size(), 1u);
  Parameters right;
  right.set("url", "https://a.test:8443/?q=" + std::string(kTokenMark));
  EXPECT_EQ(kHttpType.validate(right).size(), 0u);
  EXPECT_EQ(kHttpType.port(right), 8443);
  right.set("headers", Fields{{"X-A", "b\r\nX-Evil: c"}});
  EXPECT_EQ(kHttpType.validate(right).size(), 1u);
}

}  // namespace
}  // namespace drydock::test
