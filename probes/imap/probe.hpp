#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "probes/client/imap_client.hpp"
#include "probes/core/probe.hpp"

namespace drydock {

/// What one imap probe does. Port numbers that RFC 3501 and RFC 8314 fix are here so that tests can stand in for them.
struct ImapPlan {
  std::uint16_t port = 993;
  TlsMode tls = TlsMode::implicit;
  std::optional<Account> account = {};  ///< logs in; nobody logs in without it
  bool wrong_password = true;           ///< tries a password that nobody has, where `account` could log in
  bool look_at_clear_port = false;      ///< sees what a client without TLS is offered
  std::uint16_t clear_port = 143;
  Duration pause_before_second_login{2000};  ///< after a login that the server could not decide
  Duration greeting_patience{5000};          ///< in clear text, before it is looked whether the port begins with TLS
};

/// The dialogue, in up to four connections, one after the other: the main one, a second login where the first could not
/// be decided, the clear-text port, and the wrong password, which Courier answers only after five seconds. Nobody's
/// password is ever sent without TLS, and nothing at all is tried as a login on the clear-text port: what that port
/// offers is what clients will do there.
std::unique_ptr<const Probe> make_imap_probe(ImapPlan plan);

/// The plan that these parameters mean.
ImapPlan imap_plan(const Parameters& parameters);

}  // namespace drydock
