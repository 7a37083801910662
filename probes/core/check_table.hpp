#pragma once
#include <array>
#include <cstddef>

#include "probes/core/check.hpp"

namespace drydock {

/// One table of several, in their order: of a type's own checks, and of those that it includes.
template <std::size_t... N>
constexpr auto check_table(const std::array<CheckSpec, N>&... tables) {
  std::array<CheckSpec, (N + ...)> all{};
  std::size_t at = 0;
  const auto add = [&](const auto& table) {
    for (const CheckSpec& check : table) all[at++] = check;
  };
  (add(tables), ...);
  return all;
}

}  // namespace drydock
