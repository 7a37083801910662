#include "probes/client/ftp_control.hpp"

#include <gmock/gmock.h>

#include "tests/unit/client/client_fixture.hpp"

namespace drydock::test {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;
using testing::HasSubstr;

asio::awaitable<void> logs_in(const ProbeContext&, net::Stream stream, Observation&) {
  FtpControl client(std::move(stream));
  const Reply greeting = co_await client.greet();
  EXPECT_EQ(greeting.text(), "220 ready");
  const Reply refused = co_await client.ask_for_tls();
  EXPECT_EQ(refused.code, 502);
  const Reply reply = co_await client.try_login("jim", "nobody's");
  EXPECT_EQ(reply.code, 530);
  co_await client.quit();
}

TEST(FtpControl, WaitsThroughAnnouncedDelaysAndSendsAPasswordWhereOneIsWanted) {
  ClientTalk talk({say("120 in 3 minutes"), say("120 in 2 minutes"), say("220 ready"), hear("AUTH TLS"), say("502 no"),
                   hear("USER jim"), say("331 and?"), hear("PASS nobody's"), say("530 no"), hear("QUIT"), hang_up()});
  talk.run(logs_in);
  EXPECT_EQ(talk.peer.complaints(), "");
}

asio::awaitable<void> says_who(const ProbeContext&, net::Stream stream, Observation&) {
  FtpControl client(std::move(stream));
  const Reply reply = co_await client.try_login("jim", "nobody's");
  EXPECT_EQ(reply.code, 530);
}

TEST(FtpControl, KeepsThePasswordWhereTheNameIsRefused) {
  ClientTalk talk({hear("USER jim"), say("530 not you"), stall()});
  talk.run(says_who);
  EXPECT_THAT(talk.peer.heard(), ElementsAre("USER jim"));
}

asio::awaitable<void> awaits_greeting(const ProbeContext&, net::Stream stream, Observation&) {
  FtpControl client(std::move(stream));
  const Reply greeting = co_await client.greet();
  ADD_FAILURE() << greeting.text();
}

TEST(FtpControl, EndsWhereDelaysDoNot) {
  Script script;
  for (int i = 0; i < 30; ++i) script.push_back(say("120 soon"));
  const Failure failure = ClientTalk(script).failure(awaits_greeting);
  EXPECT_EQ(failure.kind(), ErrorKind::protocol);
  EXPECT_THAT(failure.what(), HasSubstr("120 soon"));
  EXPECT_EQ(ClientTalk({say("* OK no FTP")}).failure(awaits_greeting).kind(), ErrorKind::protocol);
}

}  // namespace
}  // namespace drydock::test
