#pragma once
#include <openssl/types.h>

#include <string>

#include "probes/core/duration.hpp"
#include "probes/net/stream.hpp"

namespace drydock::net {

/// What a finished client handshake shows, verified as of `now` against the system's authorities and `options.trust`.
/// Throws Failure(local) where that file can't be read.
TlsSession describe_session(const ssl_st* ssl, const TlsOptions& options, WallTime now);

}  // namespace drydock::net
