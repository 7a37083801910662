#include "probes/net/password.hpp"

#include <fmt/format.h>

namespace drydock::net {

std::string why_no_password(const TlsSession* session, std::string_view name) {
  if (!session) return "this connection has no TLS";
  if (session->pem.empty()) return "no certificate was served";
  if (!session->chain_ok) return fmt::format("the certificate does not verify: {}", session->chain_error);
  if (name.empty()) return "no name is known that the certificate should cover";
  if (!session->name_ok) return fmt::format("the certificate does not cover {}", name);
  if (session->days_left < 0) return fmt::format("the certificate expired on {}", session->not_after);
  if (!session->issuer_not_after.empty() && session->issuer_days_left < 0)
    return fmt::format("an issuer on the certificate's path expired on {}", session->issuer_not_after);
  if (session->age_hours < 0) return fmt::format("the certificate is not valid before {}", session->not_before);
  return {};
}

void demand_proof(PasswordIs password, const std::optional<TlsSession>& session, std::string_view name) {
  if (password == PasswordIs::made_up) return;
  const std::string why = why_no_password(session ? &*session : nullptr, name);
  if (!why.empty()) throw Failure(ErrorKind::credential, "the password was not sent: " + why);
}

}  // namespace drydock::net
