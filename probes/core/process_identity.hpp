#pragma once
#include <cstdint>
#include <string>
#include <vector>

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

/// True where this very process lives, or one of the group or the session that it led. A zombie does not live.
bool lives(const ProcessIdentity& process);

/// The processes that live of the group and the session that this one leads, or led: timeout(1) and shells with job
/// control give what they start a group of its own, and none of them leaves the session.
std::vector<int> processes_led_by(int leader);

}  // namespace drydock
