#include "probes/command/checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "probes/command/facts.hpp"
#include "probes/core/shell_word.hpp"

namespace drydock::command {
namespace {

constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

bool expects_exit(const Subject& subject) {
  const auto& names = subject.expected.facts;
  return std::find(names.begin(), names.end(), "exit") != names.end();
}

std::string first_line(const Excerpt* said) {
  if (!said) return {};
  constexpr std::size_t kMost = 200;
  return printable(clip(std::string_view(said->text()).substr(0, said->text().find('\n')), kMost));
}

/// As ssh_config(5) reads it: spaces separate.
std::string option_value(const std::string& path) {
  return path.find(' ') == std::string::npos ? path : "\"" + path + "\"";
}

std::string by_hand(const Subject& subject) {
  const auto& argv = subject.parameters.texts("argv");
  std::vector<std::string> words;
  if (subject.target.aim != Aim::this_machine && subject.target.ssh) {
    std::string remote;
    for (const auto& argument : argv) remote += (remote.empty() ? "" : " ") + shell_word(argument);
    words = {"ssh", "-i", shell_word(subject.target.ssh->key_file), "-o",
             shell_word("UserKnownHostsFile=" + option_value(subject.target.ssh->known_hosts))};
    if (subject.target.ssh->port != 22) words.insert(words.end(), {"-p", std::to_string(subject.target.ssh->port)});
    if (!subject.surroundings.vantage.address.empty())
      words.insert(words.end(), {"-b", subject.surroundings.vantage.address});
    words.insert(words.end(), {subject.target.ssh->user + "@" + subject.target.ip, shell_word(remote)});
  } else {
    for (const auto& argument : argv) words.push_back(shell_word(argument));
  }
  return fmt::format("{}", fmt::join(words, " "));
}

Judgement with_command(Judgement judgement, const Subject& subject) {
  judgement.reproduce = by_hand(subject);
  return judgement;
}

/// 126 and 127 are what shells say where a program can't be run or is not there (POSIX XCU §2.8.2).
bool could_not_run(const Observation& seen, const Subject& subject) {
  const auto* exit = seen.get(kCommand.exit);
  return exit && (*exit == kNotExecutable || *exit == kNotFound) && !expects_exit(subject);
}

}  // namespace

Judgement judge_ran(const Observation& seen, const Subject& subject) {
  const auto* exit = seen.get(kCommand.exit);
  const auto* signal = seen.get(kCommand.signal);
  const std::string expected = "the command runs and ends by itself";
  Judgement judgement;
  if (seen.has(kCommand.other_host_key)) {
    judgement = Judgement::fail(
        "the host shows another ssh key than known_hosts has: it is another machine, or it got a new key; no login was "
        "tried",
        "the host's key as known_hosts has it", "another key",
        "compare fingerprints over another way (ssh-keygen -lf on the host's console) before known_hosts is changed");
  } else if (signal) {
    judgement = Judgement::fail(fmt::format("signal {} ended the command", *signal), expected,
                                fmt::format("signal {}", *signal),
                                "run it by hand on the host; its memory or time may be limited");
  } else if (could_not_run(seen, subject)) {
    const std::string why = first_line(seen.get(kCommand.err));
    judgement = Judgement::fail(
        fmt::format("the host can't run the command: {}", why.empty() ? "no such program" : why), expected,
        fmt::format("exit status {}", *exit), "install the program there, or name it by its full path");
  } else if (exit) {
    judgement = Judgement::pass(fmt::format("exit status {}", *exit));
  } else if (seen.error) {
    judgement = ended_early(seen, expected);
    judgement.hint =
        "see the host's `ssh` entry: user, key_file, known_hosts; and whether sshd takes connections from the vantage";
  } else {
    judgement = not_seen(seen, "the command's end");
  }
  return with_command(std::move(judgement), subject);
}

Judgement judge_exit(const Observation& seen, const Subject& subject) {
  if (expects_exit(subject)) return Judgement::skip("`expect` says what the exit status must be");
  const auto* exit = seen.get(kCommand.exit);
  if (!exit) return with_command(not_seen(seen, "an exit status"), subject);
  if (could_not_run(seen, subject)) return with_command(Judgement::inconclusive("the command did not run"), subject);
  if (*exit == 0) return with_command(Judgement::pass("0"), subject);
  const std::string said = first_line(seen.get(kCommand.err));
  return with_command(
      Judgement::fail(fmt::format("the command ended with exit status {}{}", *exit, said.empty() ? "" : ": " + said),
                      "exit status 0", fmt::format("exit status {}", *exit),
                      *exit == 255 && subject.target.aim != Aim::this_machine
                          ? "255 may also stand for a signal that ended the command: ssh does not tell them apart"
                          : "where another status is right, say so: expect: {exit: ...}"),
      subject);
}

}  // namespace drydock::command
