#pragma once
#include <string>
#include <vector>

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

/// Local recipients, of which a host that takes mail at all must take one (RFC 5321 §4.5.1): what is refused beside
/// them is refused for what it is, not for who asks. The likeliest first.
std::vector<std::string> relay_controls(const Subject& subject);
/// A user of ours who does not exist, at our domain where one is known.
std::string relay_stranger(const Subject& subject);

/// The variants a to l of SMTP-10 for the subject's parameter `outside` and first domain. Those that need a local
/// domain are left out where none is known. Variants with the same sender are neighbours.
std::vector<RelayVariant> relay_variants(const Subject& subject);

}  // namespace drydock
