// What drydock once said wrongly of web servers, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;

/// What a web server sees of a request.
struct Request {
  std::string target;
  std::string query;  ///< what stands behind the question mark
  bool has_cookie = false;
};

const std::string kHtml = "Content-Type: text/html\r\n";

std::string answer(const std::string& status, const std::string& fields, const std::string& body) {
  return fmt::format("HTTP/1.1 {}\r\n{}Connection: close\r\nContent-Length: {}\r\n\r\n{}", status, fields, body.size(),
                     body);
}

std::string page(const std::string& body, const std::string& fields = kHtml) {
  return answer("200 OK", fields, body);
}

/// Answers one request a connection.
Script serves(std::function<std::string(const Request&)> answers) {
  return {act([answers = std::move(answers)](PeerConnection& peer) {
    const std::string first = peer.line();
    Request request;
    request.target = first.substr(4, first.rfind(' ') - 4);
    request.query = request.target.substr(std::min(request.target.size(), request.target.find('?') + 1));
    for (std::string line = peer.line(); !line.empty(); line = peer.line())
      request.has_cookie |= line.starts_with("Cookie:");
    peer.send(answers(request));
  })};
}

/// The same to every request.
Script serves(const std::string& octets) {
  return serves([octets](const Request&) { return octets; });
}

/// `drydock probe http` at the peer; `words` are its keys.
Said ask_http(const ScriptedPeer& peer, std::vector<std::string> words) {
  std::vector<std::string> all{"probe", "http", fmt::format("127.0.0.1:{}", peer.port())};
  all.insert(all.end(), words.begin(), words.end());
  return ask(std::move(all));
}

/// gzip without compression: its header, one stored block, check sum and length.
std::string gzip(const std::string& text) {
  const auto little = [](std::uint32_t value, int octets) {
    std::string out;
    for (int i = 0; i < octets; ++i) out += static_cast<char>(value >> (8 * i) & 0xFFU);
    return out;
  };
  std::uint32_t sum = 0xFFFFFFFFU;
  for (const char c : text) {
    sum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  const auto length = static_cast<std::uint32_t>(text.size());
  return std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10) + "\x01" + little(length, 2) + little(~length, 2) + text +
         little(~sum, 4) + little(length, 4);
}

// ---- what is judged is what was meant

struct Coded {
  const char* name;
  const char* target;
  const char* body;
  std::vector<std::string> words;
  const char* check;
  const char* verdict;
};
class HttpCasesCoded : public testing::TestWithParam<Coded> {};

// A body may come coded though nobody asked for that: it is judged by what it says.
TEST_P(HttpCasesCoded, IsJudgedByWhatTheBodySays) {
  const Coded& one = GetParam();
  const ScriptedPeer peer(serves(page(gzip(one.body), kHtml + "Content-Encoding: gzip\r\n")));
  std::vector<std::string> words{std::string("url=http://site.test") + one.target};
  words.insert(words.end(), one.words.begin(), one.words.end());
  const Said said = ask_http(peer, words);
  EXPECT_EQ(said.verdict(one.check), one.verdict) << said.text;
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, HttpCasesCoded,
    testing::Values(
        Coded{"Source", "/a.cgi", "#!/usr/bin/python3\nprint('x')\n", {"executes=true"}, "http.cgi", "fail"},
        Coded{"Includes", "/a.shtml", "<p><!--#include virtual=\"/x\" --></p>", {"executes=true"}, "http.ssi", "fail"},
        Coded{"DefaultPage", "/", "<html><body><h1>It works!</h1></body></html>", {}, "http.vhost", "fail"},
        Coded{"RightPage", "/", "<p>Starship</p>", {"expect={body: {contains: Starship}}"}, "expect.body", "pass"}),
    [](const auto& one) { return one.param.name; });

// A body in a coding that nobody here can undo says nothing about the page.
TEST(HttpCases, ABodyThatCantBeDecodedIsNotJudged) {
  const ScriptedPeer peer(serves(page("\x01\x02", kHtml + "Content-Encoding: x-own\r\n")));
  const Said said = ask_http(peer, {"url=http://site.test/", "expect={body: {not: {contains: error}}}"});
  EXPECT_EQ(said.verdict("http.vhost"), "inconclusive") << said.text;
  EXPECT_EQ(said.verdict("expect.body"), "inconclusive") << said.text;
  EXPECT_THAT(said.text, HasSubstr("x-own"));
}

/// `/` redirects to `/end`, where this is.
Script ends_with(const std::string& end) {
  return serves([end](const Request& request) {
    return request.target == "/" ? answer("301 Moved Permanently", kHtml + "Location: /end\r\n", "moved") : end;
  });
}

struct End {
  const char* name;
  std::string answer;
  const char* check;
};
class HttpCasesRedirect : public testing::TestWithParam<End> {};

// What users see is the end of the redirects, so that is what is judged.
TEST_P(HttpCasesRedirect, IsJudgedByItsEnd) {
  const ScriptedPeer peer(ends_with(GetParam().answer));
  const Said said = ask_http(peer, {"url=http://site.test/"});
  EXPECT_EQ(said.verdict(GetParam().check), "fail") << said.text;
  EXPECT_EQ(said.exit, 1);
}

INSTANTIATE_TEST_SUITE_P(
    Ends, HttpCasesRedirect,
    testing::Values(End{"Missing", answer("404 Not Found", kHtml, "no"), "http.status"},
                    End{"Error", answer("500 Internal Server Error", kHtml, "oops"), "http.status"},
                    End{"DefaultPage", page("<html><body><h1>It works!</h1></body></html>"), "http.vhost"},
                    End{"Nowhere", answer("302 Found", kHtml, "moved"), "http.redirect"},
                    End{"NotModified", "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n", "http.status"}),
    [](const auto& one) { return one.param.name; });

// A redirect without a Location leads nowhere; 304 answers a condition that the request did not have.
TEST(HttpCases, AFirstAnswerThatLeadsNowhereFails) {
  const ScriptedPeer nowhere(serves(answer("302 Found", kHtml, "moved")));
  const Said redirected = ask_http(nowhere, {"url=http://site.test/"});
  EXPECT_EQ(redirected.verdict("http.redirect"), "fail") << redirected.text;
  const ScriptedPeer unasked(serves("HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"));
  const Said unchanged = ask_http(unasked, {"url=http://site.test/"});
  EXPECT_EQ(unchanged.verdict("http.status"), "fail") << unchanged.text;
}

// Browsers refuse the page behind a redirect where its certificate is another's, so each hop's is judged.
TEST(HttpCases, TheCertificateBehindARedirectIsJudged) {
  const TestCa ca;
  const ScriptedPeer secure(
      serves(page("<p>page</p>")),
      {.certificate = ca.issue({.names = {"other.test"}, .self_signed = true}), .implicit_tls = true});
  const ScriptedPeer plain(
      serves(answer("301 Moved", fmt::format("Location: https://site.test:{}/\r\n", secure.port()), "")));
  const Said said = ask({"probe", "http", "127.0.0.1", fmt::format("url=http://site.test:{}/", plain.port()),
                         "trust=" + ca.trust_file()});
  EXPECT_EQ(said.verdict("http.tls-chain"), "fail") << said.text;
  EXPECT_EQ(said.verdict("http.tls-name"), "fail") << said.text;
}

// A site may set a cookie on the first visit and send the browser to the same place: that is no circle.
TEST(HttpCases, AVisitThatSetsACookieIsFollowed) {
  const ScriptedPeer peer(serves([](const Request& request) {
    return request.has_cookie ? page("<p>welcome</p>")
                              : answer("302 Found", "Location: /\r\nSet-Cookie: seen=1; Path=/\r\n", "");
  }));
  const Said said = ask_http(peer, {"url=http://site.test/"});
  EXPECT_EQ(said.verdict("http.redirect"), "pass") << said.text;
  EXPECT_EQ(said.exit, 0);
}

struct Output {
  const char* name;
  std::string fields;
  std::string body;
  const char* check;
};
class HttpCasesOutput : public testing::TestWithParam<Output> {
protected:
  /// Runs a program that puts its query behind its output, where it is asked to.
  Said run(bool nonce) {
    const ScriptedPeer peer(
        serves([](const Request& request) { return page(GetParam().body + request.query + "\n", GetParam().fields); }));
    std::vector<std::string> words{"executes=true"};
    if (nonce)
      words.insert(words.end(), {"url=http://site.test/a.cgi?${token}", "expect={body: {contains: \"${token}\"}}"});
    else
      words.emplace_back("url=http://site.test/a.cgi");
    return ask_http(peer, words);
  }
};

// A text that reads like source, like a download or like a default page is none where a nonce came back in it.
TEST_P(HttpCasesOutput, IsProvenByANonce) {
  const Said said = run(true);
  EXPECT_EQ(said.verdict(GetParam().check), "pass") << said.text;
  EXPECT_EQ(said.exit, 0) << said.text;
}

// Without a nonce such a text only raises a doubt.
TEST_P(HttpCasesOutput, IsADoubtWithoutANonce) {
  const Said said = run(false);
  EXPECT_EQ(said.verdict(GetParam().check), "warn") << said.text;
  EXPECT_EQ(said.exit, 0) << said.text;
}

INSTANTIATE_TEST_SUITE_P(
    Texts, HttpCasesOutput,
    testing::Values(Output{"Import", "Content-Type: text/plain\r\n", "import quotas of the year\n", "http.cgi"},
                    Output{"Class", "Content-Type: text/plain\r\n", "class of 1989:\n", "http.cgi"},
                    Output{"Download", "Content-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n",
                           "a,b\n", "http.cgi"},
                    Output{"NginxMentioned", kHtml, "<p>Their page says \"Welcome to nginx!\"</p>", "http.vhost"}),
    [](const auto& one) { return one.param.name; });

// https://site.test:443/ and https://site.test/ are one place.
TEST(HttpCases, APortThatIsTheDefaultIsNoOtherPlace) {
  const TestCa ca;
  const ScriptedPeer peer(serves([](const Request& request) {
                            return request.target == "/dir"
                                       ? answer("301 Moved", "Location: https://site.test:443/dir/\r\n", "")
                                       : page("<p>page</p>");
                          }),
                          {.certificate = ca.issue({.names = {"site.test"}}), .implicit_tls = true});
  const Said said = ask_http(
      peer, {"url=https://site.test/dir", "trust=" + ca.trust_file(), "expect={location: \"https://site.test/dir/\"}"});
  EXPECT_EQ(said.verdict("expect.location"), "pass") << said.text;
  EXPECT_EQ(said.verdict("http.canonical"), "pass") << said.text;
}

// ---- our own limits are not the host's fault

std::string page_with_marker_at(std::size_t octets) {
  return page(std::string(octets, 'x') + "marker", "Content-Type: text/plain\r\n");
}

// A page of some megabytes is read whole.
TEST(HttpCases, AMarkerAtTheEndOfALongPageIsSeen) {
  const ScriptedPeer peer(serves(page_with_marker_at(1100000)));
  const Said there = ask_http(peer, {"url=http://site.test/", "expect={body: {contains: marker}}"});
  EXPECT_EQ(there.verdict("expect.body"), "pass") << there.text;
  const Said absent = ask_http(peer, {"url=http://site.test/", "expect={body: {not: {contains: marker}}}"});
  EXPECT_EQ(absent.verdict("expect.body"), "fail") << absent.text;
}

// What stands beyond the part that is kept was not seen: neither that it is there nor that it is not.
TEST(HttpCases, WhatIsBeyondTheLimitWasNotSeen) {
  const ScriptedPeer peer(serves(page_with_marker_at(9U << 20U)));
  const Said there = ask_http(peer, {"url=http://site.test/", "expect={body: {contains: marker}}"});
  EXPECT_EQ(there.verdict("expect.body"), "inconclusive") << there.text;
  const Said absent = ask_http(peer, {"url=http://site.test/", "expect={body: {not: {contains: marker}}}"});
  EXPECT_EQ(absent.verdict("expect.body"), "inconclusive") << absent.text;
}

}  // namespace
}  // namespace drydock::test
