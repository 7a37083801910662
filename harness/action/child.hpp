#pragma once
#include <boost/asio/awaitable.hpp>

#include "probes/core/process_identity.hpp"

namespace drydock {

/// Ends the process, its group and its session: SIGTERM, two seconds later SIGKILL. True where nothing of it lives any
/// more.
boost::asio::awaitable<bool> end_process(ProcessIdentity process);

}  // namespace drydock
