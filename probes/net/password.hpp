#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "probes/core/secret.hpp"
#include "probes/net/stream.hpp"

namespace drydock::net {

/// The one rule for every password of somebody's: it goes out only on a connection that has itself proved whose it is.
/// Made-up passwords, which nobody has, are not bound by it.
enum class PasswordIs { real, made_up };

/// Why a real password must not go out on a connection: no TLS, or a certificate that does not lead to a trust anchor,
/// does not cover `name`, or is not valid now. Empty where it may: also under the one certificate that the
/// scenario pins, whatever else is wrong with that. `session`: of this connection's own handshake.
std::string why_no_password(const TlsSession* session, std::string_view name);

/// Throws Failure(credential) where a real password must not go out.
void demand_proof(PasswordIs password, const std::optional<TlsSession>& session, std::string_view name);

/// Throws Failure(credential) where a password that is to go out can't be read. `whose`: the account it is of.
void demand_readable(const Secret& password, std::string_view whose);

/// Throws Failure(local) where one of them holds a line end or NUL, which in a protocol of lines would be a command of
/// its own: before anything is sent.
void demand_one_line(std::string_view protocol, std::string_view login, std::string_view password);

/// What about a password is seldom meant, without its value, for a sentence that begins with "it": `begins with a byte
/// order mark, ends with a blank`. Such are the traces of editors, `echo` and copying. Empty where nothing is odd.
std::string what_is_odd(std::string_view password);

/// What a message says besides where a server refused somebody's login: that not the server may be wrong but the
/// password, and what about it is odd. `the password itself may be wrong: it holds 2 lines`.
std::string doubt_password(const Secret& password);

}  // namespace drydock::net
