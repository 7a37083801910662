// Redirects: each is a record, all stay at the dialled address, and a circle is told.
#include <gmock/gmock.h>

#include "probes/http/facts.hpp"
#include "tests/unit/http/http_test_support.hpp"

namespace drydock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Script redirect(const std::string& status, const std::string& location) {
  return exchange(status, "Location: " + location + "\r\nContent-Type: text/html\r\n", "moved");
}

const Script kPage = exchange("200 OK", "Content-Type: text/html\r\n", "<p>page</p>");

TEST(HttpRedirect, FollowsOnItsOwnHostAndKeepsTheFirstAnswer) {
  const ScriptedPeer peer({redirect("301 Moved Permanently", "/dir/"), kPage});
  const Subject subject = http_subject(peer.endpoint(), "/dir");
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_EQ(*seen.get(kHttp.status), 301);
  EXPECT_EQ(*seen.get(kHttp.location), "/dir/");
  EXPECT_EQ(*seen.get(kHttp.body), "moved");
  EXPECT_EQ(*seen.get(kHttp.final_status), 200);
  EXPECT_THAT(*seen.get(kHttp.hops), ElementsAre("301 http://site.test/dir -> /dir/"));
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_THAT(with_verdict(Verdict::pass, seen, subject), HasSubstr("redirect"));
}

TEST(HttpRedirect, TellsACircleBetweenHttpAndHttps) {
  const TestCa ca;
  // Two servers that name each other's ports: what a wrong rewrite of both virtual hosts does.
  std::uint16_t secure_port = 0;
  const ScriptedPeer plain(
      {hear("GET /"), hear_until(""), act([&](PeerConnection& peer) {
         peer.follow({answer("301 Moved", "Location: https://site.test:" + std::to_string(secure_port) + "/\r\n", "")});
       })});
  const ScriptedPeer secure(redirect("302 Found", "http://site.test:" + std::to_string(plain.port()) + "/"),
                            {.certificate = ca.issue({.names = {"site.test"}}), .implicit_tls = true});
  secure_port = secure.port();
  Subject subject = http_subject(plain.endpoint());
  subject.port.reset();
  subject.trust = ca.trust_file();
  subject.parameters.set("url", "http://site.test:" + std::to_string(plain.port()) + "/");
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(*seen.get(kHttp.hops_end), "loop") << transcript_text(seen);
  const Judgement judgement = judge_http("http.redirect", seen, subject);
  EXPECT_EQ(judgement.verdict, Verdict::fail);
  EXPECT_THAT(judgement.message, HasSubstr("circle"));
  EXPECT_THAT(judgement.reproduce, HasSubstr("curl"));
  EXPECT_EQ(seen.address, plain.endpoint().text());
}

TEST(HttpRedirect, NeverDialsAnotherHost) {
  const ScriptedPeer peer({redirect("302 Found", "https://www.elsewhere.test/")});
  const Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(*seen.get(kHttp.hops_end), "elsewhere");
  EXPECT_EQ(peer.connections(), 1u);
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_EQ(judge_http("http.canonical", seen, subject).verdict, Verdict::warn);
  Subject meant = subject;
  meant.expected_facts = {"location"};
  EXPECT_EQ(judge_http("http.canonical", seen, meant).verdict, Verdict::pass);
}

TEST(HttpRedirect, TellsAWrongName) {
  for (const std::string place : {"http://drydock.test/dir/", "https://old.test/", "http://127.0.20.1/",
                                  "http://localhost/", "http://site.test:8080/dir/"}) {
    const ScriptedPeer peer({redirect("301 Moved", place), kPage});
    Subject subject = http_subject(peer.endpoint());
    const Observation seen = observe(kHttpType, subject);
    EXPECT_EQ(judge_http("http.canonical", seen, subject).verdict, Verdict::fail) << place;
    EXPECT_THAT(judge_http("http.canonical", seen, subject).actual, place);
  }
}

TEST(HttpRedirect, AcceptsTheSpokenNameEvenWhereItIsAnotherHostsToo) {
  const ScriptedPeer peer({redirect("301 Moved", "http://site.test/dir/"), kPage});
  Subject subject = http_subject(peer.endpoint(), "/dir");
  subject.hostname = "drydock.test";
  subject.wrong_names = {"site.test"};
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(judge_http("http.canonical", seen, subject).verdict, Verdict::pass);
}

TEST(HttpRedirect, TellsAWrongNameInThePage) {
  const auto verdict = [](const std::string& body) {
    const ScriptedPeer peer({exchange("200 OK", "Content-Type: text/html\r\n", body)});
    const Subject subject = http_subject(peer.endpoint());
    return judge_http("http.canonical", observe(kHttpType, subject), subject).verdict;
  };
  EXPECT_EQ(verdict("<a href=\"http://drydock.test/x\">x</a>"), Verdict::fail);
  EXPECT_EQ(verdict("<a href=\"https://DRYDOCK.test\">x</a>"), Verdict::fail);
  EXPECT_EQ(verdict("<address>Apache/2.4 Server at drydock.test Port 80</address>"), Verdict::fail);
  EXPECT_EQ(verdict("<a href=\"http://drydock.test.example.org/x\">x</a>"), Verdict::pass);
  EXPECT_EQ(verdict("<a href=\"http://python.org/\">x</a> about drydock.test"), Verdict::pass);
}

TEST(HttpRedirect, TellsALongChainAndAnEndlessOne) {
  std::vector<Script> chain;
  for (int i = 1; i <= 4; ++i) chain.push_back(redirect("302 Found", "/" + std::to_string(i)));
  chain.push_back(kPage);
  const ScriptedPeer four(chain);
  const Subject subject = http_subject(four.endpoint());
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(*seen.get(kHttp.hops_end), "answer");
  EXPECT_EQ(failed(seen, subject), "redirect");

  std::vector<Script> endless;
  for (int i = 1; i <= 20; ++i) endless.push_back(redirect("302 Found", "/" + std::to_string(i)));
  const ScriptedPeer many(endless);
  const Observation more = observe(kHttpType, http_subject(many.endpoint()));
  EXPECT_EQ(*more.get(kHttp.hops_end), "too many");
  EXPECT_EQ(failed(more, subject), "redirect");
  EXPECT_LE(many.connections(), 6u);
}

TEST(HttpRedirect, TellsAStepDownFromHttps) {
  Observation seen;
  seen.set(kHttp.status, std::int64_t{301});
  seen.set(kHttp.hops, std::vector<std::string>{"301 https://site.test/ -> http://site.test/x"});
  seen.set(kHttp.hops_end, std::string("answer"));
  EXPECT_EQ(judge_http("http.redirect", seen, http_subject({"127.0.0.1", 80})).verdict, Verdict::fail);
}

TEST(HttpRedirect, BlamesATargetThatDoesNotAnswerOnlyWhereTheHostIsToBlame) {
  std::uint16_t closed = 0;
  {
    const ScriptedPeer gone(Script{});
    closed = gone.port();
  }
  const ScriptedPeer peer({redirect("301 Moved", "http://site.test:" + std::to_string(closed) + "/")});
  Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.error, std::nullopt);
  EXPECT_EQ(judge_http("http.redirect", seen, subject).verdict, Verdict::fail);
  EXPECT_EQ(judge_http("http.answers", seen, subject).verdict, Verdict::pass);

  const ScriptedPeer silent(std::vector<Script>{redirect("301 Moved", "/silent"), {stall()}});
  const Observation waited = observe(kHttpType, http_subject(silent.endpoint()), std::chrono::milliseconds(400));
  EXPECT_EQ(judge_http("http.redirect", waited, subject).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_http("http.answers", waited, subject).verdict, Verdict::pass);
}

TEST(HttpRedirect, SkipsMethodsThatAreNotFollowed) {
  const ScriptedPeer peer({hear("POST /"), hear_until(""), answer("303 See Other", "Location: /done\r\n", "")});
  Subject subject = http_subject(peer.endpoint());
  subject.parameters.set("method", std::string("POST"));
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(peer.complaints(), "");
  EXPECT_EQ(judge_http("http.redirect", seen, subject).verdict, Verdict::skip);
  EXPECT_EQ(failed(seen, subject), "");
}

}  // namespace
}  // namespace drydock::test
