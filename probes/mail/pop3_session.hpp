#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/codec/pop3.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"
#include "probes/net/password.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

/// How a connection to a POP3 server becomes private.
enum class Pop3Tls { starttls, implicit };

/// One POP3 client connection, RFC 1939 with RFC 2595: commands one by one, refusals as data. Every method throws
/// Failure when the connection breaks and when the peer's bytes are no POP3 or endless. Sets out.stage to the command's
/// name in lower case.
class Pop3Session {
public:
  /// Dials, makes the connection private, and reads the greeting. Throws Failure(protocol) where the greeting is -ERR
  /// and where STLS is refused. `out` must outlive the session.
  static boost::asio::awaitable<Pop3Session> open_ready(const ProbeContext& context, Endpoint to, Pop3Tls tls,
                                                        Observation& out);

  /// USER and PASS; the status of the last that was sent. The transcript keeps no password. Throws Failure(credential)
  /// where a real password must not go out on this connection: nothing is sent then.
  boost::asio::awaitable<Pop3Status> login(std::string login, std::string password, net::PasswordIs is);
  /// Unique ids of all messages (RFC 1939 §7); nothing where the server has none.
  boost::asio::awaitable<std::optional<std::vector<Pop3Entry>>> unique_ids();
  /// Numbers and sizes of all messages. Throws Failure(protocol) where that is refused.
  boost::asio::awaitable<std::vector<Pop3Entry>> list();
  /// The header of a message by TOP, or by RETR where TOP is refused; nothing where both are.
  boost::asio::awaitable<std::optional<std::string>> header(std::uint32_t number);
  boost::asio::awaitable<Pop3Status> dele(std::uint32_t number);
  /// QUIT: only now the messages marked by dele() go (RFC 1939 §6). Closes.
  boost::asio::awaitable<Pop3Status> quit();

private:
  Pop3Session(net::Stream stream, const Subject& subject, Observation& out);
  boost::asio::awaitable<void> handshake();
  boost::asio::awaitable<Pop3Status> receive();
  boost::asio::awaitable<Pop3Status> command(std::string line, std::string stage,
                                             std::optional<std::string> shown = std::nullopt);
  /// The lines of a multi-line answer; nothing where it is -ERR.
  boost::asio::awaitable<std::optional<std::vector<std::string>>> lines(std::string line, std::string stage);

  net::Stream stream_;
  net::TlsOptions options_;
  std::optional<net::TlsSession> tls_;
  Observation* out_;
};

}  // namespace drydock
