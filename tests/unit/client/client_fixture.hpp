#pragma once
#include "probes/net/stream.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {

/// What one client says on a connection to a scripted peer, whose name is mail.test.
struct ClientTalk {
  using Talk = boost::asio::awaitable<void> (*)(const ProbeContext&, net::Stream, Observation&);

  explicit ClientTalk(Script script, PeerOptions options = {}) : peer(std::move(script), std::move(options)) {
    subject = subject_at(peer.endpoint(), "mail.test");
  }

  void run(Talk talk) {
    run_on_loop([this, talk]() -> boost::asio::awaitable<void> { return hold(talk); });
  }
  boost::asio::awaitable<void> hold(Talk talk) {
    const ProbeContext context{subject, Clock::now() + std::chrono::seconds(20)};
    net::Stream stream = co_await net::Stream::dial(context, peer.endpoint(), seen);
    co_await talk(context, std::move(stream), seen);
  }
  /// The Failure that ends it.
  Failure failure(Talk talk) {
    try {
      run(talk);
    } catch (const Failure& ended) {
      return ended;
    }
    return {ErrorKind::local, "no Failure"};
  }

  ScriptedPeer peer;
  Subject subject;
  Observation seen;
};

}  // namespace drydock::test
