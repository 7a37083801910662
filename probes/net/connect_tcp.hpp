#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "probes/core/subject.hpp"

namespace drydock::net {

/// A connected socket from `from` (an IP address; empty: the system chooses) to `to`, close-on-exec, without Nagle's
/// delay. Throws Failure: local where an address is not one of ours or not an address at all, refused on RST and ICMP
/// port unreachable, prohibited where an ICMP message says that an administrator forbids it (RFC 792 and RFC 1812
/// §5.2.7.1 codes 9, 10, 13; RFC 4443 §3.1 codes 1, 5, 6), unreachable for every other ICMP message and for no route.
boost::asio::awaitable<boost::asio::ip::tcp::socket> connect_tcp(std::string from, Endpoint to);

}  // namespace drydock::net
