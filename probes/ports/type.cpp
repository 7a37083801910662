#include "probes/ports/type.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "probes/core/fact_table.hpp"
#include "probes/ports/checks.hpp"
#include "probes/ports/facts.hpp"
#include "probes/ports/probe.hpp"

namespace drydock {

namespace {

using Ports = std::vector<std::string>;

constexpr ParameterSpec kParameters[] = {
    {.name = "open", .type = ParameterType::ports, .meaning = "ports that must take connections"},
    {.name = "closed", .type = ParameterType::ports, .meaning = "ports that must not"},
    {.name = "patience",
     .type = ParameterType::duration,
     .default_value = "5s",
     .meaning = "how long a port may stay silent, at least 2s"},
};

constexpr auto kFacts = fact_table(kPorts);

std::vector<ParameterProblem> validate(const Parameters& parameters) {
  const Ports& open = parameters.texts("open");
  const Ports& closed = parameters.texts("closed");
  std::vector<ParameterProblem> problems;
  if (open.empty() && closed.empty())
    problems.push_back({"open", "no port is named; a list under `open`, under `closed` or both would be right"});
  if (parameters.duration("patience", PortsProbe::kPatience) < PortsProbe::kLeastPatience)
    problems.push_back({"patience", fmt::format("at least {} would be right: the system repeats a SYN that was lost "
                                                "after 1s, and what is late is not silent",
                                                format_duration(PortsProbe::kLeastPatience))});
  for (const auto& port : closed)
    if (std::find(open.begin(), open.end(), port) != open.end())
      problems.push_back({"closed", fmt::format("port {} is under `open` too; one of the two would be right", port)});
  return problems;
}

constexpr JudgedBeside kClosedBeside{kBesideTheAddress, ports::closed_awaits_others, ports::judge_closed};

constexpr CheckSpec kChecks[] = {
    {.id = "ports.open",
     .title = "ports that must be open take connections",
     .severity = Severity::critical,
     .rfc = "RFC 9293 §3.5",
     .spec = "NET-01",
     .catches = "A service that does not run or listens on another address only, and a filter that rejects "
                "connections. Silence is "
                "inconclusive: it may be the path's fault.",
     .why = "What nobody can connect to does not exist for its users.",
     .by_hand = "nc -z -v -w 5 ADDRESS PORT; on the host: ss -ltnp",
     .mend = "Start the service, let it listen on the public address, open the port in the host's and in the "
             "provider's filter.",
     .judge = ports::judge_open},
    {.id = "ports.closed",
     .title = "ports that must be closed take none",
     .severity = Severity::critical,
     .rfc = "RFC 9293 §3.5.2",
     .spec = "NET-01",
     .catches = "A service that still runs where it was to be stopped (the old host's mail in the freeze), one that "
                "was installed along with "
                "others, a database or an application server that listens to the world. RST and ICMP "
                "\"administratively prohibited\" pass; "
                "silence passes only where the same address answered another probe of the same look.",
     .why = "A mail server left running on the old host keeps taking mail that nobody will ever read; a database open "
            "to the world is read "
            "by everybody.",
     .by_hand = "nc -z -v -w 5 ADDRESS PORT must say \"Connection refused\" or time out; on the host: ss -ltnp",
     .mend = "Stop and disable the service and its socket unit, bind it to 127.0.0.1, or close the port in the filter.",
     .judge = &kClosedBeside},
};

}  // namespace

const ProbeType kPortsType{
    .name = "ports",
    .summary = "which ports take connections, and which must not",
    .aims = {Aim::host},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = [](const Parameters& parameters) -> std::unique_ptr<const Probe> {
      return std::make_unique<PortsProbe>(parameters);
    },
    .validate = validate,
    .waiting = PortsProbe::waiting,
};

}  // namespace drydock
