#pragma once
#include <boost/asio/awaitable.hpp>

#include "probes/core/probe.hpp"
#include "probes/net/ftp_client.hpp"

namespace drydock::ftp {

/// Logs in as an ordinary client does, lists the folder, and where the parameter `round_trip` names a file: uploads
/// random octets under that name, lists, downloads, compares, deletes and lists again. A file that was uploaded is
/// deleted by whatever cause the rest ends early, as far as the deadline allows.
boost::asio::awaitable<void> use_account(const ProbeContext& context, net::FtpLogin login, Observation& out);

}  // namespace drydock::ftp
