#include "probes/command/type.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "probes/command/checks.hpp"
#include "probes/command/facts.hpp"
#include "probes/command/probe.hpp"
#include "probes/core/fact_table.hpp"

namespace drydock {

namespace {

constexpr ParameterSpec kParameters[] = {
    {.name = "argv",
     .type = ParameterType::texts,
     .meaning = "the program and its arguments; no shell reads them. It must only look, never change anything",
     .required = true},
};

constexpr auto kFacts = fact_table(kCommand);

std::vector<ParameterProblem> validate(const Parameters& parameters) {
  const auto& argv = parameters.texts("argv");
  if (argv.empty() || argv.front().empty())
    return {{"argv", "no program is named; a list such as [findmnt, -no, OPTIONS, /home] would be right"}};
  for (const auto& argument : argv)
    if (argument.find('\0') != std::string::npos)
      return {{"argv", "an argument holds a NUL octet; no program can be given one"}};
  return {};
}

constexpr CheckSpec kChecks[] = {
    {.id = "command.ran",
     .title = "the command could be run",
     .severity = Severity::critical,
     .rfc = {},
     .spec = {},
     .catches = "A program that is not installed on the host (exit status 127) or may not be run (126), and one that a "
                "signal ended. A host that shows another key than known_hosts has. A host "
                "that ssh can't reach or log in to, and a command that does not end in time, are inconclusive.",
     .why = "What was to be looked at on the host was not looked at.",
     .by_hand = "ssh -i KEY USER@ADDRESS COMMAND; echo $?",
     .mend =
         "Install the program or name it by its full path; mend the host's `ssh` entry (user, key_file, known_hosts).",
     .judge = command::judge_ran},
    {.id = "command.exit",
     .title = "the command ended with exit status 0",
     .severity = Severity::critical,
     .rfc = {},
     .spec = {},
     .catches =
         "A command that says by its exit status that something is wrong. Skipped where `expect` speaks of `exit`.",
     .why = "The command was written down because its success matters; what it looks at is not as it should be.",
     .by_hand = "ssh -i KEY USER@ADDRESS COMMAND; echo $?",
     .mend =
         "Read its standard error in the transcript. Where another status is right, say so with expect: {exit: ...}.",
     .judge = command::judge_exit},
};

}  // namespace

const ProbeType kCommandType{
    .name = "command",
    .summary = "a command on the host by ssh, or on this machine (`on: here`); it must only look",
    .aims = {Aim::host, Aim::this_machine},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = [](const Parameters& parameters) -> std::unique_ptr<const Probe> {
      return std::make_unique<CommandProbe>(parameters);
    },
    .validate = validate,
    .reached_by = "command.ran",
    .announce =
        [](const Subject& subject) {
          return fmt::format("runs: {}", fmt::join(subject.parameters.texts("argv"), " "));
        },
};

}  // namespace drydock
