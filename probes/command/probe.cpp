#include "probes/command/probe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "probes/command/facts.hpp"
#include "probes/net/child_process.hpp"
#include "probes/net/marked_command.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kMostShown = 50;
/// What ssh ends with where it could not do what it was asked (ssh(1), EXIT STATUS).
constexpr int kSshFailed = 255;

std::string without_final_newline(std::string text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// Of clipped output what came before the gap. Which of the two streams was clipped is not told, but the length is.
Excerpt beginning(const std::string& said, bool clipped) {
  const std::size_t half = net::ChildOptions{}.limit / 2;
  if (!clipped || said.size() <= half) return Excerpt(without_final_newline(said), !clipped);
  const std::size_t end = said.rfind('\n', half - 1);
  return Excerpt(said.substr(0, end == std::string::npos ? half : end), false);
}

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const std::size_t end = text.rfind('\n');
  return printable(end == std::string::npos ? text : text.substr(end + 1));
}

void show(Observation& out, const std::string& text, bool as_remark) {
  std::size_t shown = 0;
  for (std::size_t at = 0; at < text.size() && shown < kMostShown; ++shown) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (as_remark)
      out.transcript.note("stderr: " + line);
    else
      out.transcript.received(line);
    at = end + 1;
  }
}

std::string mark_of(const Subject& subject) {
  return "drydock-" + subject.token;
}

/// ssh itself, before it logs in; at LogLevel=ERROR nothing else of a peer's comes before it.
bool shows_another_key(const std::string& said) {
  return said.find("REMOTE HOST IDENTIFICATION HAS CHANGED") != std::string::npos;
}

/// A key of a kind that known_hosts has none of for this host; it may have one of another kind.
bool shows_unknown_key(const std::string& said) {
  return said.find(" host key is known for ") != std::string::npos;
}

/// Whether known_hosts has any key of the host, hashed or not.
asio::awaitable<bool> knows_host(const ProbeContext& context) {
  const SshAccess& ssh = *context.subject.target.ssh;
  constexpr std::uint16_t kSshPort = 22;
  const std::string& ip = context.subject.target.ip;
  net::ChildOptions options;
  options.argv = {"ssh-keygen", "-F", ssh.port == kSshPort ? ip : fmt::format("[{}]:{}", ip, ssh.port), "-f",
                  ssh.known_hosts};
  options.deadline = context.deadline;
  const net::ChildResult found = co_await net::run_child(options);
  co_return found.started&& found.exit == 0;
}

/// What ran on the host, by the marks alone. Throws Failure(unreachable) where they don't say that it began and how it
/// ended.
void demand_marks(net::ChildResult& result, const std::string& mark) {
  const net::Marks marks = net::take_marks(result.err, mark);
  if (marks.exit) {
    result.exit = *marks.exit;
    result.signal = 0;
    return;
  }
  const std::string said =
      result.err.empty() ? fmt::format("exit {} without a word", result.exit) : last_line(result.err);
  if (marks.began)
    throw Failure(ErrorKind::unreachable, fmt::format("the connection was lost while the command ran: {}", said));
  if (result.exit == kSshFailed)
    throw Failure(ErrorKind::unreachable, fmt::format("ssh could not run the command: {}", said));
  throw Failure(
      ErrorKind::unreachable,
      fmt::format("ssh ended with {}, and nothing shows that the command ran: what drydock has said on standard "
                  "error before and after it did not come back. A forced command (ForceCommand, or command= in "
                  "authorized_keys) or a login shell that drops standard error does that",
                  said));
}

net::ChildOptions options_for(const Subject& subject, const std::vector<std::string>& argv, Deadline deadline) {
  net::ChildOptions options;
  options.deadline = deadline;
  if (subject.target.aim == Aim::this_machine) {
    options.argv = argv;
    options.folder = subject.surroundings.folder;
    return options;
  }
  if (!subject.target.ssh)
    throw Failure(
        ErrorKind::local,
        fmt::format("host {} has no `ssh` entry in the scenario, so no command can be run there", subject.target.id));
  if (const std::string why = net::why_ssh_is_distrusted(*subject.target.ssh); !why.empty())
    throw Failure(ErrorKind::credential, why);
  options.argv = net::ssh_argv(*subject.target.ssh, subject.target.ip, subject.surroundings.vantage.address,
                               net::with_marks(mark_of(subject), argv));
  return options;
}

void record(Observation& out, const net::ChildResult& result) {
  if (result.signal != 0)
    out.set(kCommand.signal, static_cast<std::int64_t>(result.signal));
  else
    out.set(kCommand.exit, static_cast<std::int64_t>(result.exit));
  out.set(kCommand.out, beginning(result.out, result.clipped));
  out.set(kCommand.err, beginning(result.err, result.clipped));
  if (result.clipped) out.transcript.note("there was more output; its middle was left out");
}

}  // namespace

asio::awaitable<void> CommandProbe::run(const ProbeContext& context, Observation& out) const {
  const Subject& subject = context.subject;
  const bool here = subject.target.aim == Aim::this_machine;
  const net::ChildOptions options = options_for(subject, argv_, context.deadline);
  if (!here) out.address = Endpoint{subject.target.ip, subject.target.ssh->port}.text();
  out.stage = here ? "command" : "ssh";
  out.transcript.sent(fmt::format("{}", fmt::join(argv_, " ")));
  net::ChildResult result = co_await net::run_child(options);
  const bool whole = result.started && !result.still_runs && !result.timed_out;
  std::optional<Failure> unproven;
  try {
    if (!here && whole) demand_marks(result, mark_of(subject));
  } catch (const Failure& failure) {
    unproven = failure;
  }
  show(out, result.out, false);
  show(out, result.err, true);
  if (!result.started) throw Failure(ErrorKind::local, result.start_error);
  if (result.still_runs)
    throw Failure(
        ErrorKind::timeout,
        fmt::format(
            "the command did not end in time and could not be ended: process {}, or one that it started, still runs",
            result.pid));
  if (result.timed_out) throw Failure(ErrorKind::timeout, "the command did not end in time and was ended");
  if (unproven) {
    const bool other = shows_another_key(result.err) || (shows_unknown_key(result.err) && co_await knows_host(context));
    if (other) out.set(kCommand.other_host_key, true);
  }
  if (unproven) throw *unproven;
  if (!here && context.answered) context.answered->insert(subject.target.ip);
  out.stage = "command";
  record(out, result);
}

}  // namespace drydock
