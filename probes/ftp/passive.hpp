#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drydock::ftp {

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
