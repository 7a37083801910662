#include "probes/net/stream.hpp"

#include <gmock/gmock.h>

#include <boost/asio/awaitable.hpp>

#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock {
namespace {

using namespace test;
using boost::asio::awaitable;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A probe that runs the given dialogue.
class Dialogue : public Probe {
public:
  using Body = std::function<awaitable<void>(net::Stream&, Observation&)>;
  explicit Dialogue(Body body) : body_(std::move(body)) {}
  awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    net::Stream stream = co_await net::Stream::dial(context, {context.subject.ip, *context.subject.port}, out);
    out.stage = "talk";
    co_await body_(stream, out);
  }

private:
  Body body_;
};

Observation talk(const ScriptedPeer& peer, Dialogue::Body body, Duration patience = std::chrono::seconds(20)) {
  return observe(Dialogue(std::move(body)), subject_at(peer.endpoint()), patience);
}

TEST(Stream, ReadsLinesAndWritesThem) {
  ScriptedPeer peer({say("220 hello"), hear("EHLO"), send("250-a\n250 b\r\n"), hear("QUIT")});
  std::vector<std::string> lines;
  const Observation seen = talk(peer, [&](net::Stream& stream, Observation&) -> awaitable<void> {
    lines.push_back(co_await stream.read_line());
    co_await stream.write_line("EHLO me");
    lines.push_back(co_await stream.read_line());
    lines.push_back(co_await stream.read_line());
    co_await stream.write_line("QUIT");
  });
  EXPECT_FALSE(seen.error) << transcript_text(seen);
  EXPECT_THAT(lines, ElementsAre("220 hello", "250-a", "250 b"));
  EXPECT_EQ(seen.address, peer.endpoint().text());
  EXPECT_THAT(transcript_text(seen), HasSubstr("> EHLO me"));
  EXPECT_THAT(transcript_text(seen), HasSubstr("bare LF"));
}

TEST(Stream, StartsTlsInPlaceAndDropsWhatCameBefore) {
  const TestCa ca;
  ScriptedPeer peer(
      {say("220 ready"), hear("STARTTLS"), send("220 go\r\nINJECTED\r\n"), tls(), hear("NOOP"), say("250 ok")},
      {.certificate = ca.issue({.names = {"mail.test", "127.0.0.1"}})});
  net::TlsSession session;
  std::size_t dropped = 0;
  std::string reply;
  const Observation seen = talk(peer, [&](net::Stream& stream, Observation&) -> awaitable<void> {
    co_await stream.read_line();
    co_await stream.write_line("STARTTLS");
    co_await stream.read_line();
    session = co_await stream.start_tls({.server_name = "mail.test", .trust = ca.trust_file()});
    dropped = stream.discarded_octets();
    co_await stream.write_line("NOOP");
    reply = co_await stream.read_line();
  });
  EXPECT_FALSE(seen.error) << transcript_text(seen);
  EXPECT_EQ(dropped, 10U);
  EXPECT_EQ(reply, "250 ok");
  EXPECT_EQ(session.version, "TLSv1.3");
  EXPECT_TRUE(session.chain_ok) << session.chain_error;
  EXPECT_TRUE(session.name_ok);
  EXPECT_FALSE(session.self_signed);
  EXPECT_THAT(session.names, ElementsAre("mail.test", "127.0.0.1"));
  EXPECT_EQ(session.key, "EC 256");
  EXPECT_THAT(session.sha256, SizeIs(64));
  EXPECT_NEAR(session.days_left, 90, 0.1);
  EXPECT_NEAR(session.age_hours, 240, 0.1);
}

}  // namespace
}  // namespace drydock
