#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/client/tls_mode.hpp"
#include "probes/client/trace.hpp"
#include "probes/codec/pop3.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"
#include "probes/net/password.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

/// `-ERR [SYS/TEMP] words`, on one line, clipped, control octets escaped.
std::string refusal(const Pop3Status& status);

/// True where a server turns a client away because there are too many connections: by words, since POP3 has no code for
/// it.
bool tells_of_too_many(const Pop3Status& status);

/// True where a greeting, or the answer to STLS, turns this client away for now: by the codes SYS/TEMP (RFC 3206 §4)
/// and IN-USE (RFC 2449 §8.1.1), and by words.
bool puts_off(const Pop3Status& status);

/// A message's header, or the answer that refused it.
struct Pop3Retrieval {
  std::optional<Pop3Header> header;
  Pop3Status refused;  ///< where there is no header
};

/// One POP3 client connection, RFC 1939 with RFC 2595: commands one by one, refusals as data. Every method throws
/// Failure when the connection breaks and when the peer's bytes are no POP3 or endless. Its stages are the commands'
/// names in lower case, and `greeting`. Holds a few MiB at the most, whatever comes.
class Pop3Client {
public:
  /// On a connection that is there. What is referred to must outlive the client.
  Pop3Client(net::Stream stream, const Subject& subject, Trace trace);
  /// Dials, makes the connection private, and reads the greeting. Throws Failure(protocol) where the greeting is -ERR
  /// and where STLS is refused, Failure(temporary) where either is for now. `out` must outlive the session.
  static boost::asio::awaitable<Pop3Client> open_ready(const ProbeContext& context, Endpoint to, TlsMode tls,
                                                       Observation& out);

  [[nodiscard]] net::Stream& stream() { return stream_; }
  /// Reads the greeting, whatever it is.
  boost::asio::awaitable<Pop3Status> greet();
  /// STLS alone (RFC 2595 §4). After +OK nothing but the handshake may follow, which is then the caller's, on stream().
  boost::asio::awaitable<Pop3Status> ask_for_tls();
  /// USER and PASS; the status of the last that was sent. The transcript keeps no password. Throws Failure(credential)
  /// where a real password must not go out on this connection: nothing is sent then.
  boost::asio::awaitable<Pop3Status> login(std::string login, std::string password, net::PasswordIs is);
  /// Unique ids of all messages (RFC 1939 §7); nothing where the server has none. Throws Failure(protocol) where a line
  /// of them can't be read, and where there are more than can be kept.
  boost::asio::awaitable<std::optional<std::vector<Pop3Entry>>> unique_ids();
  /// Numbers and sizes of all messages. Throws as unique_ids(), and where that is refused.
  boost::asio::awaitable<std::vector<Pop3Entry>> list();
  /// The header of a message by TOP, or by RETR where TOP is refused; none where both are.
  boost::asio::awaitable<Pop3Retrieval> header(std::uint32_t number);
  boost::asio::awaitable<Pop3Status> dele(std::uint32_t number);
  /// QUIT: only now the messages marked by dele() go (RFC 1939 §6). Closes.
  boost::asio::awaitable<Pop3Status> quit();

private:
  using Taker = std::function<void(std::string_view)>;
  boost::asio::awaitable<void> handshake();
  boost::asio::awaitable<Pop3Status> receive();
  boost::asio::awaitable<Pop3Status> command(std::string line, std::string stage,
                                             std::optional<std::string> shown = std::nullopt);
  /// Gives the lines of a multi-line answer one by one; its status.
  boost::asio::awaitable<Pop3Status> lines(std::string line, std::string stage, const Taker& take);
  /// The entries of UIDL or LIST; nothing where it is -ERR.
  boost::asio::awaitable<std::optional<std::vector<Pop3Entry>>> entries(std::string command);

  net::Stream stream_;
  net::TlsOptions options_;
  std::optional<net::TlsSession> tls_;
  Trace trace_;
};

}  // namespace drydock
