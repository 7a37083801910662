#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>

#include "probes/client/ftp_client.hpp"
#include "probes/core/probe.hpp"

namespace drydock::ftp {

/// The name under which the file of the parameter `round_trip` is uploaded. It holds the token of this observation, put
/// in before its ending where the scenario does not: so no two observations meet at one file, whatever addresses and
/// hosts share a folder. Empty where the parameter is.
std::string uploaded_name(const Subject& subject);

/// Logs in as an ordinary client does, lists the folder, and where the parameter `round_trip` names a file: uploads
/// random octets under uploaded_name(), lists, downloads, compares, deletes and lists again. A file that was uploaded
/// is deleted by whatever cause the rest ends early, as far as the deadline allows.
boost::asio::awaitable<void> use_account(const ProbeContext& context, FtpLogin login, Observation& out);

}  // namespace drydock::ftp
