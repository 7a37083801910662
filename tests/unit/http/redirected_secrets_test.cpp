// Cookies and credentials on the way of redirects: what goes along, and to whom.
#include <gmock/gmock.h>

#include <memory>
#include <set>

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
  const TestCa ca;
  const ScriptedPeer peer(std::vector<Script>{redirect("302 Found", "/\r\nSet-Cookie: a=1"), kPage},
                          {.certificate = ca.issue({.names = {"site.test"}}), .implicit_tls = true});
  Subject subject = http_subject(peer.endpoint(), "/", "https");
  subject.surroundings.trust = ca.trust_file();
  subject.parameters.set("headers", Fields{{"Cookie", "mine=2"}});
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(failed(seen, subject), "") << transcript_text(seen);
  EXPECT_THAT(peer.heard(), testing::IsSupersetOf({"Cookie: mine=2", "Cookie: a=1; mine=2"}));
}

/// A site that redirects to another origin at the same address, and what that one is asked with.
struct TwoOrigins {
  explicit TwoOrigins(bool given_down) : down(given_down) {
    const PeerOptions secure{.certificate = ca.issue({.names = {"site.test"}}), .implicit_tls = true};
    const auto answers = act([this](PeerConnection& client) {
      client.follow(page.empty() ? exchange(end, "Content-Type: text/html\r\n", "<p>x</p>") : page);
    });
    to = std::make_unique<ScriptedPeer>(Script{answers}, down ? PeerOptions{} : secure);
    const std::string scheme = down ? "http" : "https";
    place = scheme + "://site.test:" + std::to_string(to->port());
    from = std::make_unique<ScriptedPeer>(redirect("302 Found", place + "/in"), secure);
  }

  Observation observe_with(const Fields& headers) {
    subject = http_subject(from->endpoint(), "/in", "https");
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("headers", headers);
    return observe(kHttpType, subject);
  }

  TestCa ca;
  bool down;  ///< from https to http, else to another port
  std::string end = "200 OK";
  Script page;  ///< in place of a short page with that status
  Subject subject;
  std::string place;
  std::unique_ptr<ScriptedPeer> to, from;
};

const Fields kAuthorization{{"Authorization", "Basic c2VjcmV0"}};

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
    EXPECT_THAT(site.from->heard(),
                testing::IsSupersetOf({"Authorization: Basic c2VjcmV0", "Cookie: sid=s3cr3t", "X-Api-Key: k3y",
                                       "X-Session-Token: t0ken", "Accept-Language: de"}));
    EXPECT_THAT(site.to->heard(), testing::Contains("Accept-Language: de")) << transcript_text(seen);
    for (const std::string& line : site.to->heard())
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
    const Observation seen = site.observe_with(kAuthorization);
    const Judgement judgement = judge_http("http.status", seen, site.subject);
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << transcript_text(seen);
    EXPECT_THAT(judgement.message, HasSubstr("is not sent the scenario's Authorization"));
    const Observation without = site.observe_with({});
    EXPECT_EQ(judge_http("http.status", without, site.subject).verdict, Verdict::fail);
  }
}

/// What an origin shows that wants credentials and did not get them.
TEST(HttpRedirect, HoldsNothingAgainstTheHostThatTheWithheldCredentialsMayHaveBroughtAbout) {
  TwoOrigins site(false);
  const Script login = exchange("200 OK", "Content-Type: text/html\r\n", "<title>Log in</title><form>");
  const Script turned_round = redirect("302 Found", "/in");
  const Script default_page =
      exchange("200 OK", "Content-Type: text/html\r\n", "<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>");
  for (const Script& page : {login, turned_round, default_page}) {
    site.page = page;
    const Observation seen = site.observe_with(kAuthorization);
    site.subject.parameters.set("executes", true);
    EXPECT_EQ(failed(seen, site.subject), "canonical") << transcript_text(seen) << "the port is this test's own";
    EXPECT_EQ(judge_http("http.handler", seen, site.subject).verdict, Verdict::inconclusive);
    for (const char* fact : {"http.final_body", "http.final_status", "http.final_headers", "http.final_location",
                             "http.hops_end", "http.followed"})
      EXPECT_THAT(kHttpType.why_not_held(seen, fact), HasSubstr("is not sent the scenario's Authorization")) << fact;
    for (const char* fact : {"http.status", "http.body", "http.location", "http.tls.names"})
      EXPECT_EQ(kHttpType.why_not_held(seen, fact), "") << fact;

    const Observation without = site.observe_with({});
    EXPECT_EQ(kHttpType.why_not_held(without, "http.final_body"), "");
  }
  site.page = turned_round;
  EXPECT_EQ(failed(site.observe_with({}), site.subject), "canonical redirect");
  site.page = default_page;
  EXPECT_EQ(failed(site.observe_with({}), site.subject), "vhost canonical");
}

TEST(HttpRedirect, HoldsAgainstTheHostWhatNoCredentialsWouldMend) {
  TwoOrigins site(false);
  for (const Script& page : {exchange("500 Internal Server Error", "Content-Type: text/html\r\n", "x"),
                             exchange("200 OK", "Content-Type: text/plain\r\n", "#!/usr/bin/python3\n")}) {
    site.page = page;
    const Observation seen = site.observe_with(kAuthorization);
    site.subject.parameters.set("executes", true);
    EXPECT_THAT(failed(seen, site.subject), HasSubstr("handler")) << transcript_text(seen);
  }
}

/// The commands of every check and fact, pasted.
TEST(HttpRedirect, ByHandNoSecretGoesToAnotherOriginAndTheSameIsSeen) {
  for (const bool down : {true, false}) {
    TwoOrigins site(down);
    site.page = exchange("404 Not Found", "Content-Type: text/html\r\n", "here it ends");
    const Observation seen = site.observe_with({{"Authorization", "Basic c2VjcmV0"},
                                                {"Cookie", "sid=s3cr3t"},
                                                {"X-Api-Key", "k3y"},
                                                {"Accept-Language", "de"}});
    const std::size_t before = site.to->heard().size();
    std::set<std::string> commands;
    for (const CheckSpec& check : kHttpType.checks) commands.insert(check.judge(seen, site.subject).reproduce);
    for (const char* fact : {"http.final_body", "http.final_status", "http.hops", "http.hops_end", "http.followed"})
      commands.insert(kHttpType.by_hand(seen, site.subject, fact));
    commands.erase("");
    const std::string at_the_end = kHttpType.by_hand(seen, site.subject, "http.final_body");
    EXPECT_THAT(at_the_end, HasSubstr("'" + site.place + "/in'"));
    EXPECT_THAT(at_the_end, HasSubstr("Accept-Language: de"));
    for (const char* wrong : {" -L", "Authorization", "Cookie", "X-Api-Key"})
      EXPECT_THAT(at_the_end, testing::Not(HasSubstr(wrong)));
    for (const std::string& command : commands) {
      const std::string said = shown_by(command);
      if (command == at_the_end) EXPECT_THAT(said, HasSubstr("here it ends")) << command;
    }
    const auto heard = site.to->heard();
    EXPECT_GT(heard.size(), before);
    for (const std::string& line : heard)
      for (const char* secret : {"c2VjcmV0", "s3cr3t", "k3y"}) EXPECT_EQ(line.find(secret), std::string::npos) << line;
  }
}

TEST(HttpRedirect, CredentialsOfTheScenarioGoAlongAtTheSameOrigin) {
  const TestCa ca;
  const ScriptedPeer peer(std::vector<Script>{redirect("302 Found", "/in"), kPage},
                          {.certificate = ca.issue({.names = {"site.test"}}), .implicit_tls = true});
  Subject subject = http_subject(peer.endpoint(), "/", "https");
  subject.surroundings.trust = ca.trust_file();
  subject.parameters.set("headers", kAuthorization);
  const Observation seen = observe(kHttpType, subject);
  EXPECT_EQ(std::ranges::count(peer.heard(), "Authorization: Basic c2VjcmV0"), 2);
  EXPECT_FALSE(seen.has(kHttp.withheld));
}

}  // namespace
}  // namespace drydock::test
