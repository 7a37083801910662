#include "probes/core/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace drydock {
namespace {

constexpr int kBits = 128;
constexpr int kBitsBeforeIpv4 = 96;

using Octets = std::array<unsigned char, kBits / 8>;

/// An IPv4 address as the IPv6 address that it is mapped to.
std::optional<Octets> octets_of(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string copy(text);
  Octets address{};
  if (inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return address;
  address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (inet_pton(AF_INET, copy.c_str(), address.data() + kBitsBeforeIpv4 / 8) == 1) return address;
  return std::nullopt;
}

bool is_set(const Octets& octets, int bit) {
  return ((octets[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8)) & 1) != 0;
}

struct Network {
  Octets octets;
  int prefix;  ///< bits, of kBits
};

std::optional<Network> network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const auto octets = octets_of(address);
  if (!octets) return std::nullopt;
  if (slash == std::string_view::npos) return Network{*octets, kBits};
  const std::string_view digits = text.substr(slash + 1);
  int prefix = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (failed != std::errc{} || end != digits.data() + digits.size() || digits.front() == '-' ||
      (digits.size() > 1 && digits.front() == '0'))
    return std::nullopt;
  if (address.find(':') == std::string_view::npos) prefix += kBitsBeforeIpv4;
  if (prefix > kBits) return std::nullopt;
  for (int bit = prefix; bit < kBits; ++bit)
    if (is_set(*octets, bit)) return std::nullopt;
  return Network{*octets, prefix};
}

}  // namespace

bool is_ip_address(std::string_view text) {
  return octets_of(text).has_value();
}

bool is_unicast_address(std::string_view text) {
  static constexpr std::string_view kOthers[] = {"0.0.0.0", "::", "224.0.0.0/4", "255.255.255.255", "ff00::/8"};
  return is_ip_address(text) &&
         std::ranges::none_of(kOthers, [text](std::string_view other) { return is_within(text, other); });
}

bool is_ipv6_address(std::string_view text) {
  return text.find(':') != std::string_view::npos && is_ip_address(text);
}

bool same_address(std::string_view a, std::string_view b) {
  const auto left = octets_of(a);
  return left && left == octets_of(b);
}

bool is_ip_network(std::string_view text) {
  return network_of(text).has_value();
}

bool is_within(std::string_view address, std::string_view network) {
  const auto octets = octets_of(address);
  const auto within = network_of(network);
  if (!octets || !within) return false;
  for (int bit = 0; bit < within->prefix; ++bit)
    if (is_set(*octets, bit) != is_set(within->octets, bit)) return false;
  return true;
}

}  // namespace drydock
