#include "harness/transfer/actor.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "harness/action/child.hpp"

namespace drydock {
namespace {

std::string login_name() {
  char buffer[4096];
  struct passwd entry{};
  struct passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found) return found->pw_name;
  return fmt::format("uid {}", ::geteuid());
}

/// Who typed sudo; an environment that anybody can set, so it names a person and proves nothing.
std::string called_sudo() {
  const char* name = ::geteuid() == 0 ? std::getenv("SUDO_USER") : nullptr;
  return name ? name : "";
}

std::string machine_id() {
  std::ifstream file("/etc/machine-id");
  std::string id;
  file >> id;
  return id.substr(0, 64);
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

}  // namespace

Actor this_actor(const std::string& person) {
  const ProcessIdentity process = identify(::getpid());
  const std::string sudo = called_sudo();
  const std::string user = login_name();
  Actor actor;
  actor.person = {!person.empty() ? person : !sudo.empty() ? sudo : user};
  actor.user = {sudo.empty() ? user : fmt::format("{} by sudo of {}", user, sudo)};
  actor.host = {host_name()};
  actor.machine = machine_id();
  actor.boot = process.boot;
  actor.pid = process.pid;
  actor.start = process.start;
  return actor;
}

std::string words_of(const Actor& actor) {
  const std::string place = fmt::format("user {} on {}, pid {}", actor.user.value, actor.host.value, actor.pid);
  return actor.person == actor.user ? place : fmt::format("{} ({})", actor.person.value, place);
}

bool same_machine(const Actor& a, const Actor& b) {
  if (!a.boot.empty() && a.boot == b.boot) return true;
  return !a.machine.empty() && a.machine == b.machine && a.host == b.host;
}

}  // namespace drydock
