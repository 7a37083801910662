#pragma once
#include <string>
#include <vector>

#include "probes/client/smtp_client.hpp"
#include "probes/core/subject.hpp"

namespace drydock {

/// One way to ask a host to pass mail on to a stranger.
struct RelayVariant {
  std::string label;   ///< `b percent hack: RCPT TO:<x%outside@domain>`; with MAIL FROM where the sender is the trick
  std::string sender;  ///< for MAIL FROM, may be empty
  std::string recipient;  ///< for RCPT TO: what stands between < and >
  bool at_ours = false;   ///< the recipient has no domain, or our own: a host that takes every local part takes it for
                          ///< itself
};

/// A way into a host: a port, and whether the questions are asked in clear or inside TLS.
struct RelayWay {
  std::uint16_t port = 0;
  TlsMode tls = TlsMode::none;

  /// `port 587 in clear`, `port 587 inside TLS`, `port 465 inside implicit TLS`.
  [[nodiscard]] std::string text() const;
  /// A way for those who log in (RFC 6409, RFC 8314): from a stranger nobody is taken there, whoever the mail is for.
  [[nodiscard]] bool for_submission() const;
  /// The same with what is asked there; a row of smtp_relay's facts.
  [[nodiscard]] std::string row(const std::string& what) const;
  friend bool operator==(const RelayWay&, const RelayWay&) = default;
};

/// The ports to ask. First the scenario's own, which must answer: `port`, else 25. Then those that are asked where they
/// take mail: `also`, or else 587 and 465 where no `port` is said.
std::vector<std::uint16_t> relay_ports(const Subject& subject);

/// Local recipients of whom the host must take one: the parameter `control`, beside whom what is refused is refused for
/// what it is and not for who asks; where that is not given, the forms of postmaster (RFC 5321 §4.5.1), whom hosts
/// exempt from block lists, so that beside them only a refusal counts that says why. The likeliest first.
std::vector<std::string> relay_controls(const Subject& subject);
/// The one check of the type.
inline constexpr std::string_view kRelayDenied = "smtp.relay-denied";
/// The row for that user in smtp_relay.uncontrolled.
inline constexpr std::string_view kRelayStranger = "a user who does not exist";
/// A user of ours who does not exist, at our domain where one is known.
std::string relay_stranger(const Subject& subject);

/// The variants a to l of SMTP-10 for the subject's parameter `outside` and first domain. Those that need a local
/// domain are left out where none is known. Variants with the same sender are neighbours.
std::vector<RelayVariant> relay_variants(const Subject& subject);

}  // namespace drydock
