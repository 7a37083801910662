#include "probes/client/imap_client.hpp"

#include <gmock/gmock.h>

#include "tests/unit/client/client_fixture.hpp"

namespace drydock::test {
namespace {

/// A look, IDLE with a long patience, and the end.
class LookAndIdle : public Probe {
public:
  boost::asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    ImapClient session = co_await ImapClient::open_ready(
        context, {context.subject.target.ip, context.subject.target.port.value_or(143)}, TlsMode::none, out);
    co_await session.command("SELECT INBOX", "select");
    co_await session.uid_search("ALL");
    co_await session.idle(Clock::now() + std::chrono::seconds(50));
    co_await session.logout();
  }
};

Script operator+(Script first, const Script& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Script opened(const Script& rest) {
  return Script{say("* OK ready"), hear("d1 SELECT"), say("* 3 EXISTS"), say("{tag} OK open"), hear("d2 UID SEARCH")} +
         rest;
}

/// Whenever that is.
TEST(ImapClient, EndsIdleAsSoonAsTheServerTellsOfAMessage) {
  const Script ended{hear("DONE"), say("d3 OK done"), hear("d4 LOGOUT")};
  const std::vector<std::pair<std::string, Script>> cases{
      {"after +", Script{say("* SEARCH\r\nd2 OK"), hear("d3 IDLE"), say("+ idling"), say("* 4 EXISTS")} + ended},
      {"with +", Script{say("* SEARCH\r\nd2 OK"), hear("d3 IDLE"), say("+ idling\r\n* 4 EXISTS")} + ended},
      {"before +", Script{say("* SEARCH\r\nd2 OK"), hear("d3 IDLE"), say("* 4 EXISTS\r\n+ idling")} + ended},
      {"one for one",
       Script{say("* SEARCH\r\nd2 OK"), hear("d3 IDLE"), say("* 1 EXPUNGE\r\n* 3 EXISTS\r\n+ idling")} + ended},
      {"with the search", Script{say("* SEARCH\r\n* 4 EXISTS\r\nd2 OK"), hear("d3 LOGOUT")}},
      {"after no news",
       Script{say("* SEARCH\r\nd2 OK"), hear("d3 IDLE"), say("* 3 EXISTS\r\n+ idling\r\n* 3 EXISTS\r\n* 4 EXISTS")} +
           ended}};
  for (const auto& [when, rest] : cases) {
    const ScriptedPeer peer({opened(rest)}, {});
    Subject subject = subject_at(peer.endpoint());
    const auto start = Clock::now();
    const Observation seen = observe(LookAndIdle(), subject, std::chrono::seconds(55));
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(40)) << when;
    EXPECT_FALSE(seen.error) << when << transcript_text(seen);
    EXPECT_EQ(peer.complaints(), "") << when;
  }
}

boost::asio::awaitable<void> asks_for_tls(const ProbeContext& context, net::Stream stream, Observation& out) {
  std::string stage;
  ImapClient client(std::move(stream), context.subject, Trace(out, stage), "x");
  co_await client.greet();
  EXPECT_EQ(stage, "greeting");
  const ImapReply reply = co_await client.ask_for_tls();
  EXPECT_EQ(reply.text(), "NO not here");
  EXPECT_EQ(stage, "starttls");
}

TEST(ImapClient, GivesRefusalsAsDataAndTellsItsStages) {
  ClientTalk talk({say("* OK ready"), hear("x1 STARTTLS"), say("* OK still here\r\nx1 NO not here"), stall()});
  talk.run(asks_for_tls);
  EXPECT_EQ(talk.seen.stage, "connect") << "its stages went elsewhere";
}

boost::asio::awaitable<void> awaits_greeting(const ProbeContext& context, net::Stream stream, Observation& out) {
  ImapClient client(std::move(stream), context.subject, Trace(out));
  co_await client.greet();
  ADD_FAILURE() << client.greeting().text();
}

TEST(ImapClient, QuotesWhatIsNoImap) {
  const Failure failure = ClientTalk({say("+OK POP3 ready")}).failure(awaits_greeting);
  EXPECT_EQ(failure.kind(), ErrorKind::protocol);
  EXPECT_THAT(failure.what(), testing::HasSubstr("+OK POP3 ready"));
}

boost::asio::awaitable<void> logs_in_in_clear(const ProbeContext& context, net::Stream stream, Observation& out) {
  ImapClient client(std::move(stream), context.subject, Trace(out));
  const ImapReply reply = co_await client.login("jim", "secret-42", net::PasswordIs::real);
  ADD_FAILURE() << reply.text();
}

TEST(ImapClient, KeepsAPasswordFromAConnectionThatProvesNothing) {
  ClientTalk talk({hear("d")});
  EXPECT_EQ(talk.failure(logs_in_in_clear).kind(), ErrorKind::credential);
  EXPECT_TRUE(talk.peer.heard().empty());
}

}  // namespace
}  // namespace drydock::test
