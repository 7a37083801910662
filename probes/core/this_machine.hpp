#pragma once
#include <string>

namespace drydock {

/// The login name of the effective user; `uid N` where it has none.
std::string user_name();

/// What the machine calls itself (uname -n); `unknown` where it can't be told.
std::string host_name();

/// /etc/machine-id, at most 64 octets; empty where there is none.
std::string machine_id();

}  // namespace drydock
