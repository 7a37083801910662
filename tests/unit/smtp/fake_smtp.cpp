#include "tests/unit/smtp/fake_smtp.hpp"

#include <fmt/format.h>

#include <thread>

#include "probes/codec/base64.hpp"
#include "probes/codec/message.hpp"

namespace drydock::test {
namespace {

/// One connection to a FakeSmtp.
class Conversation {
public:
  Conversation(const FakeSmtp& server, PeerConnection& wire) : server_(server), wire_(wire) {}

  void run() {
    std::this_thread::sleep_for(server_.thinks_before_greeting);
    send(server_.greeting);
    while (answer(wire_.line()) && !over_) {
    }
    wire_.hang_up();
  }

private:
  void send(const std::string& reply) {
    wire_.send(reply + "\r\n");
    over_ = over_ || reply.starts_with("421");
  }

  /// A reply that may be the last word.
  void decide(const std::string& reply) {
    send(reply);
    over_ = over_ || (server_.drops_after_refusal && (reply[0] == '4' || reply[0] == '5'));
  }

  void hello() {
    std::vector<std::string> lines = {server_.name + " Hello"};
    const auto& extensions = encrypted_ ? server_.secure_extensions : server_.extensions;
    lines.insert(lines.end(), extensions.begin(), extensions.end());
    std::string reply;
    for (std::size_t i = 0; i < lines.size(); ++i)
      reply += fmt::format("{}250{}{}", i ? "\r\n" : "", i + 1 < lines.size() ? "-" : " ", lines[i]);
    send(reply);
  }

  bool start_tls() {
    send(server_.starttls);
    if (!server_.starttls.starts_with("220")) return true;
    wire_.start_tls();
    encrypted_ = true;
    return true;
  }

  bool check(const std::string& login, const std::string& password) {
    const auto known = server_.passwords.find(login);
    authenticated_ = server_.any_password || (known != server_.passwords.end() && known->second == password);
    decide(authenticated_ ? "235 Authentication succeeded" : server_.bad_password);
    return true;
  }

  bool auth(const std::string& line) {
    if (!encrypted_ && !server_.clear_auth.starts_with("334")) return send(server_.clear_auth), true;
    if (!encrypted_) {
      send(server_.clear_auth);
      wire_.line();
      return send("501 cancelled"), true;
    }
    const std::string mechanism = line.substr(5, line.find(' ', 5) - 5);
    if (server_.broken_mechanisms.contains(mechanism)) return send("435 Unable to authenticate at present"), true;
    if (mechanism == "LOGIN") {
      send("334 VXNlcm5hbWU6");
      const auto login = base64_decode(wire_.line());
      send("334 UGFzc3dvcmQ6");
      const auto password = base64_decode(wire_.line());
      return check(login.value_or(""), password.value_or(""));
    }
    const std::string blob = base64_decode(line.substr(line.rfind(' ') + 1)).value_or("");
    const auto second = blob.find('\0', 1);
    if (second == std::string::npos) return send("501 Invalid base64 data"), true;
    return check(blob.substr(1, second - 1), blob.substr(second + 1));
  }

  bool mail(const std::string& line) {
    sender_ = line.substr(10);
    if (server_.demands_auth && !authenticated_) return decide("530 Authentication required"), true;
    decide(sender_.starts_with("<>") ? server_.null_sender : server_.mail);
    return true;
  }

  [[nodiscard]] bool takes(const std::string& line) const {
    return !server_.takes_users_at.empty() && line.ends_with(server_.takes_users_at);
  }

  bool rcpt(const std::string& line) {
    const std::string address = line.substr(9, line.size() - 10);
    const auto known = server_.recipients.find(address);
    const bool from_nobody = sender_.starts_with("<>") && !server_.null_sender_recipients.empty();
    const bool secure = encrypted_ && !server_.secure_other_recipients.empty();
    std::this_thread::sleep_for(server_.thinks_at_rcpt);
    decide(from_nobody                                        ? server_.null_sender_recipients
           : known == server_.recipients.end() && takes(line) ? "250 everybody is welcome"
           : known == server_.recipients.end() && secure      ? server_.secure_other_recipients
           : known == server_.recipients.end()                ? server_.other_recipients
                                                              : known->second);
    return true;
  }

  bool data() {
    send("354 go on");
    bool spam = false;
    for (std::string line = wire_.line(); line != "."; line = wire_.line()) spam = spam || line == kGtube;
    send(spam ? server_.content : server_.plain_content);
    return true;
  }

  bool answer(const std::string& line) {
    const auto is = [&line](std::string_view command) { return line.starts_with(command); };
    if (!server_.drops_at.empty() && is(server_.drops_at) && (encrypted_ || !server_.drops_inside_tls_only))
      return false;
    if (!server_.stalls_at.empty() && is(server_.stalls_at)) wire_.stall();
    for (const auto& [command, reply] : server_.answers)
      if (is(command)) return decide(reply), true;
    if (is("QUIT")) return send("221 bye"), false;
    if (is("NOOP") && server_.hangs_up_on_injected) return false;
    if (is("NOOP") && !server_.obeys_injected) return true;  // a dropped octet gets no reply
    if (is("EHLO") && !server_.ehlo_refusal.empty()) return send(server_.ehlo_refusal), true;
    if (is("EHLO") && encrypted_ && !server_.secure_ehlo.empty()) return send(server_.secure_ehlo), true;
    if (is("EHLO")) return hello(), true;
    if (is("HELO")) return send("250 " + server_.name), true;
    if (is("STARTTLS")) return start_tls();
    if (is("AUTH ")) return auth(line);
    if (is("MAIL FROM:")) return mail(line);
    if (is("RCPT TO:")) return rcpt(line);
    if (is("DATA")) return data();
    if (is("RSET") || is("NOOP")) return send("250 OK"), true;
    wire_.complain("unexpected: " + line);
    return send("500 what?"), true;
  }

  const FakeSmtp& server_;
  PeerConnection& wire_;
  bool encrypted_ = server_.implicit;
  bool authenticated_ = false;
  bool over_ = false;
  std::string sender_;
};

}  // namespace

Script FakeSmtp::script() const {
  return {act([this](PeerConnection& wire) { Conversation(*this, wire).run(); })};
}

PeerOptions with_certificate(const TestCa& ca, CertificateOptions options) {
  PeerOptions peer;
  peer.certificate = ca.issue(options);
  return peer;
}

}  // namespace drydock::test
