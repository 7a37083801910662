#include "harness/transfer/actor.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "harness/action/child.hpp"
#include "probes/core/this_machine.hpp"

namespace drydock {
namespace {

/// Who typed sudo; an environment that anybody can set, so it names a person and proves nothing.
std::string called_sudo() {
  const char* name = ::geteuid() == 0 ? std::getenv("SUDO_USER") : nullptr;
  return name ? name : "";
}

}  // namespace

Actor this_actor(const std::string& person) {
  const ProcessIdentity process = identify(::getpid());
  const std::string sudo = called_sudo();
  const std::string user = user_name();
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

bool is_this_process(const Actor& actor) {
  const ProcessIdentity self = identify(::getpid());
  return actor.pid == self.pid && actor.start == self.start && actor.boot == self.boot;
}

bool same_machine(const Actor& a, const Actor& b) {
  if (!a.boot.empty() && a.boot == b.boot) return true;
  return !a.machine.empty() && a.machine == b.machine && a.host == b.host;
}

}  // namespace drydock
