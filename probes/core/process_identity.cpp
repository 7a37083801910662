#include "probes/core/process_identity.hpp"

#include <dirent.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

namespace drydock {
namespace {

struct Stat {
  char state = 'Z';
  int group = 0, session = 0;
  std::uint64_t start = 0;
};

/// The program's name may hold blanks and brackets: the fields begin after the last ')' (proc(5)).
std::optional<Stat> stat_of(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  Stat stat;
  int parent = 0;
  fields >> stat.state >> parent >> stat.group >> stat.session;
  std::string skipped;
  for (int field = 7; field < 22; ++field) fields >> skipped;
  fields >> stat.start;
  return fields ? std::optional(stat) : std::nullopt;
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

bool alive(const Stat& stat) {
  return stat.state != 'Z' && stat.state != 'X';
}

}  // namespace

ProcessIdentity identify(int pid) {
  const auto stat = stat_of(pid);
  return {pid, stat ? stat->start : 0, boot_id()};
}

bool lives(const ProcessIdentity& process) {
  if (process.pid <= 1 || process.start == 0 || process.boot != boot_id()) return false;
  const auto leader = stat_of(process.pid);
  if (leader && leader->start != process.start) return false;
  if (leader && alive(*leader)) return true;
  return !processes_led_by(process.pid).empty();
}

std::vector<int> processes_led_by(int leader) {
  std::vector<int> all;
  DIR* folder = ::opendir("/proc");
  if (!folder) return all;
  while (const dirent* entry = ::readdir(folder)) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const auto stat = stat_of(pid);
    if (stat && alive(*stat) && (stat->group == leader || stat->session == leader)) all.push_back(pid);
  }
  ::closedir(folder);
  return all;
}

}  // namespace drydock
