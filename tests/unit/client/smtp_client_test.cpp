#include "probes/client/smtp_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/codec/message.hpp"
#include "tests/unit/client/client_fixture.hpp"

namespace drydock::test {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;
using testing::HasSubstr;

/// What an SmtpClient needs, against a scripted peer.
struct ClientScene {
  explicit ClientScene(Script script) : peer(std::move(script)) { subject = subject_at(peer.endpoint(), "mail.test"); }

  /// Opens a session in clear and hands it to `talk`.
  void run(asio::awaitable<void> (*talk)(SmtpClient&)) {
    run_on_loop([this, talk]() -> asio::awaitable<void> { return hold(talk); });
  }
  asio::awaitable<void> hold(asio::awaitable<void> (*talk)(SmtpClient&)) {
    const ProbeContext context{subject, Clock::now() + std::chrono::seconds(20)};
    SmtpClient session =
        co_await SmtpClient::open_ready(context, peer.endpoint(), TlsMode::none, seen, ErrorBudget("a test"));
    co_await talk(session);
  }

  ScriptedPeer peer;
  Subject subject;
  Observation seen;
};

const Script kHello = {say("220 mail.test ESMTP"), hear("EHLO prober.test"), say("250 mail.test")};

Script hello_and(Script rest) {
  Script script = kHello;
  script.insert(script.end(), rest.begin(), rest.end());
  return script;
}

asio::awaitable<void> sends_a_message(SmtpClient& session) {
  const Reply from = co_await session.mail("probe@prober.test", "BODY=8BITMIME");
  const Reply to = co_await session.rcpt("jim@mail.test");
  const Reply reply = co_await session.data("Subject: x\r\n\r\n.leading dot\r\n");
  EXPECT_EQ(from.code + to.code, 500);
  EXPECT_EQ(reply.text(), "250 2.0.0 OK id=1");
  EXPECT_EQ(reply.enhanced->text(), "2.0.0");
  co_await session.quit();
}

TEST(SmtpClient, SendsAMessageWithStuffedDots) {
  ClientScene scene(hello_and({hear("MAIL FROM:<probe@prober.test> BODY=8BITMIME"), say("250 OK"),
                               hear("RCPT TO:<jim@mail.test>"), say("250 OK"), hear("DATA"), say("354 go on"),
                               hear_until("."), say("250 2.0.0 OK id=1"), hear("QUIT")}));
  scene.run(sends_a_message);
  EXPECT_EQ(scene.peer.complaints(), "");
  const auto heard = scene.peer.heard();
  EXPECT_THAT(std::vector<std::string>(heard.begin() + 4, heard.begin() + 8),
              ElementsAre("Subject: x", "", "..leading dot", "."));
}

asio::awaitable<void> sends_to_a_full_disk(SmtpClient& session) {
  const Reply reply = co_await session.data("x");
  EXPECT_EQ(reply.code, 452);
  EXPECT_EQ(session.budget().left(), ErrorBudget::kMost - 1);
}

TEST(SmtpClient, DataThatIsRefusedSendsNoMessage) {
  ClientScene scene(hello_and({hear("DATA"), say("452 Space shortage")}));
  scene.run(sends_to_a_full_disk);
  EXPECT_EQ(scene.peer.heard().size(), 2U);
}

asio::awaitable<void> is_told_to_go(SmtpClient& session) {
  const Reply reply = co_await session.mail("probe@prober.test");
  (void)reply;
}

TEST(SmtpClient, ThrowsWhenToldToGo) {
  ClientScene scene(hello_and({hear("MAIL"), say("421 too busy")}));
  try {
    scene.run(is_told_to_go);
    FAIL() << "no Failure";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), ErrorKind::temporary);
    EXPECT_THAT(failure.what(), HasSubstr("421 too busy"));
  }
}

asio::awaitable<void> smuggles(SmtpClient& session) {
  const Reply reply = co_await session.rcpt("x@y>\r\nDATA\r\n");
  (void)reply;
}

TEST(SmtpClient, NeverSendsALineEndInsideACommand) {
  ClientScene scene(hello_and({stall()}));
  EXPECT_THROW(scene.run(smuggles), std::invalid_argument);
}

TEST(SmtpClient, NamesItselfByTheVantageOrAnAddress) {
  EXPECT_EQ(ehlo_name({"p", "", "prober.test"}, "127.0.0.1"), "prober.test");
  EXPECT_EQ(probe_sender({"p", "", "prober.test"}), "probe@prober.test");
  const std::string fallback = ehlo_name({}, "::1");
  EXPECT_TRUE(fallback == "[IPv6:::1]" || fallback.find('.') != std::string::npos) << fallback;
}

asio::awaitable<void> asks_for_tls(const ProbeContext& context, net::Stream stream, Observation& out) {
  std::string stage;
  SmtpClient client(std::move(stream), context, "prober.test", Trace(out, stage));
  co_await client.greet();
  const Reply hello = co_await client.ehlo();
  EXPECT_EQ(hello.code, 250);
  EXPECT_TRUE(client.capabilities().has("STARTTLS"));
  const Reply reply = co_await client.ask_for_tls();
  EXPECT_EQ(reply.code, 421);
  EXPECT_EQ(stage, "starttls");
  EXPECT_FALSE(client.encrypted());
}

TEST(SmtpClient, GivesRefusalsAsDataAndTellsItsStages) {
  ClientTalk talk({say("220 mail.test ESMTP"), hear("EHLO prober.test"), say("250-mail.test\r\n250 STARTTLS"),
                   hear("STARTTLS"), say("421 not now"), stall()});
  talk.run(asks_for_tls);
  EXPECT_EQ(talk.seen.stage, "connect") << "its stages went elsewhere";
}

asio::awaitable<void> greets(const ProbeContext& context, net::Stream stream, Observation& out) {
  SmtpClient client(std::move(stream), context, "prober.test", Trace(out));
  co_await client.greet();
  const Reply hello = co_await client.ehlo();
  EXPECT_EQ(hello.code, 421);
  EXPECT_THAT(client.capabilities().keywords, testing::IsEmpty());
}

asio::awaitable<void> says_hello(const ProbeContext& context, net::Stream stream, Observation& out) {
  SmtpClient client(std::move(stream), context, "prober.test", Trace(out));
  co_await client.greet();
  co_await client.hello();
}

TEST(SmtpClient, OfEhloAnyReplyIsDataAndHelloWantsAGoodOne) {
  const Script script = {say("220 mail.test ESMTP"), hear("EHLO prober.test"), say("421 too busy")};
  ClientTalk(script).run(greets);
  const Failure failure = ClientTalk(script).failure(says_hello);
  EXPECT_EQ(failure.kind(), ErrorKind::temporary);
  EXPECT_THAT(failure.what(), HasSubstr("421 too busy"));
}

}  // namespace
}  // namespace drydock::test
