// Redirects: each is a record, all stay at the dialled address, and a circle is told.
#include <gmock/gmock.h>

#include "probes/http/facts.hpp"
#include "tests/support/fault_sweep.hpp"
#include "tests/unit/http/http_test_support.hpp"

namespace drydock::test {
namespace {

using http::RedirectEnd;
using testing::HasSubstr;

TEST(HttpRedirect, FollowsOnItsOwnHostAndKeepsTheFirstAnswer) {
  const ScriptedPeer peer({redirect("301 Moved Permanently", "/dir/"), kPage});
  const Subject subject = http_subject(peer.endpoint(), "/dir");
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_EQ(*seen.get(kHttp.status), 301);
  EXPECT_EQ(*seen.get(kHttp.location), (WebLink{"/dir/", "http://site.test/dir/"}));
  EXPECT_EQ(seen.get(kHttp.body)->text(), "moved");
  EXPECT_EQ(*seen.get(kHttp.final_status), 200);
  EXPECT_EQ(seen.get(kHttp.final_url)->text, "http://site.test/dir/");
  EXPECT_EQ(seen.get(kHttp.final_body)->text(), "<p>page</p>");
  EXPECT_TRUE(seen.proves_absent("http.final_location"));
  ASSERT_EQ(seen.get(kHttp.hops)->size(), 1u);
  const Record& hop = seen.get(kHttp.hops)->front();
  EXPECT_EQ(*hop.get(kRedirect.status), 301);
  EXPECT_EQ(hop.get(kRedirect.url)->text, "http://site.test/dir");
  EXPECT_EQ(hop.get(kRedirect.location)->text, "/dir/");
  EXPECT_EQ(*seen.get(kHttp.followed), 1);
  EXPECT_EQ(seen.get(kHttp.hops_end), RedirectEnd::answer);
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
  subject.target.port.reset();
  subject.surroundings.trust = ca.trust_file();
  subject.parameters.set("url", "http://site.test:" + std::to_string(plain.port()) + "/");
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.get(kHttp.hops_end), RedirectEnd::loop) << transcript_text(seen);
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
  EXPECT_EQ(seen.get(kHttp.hops_end), RedirectEnd::elsewhere);
  EXPECT_EQ(*seen.get(kHttp.final_status), 302) << "the last answer that came";
  EXPECT_EQ(seen.get(kHttp.final_location)->text, "https://www.elsewhere.test/");
  EXPECT_EQ(peer.connections(), 1u);
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_EQ(judge_http("http.canonical", seen, subject).verdict, Verdict::warn);
  Subject meant = subject;
  meant.expected.facts = {"location"};
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
  subject.expected.hostname = "drydock.test";
  subject.expected.wrong_names = {"site.test"};
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
  EXPECT_EQ(seen.get(kHttp.hops_end), RedirectEnd::answer);
  EXPECT_EQ(failed(seen, subject), "redirect");

  std::vector<Script> endless;
  for (int i = 1; i <= 20; ++i) endless.push_back(redirect("302 Found", "/" + std::to_string(i)));
  const ScriptedPeer many(endless);
  const Observation more = observe(kHttpType, http_subject(many.endpoint()));
  EXPECT_EQ(more.get(kHttp.hops_end), RedirectEnd::too_many);
  EXPECT_EQ(failed(more, subject), "redirect");
  EXPECT_LE(many.connections(), 6u);
}

TEST(HttpRedirect, TellsAStepDownFromHttps) {
  Observation seen;
  seen.set(kHttp.status, std::int64_t{301});
  Record down;
  down.set(kRedirect.status, 301);
  down.set(kRedirect.url, WebLink{"https://site.test/", ""});
  down.set(kRedirect.location, WebLink{"http://site.test/x", "http://site.test/x"});
  seen.set(kHttp.hops, {down});
  seen.set(kHttp.hops_end, RedirectEnd::answer);
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

/// A redirect to /end and what is there.
Observation ending_at(const Script& end, const Subject& like, Duration patience = std::chrono::seconds(20)) {
  const ScriptedPeer peer(std::vector<Script>{redirect("301 Moved", "/end"), end});
  Subject subject = like;
  subject.target.ip = peer.endpoint().ip;
  subject.target.port = peer.endpoint().port;
  return observe(kHttpType, subject, patience);
}

TEST(HttpRedirect, JudgesTheEndLikeAPage) {
  const Subject subject = http_subject({"127.0.0.1", 80});
  const auto fails = [&](const std::string& status, const std::string& body) {
    return failed(ending_at(exchange(status, "Content-Type: text/html\r\n", body), subject), subject);
  };
  EXPECT_EQ(fails("200 OK", "<p>page</p>"), "");
  EXPECT_EQ(fails("404 Not Found", "gone"), "status");
  EXPECT_EQ(fails("500 Internal Server Error", "oops"), "status");
  EXPECT_EQ(fails("304 Not Modified", ""), "status");
  EXPECT_EQ(fails("421 Misdirected Request", ""), "vhost");
  EXPECT_EQ(fails("200 OK", "<html><body><h1>It works!</h1></body></html>"), "vhost");
  EXPECT_EQ(fails("200 OK", "<a href=\"http://drydock.test/\">x</a>"), "canonical");
  const Observation missing = ending_at(exchange("404 Not Found", "", "gone"), subject);
  const Judgement judgement = judge_http("http.status", missing, subject);
  EXPECT_THAT(judgement.message, HasSubstr("at http://site.test/end: the server answered 404 Not Found"));
  EXPECT_THAT(judgement.reproduce, HasSubstr(" -L "));
  Subject said = subject;
  said.expected.facts = {"status", "location"};
  EXPECT_EQ(judge_http("http.status", missing, said).verdict, Verdict::fail) << "301 was expected, 404 behind it not";
  said.expected.facts = {"final_status"};
  EXPECT_EQ(judge_http("http.status", missing, said).verdict, Verdict::skip);
}

TEST(HttpRedirect, SaysNothingAboutAnEndThatWasNotSeen) {
  const Subject subject = http_subject({"127.0.0.1", 80});
  const Observation silent = ending_at({stall()}, subject, std::chrono::milliseconds(400));
  EXPECT_EQ(failed(silent, subject), "");
  EXPECT_EQ(with_verdict(Verdict::pass, silent, subject), "answers");
  EXPECT_EQ(silent.error_stage, "redirect");
  const Observation half =
      ending_at({hear("GET /"), hear_until(""), send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")}, subject);
  EXPECT_EQ(failed(half, subject), "redirect");
  EXPECT_EQ(*half.get(kHttp.final_status), 200);
  EXPECT_FALSE(half.get(kHttp.final_body)->whole());
  EXPECT_EQ(half.get(kHttp.hops_end), RedirectEnd::failed);
  EXPECT_EQ(judge_http("http.canonical", half, subject).verdict, Verdict::inconclusive);
  const Observation coded = ending_at(exchange("200 OK", "Content-Encoding: x-own\r\n", "\x01"), subject);
  EXPECT_EQ(failed(coded, subject), "");
  EXPECT_EQ(coded.get(kHttp.hops_end), RedirectEnd::unanswered);
  EXPECT_EQ(judge_http("http.redirect", coded, subject).verdict, Verdict::inconclusive);
}

TEST(HttpRedirect, SurvivesEveryBrokenEnd) {
  SweepPlan plan{.type = kHttpType,
                 .scripts = {redirect("301 Moved Permanently", "/end"),
                             {hear("GET /end"), hear_until(""),
                              send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"),
                              send("f\r\n<p>marker!</p>\n\r\n0\r\n\r\n")}}};
  plan.subject = [](const Endpoint& to) { return http_subject(to); };
  plan.needs = {
      {"http.answers", 0}, {"http.status", 1}, {"http.vhost", 2}, {"http.canonical", 2}, {"http.redirect", 2}};
  plan.tolerated = {1, 2};  // the first answer was whole: http.redirect tells how the rest ended
  EXPECT_THAT(fault_sweep(plan), testing::IsEmpty());
}

TEST(HttpRedirect, FailsWithoutALocation) {
  const ScriptedPeer peer(exchange("302 Found", "Content-Type: text/html\r\n", "moved"));
  Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.get(kHttp.hops_end), RedirectEnd::no_location);
  EXPECT_EQ(failed(seen, subject), "redirect");
  EXPECT_TRUE(seen.proves_absent("http.location"));
  subject.expected.facts = {"location"};
  EXPECT_EQ(failed(seen, subject), "") << "`expect` says what the Location must be";
}

TEST(HttpRedirect, ALocationWithControlOctetsIsNoUrl) {
  for (const char* location : {"/x\ty", "http://site.test/\x01"}) {
    const ScriptedPeer peer({redirect("302 Found", location)});
    const Subject subject = http_subject(peer.endpoint());
    const Observation seen = observe(kHttpType, subject);
    EXPECT_EQ(seen.get(kHttp.hops_end), RedirectEnd::unreadable) << transcript_text(seen);
    EXPECT_THAT(judge_http("http.redirect", seen, subject).message, HasSubstr("no valid http or https URL"));
  }
}

TEST(HttpRedirect, JudgesTheCertificateOfEachHop) {
  const TestCa ca, stranger;
  struct Case {
    CertificateOptions certificate;
    const TestCa& issuer;
    std::string fails;
  };
  for (const Case& one : {Case{{.names = {"site.test"}}, ca, ""}, Case{{.names = {"drydock.test"}}, ca, "tls-name"},
                          Case{{.names = {"site.test"}}, stranger, "tls-chain"},
                          Case{{.names = {"site.test"}, .days_left = -1}, ca, "tls-validity"},
                          Case{{.names = {"other.test"}, .self_signed = true}, ca, "tls-chain tls-name"}}) {
    const ScriptedPeer secure(exchange("200 OK", "Content-Type: text/html\r\n", "<p>x</p>"),
                              {.certificate = one.issuer.issue(one.certificate), .implicit_tls = true});
    const std::string place = "https://site.test:" + std::to_string(secure.port()) + "/";
    const ScriptedPeer plain(redirect("301 Moved", place));
    Subject subject = http_subject(plain.endpoint());
    subject.target.port.reset();
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("url", "http://site.test:" + std::to_string(plain.port()) + "/");
    const Observation seen = observe(kHttpType, subject);
    // The port is this test's own: the names are what it is about.
    EXPECT_EQ(with_verdict(Verdict::fail, seen, subject), "canonical" + (one.fails.empty() ? "" : " " + one.fails));
    for (const char* id : {"http.tls-chain", "http.tls-name", "http.tls-validity"}) {
      const Judgement judgement = judge_http(id, seen, subject);
      if (judgement.verdict != Verdict::fail) continue;
      EXPECT_THAT(judgement.message, HasSubstr("where a redirect leads, at " + place));
      EXPECT_THAT(judgement.reproduce, HasSubstr(secure.endpoint().text()));
    }
    EXPECT_EQ(*seen.get(kHttp.hop_tls)->front().get(kHop.address), secure.endpoint().text());
    EXPECT_EQ(seen.address, plain.endpoint().text());
  }
}

TEST(HttpRedirect, JudgesTheProgramWhereTheSamePathIsRedirectedTo) {
  const TestCa ca;
  const auto judged = [&](const std::string& path, const std::string& body) {
    const ScriptedPeer secure(exchange("200 OK", "Content-Type: text/html\r\n", body),
                              {.certificate = ca.issue({.names = {"site.test"}}), .implicit_tls = true});
    const ScriptedPeer plain(redirect("301 Moved", "https://site.test:" + std::to_string(secure.port()) + path));
    Subject subject = http_subject(plain.endpoint());
    subject.target.port.reset();
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("url", "http://site.test:" + std::to_string(plain.port()) + "/~jim/a.cgi?q=t-1");
    subject.parameters.set("executes", true);
    return judge_http("http.cgi", observe(kHttpType, subject), subject).verdict;
  };
  EXPECT_EQ(judged("/~jim/a.cgi?q=t-1", "<p>said t-1</p>"), Verdict::pass);
  EXPECT_EQ(judged("/%7Ejim/a.cgi?q=t-1", "<p>said t-1</p>"), Verdict::pass);
  EXPECT_EQ(judged("/~jim/a.cgi?q=t-1", "#!/usr/bin/python3\n"), Verdict::fail);
  EXPECT_EQ(judged("/login?next=a.cgi", "<p>who are you, t-1?</p>"), Verdict::inconclusive);
}

TEST(HttpRedirect, TakesNoSpellingOfItsUrlForAnotherPlace) {
  const TestCa ca;
  const ScriptedPeer peer(std::vector<Script>{redirect("301 Moved", "https://SITE.test.:443/dir/"), kPage},
                          {.certificate = ca.issue({.names = {"site.test", "site.test."}}), .implicit_tls = true});
  Subject subject = http_subject(peer.endpoint(), "/dir", "https");
  subject.surroundings.trust = ca.trust_file();
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.get(kHttp.hops_end), RedirectEnd::answer) << transcript_text(seen);
  EXPECT_EQ(judge_http("http.canonical", seen, subject).verdict, Verdict::pass);
  EXPECT_EQ(peer.connections(), 2u);
}

}  // namespace
}  // namespace drydock::test
