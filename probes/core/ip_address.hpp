#pragma once
#include <string_view>

namespace drydock {

/// IP addresses and networks as texts. Pure.
bool is_ip_address(std::string_view text);
/// Written as an IPv6 address. False for IPv4 and for what is no address.
bool is_ipv6_address(std::string_view text);
/// Two spellings of one address are the same, and an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) is the IPv4 address.
bool same_address(std::string_view a, std::string_view b);

/// An address, or a network with its prefix length and no bit set behind it: `192.0.2.0/24`, `2001:db8::/32`
/// (RFC 4632 §3.1, RFC 4291 §2.3).
bool is_ip_network(std::string_view text);
/// Whether an address lies in a network that is_ip_network takes, or is that address.
bool is_within(std::string_view address, std::string_view network);

}  // namespace drydock
