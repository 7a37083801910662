#include "probes/client/pop3_client.hpp"

#include <gmock/gmock.h>

#include "tests/unit/client/client_fixture.hpp"

namespace drydock::test {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;

asio::awaitable<void> asks_for_tls(const ProbeContext& context, net::Stream stream, Observation& out) {
  std::string stage;
  Pop3Client client(std::move(stream), context.subject, Trace(out, stage));
  const Pop3Status greeting = co_await client.greet();
  EXPECT_TRUE(greeting.ok);
  EXPECT_EQ(stage, "greeting");
  const Pop3Status reply = co_await client.ask_for_tls();
  EXPECT_EQ(refusal(reply), "-ERR [SYS/PERM] no");
  EXPECT_EQ(stage, "stls");
}

TEST(Pop3Client, GivesRefusalsAsDataAndTellsItsStages) {
  ClientTalk talk({say("+OK ready"), hear("STLS"), say("-ERR [SYS/PERM] no"), stall()});
  talk.run(asks_for_tls);
  EXPECT_EQ(talk.seen.stage, "connect") << "its stages went elsewhere";
}

asio::awaitable<void> awaits_greeting(const ProbeContext& context, net::Stream stream, Observation& out) {
  Pop3Client client(std::move(stream), context.subject, Trace(out));
  const Pop3Status greeting = co_await client.greet();
  ADD_FAILURE() << greeting.text;
}

TEST(Pop3Client, QuotesWhatIsNoPop3) {
  const Failure failure = ClientTalk({say("220 mail.test ESMTP")}).failure(awaits_greeting);
  EXPECT_EQ(failure.kind(), ErrorKind::protocol);
  EXPECT_THAT(failure.what(), HasSubstr("\"220 mail.test ESMTP\""));
}

asio::awaitable<void> opens(const ProbeContext& context, net::Stream, Observation& out) {
  const Pop3Client client = co_await Pop3Client::open_ready(
      context, {context.subject.target.ip, *context.subject.target.port}, TlsMode::starttls, out);
  ADD_FAILURE() << "it is open";
}

TEST(Pop3Client, TellsTooManyConnectionsFromARefusal) {
  const auto greeted_with = [](const std::string& greeting) {
    return ClientTalk(Script{say(greeting), stall()}).failure(opens);
  };
  EXPECT_EQ(greeted_with("-ERR too many connections from your address").kind(), ErrorKind::temporary);
  EXPECT_EQ(greeted_with("-ERR go away").kind(), ErrorKind::protocol);
}

asio::awaitable<void> logs_in_in_clear(const ProbeContext& context, net::Stream stream, Observation& out) {
  Pop3Client client(std::move(stream), context.subject, Trace(out));
  const Pop3Status status = co_await client.login("jim", "secret-42", net::PasswordIs::real);
  ADD_FAILURE() << status.text;
}

TEST(Pop3Client, KeepsAPasswordFromAConnectionThatProvesNothing) {
  ClientTalk talk({hear("USER"), say("+OK")});
  EXPECT_EQ(talk.failure(logs_in_in_clear).kind(), ErrorKind::credential);
  EXPECT_TRUE(talk.peer.heard().empty());
}

asio::awaitable<void> reads_a_header(const ProbeContext& context, net::Stream stream, Observation& out) {
  Pop3Client client(std::move(stream), context.subject, Trace(out));
  const Pop3Retrieval got = co_await client.header(7);
  EXPECT_EQ(got.header ? got.header->octets() : refusal(got.refused), "Subject: x\r\n.stuffed: y\r\n");
  const Pop3Status end = co_await client.quit();
  EXPECT_TRUE(end.ok);
}

TEST(Pop3Client, ReadsAHeaderByRetrWhereTopIsRefused) {
  ClientTalk talk({hear("TOP 7 0"), say("-ERR no TOP"), hear("RETR 7"),
                   say("+OK\r\nSubject: x\r\n..stuffed: y\r\n\r\nbody\r\n."), hear("QUIT"), say("+OK bye")});
  talk.run(reads_a_header);
  EXPECT_EQ(talk.peer.complaints(), "");
}

}  // namespace
}  // namespace drydock::test
