#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "probes/net/stream.hpp"

namespace drydock {

/// Speaks the plain part of `protocol` (smtp, imap, pop3, ftp) up to the moment at which TLS begins (RFC 3207, RFC 9051
/// §6.2.1, RFC 2595 §4, RFC 4217). `self` is what the prober calls itself. Sets out.stage to banner, ehlo, starttls.
/// Throws Failure: temporary where the server says "not now", protocol where it does not offer TLS or refuses it.
boost::asio::awaitable<void> ask_for_tls(net::Stream& stream, std::string_view protocol, std::string self,
                                         Observation& out);

}  // namespace drydock
