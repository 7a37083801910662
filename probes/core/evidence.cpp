#include "probes/core/evidence.hpp"

#include <algorithm>

namespace drydock {
namespace {

std::string address_of(const Subject& subject) {
  return subject.target.ip.empty() ? "" : subject.target.id + " " + subject.target.ip;
}

}  // namespace

const Role kSameAddress{.name = "same-address",
                        .meaning = "whether the address answered any other probe of the same look",
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
