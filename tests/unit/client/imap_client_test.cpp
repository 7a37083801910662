#include <gtest/gtest.h>

#include "probes/client/imap_client.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {
namespace {

/// A look, IDLE with a long patience, and the end.
class LookAndIdle : public Probe {
public:
  boost::asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    ImapClient session = co_await ImapClient::open_ready(
        context, {context.subject.target.ip, context.subject.target.port.value_or(143)}, ImapTls::none, out);
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

}  // namespace
}  // namespace drydock::test
