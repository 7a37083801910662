#pragma once
#include <cstdint>
#include <string>

namespace drydock {

/// What tells one process from a later one of the same number.
struct ProcessIdentity {
  int pid = 0;
  std::uint64_t start = 0;  ///< clock ticks after boot, field 22 of /proc/PID/stat
  std::string boot;         ///< /proc/sys/kernel/random/boot_id

  bool operator==(const ProcessIdentity&) const = default;
};

/// The identity of a process that runs now; `start` is 0 where it has ended already.
ProcessIdentity identify(int pid);

/// True where this very process lives, or one of the process group that it led. A zombie does not live.
bool lives(const ProcessIdentity& process);

}  // namespace drydock
