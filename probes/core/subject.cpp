#include "probes/core/subject.hpp"

#include <algorithm>

#include "probes/core/ip_address.hpp"

namespace drydock {

bool Subject::is_off(std::string_view check) const {
  return std::ranges::find(switched_off, check) != switched_off.end() || is_withheld(check);
}

bool Subject::is_withheld(std::string_view check) const {
  return std::ranges::find(withheld, check) != withheld.end();
}

bool Surroundings::is_ours(std::string_view address) const {
  return std::any_of(ours.begin(), ours.end(), [&](const std::string& each) { return is_within(address, each); });
}

}  // namespace drydock
