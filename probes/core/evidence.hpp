#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/observation.hpp"
#include "probes/core/subject.hpp"

namespace drydock {

/// What part other observations of the same look may play for a check: which of them, and what of them. A constant; two
/// are the same where their names are.
struct Role {
  std::string_view name;     ///< as records call it: `same-address`
  std::string_view meaning;  ///< what else the check goes by, in plain words
  /// An observation fills the role for another where what it `offers` is what that other `wants`; an empty text is
  /// neither offered nor wanted.
  std::string (*wants)(const Subject& mine);
  std::string (*offers)(const Subject& theirs);
  std::span<const std::string_view> facts = {};  ///< all of its facts that are kept for this
};

/// The observations that fill the roles of a check: of each probe the last attempt that was over by then. They must
/// outlive it.
class Evidence {
public:
  void add(const Role& role, const Observation& seen) { by_role_[role.name].push_back(&seen); }
  /// In the order of the scenario; empty where nobody fills it.
  [[nodiscard]] std::span<const Observation* const> of(const Role& role) const;

private:
  std::map<std::string_view, std::vector<const Observation*>> by_role_;
};

/// Whatever was looked at the same address of the same host, from the same vantage.
extern const Role kSameAddress;
inline constexpr const Role* kBesideTheAddress[] = {&kSameAddress};

/// Whether the address that was looked at took or refused a connection, then or for another probe: so that silence of
/// one of its ports says something about that port.
bool address_answered(const Observation& seen, const Evidence& evidence);

}  // namespace drydock
