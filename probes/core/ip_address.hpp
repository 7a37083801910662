#pragma once
#include <string_view>

namespace drydock {

/// IP addresses and networks as texts. Pure.
bool is_ip_address(std::string_view text);
/// One that a host can be dialled at: neither unspecified (0.0.0.0 and ::, which lead to this machine), nor multicast
/// or the limited broadcast address (RFC 6890, RFC 5771 §3, RFC 4291 §2.7).
bool is_unicast_address(std::string_view text);
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
