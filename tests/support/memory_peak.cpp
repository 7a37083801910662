#include "tests/support/memory_peak.hpp"

#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>

namespace drydock::test {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeepsWhatIsFreed = true;
#elif defined(__has_feature)
constexpr bool kKeepsWhatIsFreed = __has_feature(address_sanitizer);
#else
constexpr bool kKeepsWhatIsFreed = false;
#endif

/// A line of /proc/self/status, in octets.
std::size_t status(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    std::size_t kibibytes = 0;
    if (word == name + ":" && file >> kibibytes) return kibibytes * 1024;
  }
  throw std::runtime_error("/proc/self/status does not tell " + name);
}

}  // namespace

MemoryPeak::MemoryPeak() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // the highest is the present one from now on
  before_ = status("VmRSS");
}

std::size_t MemoryPeak::octets() const {
  if (kKeepsWhatIsFreed) return 0;
  const std::size_t highest = status("VmHWM");
  return highest - std::min(highest, before_);
}

}  // namespace drydock::test
