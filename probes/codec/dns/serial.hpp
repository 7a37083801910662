#pragma once
#include <compare>
#include <cstdint>

namespace drydock::dns {

/// Serial number arithmetic, RFC 1982 §3.2 with 32 bits; `unordered` where the two are exactly 2^31 apart.
constexpr std::partial_ordering compare_serials(std::uint32_t a, std::uint32_t b) {
  if (a == b) return std::partial_ordering::equivalent;
  const std::uint32_t ahead = a - b;
  if (ahead == 0x80000000U) return std::partial_ordering::unordered;
  return ahead < 0x80000000U ? std::partial_ordering::greater : std::partial_ordering::less;
}

}  // namespace drydock::dns
