// Cookies and credentials on the way of redirects: what goes along, and to whom.
#include <gmock/gmock.h>

#include "probes/http/facts.hpp"
#include "tests/unit/http/http_test_support.hpp"

namespace drydock::test {
namespace {

using http::RedirectEnd;
using testing::HasSubstr;

/// A server that answers with `secret` whom it has given a cookie, and redirects everybody else to the same URL.
Move only_with_cookie(const std::string& given) {
  return act([given](PeerConnection& peer) {
    bool knows = false;
    for (std::string line = peer.line(); !line.empty(); line = peer.line())
      knows = knows || line.starts_with("Cookie: visited=");
    peer.follow({knows ? answer("200 OK", "Content-Type: text/html\r\n", "<p>welcome</p>")
                       : answer("302 Found", "Location: /\r\n" + given, "")});
  });
}

TEST(HttpRedirect, SendsTheCookiesThatItWasGivenOnTheWay) {
  const ScriptedPeer peer({only_with_cookie("Set-Cookie: visited=yes; Path=/; Max-Age=60; HttpOnly\r\n")});
  const Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(seen.get(kHttp.hops_end), RedirectEnd::answer) << transcript_text(seen);
  EXPECT_EQ(seen.get(kHttp.final_body)->text(), "<p>welcome</p>");
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_EQ(judge_http("http.redirect", seen, subject).verdict, Verdict::pass);

  const Observation again = observe(kHttpType, subject);
  EXPECT_EQ(*again.get(kHttp.followed), 1) << "no probe begins with cookies of another";
}

TEST(HttpRedirect, ACookieThatIsNotMeantForTheUrlEndsInACircle) {
  for (const char* useless :
       {"", "Set-Cookie: visited=yes; Path=/other\r\n", "Set-Cookie: visited=yes; Domain=elsewhere.test\r\n",
        "Set-Cookie: visited=yes; Path=/; Secure\r\n"}) {
    const ScriptedPeer peer({only_with_cookie(useless)});
    const Subject subject = http_subject(peer.endpoint());
    const Observation seen = observe(kHttpType, subject);
    EXPECT_EQ(seen.get(kHttp.hops_end), RedirectEnd::loop) << useless << transcript_text(seen);
    EXPECT_EQ(failed(seen, subject), "redirect") << useless;
    EXPECT_LE(peer.connections(), 2u);
  }
}

TEST(HttpRedirect, SendsTheScenariosOwnCookieBesideThoseOfTheWay) {
  const ScriptedPeer peer(std::vector<Script>{redirect("302 Found", "/\r\nSet-Cookie: a=1"), kPage});
  Subject subject = http_subject(peer.endpoint());
  subject.parameters.set("headers", Fields{{"Cookie", "mine=2"}});
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(failed(seen, subject), "") << transcript_text(seen);
  EXPECT_THAT(peer.heard(), testing::IsSupersetOf({"Cookie: mine=2", "Cookie: a=1; mine=2"}));
}

/// A site that redirects to another origin at the same address, and what that one is asked with.
struct TwoOrigins {
  explicit TwoOrigins(bool down) : down(down) {}

  Observation observe_with(const Fields& headers) {
    PeerOptions secure{.certificate = ca.issue({.names = {"site.test"}}), .implicit_tls = true};
    const ScriptedPeer to(Script{exchange(end, "Content-Type: text/html\r\n", "<p>x</p>")},
                          down ? PeerOptions{} : secure);
    const std::string place = (down ? "http" : "https") + std::string("://site.test:") + std::to_string(to.port());
    const ScriptedPeer from(redirect("302 Found", place + "/"), down ? secure : PeerOptions{});
    subject = http_subject(from.endpoint(), "/", down ? "https" : "http");
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("headers", headers);
    const Observation seen = observe(kHttpType, subject);
    first = from.heard();
    second = to.heard();
    return seen;
  }

  TestCa ca;
  bool down;  ///< from https to http
  std::string end = "200 OK";
  Subject subject;
  std::vector<std::string> first, second;  ///< lines that the two heard
};

TEST(HttpRedirect, CredentialsOfTheScenarioStayAtTheirOwnOrigin) {
  for (const bool down : {true, false}) {
    TwoOrigins site(down);
    const Observation seen = site.observe_with({{"Authorization", "Basic c2VjcmV0"},
                                                {"cookie", "sid=s3cr3t"},
                                                {"X-Api-Key", "k3y"},
                                                {"X-Session-Token", "t0ken"},
                                                {"X-Jwt", "jw1"},
                                                {"X-Passwd", "pa55"},
                                                {"Accept-Language", "de"}});
    EXPECT_THAT(site.first, testing::IsSupersetOf({"Authorization: Basic c2VjcmV0", "Cookie: sid=s3cr3t",
                                                   "X-Api-Key: k3y", "X-Session-Token: t0ken", "Accept-Language: de"}));
    EXPECT_THAT(site.second, testing::Contains("Accept-Language: de")) << transcript_text(seen);
    for (const std::string& line : site.second)
      for (const char* secret : {"c2VjcmV0", "s3cr3t", "k3y", "t0ken", "jw1", "pa55"})
        EXPECT_EQ(line.find(secret), std::string::npos) << line;
    EXPECT_EQ(*seen.get(kHttp.withheld), (std::vector<std::string>{"Authorization", "cookie", "X-Api-Key",
                                                                   "X-Session-Token", "X-Jwt", "X-Passwd"}));
  }
}

TEST(HttpRedirect, AnEndThatWantsTheCredentialsWhichItWasNotSentIsInconclusive) {
  for (const char* end : {"401 Unauthorized", "400 Bad Request"}) {
    TwoOrigins site(false);
    site.end = end;
    const Observation seen = site.observe_with({{"Authorization", "Basic c2VjcmV0"}});
    const Judgement judgement = judge_http("http.status", seen, site.subject);
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << transcript_text(seen);
    EXPECT_THAT(judgement.message, HasSubstr("is not sent the scenario's Authorization"));
    const Observation without = site.observe_with({});
    EXPECT_EQ(judge_http("http.status", without, site.subject).verdict, Verdict::fail);
  }
}

TEST(HttpRedirect, CredentialsOfTheScenarioGoAlongAtTheSameOrigin) {
  const ScriptedPeer peer(std::vector<Script>{redirect("302 Found", "/in"), kPage});
  Subject subject = http_subject(peer.endpoint());
  subject.parameters.set("headers", Fields{{"Authorization", "Basic c2VjcmV0"}});
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(std::ranges::count(peer.heard(), "Authorization: Basic c2VjcmV0"), 2);
  EXPECT_FALSE(seen.has(kHttp.withheld));
}

}  // namespace
}  // namespace drydock::test
