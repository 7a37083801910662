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
};

/// The variants a to l of SMTP-10 for the subject's parameter `outside` and first domain. Those that need a local
/// domain are left out where none is known. Variants with the same sender are neighbours.
std::vector<RelayVariant> relay_variants(const Subject& subject);

}  // namespace drydock
