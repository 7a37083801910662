#include "probes/net/stream.hpp"

#include <gmock/gmock.h>

#include <boost/asio/awaitable.hpp>
#include <future>

#include "probes/net/password.hpp"
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
    net::Stream stream =
        co_await net::Stream::dial(context, {context.subject.target.ip, *context.subject.target.port}, out);
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

/// Reads one line of at most 100 octets from a peer that does this.
Observation read_one(Script script, Duration patience = std::chrono::seconds(20)) {
  const ScriptedPeer peer(std::move(script));
  return talk(
      peer, [](net::Stream& stream, Observation&) -> awaitable<void> { co_await stream.read_line(100); }, patience);
}

TEST(Stream, EndsOfTheDialogueHaveTheirKinds) {
  const std::vector<std::pair<Script, ErrorKind>> ends = {
      {{hang_up()}, ErrorKind::closed},
      {{send("220 half"), hang_up()}, ErrorKind::closed},
      {{reset()}, ErrorKind::reset},
      {{send("220 half"), reset()}, ErrorKind::reset},
      {{send(std::string(101, 'x') + "\r\n"), stall()}, ErrorKind::protocol},
      {{send(std::string(1000000, 'x')), stall()}, ErrorKind::protocol},
  };
  for (const auto& [script, kind] : ends) {
    const Observation seen = read_one(script);
    ASSERT_TRUE(seen.error);
    EXPECT_EQ(seen.error->kind, kind) << transcript_text(seen);
    EXPECT_EQ(seen.error_stage, "talk");
  }
  EXPECT_FALSE(read_one({send(std::string(100, 'x') + "\r\n")}).error) << "the limit itself is allowed";
  EXPECT_EQ(read_one({send("220 half"), stall()}, std::chrono::milliseconds(100)).error->kind, ErrorKind::timeout);
}

TEST(Stream, TellsItsEndAsOftenAsItIsAsked) {
  const ScriptedPeer peer({hang_up()});
  int ends = 0;
  const Observation seen = talk(peer, [&](net::Stream& stream, Observation&) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      try {
        co_await stream.read_line();
      } catch (const Failure& failure) {
        ends += failure.kind() == ErrorKind::closed ? 1 : 0;
      }
    }
    EXPECT_EQ(co_await stream.read_some(), "");
  });
  EXPECT_FALSE(seen.error) << transcript_text(seen);
  EXPECT_EQ(ends, 3);
}

TEST(Stream, TakesABoundedAnswerToEachThingThatIsSent) {
  const std::string line = std::string(60'000, 'x') + "\r\n";
  constexpr int kLines = 400;  // 24 MB
  std::string much;
  for (int i = 0; i < kLines; ++i) much += line;
  const ScriptedPeer peer({hear("more"), send(much), hear("more"), send(much), hear("more"), endless(line)});
  int lines = 0;
  const Observation seen = talk(peer, [&](net::Stream& stream, Observation&) -> awaitable<void> {
    for (int command = 0; command < 2; ++command) {
      co_await stream.write_line("more");
      for (int i = 0; i < kLines; ++i) co_await stream.read_line();
    }
    for (co_await stream.write_line("more"); lines < 1000; ++lines) co_await stream.read_line();
  });
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::local) << "our limit is not the host's fault";
  EXPECT_THAT(seen.error->message, HasSubstr("32 MiB"));
  EXPECT_THAT(lines, testing::AllOf(testing::Gt(kLines), testing::Lt(600)));
}

TEST(Stream, KeepsWhatWasHalfSaid) {
  EXPECT_THAT(transcript_text(read_one({send("421 too many"), hang_up()})), HasSubstr("< 421 too many"));
}

TEST(Stream, ShowsNulAndControlOctetsEscaped) {
  const Observation seen = read_one({send(std::string("220 a\0b\x1b[2J\r\n", 13))});
  EXPECT_FALSE(seen.error);
  EXPECT_THAT(transcript_text(seen), HasSubstr("220 a\\x00b\\x1b[2J"));
}

TEST(Stream, RefusedAndWrongVantageAreToldApart) {
  Endpoint gone;
  {
    const ScriptedPeer peer(Script{});
    gone = peer.endpoint();
  }
  const Dialogue nothing([](net::Stream&, Observation&) -> awaitable<void> { co_return; });
  std::set<std::string> answered;
  Subject subject = subject_at(gone);
  const Observation refused = observe(nothing, subject, std::chrono::seconds(20), &answered);
  EXPECT_EQ(refused.error->kind, ErrorKind::refused);
  EXPECT_EQ(refused.error_stage, "connect");
  EXPECT_EQ(refused.address, gone.text());
  EXPECT_TRUE(answered.contains("127.0.0.1"));
  subject.surroundings.vantage.address = "192.0.2.1";
  const Observation wrong = observe(nothing, subject);
  EXPECT_EQ(wrong.error->kind, ErrorKind::local);
  EXPECT_THAT(wrong.error->message, HasSubstr("192.0.2.1 is not an address of this machine"));
}

TEST(Stream, DialsFromTheVantage) {
  const ScriptedPeer peer({say("220 x"), stall()});
  Subject subject = subject_at(peer.endpoint());
  subject.surroundings.vantage.address = "127.0.40.2";
  std::string from;
  const Dialogue body([&](net::Stream& stream, Observation&) -> awaitable<void> {
    from = stream.local().ip;
    co_return;
  });
  EXPECT_FALSE(observe(body, subject).error);
  EXPECT_EQ(from, "127.0.40.2");
}

/// A pinned certificate is proof by itself, and only it: the checks judge the certificate all the same.
TEST(Stream, UnderAPinnedCertificateAPasswordMayGoOutWhateverElseIsWrongWithIt) {
  const TestCa ca;
  const ScriptedPeer peer({stall()},
                          {.certificate = ca.issue({.days_left = -1, .self_signed = true}), .implicit_tls = true});
  const auto shake_hands = [&](const std::string& pin) {
    net::TlsSession session;
    (void)talk(peer, [&](net::Stream& stream, Observation&) -> awaitable<void> {
      session = co_await stream.start_tls({.server_name = "mail.test", .trust = {}, .pin = pin});
    });
    return session;
  };
  const net::TlsSession unknown = shake_hands("");
  EXPECT_NE(net::why_no_password(&unknown, "mail.test"), "");
  const net::TlsSession other = shake_hands(std::string(64, '0'));
  EXPECT_TRUE(net::why_no_password(&other, "mail.test").ends_with("its own digest is sha256:" + unknown.sha256));
  const net::TlsSession pinned = shake_hands(unknown.sha256);
  EXPECT_EQ(net::why_no_password(&pinned, "mail.test"), "");
  EXPECT_FALSE(pinned.chain_ok);
  EXPECT_LT(pinned.days_left, 0);
}

TEST(Stream, ReadsOverIpv6) {
  const ScriptedPeer peer({say("220 six"), stall()}, {.address = "::1"});
  const Observation seen =
      talk(peer, [](net::Stream& stream, Observation&) -> awaitable<void> { co_await stream.read_line(); });
  EXPECT_FALSE(seen.error) << transcript_text(seen);
  EXPECT_EQ(seen.address, "[::1]:" + std::to_string(peer.port()));
}

TEST(Stream, ReadsLiteralsAndTheRest) {
  ScriptedPeer peer({send("* {5}\r\nab\r\nc)\r\nrest"), hang_up()});
  std::vector<std::string> parts;
  const Observation seen = talk(peer, [&](net::Stream& stream, Observation&) -> awaitable<void> {
    parts.push_back(co_await stream.read_line());
    parts.push_back(co_await stream.read_exactly(5));
    parts.push_back(co_await stream.read_line());
    parts.push_back(co_await stream.read_some(2));
    std::string more = co_await stream.read_some();
    while (!more.empty()) {
      parts.back() += more;
      more = co_await stream.read_some();
    }
  });
  EXPECT_FALSE(seen.error) << transcript_text(seen);
  EXPECT_THAT(parts, ElementsAre("* {5}", "ab\r\nc", ")", "rest"));
}

TEST(Stream, ALiteralThatIsCutIsClosed) {
  ScriptedPeer peer({send("abc"), hang_up()});
  const Observation seen =
      talk(peer, [](net::Stream& stream, Observation&) -> awaitable<void> { co_await stream.read_exactly(5); });
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::closed);
  EXPECT_THAT(seen.error->message, HasSubstr("5 octets were announced and 3 had come"));
}

TEST(Stream, HidesWhatItIsToldToHide) {
  ScriptedPeer peer({hear("AUTH PLAIN c2VjcmV0"), say("235 ok")});
  const Observation seen = talk(peer, [](net::Stream& stream, Observation&) -> awaitable<void> {
    co_await stream.write_line("AUTH PLAIN c2VjcmV0", "AUTH PLAIN ***");
    co_await stream.read_line();
  });
  EXPECT_EQ(peer.complaints(), "");
  EXPECT_THAT(transcript_text(seen), HasSubstr("> AUTH PLAIN ***"));
  EXPECT_THAT(transcript_text(seen), testing::Not(HasSubstr("c2VjcmV0")));
}

TEST(Stream, HearsTheFarewellOfAPeerThatHangsUpWhileWeWrite) {
  ScriptedPeer peer({send("220 hi\r\n"), hear("GO"), send("421 too many errors\r\n"), reset()});
  std::string farewell;
  const Observation seen = talk(peer, [&](net::Stream& stream, Observation&) -> awaitable<void> {
    co_await stream.read_line();
    co_await stream.write_line("GO");
    // Until the reset has come: writing fails from then on.
    for (int i = 0; i < 200; ++i) {
      co_await net::pause(std::chrono::milliseconds(5));
      co_await stream.write_line("NOOP");
    }
    farewell = co_await stream.read_line();
    co_await stream.read_line();
  });
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::reset) << transcript_text(seen);
  EXPECT_EQ(farewell, "421 too many errors");
}

/// One implicit TLS handshake with a peer that then follows the script.
Observation over_tls(Script script, const PeerOptions& options, Dialogue::Body body, net::TlsOptions tls_options = {},
                     Duration patience = std::chrono::seconds(20)) {
  ScriptedPeer peer(std::move(script), options);
  return talk(
      peer,
      [&](net::Stream& stream, Observation& out) -> awaitable<void> {
        co_await stream.start_tls(tls_options);
        out.stage = "tls talk";
        co_await body(stream, out);
      },
      patience);
}

awaitable<void> read_line_of(net::Stream& stream, Observation&) {
  co_await stream.read_line();
}

TEST(Tls, EndsUnderTlsHaveTheirKinds) {
  const TestCa ca;
  const PeerOptions options{.certificate = ca.issue()};
  EXPECT_EQ(over_tls({tls(), hang_up()}, options, read_line_of).error->kind, ErrorKind::closed);
  EXPECT_EQ(over_tls({tls(), send("220 half"), hang_up()}, options, read_line_of).error->kind, ErrorKind::closed);
  EXPECT_EQ(over_tls({tls(), reset()}, options, read_line_of).error->kind, ErrorKind::reset);
  EXPECT_EQ(over_tls({hang_up()}, options, read_line_of).error->kind, ErrorKind::closed);
  EXPECT_EQ(over_tls({hear_octets(20), reset()}, options, read_line_of).error->kind, ErrorKind::reset);
  EXPECT_EQ(over_tls({stall()}, options, read_line_of, {}, std::chrono::milliseconds(100)).error->kind,
            ErrorKind::timeout);
  EXPECT_EQ(over_tls({tls(), stall()}, options, read_line_of, {}, std::chrono::milliseconds(300)).error->kind,
            ErrorKind::timeout);
}

TEST(Tls, PlainTextThatCameBeforeTheHandshakeIsNamedAsSuch) {
  const ScriptedPeer peer({send("220 mail.test ESMTP\r\n"), stall()});
  const Observation seen = talk(peer, [](net::Stream& stream, Observation&) -> awaitable<void> {
    co_await net::pause(std::chrono::milliseconds(200));
    co_await stream.start_tls({});
  });
  ASSERT_TRUE(seen.error);
  EXPECT_THAT(seen.error->message, HasSubstr("plain text (\"220 mail.test ESMTP\")"));
}

TEST(Tls, PlainTextIsNamedAsSuch) {
  const Observation seen = over_tls({send("220 mail.test ESMTP\r\n"), stall()}, {}, read_line_of);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::tls);
  EXPECT_THAT(seen.error->message, HasSubstr("plain text (\"220 mail.test ESMTP\")"));
  const Observation http =
      over_tls({hear_octets(10), send("HTTP/1.1 400 Bad Request\r\n\r\n"), stall()}, {}, read_line_of);
  EXPECT_THAT(http.error->message, HasSubstr("plain text (\"HTTP/1.1 400 Bad Request\")"));
}

TEST(Tls, AnAlertIsNamedAsSuch) {
  // RFC 8446 §6: alert record, fatal, handshake_failure.
  const std::string alert("\x15\x03\x03\x00\x02\x02\x28", 7);
  const Observation seen = over_tls({hear_octets(10), send(alert), stall()}, {}, read_line_of);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::tls);
  EXPECT_THAT(seen.error->message, HasSubstr("TLS alert"));
  EXPECT_THAT(seen.error->message, HasSubstr("handshake failure"));
}

TEST(Tls, GarbageIsNeverACrash) {
  const std::vector<std::string> garbage = {std::string(3, '\x16'),
                                            std::string("\x16\x03\x03\x40\x00", 5) + std::string(16384, 'x'),
                                            std::string(100000, '\0'),
                                            std::string("\x16\x03\x03\xff\xff", 5),
                                            std::string("\x15\x03\x03\x00\x00", 5),
                                            std::string("\x80\x2e\x01\x00\x02", 5)};
  for (const auto& octets : garbage) {
    const Observation seen = over_tls({send(octets), hang_up()}, {}, read_line_of);
    ASSERT_TRUE(seen.error);
    EXPECT_TRUE(seen.error->kind == ErrorKind::tls || seen.error->kind == ErrorKind::closed ||
                seen.error->kind == ErrorKind::reset)
        << transcript_text(seen);
  }
}

net::TlsOptions between(int minimum_version, int maximum_version) {
  net::TlsOptions options;
  options.minimum_version = minimum_version;
  options.maximum_version = maximum_version;
  return options;
}

TEST(Tls, OldVersionsAreSpokenOnlyWhenAsked) {
  const TestCa ca;
  const PeerOptions old{.certificate = ca.issue(), .minimum_version = 0x0301, .maximum_version = 0x0301};
  const auto nothing = [](net::Stream&, Observation&) -> awaitable<void> { co_return; };
  EXPECT_EQ(over_tls({tls(), stall()}, old, nothing).error->kind, ErrorKind::tls);
  EXPECT_FALSE(over_tls({tls(), stall()}, old, nothing, between(0x0301, 0)).error);
  const PeerOptions modern{.certificate = ca.issue(), .minimum_version = 0x0303};
  const Observation refused = over_tls({tls(), stall()}, modern, nothing, between(0x0301, 0x0302));
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->kind, ErrorKind::tls);
  EXPECT_THAT(refused.error->message, HasSubstr("protocol version"));
}

TEST(Tls, FinishWritingSaysGoodbyeAndLetsThePeerRead) {
  const TestCa ca;
  std::promise<std::string> got;
  const auto read_to_the_end = [&](PeerConnection& connection) {
    std::string octets;
    try {
      while (true) octets += connection.octets(1);
    } catch (const PeerGone&) {
      got.set_value(octets);
      throw;
    }
  };
  ScriptedPeer peer({tls(), act(read_to_the_end)}, {.certificate = ca.issue()});
  std::future<std::string> all = got.get_future();
  bool ended = false;
  const Observation seen = talk(peer, [&](net::Stream& stream, Observation&) -> awaitable<void> {
    co_await stream.start_tls({});
    co_await stream.write("hello", "hello");
    co_await stream.finish_writing();
    ended = all.wait_for(std::chrono::seconds(20)) == std::future_status::ready;  // while the stream is still there
  });
  EXPECT_FALSE(seen.error) << transcript_text(seen);
  ASSERT_TRUE(ended);
  EXPECT_EQ(all.get(), "hello");
}

TEST(Tls, ATruncatedStreamIsToldFromAFinishedOne) {
  const TestCa ca;
  bool cut = false;
  bool finished = true;
  const auto read_all = [](net::Stream& stream, bool& truncated) -> awaitable<void> {
    for (std::string part = co_await stream.read_some(); !part.empty();) part = co_await stream.read_some();
    truncated = stream.truncated();
  };
  const PeerOptions options{.certificate = ca.issue(), .minimum_version = 0x0303, .maximum_version = 0x0303};
  over_tls({tls(), send("data"), hang_up()}, options,
           [&](net::Stream& stream, Observation&) { return read_all(stream, finished); });
  EXPECT_FALSE(finished);
  over_tls({tls(), send("data"), act([](PeerConnection& connection) { connection.close_without_goodbye(); })}, options,
           [&](net::Stream& stream, Observation&) { return read_all(stream, cut); });
  EXPECT_TRUE(cut);
}

}  // namespace
}  // namespace drydock
