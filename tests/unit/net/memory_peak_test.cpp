#include "tests/support/memory_peak.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace drydock::test {
namespace {

TEST(MemoryPeak, TellsWhatWasThereThoughItIsGone) {
  const MemoryPeak memory;
  std::thread([] { const std::vector<char> much(2 * kMostMemory, 'x'); }).join();
  if (memory.octets() == 0) GTEST_SKIP() << "AddressSanitizer keeps what is freed";
  EXPECT_GT(memory.octets(), kMostMemory);
  const MemoryPeak afterwards;
  EXPECT_LT(afterwards.octets(), kMostMemory);
}

}  // namespace
}  // namespace drydock::test
