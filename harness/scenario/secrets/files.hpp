#pragma once
#include <string>
#include <string_view>

#include "harness/scenario/sections/loading.hpp"

namespace drydock {

/// What `check` says of files that the scenario names. They are looked at, never waited for: a FIFO is not opened.

/// Warns of a file that can't be read. `what` begins the message: `the key`.
void look_whether_readable(Loading& loading, const std::string& path, const Place& place, std::string_view what);

/// The same of ssh's private key, and of one that anybody but its owner can read.
void look_at_key(Loading& loading, const std::string& path, const Place& place);

/// Warns of the file of a secret that everybody can read.
void look_at_secret(Loading& loading, const std::string& path, const Place& place, const std::string& name);

/// Refuses what is no regular file; warns of a file that can't be read, and of one without a certificate.
void look_at_trust(Loading& loading, const std::string& path, const Place& place);

}  // namespace drydock
