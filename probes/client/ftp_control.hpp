#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>

#include "probes/codec/reply.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

/// True for a greeting that turns this client away for now: 4yz, and by words.
bool ftp_turns_away(const Reply& greeting);

/// True for a reply to AUTH TLS that refuses it for now, and says nothing of TLS. 431, which says that something is
/// missing for it (RFC 4217 §4.2), does not: that is the key or the certificate, and stays.
bool ftp_puts_tls_off(const Reply& reply);

/// The control connection of FTP, RFC 959 §4: commands one by one, refusals as data. Every method throws Failure where
/// the connection breaks or what comes is no reply. Real passwords don't go out here: those are FtpClient's.
class FtpControl {
public:
  /// On a connection that is there.
  explicit FtpControl(net::Stream stream) : stream_(std::move(stream)) {}

  /// The greeting, whatever it is, after the delays that the server announces (1yz, RFC 959 §5.4). Throws
  /// Failure(protocol) where they don't end.
  boost::asio::awaitable<Reply> greet();
  boost::asio::awaitable<Reply> ask(std::string command);
  /// AUTH TLS alone (RFC 4217 §4). After a 234 nothing but the handshake may follow, on stream().
  boost::asio::awaitable<Reply> ask_for_tls();
  /// USER, and PASS where the server asks for it; the last reply. `password` is one that nobody has.
  boost::asio::awaitable<Reply> try_login(std::string user, std::string password);
  /// Sends QUIT and awaits the reply; what goes wrong then matters to nobody.
  boost::asio::awaitable<void> quit();
  [[nodiscard]] net::Stream& stream() { return stream_; }

private:
  net::Stream stream_;
};

}  // namespace drydock
