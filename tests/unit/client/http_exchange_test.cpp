#include "probes/client/http_exchange.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::net {
namespace {

using namespace test;

HttpRequest request_to(const Endpoint& to) {
  HttpRequest request;
  request.url = "http://site.test/";
  request.to = to;
  request.method = "GET";
  return request;
}

TEST(HttpExchangeTest, RunsManyAtOnceOnOneLoop) {
  const std::string octets = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  const ScriptedPeer peer({hear("GET /"), hear_until(""), send(octets)});
  const Subject subject = subject_at(peer.endpoint());
  const ProbeContext context{subject, Clock::now() + std::chrono::seconds(20)};
  boost::asio::io_context loop;
  constexpr int kCount = 50;
  std::vector<HttpAnswer> answers(kCount);
  std::vector<Observation> seen(kCount);
  const HttpRequest request = request_to(peer.endpoint());
  for (int i = 0; i < kCount; ++i)
    boost::asio::co_spawn(loop, http_exchange(context, request, answers[i], seen[i]), boost::asio::detached);
  loop.run();
  for (const HttpAnswer& answer : answers) EXPECT_EQ(answer.body, "hello");
}

TEST(HttpExchangeTest, CanBeLeftWithItsLoop) {
  const ScriptedPeer peer({hear("GET /"), stall()});
  const Subject subject = subject_at(peer.endpoint());
  const ProbeContext context{subject, Clock::now() + std::chrono::seconds(20)};
  const HttpRequest request = request_to(peer.endpoint());
  HttpAnswer answer;
  Observation seen;
  {
    boost::asio::io_context loop;
    boost::asio::co_spawn(loop, http_exchange(context, request, answer, seen), boost::asio::detached);
    loop.run_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(answer.status, 0);
}

TEST(HttpExchangeTest, NeverUsesAProxyOfTheEnvironment) {
  const ScriptedPeer proxy({hear(), say("HTTP/1.1 502 proxy")});
  const ScriptedPeer peer({hear("GET /"), hear_until(""), say("HTTP/1.1 204 No Content\r\n")});
  const std::string address = "http://" + proxy.endpoint().text();
  ::setenv("http_proxy", address.c_str(), 1);
  ::setenv("ALL_PROXY", address.c_str(), 1);
  const Subject subject = subject_at(peer.endpoint());
  const ProbeContext context{subject, Clock::now() + std::chrono::seconds(20)};
  HttpAnswer answer;
  Observation seen;
  const HttpRequest request = request_to(peer.endpoint());
  run_on_loop([&] { return http_exchange(context, request, answer, seen); });
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(proxy.connections(), 0u);
}

TEST(HttpExchangeTest, KeepsCookiesInTheJarAloneAndSendsThemWhereTheyBelong) {
  const auto reply = [](const std::string& cookie) {
    return Script{hear("GET /"), hear_until(""), say("HTTP/1.1 204 No Content\r\nSet-Cookie: " + cookie + "\r\n")};
  };
  const ScriptedPeer peer(std::vector<Script>{reply("a=1; Max-Age=60"), reply("a=1; Max-Age=90"), reply("a=2")});
  const Subject subject = subject_at(peer.endpoint());
  const ProbeContext context{subject, Clock::now() + std::chrono::seconds(20)};
  CookieJar jar;
  std::vector<std::string> contents;
  for (int i = 0; i < 3; ++i) {
    HttpAnswer answer;
    Observation seen;
    HttpRequest request = request_to(peer.endpoint());
    request.jar = &jar;
    run_on_loop([&] { return http_exchange(context, request, answer, seen); });
    contents.push_back(jar.contents());
  }
  EXPECT_EQ(jar.cookies.size(), 1u);
  EXPECT_EQ(contents[0], contents[1]) << "only the time at which it ends is another";
  EXPECT_NE(contents[1], contents[2]);
  HttpAnswer answer;
  Observation seen;
  const HttpRequest without_jar = request_to(peer.endpoint());
  run_on_loop([&] { return http_exchange(context, without_jar, answer, seen); });
  std::vector<std::string> sent;
  for (const std::string& line : peer.heard())
    if (line.starts_with("GET") || line.starts_with("Cookie")) sent.push_back(line);
  EXPECT_THAT(sent, testing::ElementsAre("GET / HTTP/1.1", "GET / HTTP/1.1", "Cookie: a=1", "GET / HTTP/1.1",
                                         "Cookie: a=1", "GET / HTTP/1.1"));
}

}  // namespace
}  // namespace drydock::net
