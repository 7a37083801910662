#pragma once
#include <cstddef>

namespace drydock::test {

/// How far the resident memory of this process grows from here, at its highest: of all threads and libraries. Under
/// AddressSanitizer, which keeps for a while what was freed, nothing is told: 0.
class MemoryPeak {
public:
  MemoryPeak();
  [[nodiscard]] std::size_t octets() const;

private:
  std::size_t before_;
};

/// What a probe may take whatever a peer sends.
inline constexpr std::size_t kMostMemory = std::size_t{64} * 1024 * 1024;

}  // namespace drydock::test
