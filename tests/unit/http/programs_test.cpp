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
  seen.set(kHttp.url, WebLink{"http://site.test/", ""});
  seen.set(kHttp.status, std::int64_t{status});
  seen.set(kHttp.reason, std::string("Reason"));
  seen.set(kHttp.headers, headers);
  seen.set(kHttp.body, Excerpt(body));
  seen.set(kHttp.hops, {});
  seen.set(kHttp.followed, 0);
  seen.set(kHttp.hops_end, http::RedirectEnd::answer);
  seen.set(kHttp.final_url, WebLink{"http://site.test/", ""});
  seen.set(kHttp.final_status, std::int64_t{status});
  seen.set(kHttp.final_reason, std::string("Reason"));
  seen.set(kHttp.final_headers, headers);
  seen.set(kHttp.final_body, Excerpt(body));
  return seen;
}

/// As answered(), for a URL that holds the token of the observation.
Subject running_with_token(const std::string& path) {
  Subject subject = http_subject({"127.0.0.1", 80}, path + "?q=t-1");
  subject.parameters.set("executes", true);
  return subject;
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
}

const std::vector<std::string> kReadsLikeSource{"import quotas from the list below\n", "class of 1989:\n",
                                                "# a comment\nimport os\nprint(os)\n", "import os, sys\nprint('<p>')\n",
                                                "use strict;\nprint 'x';\n"};

TEST(HttpPrograms, WhatOnlyReadsLikeSourceIsAWarning) {
  for (const std::string& body : kReadsLikeSource) {
    const Observation seen = answered(200, "text/plain", body);
    EXPECT_EQ(failed(seen, running("/a.cgi")), "") << body;
    EXPECT_EQ(with_verdict(Verdict::warn, seen, running("/a.cgi")), "cgi") << body;
    EXPECT_EQ(with_verdict(Verdict::warn, seen, running("/a.spy")), "handler") << body;
  }
}

TEST(HttpPrograms, ADownloadThatNoServerMakesByItselfIsAWarning) {
  for (const char* type : {"text/csv", "application/octet-stream"}) {
    const Observation seen =
        answered(200, type, "a,b\n1,2\n", {{"content-disposition", "attachment; filename=\"a.csv\""}});
    EXPECT_EQ(failed(seen, running("/a.cgi")), "") << type;
    EXPECT_EQ(with_verdict(Verdict::warn, seen, running("/a.cgi")), "cgi") << type;
  }
  const Observation script = answered(200, "text/plain", "#!/bin/sh\n", {{"content-disposition", "attachment"}});
  EXPECT_EQ(failed(script, running("/a.cgi")), "cgi") << "what is certain stays so";
}

TEST(HttpPrograms, TheTokenOfTheUrlInTheBodyProvesThatSomethingRuns) {
  const auto passes = [](const std::string& type, const std::string& body, Fields headers = {}) {
    const Observation seen = answered(200, type, body, std::move(headers));
    const Subject subject = running_with_token("/a.cgi");
    const std::string doubts = failed(seen, subject) + with_verdict(Verdict::warn, seen, subject) +
                               with_verdict(Verdict::inconclusive, seen, subject);
    return doubts.empty() && judge_http("http.cgi", seen, subject).verdict == Verdict::pass;
  };
  for (const std::string& body : kReadsLikeSource) {
    EXPECT_TRUE(passes("text/plain", body + "q=t-1")) << body;
    EXPECT_FALSE(passes("text/plain", body)) << "the token does not come back: " << body;
  }
  EXPECT_TRUE(passes("text/csv", "q\nt-1\n", {{"content-disposition", "attachment; filename=\"a.csv\""}}));
  EXPECT_TRUE(passes("application/octet-stream", "t-1"));
  EXPECT_TRUE(passes("text/plain", "#!/bin/sh\necho t-1\n"));
  EXPECT_TRUE(passes("text/html", "<title>Welcome to nginx!</title> t-1"));
  EXPECT_TRUE(passes("text/html", "<p>How to write &lt;!--#echo: <!--#echo --> t-1"));
}

TEST(HttpPrograms, TheTokenProvesNothingAboutTheIncludesOfAPage) {
  const Subject subject = running_with_token("/index.shtml");
  for (const char* body : {"<p>t-1 <!--#include virtual=\"/menu.html\" --></p>",
                           "<p>t-1 [an error occurred while processing this directive]</p>"})
    EXPECT_EQ(failed(answered(200, "text/html", body), subject), "ssi") << body;
  EXPECT_EQ(judge_http("http.ssi", answered(200, "text/html", "<p>t-1</p>"), subject).verdict, Verdict::pass);
}

TEST(HttpPrograms, AnAnswerThatWasNotReadToItsEndProvesNothing) {
  Observation seen = answered(200, "text/html", "<p>x</p>");
  seen.set(kHttp.final_body, Excerpt("<p>x t-1</p>", false));
  EXPECT_EQ(judge_http("http.cgi", seen, running("/a.cgi")).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_http("http.ssi", seen, running("/a.shtml")).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_http("http.ssi", seen, running_with_token("/a.shtml")).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_http("http.cgi", seen, running_with_token("/a.cgi")).verdict, Verdict::pass);
  seen.set(kHttp.final_body, Excerpt("#!/usr/bin/python3\n", false));
  EXPECT_EQ(judge_http("http.cgi", seen, running("/a.cgi")).verdict, Verdict::fail);
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
}

/// Of an answer that shows nothing, nothing is known but its head.
TEST(HttpPrograms, NothingIsProvenByAnAnswerThatShowsNothing) {
  const std::vector<std::string> nothings{"", " ", "\r\n", "\n\n\t ", "\xEF\xBB\xBF", "\xEF\xBB\xBF\r\n"};
  const auto expect_unknown = [](const Observation& seen, const std::string& what) {
    for (const auto& [id, path] :
         {std::pair("http.cgi", "/a.cgi"), std::pair("http.handler", "/a.spy"), std::pair("http.ssi", "/a.shtml")}) {
      for (const Subject& subject : {running(path), running_with_token(path)})
        EXPECT_EQ(judge_http(id, seen, subject).verdict, Verdict::inconclusive) << id << what;
      Subject posted = running(path);
      posted.parameters.set("method", std::string("POST"));
      EXPECT_EQ(judge_http(id, seen, posted).verdict, Verdict::inconclusive) << id << what;
    }
    const Subject plain = http_subject({"127.0.0.1", 80});
    for (const char* id : {"http.vhost", "http.canonical"})
      EXPECT_EQ(judge_http(id, seen, plain).verdict, Verdict::skip) << id << what;
  };
  for (const int status : {204, 205}) expect_unknown(answered(status, "", ""), std::to_string(status));
  for (const std::string& nothing : nothings) {
    expect_unknown(answered(200, "text/html", nothing), nothing);
    if (!nothing.empty()) continue;
    expect_unknown(answered(200, "", nothing), "without a Content-Type");
    expect_unknown(answered(201, "text/plain", nothing), "201");
  }
}

TEST(HttpPrograms, APartOfAPageDoesNotTellOfTheRest) {
  const Observation seen = answered(206, "text/html", "<p>x</p>");
  Subject asked = running("/a.shtml");
  asked.parameters.set("headers", Fields{{"Range", "bytes=0-9"}});
  EXPECT_EQ(judge_http("http.ssi", seen, asked).verdict, Verdict::inconclusive);
  Subject plain = http_subject({"127.0.0.1", 80});
  plain.parameters.set("headers", Fields{{"Range", "bytes=0-9"}});
  EXPECT_EQ(with_verdict(Verdict::pass, seen, plain), "answers status redirect");
  EXPECT_EQ(failed(answered(206, "text/html", "<a href=\"http://old.test/\">"), plain), "canonical")
      << "what is seen is seen";
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
    subject.surroundings.phase = phase;
    return judge_http("http.status", answered(status, "text/html", "x", std::move(headers)), subject).verdict;
  };
  EXPECT_EQ(verdict(200), Verdict::pass);
  EXPECT_EQ(verdict(301), Verdict::pass);
  EXPECT_EQ(verdict(404), Verdict::fail);
  EXPECT_EQ(verdict(500), Verdict::fail);
  EXPECT_EQ(verdict(503), Verdict::fail);
  EXPECT_EQ(verdict(304), Verdict::fail) << "nothing was asked on a condition";
  EXPECT_EQ(verdict(206), Verdict::fail) << "no part was asked for";
  EXPECT_EQ(verdict(503, {{"retry-after", "60"}}), Verdict::inconclusive);
  EXPECT_EQ(verdict(503, {{"retry-after", "60"}}, "freeze"), Verdict::pass);
  EXPECT_EQ(verdict(429), Verdict::inconclusive);
  Subject said = http_subject({"127.0.0.1", 80});
  for (const char* fact : {"status", "final_status"}) {
    said.expected.facts = {fact};
    EXPECT_EQ(judge_http("http.status", answered(404, "text/html", "x"), said).verdict, Verdict::skip) << fact;
  }
  Subject conditional = http_subject({"127.0.0.1", 80});
  conditional.parameters.set("headers", Fields{{"If-None-Match", "\"x\""}});
  EXPECT_EQ(judge_http("http.status", answered(304, "", ""), conditional).verdict, Verdict::pass);
  EXPECT_EQ(judge_http("http.status", answered(206, "", "x"), conditional).verdict, Verdict::fail);
  conditional.parameters.set("headers", Fields{{"Range", "bytes=0-9"}});
  EXPECT_EQ(judge_http("http.status", answered(206, "", "x"), conditional).verdict, Verdict::pass);
}

TEST(HttpVhost, KnowsPagesThatAreNobodysSite) {
  const auto verdict = [](int status, const std::string& body, const std::string& path = "/") {
    Observation seen = answered(status, "text/html", body);
    seen.set(kHttp.final_url, WebLink{"http://site.test" + path, ""});
    return judge_http("http.vhost", seen, http_subject({"127.0.0.1", 80}, path)).verdict;
  };
  EXPECT_EQ(verdict(200, "<html><body><h1>It works!</h1></body></html>"), Verdict::fail);
  EXPECT_EQ(verdict(200, "<title>Apache2 Debian Default Page: It works</title>"), Verdict::fail);
  EXPECT_EQ(
      verdict(200, "<!doctype html>\n<html><head><title>It works! Apache httpd</title></head><body><p>It works!</p>"),
      Verdict::fail);
  EXPECT_EQ(verdict(200, "<TITLE>Welcome to nginx!</TITLE><h1>Welcome to nginx!</h1>"), Verdict::fail);
  EXPECT_EQ(verdict(200, "<title>How to</title> When you see <i>Welcome to nginx!</i>, it runs."), Verdict::warn);
  EXPECT_EQ(verdict(200, "<title>Auctions</title> This domain is for sale: a.test"), Verdict::warn);
  EXPECT_EQ(verdict(200, "<title>It works! says Ann</title><h1>It works!</h1> At last."), Verdict::pass);
  EXPECT_EQ(verdict(200, "<title>Index of /</title>"), Verdict::fail);
  EXPECT_EQ(verdict(200, "<title>Index of /</title>", "/pub/"), Verdict::pass);
  EXPECT_EQ(verdict(421, ""), Verdict::fail);
  EXPECT_EQ(verdict(200, "<title>Starship Python</title>"), Verdict::pass);
  EXPECT_EQ(failed(answered(421, "text/html", ""), http_subject({"127.0.0.1", 80})), "vhost");
  Subject marked = http_subject({"127.0.0.1", 80});
  marked.expected.facts = {"body"};
  EXPECT_EQ(judge_http("http.vhost", answered(200, "text/html", "<h1>It works!</h1>"), marked).verdict, Verdict::fail)
      << "that a word is not there marks no page";
  marked.expected.markers = {"body"};
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

TEST(HttpStatus, WhatIsExpectedOfAnAnswerThatPutsTheClientOffIsUnknown) {
  const Observation later[] = {answered(429, "text/html", "slow down"), answered(408, "text/html", "too slow"),
                               answered(503, "text/html", "later", {{"retry-after", "60"}})};
  for (const Observation& seen : later) {
    for (const char* fact :
         {"http.status", "http.body", "http.headers", "http.type", "http.final_status", "http.final_body"})
      EXPECT_THAT(kHttpType.why_not_held(seen, fact), testing::HasSubstr("the server says \"not now\"")) << fact;
    for (const char* fact : {"http.url", "http.tls.version"}) EXPECT_EQ(kHttpType.why_not_held(seen, fact), "") << fact;
  }
  for (const int status : {200, 404, 500, 503})
    EXPECT_EQ(kHttpType.why_not_held(answered(status, "text/html", "x"), "http.body"), "") << status;
}

}  // namespace
}  // namespace drydock::test
