#pragma once
#include <array>
#include <span>
#include <string_view>

namespace drydock {

/// How a connection becomes private: never, after the protocol's own command for it, or with its first octet.
enum class TlsMode { none, starttls, implicit };

inline constexpr std::array<std::string_view, 3> kTlsModes{"none", "starttls", "implicit"};
constexpr std::span<const std::string_view> fact_words(TlsMode) {
  return kTlsModes;
}

}  // namespace drydock
