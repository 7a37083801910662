#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/duration.hpp"
#include "probes/core/subject.hpp"

namespace drydock::net {

/// How a child process ended, and what it said. Of output past the limit head and tail are kept, and a line between
/// them says how much was left out; `clipped` tells.
struct ChildResult {
  bool started = false;
  int pid = 0;              ///< of what was started
  std::string start_error;  ///< why it could not be started (no such program)
  bool timed_out = false;   ///< past its deadline: ended by us, or, where `still_runs`, not even that
  /// It, or what it started, runs on past its deadline: it changed its user (sudo) and can't be signalled, or not even
  /// SIGKILL ended it. Nobody awaits it any more, and what it says from then on is lost.
  bool still_runs = false;
  int exit = -1;  ///< exit status; -1 where a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
  bool clipped = false;
};

struct ChildOptions {
  std::vector<std::string> argv;  ///< argv[0] is searched in PATH
  std::string folder;             ///< working directory; empty: ours
  Deadline deadline;
  std::size_t limit = 1024 * 1024;  ///< octets kept of each stream
  /// Called with the process id while the child is held: its program begins when this returns, and never where this
  /// throws, or where we die meanwhile. What it throws is thrown on.
  std::function<void(int pid)> on_start;
  /// Called with all that it says on both streams, as it comes and whatever the limit. Must not throw.
  std::function<void(std::string_view chunk)> on_output;
  std::map<std::string, std::string>
      environment;  ///< added to ours, which holds no secret (environment_for_children())
};

/// Runs a program without a shell, without a terminal and with /dev/null as standard input, in a process group of its
/// own. At the deadline, and when the awaiting coroutine is cancelled, its session gets SIGTERM and two seconds later
/// SIGKILL; what has left the session (a daemon) is left alone. Never blocks the event loop, not even for a child that
/// can't be ended.
boost::asio::awaitable<ChildResult> run_child(ChildOptions options);

/// Sends SIGKILL to the group of every child under way, for a program that ends at once. A signal handler may call it.
void kill_children() noexcept;

/// The argv that runs `argv` on a host by the system's ssh client: BatchMode, StrictHostKeyChecking=yes, only the given
/// key and known_hosts, no configuration file, no forwarding, a connect time limit. Each argument is quoted for the
/// remote shell. `from`: the vantage's address (-b), may be empty.
std::vector<std::string> ssh_argv(const SshAccess& access, std::string_view ip, std::string_view from,
                                  const std::vector<std::string>& argv);
/// The same for one line of shell text.
std::vector<std::string> ssh_shell_argv(const SshAccess& access, std::string_view ip, std::string_view from,
                                        std::string_view shell);

/// Why root should not act on what this access's key and known_hosts say: others could have put them there. Empty for
/// every other user, and where both are root's own.
std::string why_ssh_is_distrusted(const SshAccess& access);

}  // namespace drydock::net
