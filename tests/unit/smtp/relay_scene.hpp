#pragma once
#include "tests/unit/smtp/smtp_test_support.hpp"

namespace drydock::test {

struct RelayScene : SmtpScene {
  RelayScene() {
    type = quick_relay();
    server.other_recipients = "550 relay not permitted";
  }
  Judgement verdict() { return judge("smtp.relay-denied"); }
};

/// Further ports of the host, besides the scene's own.
struct ManyPorts : RelayScene {
  ManyPorts() { other.other_recipients = "550 relay not permitted"; }
  Judgement with_other(bool implicit_tls) {
    PeerOptions options = with_certificate(ca);
    options.implicit_tls = implicit_tls;
    other.implicit = implicit_tls;
    ScriptedPeer peer(other.script(), options);
    return with_port(peer.port());
  }
  Judgement with_port(std::uint16_t port) {
    subject.parameters.set("also", std::vector<std::string>{std::to_string(port)});
    if (connection == Duration(0)) connection = std::chrono::seconds(5);
    return verdict();
  }
  FakeSmtp other;
};

}  // namespace drydock::test
