#include "probes/core/subject.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/core/ip_address.hpp"

namespace drydock {

std::string Endpoint::text() const {
  return ip.find(':') == std::string::npos ? fmt::format("{}:{}", ip, port) : fmt::format("[{}]:{}", ip, port);
}

bool Subject::is_off(std::string_view check) const {
  return std::ranges::find(switched_off, check) != switched_off.end() || is_withheld(check);
}

bool Subject::is_withheld(std::string_view check) const {
  return std::ranges::find(withheld, check) != withheld.end();
}

bool Subject::is_ours(std::string_view address) const {
  return std::any_of(ours.begin(), ours.end(), [&](const std::string& each) { return is_within(address, each); });
}

}  // namespace drydock
