#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "harness/scenario/scenario.hpp"
#include "probes/core/duration.hpp"

namespace drydock {

/// How an action ended.
enum class ActionEnd {
  done,     ///< it ran and answered with success
  failed,   ///< it answered with failure, or it is certain that it never started
  unknown,  ///< killed, past its deadline, connection lost, answer lost: nobody knows how far it came
};

/// `done`, `failed`, `unknown`, as the journal writes them.
std::string_view to_string(ActionEnd end);
std::optional<ActionEnd> action_end(std::string_view word);

struct ActionResult {
  ActionEnd end = ActionEnd::unknown;
  std::string message;  ///< one line for people: what happened, with which code or answer; holds no secret
  std::string output;   ///< what the action said, as it came; of much output head and tail of each stream. Secrets are
                        ///< removed by the caller
  std::optional<int> exit;  ///< exit status of a command; empty for everything else
  bool started = true;      ///< false where it is certain that nothing of it began; only with `failed`
};

struct ActionContext {
  const Scenario& scenario;
  std::string from;   ///< address to dial from (the default vantage's); empty: the system chooses
  std::string mark;   ///< [a-z0-9-], unique to this start of the action; names its process on a host
  Deadline deadline;  ///< the action is ended then and its end is unknown
  /// Told the process id of a child before its program begins; where it throws the program never does, and the action
  /// throws on. May be empty.
  std::function<void(int pid)> on_child;
  /// Told all that a command says on both streams, as it comes: neither bounded, redacted nor in whole lines. May be
  /// empty; must not throw.
  std::function<void(std::string_view chunk)> on_output = {};
};

/// Runs a command on this machine, or on its host by ssh. Never throws for what the command does. A missing program,
/// and a connection that provably never came about (refused, no route, wrong host key, no login), are `failed`; a
/// connection that was lost is `unknown`, and so is the end of a command that can't be ended at its deadline; the
/// message says that it still runs. Cancelled: the child is ended and operation_aborted is thrown.
boost::asio::awaitable<ActionResult> run_command(const CommandAction& action, const ActionContext& context);

/// Ends what an earlier start of this action, known by its mark, left running on its host. True where nothing of it
/// runs there any more; false where the host can't be asked. Actions on this machine: always true (see child.hpp).
boost::asio::awaitable<bool> end_remote_leftovers(const CommandAction& action, const ActionContext& context);

/// One line that tells what the action does: `on old: systemctl stop exim4`, `dns_update of python.test at 127.0.53.1`.
std::string describe(const ActionDefinition& action);

/// True where the action may run again without harm although its end is unknown: dns_update and wait.
bool always_repeatable(const ActionDefinition& action);

}  // namespace drydock
