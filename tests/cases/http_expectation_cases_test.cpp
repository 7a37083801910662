// What drydock once said wrongly of what a scenario expects of pages, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/test_ca.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Script http_answer(const std::string& head, const std::string& body) {
  return {
      hear("GET "), hear_until(""),
      send(fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", head, body.size(), body))};
}

/// What a shell says to a command that was pasted into it.
std::string shown_by(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(("{ " + command + "; } 2>&1 </dev/null").c_str(), "r");
  char octets[4096];
  while (pipe && std::fgets(octets, sizeof octets, pipe)) output += octets;
  if (pipe) ::pclose(pipe);
  return output;
}

// The command to try a failed expectation by hand shows the very thing that failed.
TEST(HttpExpectationCases, TheCommandByHandShowsWhatFailed) {
  const ScriptedPeer peer(http_answer("418 teapot\r\nContent-Type: text/html", "<p>the wrong page</p>"));
  const Said said =
      ask({"probe", "http", fmt::format("127.0.0.1:{}", peer.port()), "--name", "site.test",
           fmt::format("url=http://site.test:{}/", peer.port()), "expect={status: 200, body: {contains: welcome}}"});
  EXPECT_EQ(said.verdict("expect.body"), "fail") << said.text;
  EXPECT_EQ(said.verdict("expect.status"), "fail") << said.text;
  EXPECT_THAT(shown_by(said.by_hand("expect.body")), HasSubstr("the wrong page")) << said.by_hand("expect.body");
  EXPECT_THAT(shown_by(said.by_hand("expect.status")), HasSubstr("418")) << said.by_hand("expect.status");
}

// The status at the end of the redirects is that of the page where there is none.
TEST(HttpExpectationCases, TheFinalStatusOfAPageWithoutARedirectIsItsOwn) {
  const ScriptedPeer peer(http_answer("200 OK\r\nContent-Type: text/html", "<p>page</p>"));
  for (const char* expect : {"expect={final_status: 200}", "expect={final: {status: 200, body: {contains: page}}}"}) {
    const Said said = ask({"probe", "http", fmt::format("127.0.0.1:{}", peer.port()), "--name", "site.test",
                           fmt::format("url=http://site.test:{}/", peer.port()), expect});
    EXPECT_EQ(said.exit, 0) << said.text;
    EXPECT_THAT(said.all("inconclusive"), IsEmpty()) << said.text;
  }
}

// A program that is reached by a redirect to https is followed, and judged by what it says there.
TEST(HttpExpectationCases, AProgramBehindARedirectIsFollowed) {
  const TestCa ca;
  for (const bool source : {false, true}) {
    const ScriptedPeer secure(
        http_answer("200 OK\r\nContent-Type: text/html",
                    source ? "#!/usr/bin/perl\nprint \"Content-Type: text/html\\n\\n\";\n" : "<p>three crews</p>"),
        {.certificate = ca.issue({.names = {"site.test"}}), .implicit_tls = true});
    const ScriptedPeer plain(http_answer(
        fmt::format("301 Moved\r\nContent-Type: text/html\r\nLocation: https://site.test:{}/crew.cgi", secure.port()),
        "moved"));
    const Said said = ask({"probe", "http", "127.0.0.1", "--name", "site.test", "trust=" + ca.trust_file(),
                           fmt::format("url=http://site.test:{}/crew.cgi", plain.port()), "executes=true"});
    EXPECT_EQ(said.verdict("http.cgi"), source ? "fail" : "pass") << said.text;
  }
}

}  // namespace
}  // namespace drydock::test
