#pragma once
#include <openssl/types.h>

#include <string>

#include "probes/core/duration.hpp"
#include "probes/net/stream.hpp"

struct stack_st_X509;  // STACK_OF(X509) of OpenSSL

namespace drydock::net {

/// With these OpenSSL speaks versions before TLS 1.2, which its security levels from 1 on forbid.
inline constexpr const char* kOldCiphers = "ALL:@SECLEVEL=0";

/// What a served chain shows, leaf first; all but version and cipher. `served` may be null. As describe_session().
TlsSession describe_chain(const stack_st_X509* served, const TlsOptions& options, WallTime now);

/// What a finished client handshake shows, verified as of `now` against the system's authorities and `options.trust`.
/// Throws Failure(local) where that file can't be read.
TlsSession describe_session(const ssl_st* ssl, const TlsOptions& options, WallTime now);

}  // namespace drydock::net
