#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>

#include "harness/action/action.hpp"

namespace drydock {

/// Sends one dynamic update (RFC 2136), signed (RFC 8945), over UDP where it fits into 512 octets, else over TCP, and
/// waits for the signed answer. `done`: NOERROR with a valid signature. `failed`: the server said no, or nothing was
/// sent (unreadable key, impossible data, no way to the server). `unknown`: no answer that can be trusted within
/// 30 s or until the deadline. May be
/// repeated without harm. Never throws for what the network does; `action` must outlive the call. `source_ip`: see
/// DnsPeer::from.
boost::asio::awaitable<ActionResult> run_dns_update(const DnsUpdateAction& action, std::string source_ip,
                                                    Deadline deadline);

}  // namespace drydock
