#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probes/codec/reply.hpp"
#include "probes/net/stream.hpp"

namespace drydock::ftp {

/// The control connection of one dialogue, RFC 959 §4.
class Control {
public:
  explicit Control(net::Stream stream) : stream_(std::move(stream)) {}

  /// One whole reply. Throws Failure(protocol) on anything else.
  boost::asio::awaitable<Reply> reply();
  boost::asio::awaitable<Reply> ask(std::string command);
  /// Sends QUIT and awaits the reply; what goes wrong then matters to nobody.
  boost::asio::awaitable<void> quit();
  [[nodiscard]] net::Stream& stream() { return stream_; }

private:
  net::Stream stream_;
};

/// The address and port of a reply to PASV.
struct PassiveAddress {
  std::string ip;
  std::uint16_t port = 0;
};

/// Reads the six numbers of a 227 reply, with or without parentheses (RFC 959 §4.1.2, RFC 1123 §4.1.2.6).
std::optional<PassiveAddress> parse_passive(std::string_view text);

/// True where `ip` is an IPv4 address that other networks can't reach: RFC 1918, RFC 6598, loopback, link-local,
/// 0.0.0.0.
bool is_private(std::string_view ip);

}  // namespace drydock::ftp
