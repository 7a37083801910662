// The command that a report gives for a person to paste.
#include <gmock/gmock.h>

#include "probes/http/facts.hpp"
#include "tests/unit/http/http_test_support.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string by_hand(const Subject& subject, std::string_view fact) {
  Observation seen;
  seen.address = "127.0.0.1:8443";
  return kHttpType.by_hand(seen, subject, fact);
}

TEST(HttpByHand, ShowsTheFactItself) {
  const Subject subject = http_subject({"127.0.0.1", 8443}, "/page", "https");
  for (const char* fact : {"http.status", "http.body", "http.headers", "http.location", "http.type"}) {
    EXPECT_THAT(by_hand(subject, fact), StartsWith("curl -gsik ")) << fact;
    EXPECT_THAT(by_hand(subject, fact), HasSubstr("--connect-to ::127.0.0.1:8443 'https://site.test/page'")) << fact;
    EXPECT_THAT(by_hand(subject, fact), Not(HasSubstr(" -L "))) << fact;
  }
  for (const char* fact : {"http.final_status", "http.final_body", "http.hops", "http.hops_end", "http.followed"}) {
    EXPECT_THAT(by_hand(subject, fact), HasSubstr(" -L --max-redirs 6 -b '' ")) << fact;
    EXPECT_THAT(by_hand(subject, fact),
                HasSubstr("--connect-to site.test:443:127.0.0.1:8443 --connect-to ::127.0.0.1: "))
        << fact;
  }
  EXPECT_THAT(by_hand(subject, "http.tls.names"), StartsWith("openssl s_client -connect 127.0.0.1:8443 "));
}

TEST(HttpByHand, AsksAsTheProbeDoes) {
  Subject subject = http_subject({"::1", 80}, "/a?b=[c]&d='e'");
  subject.surroundings.vantage.address = "::1";
  subject.parameters.set("method", std::string("POST"));
  subject.parameters.set("headers", Fields{{"X-Mine", "it's $HOME"}, {"Accept", ""}});
  const std::string command = by_hand(subject, "http.body");
  EXPECT_THAT(command, HasSubstr(" -d '' "));
  EXPECT_THAT(command, HasSubstr(R"( -H 'X-Mine: it'\''s $HOME')"));
  EXPECT_THAT(command, HasSubstr(" -H 'Accept;'"));
  EXPECT_THAT(command, HasSubstr(" --interface ::1 "));
  EXPECT_THAT(command, HasSubstr(" --connect-to ::[::1]:80 "));
  subject.parameters.set("method", std::string("HEAD"));
  EXPECT_THAT(by_hand(subject, "http.status"), HasSubstr(" -I "));
}

TEST(HttpByHand, ShowsWhatTheProbeSawWhenItIsPasted) {
  if (shown_by("command -v curl").empty()) GTEST_SKIP() << "no curl here";
  const TestCa ca;
  const std::vector<Script> scripts{
      exchange("302 Found", "Location: https://site.test/next?a=[b]\r\nSet-Cookie: seen=1\r\n", "moved"),
      exchange("404 Not Found", "X-Last: yes\r\n", "here it ends")};
  const PeerOptions options{.certificate = ca.issue({.names = {"another.test"}}), .implicit_tls = true};
  for (const bool following : {false, true}) {
    // Nothing is at the port of the URL: the first request goes where the address says, and so does what it names.
    const ScriptedPeer peer(scripts, options);
    Subject subject = http_subject(peer.endpoint(), "/?q={x}", "https");
    subject.target.port = peer.port();
    const std::string said =
        shown_by(kHttpType.by_hand(Observation{}, subject, following ? "http.final_body" : "http.body"));
    EXPECT_THAT(said, HasSubstr("HTTP/1.1 302 Found")) << said;
    EXPECT_THAT(peer.heard(), testing::IsSupersetOf({"GET /?q={x} HTTP/1.1", "Host: site.test"}));
    if (!following) EXPECT_THAT(said, HasSubstr("moved"));
    if (!following) continue;
    EXPECT_THAT(said, HasSubstr("here it ends")) << said;
    EXPECT_THAT(peer.heard(), testing::Contains("Cookie: seen=1"));
  }
}

TEST(HttpByHand, HoldsNothingThatAPeerChose) {
  const ScriptedPeer peer(std::vector<Script>{
      exchange("302 Found", "Location: /x`touch$IFS/tmp/PWNED`|y\r\nSet-Cookie: a='$(id)'\r\n", "moved"),
      exchange("404 $(id)", "Content-Type: `id`\r\n", "`id`")});
  const Subject subject = http_subject(peer.endpoint());
  const Observation seen = observe(kHttpType, subject);
  for (const CheckSpec& check : kHttpType.checks) {
    const std::string command = check.judge(seen, subject).reproduce;
    for (const char* octets : {"`", "$", "|", "PWNED"}) EXPECT_THAT(command, Not(HasSubstr(octets))) << check.id;
  }
  for (const FactSpec& fact : kHttpType.facts)
    EXPECT_THAT(kHttpType.by_hand(seen, subject, fact.name), Not(HasSubstr("`"))) << fact.name;
}

}  // namespace
}  // namespace drydock::test
