// Pages that a program makes: run, shown as source, handed out, refused, failing.
#include <gmock/gmock.h>

#include "probes/http/facts.hpp"
#include "tests/unit/http/http_test_support.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;

Observation answered(int status, const std::string& type, const std::string& body, Fields headers = {}) {
  Observation seen;
  if (!type.empty()) {
    headers.emplace_back("content-type", type);
    seen.set(kHttp.type, type);
  }
  seen.set(kHttp.url, std::string("http://site.test/"));
  seen.set(kHttp.status, std::int64_t{status});
  seen.set(kHttp.reason, std::string("Reason"));
  seen.set(kHttp.headers, headers);
  seen.set(kHttp.body, body);
  seen.set(kHttp.hops, std::vector<std::string>{});
  seen.set(kHttp.hops_end, std::string("answer"));
  return seen;
}

Subject running(const std::string& path) {
  Subject subject = http_subject({"127.0.0.1", 80}, path);
  subject.parameters.set("executes", true);
  return subject;
}

TEST(HttpPrograms, EachUrlHasItsOwnCheck) {
  const Observation seen = answered(200, "text/html", "<p>x</p>");
  const auto passed = [&](const std::string& path) { return with_verdict(Verdict::pass, seen, running(path)); };
  EXPECT_THAT(passed("/~jim/hello.cgi?q=1"), HasSubstr("cgi"));
  EXPECT_THAT(passed("/~jim/hello.cgi?q=1"), testing::Not(HasSubstr("handler")));
  EXPECT_THAT(passed("/~jim/hello.cgi/path/info"), HasSubstr("cgi"));
  EXPECT_THAT(passed("/cgi-bin/test"), HasSubstr("cgi"));
  EXPECT_THAT(passed("/~jim/page.spy"), HasSubstr("handler"));
  EXPECT_THAT(passed("/~jim/index.shtml"), HasSubstr("ssi"));
  EXPECT_THAT(with_verdict(Verdict::skip, seen, http_subject({"127.0.0.1", 80}, "/a.cgi")),
              HasSubstr("cgi handler ssi"));
}

TEST(HttpPrograms, FailsByOneCheckAlone) {
  struct Case {
    int status;
    std::string type;
    std::string body;
  };
  const std::vector<Case> cases{
      {403, "text/html", "<h1>Forbidden</h1>"},
      {404, "text/html", "<h1>Not Found</h1>"},
      {500, "text/html", "<h1>Internal Server Error</h1>"},
      {200, "application/octet-stream", "x"},
      {200, "text/x-python; charset=utf-8", "x"},
      {200, "text/plain", "#!/usr/bin/python3\nprint('x')\n"},
      {200, "text/plain", "# a comment\nimport os\nprint(os)\n"},
      {200, "text/html", "import os, sys\nprint('<p>')\n"},
      {200, "text/plain", "use strict;\nprint 'x';\n"},
      {200, "text/html", "<?php echo 1; ?>"},
      {200, "", "anything at all"},
      {200, "text/html", "<p><!--#include virtual=\"/menu.html\" --></p>"},
      {200, "text/html", "<p>[an error occurred while processing this directive]</p>"},
  };
  for (const Case& one : cases) {
    const Observation seen = answered(one.status, one.type, one.body);
    EXPECT_EQ(failed(seen, running("/~jim/hello.cgi")), "cgi") << one.status << one.body;
    EXPECT_EQ(failed(seen, running("/~jim/page.spy")), "handler") << one.status << one.body;
    EXPECT_EQ(failed(seen, running("/~jim/index.shtml")), "ssi") << one.status << one.body;
  }
  const Observation offered =
      answered(200, "text/html", "x", {{"content-disposition", "attachment; filename=\"a.cgi\""}});
  EXPECT_EQ(failed(offered, running("/a.cgi")), "cgi");
}

TEST(HttpPrograms, LeavesOrdinaryOutputAlone) {
  const std::vector<std::pair<std::string, std::string>> outputs{
      {"text/plain", "hello\nq=token\n"},
      {"text/html", "<html><pre>\nimport os\nimport sys\nfrom a import b\n</pre></html>"},
      {"text/plain", "this page says:\nimport is a word\n"},
      {"application/json", "{\"a\": 1}"},
      {"text/html; charset=iso-8859-1", "<p>caf\xe9</p>"},
      {"image/png", std::string("\x89PNG\r\n\x1a\n\0\0", 10)},
  };
  for (const auto& [type, body] : outputs)
    EXPECT_EQ(judge_http("http.cgi", answered(200, type, body), running("/a.cgi")).verdict, Verdict::pass) << body;
  EXPECT_EQ(judge_http("http.cgi", answered(204, "", ""), running("/a.cgi")).verdict, Verdict::pass);
}

TEST(HttpPrograms, CantTellBehindARedirectOrWithoutAnAnswer) {
  EXPECT_EQ(judge_http("http.cgi", answered(301, "text/html", "moved"), running("/a.cgi")).verdict,
            Verdict::inconclusive);
  EXPECT_EQ(
      judge_http("http.cgi", answered(503, "text/html", "later", {{"retry-after", "60"}}), running("/a.cgi")).verdict,
      Verdict::inconclusive);
  Observation nothing;
  nothing.error = Error{ErrorKind::timeout, "no answer within 30s"};
  for (const char* id : {"http.cgi", "http.handler", "http.ssi"}) {
    const std::string path = std::string(id) == "http.cgi"   ? "/a.cgi"
                             : std::string(id) == "http.ssi" ? "/a.shtml"
                                                             : "/a.spy";
    EXPECT_EQ(judge_http(id, nothing, running(path)).verdict, Verdict::inconclusive) << id;
  }
}

TEST(HttpStatus, WantsSuccessUnlessExpectSpeaks) {
  const auto verdict = [](int status, Fields headers = {}, const std::string& phase = "before") {
    Subject subject = http_subject({"127.0.0.1", 80});
    subject.phase = phase;
    return judge_http("http.status", answered(status, "text/html", "x", std::move(headers)), subject).verdict;
  };
  EXPECT_EQ(verdict(200), Verdict::pass);
  EXPECT_EQ(verdict(301), Verdict::pass);
  EXPECT_EQ(verdict(404), Verdict::fail);
  EXPECT_EQ(verdict(500), Verdict::fail);
  EXPECT_EQ(verdict(503), Verdict::fail);
  EXPECT_EQ(verdict(503, {{"retry-after", "60"}}), Verdict::inconclusive);
  EXPECT_EQ(verdict(503, {{"retry-after", "60"}}, "freeze"), Verdict::pass);
  EXPECT_EQ(verdict(429), Verdict::inconclusive);
  Subject said = http_subject({"127.0.0.1", 80});
  said.expected_facts = {"status"};
  EXPECT_EQ(judge_http("http.status", answered(404, "text/html", "x"), said).verdict, Verdict::skip);
}

TEST(HttpVhost, KnowsPagesThatAreNobodysSite) {
  const auto verdict = [](int status, const std::string& body, const std::string& path = "/") {
    return judge_http("http.vhost", answered(status, "text/html", body), http_subject({"127.0.0.1", 80}, path)).verdict;
  };
  EXPECT_EQ(verdict(200, "<html><body><h1>It works!</h1></body></html>"), Verdict::fail);
  EXPECT_EQ(verdict(200, "<title>Apache2 Debian Default Page: It works</title>"), Verdict::fail);
  EXPECT_EQ(verdict(200, "<title>Index of /</title>"), Verdict::fail);
  EXPECT_EQ(verdict(200, "<title>Index of /</title>", "/pub/"), Verdict::pass);
  EXPECT_EQ(verdict(421, ""), Verdict::fail);
  EXPECT_EQ(verdict(200, "<title>Starship Python</title>"), Verdict::pass);
  EXPECT_EQ(failed(answered(421, "text/html", ""), http_subject({"127.0.0.1", 80})), "vhost");
  Subject marked = http_subject({"127.0.0.1", 80});
  marked.expected_facts = {"body"};
  EXPECT_EQ(judge_http("http.vhost", answered(200, "text/html", "<h1>It works!</h1>"), marked).verdict, Verdict::pass);
  Subject nameless = http_subject({"127.0.0.1", 80});
  nameless.parameters.set("url", std::string("http://127.0.0.1/"));
  EXPECT_EQ(judge_http("http.vhost", answered(200, "text/html", "x"), nameless).verdict, Verdict::skip);
}

TEST(HttpChecks, AreNamedAndExplained) {
  for (const CheckSpec& check : kHttpType.checks) {
    EXPECT_TRUE(check.id.starts_with("http."));
    EXPECT_FALSE(check.spec.empty() || check.catches.empty() || check.why.empty() || check.by_hand.empty() ||
                 check.mend.empty())
        << check.id;
    const Judgement nothing = check.judge(Observation{}, http_subject({"127.0.0.1", 80}));
    EXPECT_TRUE(nothing.verdict == Verdict::inconclusive || nothing.verdict == Verdict::skip) << check.id;
  }
}

}  // namespace
}  // namespace drydock::test
