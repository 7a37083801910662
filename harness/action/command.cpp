#include <fmt/format.h>

#include <algorithm>

#include "harness/action/action.hpp"
#include "probes/net/child_process.hpp"
#include "probes/net/marked_command.hpp"

namespace drydock {
namespace {

constexpr Duration kReachPatience{20'000};
constexpr std::size_t kKeptOctets = 256 * 1024;
constexpr std::string_view kNotOurShell =
    "the host did not say that the command ran (a forced command, or a login shell that runs none?)";

/// Runs on the host as `sh -c SCRIPT drydock-MARK ARGV...`: the process can be known again by its arguments, and two
/// lines on standard error tell whether the command began and how it ended, which ssh's own exit status 255 leaves
/// open. What the command starts has the mark and the session in its environment: so it can be found when the wrapper
/// is gone, and a daemon, which has a session of its own, is told from it.
constexpr const char* kWrapper =
    R"sh(DRYDOCK_ACTION="$0-$(sed 's/^.*) //' /proc/$$/stat 2>/dev/null | cut -d ' ' -f 4)"; export DRYDOCK_ACTION; )sh"
    R"sh(echo "$0 begins" >&2; "$@"; status=$?; echo "$0 ended $status" >&2; exit $status)sh";

/// Ends all that carries the mark: the group of the wrapper, and what has the mark in its environment and has not left
/// the session. Exit 0: none is left. The brackets keep grep from finding itself.
constexpr const char* kEndLeftovers = R"sh(
left() {
  for file in $(grep -lzx "drydoc[k]-$1" /proc/[0-9]*/cmdline 2>/dev/null); do
    set -- "$1" $(sed 's/^.*) //' "${file%cmdline}stat" 2>/dev/null)
    [ "$2" = Z ] || [ "${4:-0}" -le 1 ] || echo "-$4"
  done
  for file in $(grep -lz "^DRYDOCK_ACTION=drydoc[k]-$1-" /proc/[0-9]*/environ 2>/dev/null); do
    folder=${file%/environ}
    session=$(tr '\0' '\n' 2>/dev/null <"$file" | sed -n "s/^DRYDOCK_ACTION=drydock-$1-//p")
    set -- "$1" $(sed 's/^.*) //' "$folder/stat" 2>/dev/null)
    [ "$2" = Z ] || [ -z "$5" ] || [ "$5" != "$session" ] || echo "${folder#/proc/}"
  done
}
for signal in TERM TERM KILL KILL; do
  all=$(left "$1")
  [ -z "$all" ] && exit 0
  for one in $all; do kill -s $signal -- "$one"; done
  sleep 1
done
[ -z "$(left "$1")" ]
)sh";

std::string marked(const ActionContext& context) {
  return "drydock-" + context.mark;
}

std::vector<std::string> argv_of(const CommandAction& action) {
  return action.shell.empty() ? action.argv : std::vector<std::string>{"sh", "-c", action.shell};
}

std::string joined(const net::ChildResult& child) {
  std::string text = child.out;
  if (!text.empty() && text.back() != '\n' && !child.err.empty()) text += '\n';
  text += child.err;
  return text;
}

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const std::size_t start = text.rfind('\n');
  return printable(start == std::string_view::npos ? text : text.substr(start + 1));
}

std::string exit_words(int exit, std::string_view said) {
  const std::string line = last_line(said);
  return line.empty() ? fmt::format("exit {}", exit) : fmt::format("exit {}: {}", exit, line);
}

ActionResult ended(int exit, std::string output) {
  ActionResult result;
  result.end = exit == 0 ? ActionEnd::done : ActionEnd::failed;
  result.message = exit == 0 ? "exit 0" : exit_words(exit, output);
  result.output = std::move(output);
  result.exit = exit;
  return result;
}

ActionResult unknown(std::string message, std::string output) {
  return {ActionEnd::unknown, std::move(message), std::move(output), std::nullopt, true};
}

ActionResult never_started(std::string message, std::string output = {}) {
  return {ActionEnd::failed, std::move(message), std::move(output), std::nullopt, false};
}

ActionResult judge_local(const net::ChildResult& child) {
  if (!child.started) return never_started("it could not be started: " + child.start_error);
  if (child.still_runs)
    return unknown(
        fmt::format(
            "it did not end by its deadline and could not be ended: process {}, or one that it started, still runs",
            child.pid),
        joined(child));
  if (child.timed_out) return unknown("it did not end by its deadline and was ended", joined(child));
  if (child.signal != 0) return unknown(fmt::format("it was ended by signal {}", child.signal), joined(child));
  return ended(child.exit, joined(child));
}

/// Passes output on without the wrapper's two lines. What may still become one of them is held back.
class WithoutWrapper {
public:
  WithoutWrapper(std::string mark, std::function<void(std::string_view)> next)
      : mark_(std::move(mark) + " "), next_(std::move(next)) {}
  void add(std::string_view chunk) {
    held_ += chunk;
    for (std::size_t at = held_.find(mark_); at != std::string::npos; at = held_.find(mark_)) {
      pass(at);
      const std::size_t end = held_.find('\n');
      if (end == std::string::npos) return;
      held_.erase(0, end + 1);
    }
    std::size_t kept = std::min(held_.size(), mark_.size() - 1);
    while (!held_.ends_with(std::string_view(mark_).substr(0, kept))) --kept;
    pass(held_.size() - kept);
  }
  void finish() {
    if (!held_.starts_with(mark_)) pass(held_.size());
  }

private:
  void pass(std::size_t count) {
    if (count > 0) next_(std::string_view(held_).substr(0, count));
    held_.erase(0, count);
  }
  std::string mark_;
  std::function<void(std::string_view)> next_;
  std::string held_;
};

ActionResult judge_remote(net::ChildResult child, const std::string& mark) {
  if (!child.started) return never_started("ssh could not be started: " + child.start_error);
  const net::Marks wrapped = net::take_marks(child.err, mark);
  if (wrapped.exit) return ended(*wrapped.exit, joined(child));
  if (child.timed_out) return unknown("it did not end by its deadline; the connection was closed", joined(child));
  if (child.signal != 0) return unknown(fmt::format("ssh was ended by signal {}", child.signal), joined(child));
  if (child.exit != 255)
    return unknown(fmt::format("what ran is not known: ssh ended with {}, and {}", exit_words(child.exit, child.err),
                               kNotOurShell),
                   joined(child));
  return unknown("the connection to the host was lost: " + last_line(child.err), joined(child));
}

net::ChildOptions child_options(std::vector<std::string> argv, const ActionContext& context, Deadline deadline) {
  net::ChildOptions options;
  options.argv = std::move(argv);
  options.folder = context.scenario.folder;
  options.deadline = deadline;
  options.limit = kKeptOctets;
  return options;
}

/// Why the host can't be reached, before anything is started there; empty where it can.
boost::asio::awaitable<std::string> unreachable(const HostDefinition& host, const ActionContext& context) {
  std::string distrusted = net::why_ssh_is_distrusted(*host.ssh);
  if (!distrusted.empty()) co_return distrusted;
  const Deadline patience = std::min(context.deadline, Clock::now() + kReachPatience);
  const auto argv = net::with_marks(marked(context), {"true"});
  auto options = child_options(net::ssh_argv(*host.ssh, host.address, context.from, argv), context, patience);
  net::ChildResult child = co_await net::run_child(std::move(options));
  if (!child.started) co_return "ssh could not be started: " + child.start_error;
  if (child.timed_out) co_return "no answer in time";
  if (net::take_marks(child.err, marked(context)).exit == 0) co_return std::string();
  co_return child.exit == 0 ? std::string(kNotOurShell) : exit_words(child.exit, child.err);
}

}  // namespace

boost::asio::awaitable<ActionResult> run_command(const CommandAction& action, const ActionContext& context) {
  if (action.on.empty()) {
    auto options = child_options(argv_of(action), context, context.deadline);
    options.on_start = context.on_child;
    options.on_output = context.on_output;
    const net::ChildResult child = co_await net::run_child(std::move(options));
    co_return judge_local(child);
  }
  const HostDefinition* host = context.scenario.host(action.on);
  if (!host || !host->ssh) co_return never_started(fmt::format("host '{}' has no ssh entry", action.on));
  const std::string reason = co_await unreachable(*host, context);
  if (!reason.empty())
    co_return never_started(fmt::format("{} ({}) can't be reached by ssh: {}", action.on, host->address, reason));
  std::vector<std::string> argv{"sh", "-c", kWrapper, marked(context)};
  for (auto& argument : argv_of(action)) argv.push_back(std::move(argument));
  auto options = child_options(net::ssh_argv(*host->ssh, host->address, context.from, argv), context, context.deadline);
  options.on_start = context.on_child;
  WithoutWrapper output(marked(context), context.on_output);
  if (context.on_output) options.on_output = [&output](std::string_view chunk) { output.add(chunk); };
  net::ChildResult child = co_await net::run_child(std::move(options));
  output.finish();
  co_return judge_remote(std::move(child), marked(context));
}

boost::asio::awaitable<bool> end_remote_leftovers(const CommandAction& action, const ActionContext& context) {
  if (action.on.empty()) co_return true;
  const HostDefinition* host = context.scenario.host(action.on);
  if (!host || !host->ssh || context.mark.empty()) co_return host != nullptr;
  const std::string mark = "drydock-ends-" + context.mark;
  const auto argv = net::with_marks(mark, {"sh", "-c", kEndLeftovers, "drydock", context.mark});
  auto options = child_options(net::ssh_argv(*host->ssh, host->address, context.from, argv), context, context.deadline);
  net::ChildResult child = co_await net::run_child(std::move(options));
  co_return net::take_marks(child.err, mark).exit == 0;
}

}  // namespace drydock
