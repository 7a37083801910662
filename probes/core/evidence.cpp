#include "probes/core/evidence.hpp"

#include <algorithm>

namespace drydock {
namespace {

/// A host may answer one vantage and drop what another sends.
std::string address_of(const Subject& subject) {
  if (subject.target.ip.empty()) return "";
  return subject.target.id + " " + subject.target.ip + " from " +
         subject.surroundings.vantage.dials_from(subject.target.ip);
}

}  // namespace

const Role kSameAddress{.name = "same-address",
                        .meaning = "whether the address answered another probe of the same look from the same vantage",
                        .wants = address_of,
                        .offers = address_of};

std::span<const Observation* const> Evidence::of(const Role& role) const {
  const auto found = by_role_.find(role.name);
  if (found == by_role_.end()) return {};
  return found->second;
}

bool address_answered(const Observation& seen, const Evidence& evidence) {
  return seen.answered || std::ranges::any_of(evidence.of(kSameAddress), &Observation::answered);
}

}  // namespace drydock
