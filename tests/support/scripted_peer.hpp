#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probes/core/subject.hpp"
#include "tests/support/test_ca.hpp"
#include "tests/support/wire.hpp"

/// A server on 127.0.0.1 that follows a script, in threads of its own. For example:
///
///   TestCa ca;
///   ScriptedPeer peer({say("220 mail.test ESMTP"), hear("EHLO"), say("250-mail.test\r\n250 STARTTLS"),
///   hear("STARTTLS"),
///                      say("220 go ahead"), tls(), hear("EHLO"), say("250 mail.test"), hear("QUIT"), say("221 bye")},
///                     {.certificate = ca.issue({.names = {"mail.test"}})});
///   ... dial peer.endpoint() ...
///   EXPECT_EQ(peer.complaints(), "");      // the client said what the script expects
namespace drydock::test {

class PeerConnection;

/// One thing that the server does. Made by the functions below.
struct Move {
  enum class Kind {
    hear,
    hear_until,
    hear_octets,
    say,
    tls,
    hang_up,
    reset,
    stall,
    open_data,
    data_say,
    data_hear,
    data_tls,
    data_end,
    act
  };
  Kind kind = Kind::stall;
  std::string text;
  std::size_t count = 0;
  std::function<void(PeerConnection&)> function = {};
};
using Script = std::vector<Move>;

/// Awaits one line that begins with `prefix` (letters compared without case); another line is a complaint and the
/// server hangs up. An end of the connection ends the script without a complaint.
Move hear(std::string prefix = {});
/// Awaits lines up to and including `line` (a message's lone ".").
Move hear_until(std::string line);
Move hear_octets(std::size_t count);
/// Sends the text and CRLF. In it, {tag} is the first word of the last line heard (IMAP), {port} the server's own port,
/// {pasv} `127,0,0,1,p1,p2`, {pasv_port} its `p1,p2` and {epsv} the port of the data listener that open_data made
/// (FTP).
Move say(std::string text);
/// Sends octets as they are; nothing is replaced.
Move send(std::string octets);
/// Answers a TLS handshake with PeerOptions::certificate.
Move tls();
Move hang_up();  ///< FIN (and close_notify under TLS)
Move reset();    ///< RST
/// Says nothing more; reads and drops what comes, until the client hangs up or the peer is destroyed.
Move stall();
/// FTP: opens a listener for one data connection.
Move open_data();
/// Sends octets over the data connection, accepting it first when that has not happened.
Move data_say(std::string octets);
/// Reads the data connection to its end; the content is in PeerConnection::data() and ScriptedPeer::data().
Move data_hear();
Move data_tls();  ///< answers a TLS handshake on the data connection
Move data_end();  ///< closes the data connection
/// Sends the octets again and again, until the client hangs up or the peer is destroyed.
Move endless(std::string octets);
/// The same over the data connection.
Move data_endless(std::string octets);
/// Anything else.
Move act(std::function<void(PeerConnection&)> function);

/// The server's side of one connection, for `act`. Blocking; every call ends at once when the peer is destroyed, and
/// throws PeerGone when the client is gone.
struct PeerGone {};
class PeerConnection {
public:
  virtual ~PeerConnection() = default;
  /// The next line without its CRLF.
  virtual std::string line() = 0;
  virtual std::string octets(std::size_t count) = 0;
  virtual void send(const std::string& octets) = 0;
  virtual void start_tls() = 0;
  virtual void hang_up() = 0;
  virtual void close_without_goodbye() = 0;  ///< FIN under TLS without close_notify
  virtual void reset() = 0;
  virtual void stall() = 0;
  /// Carries out further moves.
  virtual void follow(const Script& script) = 0;
  virtual void complain(const std::string& what) = 0;
  /// The last line heard.
  [[nodiscard]] virtual const std::string& last() const = 0;
  [[nodiscard]] virtual const std::string& data() const = 0;
};

struct PeerOptions {
  std::string address = "127.0.0.1";  ///< or another of 127.0.0.0/8, or ::1
  std::uint16_t port = 0;             ///< 0: the system chooses
  Certificate certificate = {};
  bool implicit_tls = false;  ///< every script begins with tls()
  int minimum_version = 0x0301;
  int maximum_version = 0;
  ClientCertificate client_certificate = ClientCertificate::unwanted;
  Certificate impostor = {};   ///< of every connection but the first, where given: one that does not prove whose it is
  bool proves_itself = true;   ///< false: no client that is told the truth trusts its certificate for its name
  bool hang_up_at_end = true;  ///< at the end of its script; else it stalls
};

class ScriptedPeer {
public:
  /// Every connection gets the same script.
  explicit ScriptedPeer(Script script, PeerOptions options = {});
  /// The n-th connection gets the n-th script; later ones the last.
  explicit ScriptedPeer(std::vector<Script> scripts, PeerOptions options = {});
  ~ScriptedPeer();  ///< ends all connections
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  [[nodiscard]] Endpoint endpoint() const;
  [[nodiscard]] std::uint16_t port() const;
  /// All lines heard so far, of all connections, in the order they came.
  [[nodiscard]] std::vector<std::string> heard() const;
  [[nodiscard]] std::size_t connections() const;
  /// What the clients did against the script; empty when nothing.
  [[nodiscard]] std::string complaints() const;
  /// What data_hear read last.
  [[nodiscard]] std::string data() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace drydock::test
