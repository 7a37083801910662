#include "tests/support/memory_peak.hpp"

#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>

namespace drydock::test {

namespace {

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
#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
  return 0;
#else
  const std::size_t highest = status("VmHWM");
  return highest - std::min(highest, before_);
#endif
}

}  // namespace drydock::test
