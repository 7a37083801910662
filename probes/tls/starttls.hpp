#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "probes/core/probe.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

/// A connection on which TLS is to begin now: dialled, and after the plain part of `protocol` (smtp, imap, pop3, ftp;
/// empty: TLS begins at once), which RFC 3207, RFC 9051 §6.2.1, RFC 2595 §4 and RFC 4217 end there. Sets out.stage to
/// connect, banner, ehlo, starttls. Throws Failure: temporary where the server says "not now", protocol where it does
/// not offer TLS or refuses it.
boost::asio::awaitable<net::Stream> dial_up_to_tls(const ProbeContext& context, Endpoint to, std::string_view protocol,
                                                   Observation& out);

/// Whether what was said in clear, where TLS was to begin, turns this client away for now: a 4xx or such words. Which
/// protocol the port speaks inside TLS is not known.
bool puts_off_in_clear(const std::string& line);

}  // namespace drydock
