#include "probes/core/surroundings.hpp"

#include <algorithm>

#include "probes/core/ip_address.hpp"

namespace drydock {

std::optional<std::string> Vantage::source_for(std::string_view ip) const {
  const auto fits = [&](const std::string& own) { return is_ipv6_address(own) == is_ipv6_address(ip); };
  if (address.empty() || fits(address)) return address;
  const auto found = std::ranges::find_if(addresses, fits);
  return found == addresses.end() ? std::nullopt : std::optional(*found);
}

bool Surroundings::is_ours(std::string_view address) const {
  return std::any_of(ours.begin(), ours.end(), [&](const std::string& each) { return is_within(address, each); });
}

}  // namespace drydock
