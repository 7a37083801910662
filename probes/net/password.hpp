#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "probes/net/stream.hpp"

namespace drydock::net {

/// The one rule for every password of somebody's: it goes out only on a connection that has itself proved whose it is.
/// Made-up passwords, which nobody has, are not bound by it.
enum class PasswordIs { real, made_up };

/// Why a real password must not go out on a connection: no TLS, or a certificate that does not lead to a trust anchor,
/// does not cover `name`, or is not valid now. Empty where it may. `session`: of this connection's own handshake.
std::string why_no_password(const TlsSession* session, std::string_view name);

/// Throws Failure(credential) where a real password must not go out.
void demand_proof(PasswordIs password, const std::optional<TlsSession>& session, std::string_view name);

}  // namespace drydock::net
