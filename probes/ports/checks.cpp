#include "probes/ports/checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "probes/ports/facts.hpp"

namespace drydock::ports {
namespace {

using Ports = std::vector<std::string>;

bool holds(const Observation& seen, const Fact<Ports>& fact, const std::string& port) {
  const auto* ports = seen.get(fact);
  return ports && std::find(ports->begin(), ports->end(), port) != ports->end();
}

Ports those_in(const Observation& seen, const Fact<Ports>& fact, const Ports& wanted) {
  Ports found;
  for (const auto& port : wanted)
    if (holds(seen, fact, port)) found.push_back(port);
  return found;
}

std::string plural(const Ports& ports, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", ports.size() == 1 ? one : many, fmt::join(ports, ", "));
}

/// What happened at each of these ports: `open: 22; silent: 25, 465`.
std::string told(const Observation& seen, const Ports& wanted) {
  std::string text;
  for (const auto& [state, fact] : kPortStates) {
    const Ports found = those_in(seen, *fact, wanted);
    if (!found.empty())
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", net::to_string(state), fmt::join(found, ", "));
  }
  return text.empty() ? "nothing was seen" : text;
}

Ports unseen(const Observation& seen, const Ports& wanted) {
  Ports missing;
  for (const auto& port : wanted) {
    const bool known = std::any_of(kPortStates.begin(), kPortStates.end(),
                                   [&](const auto& state) { return holds(seen, *state.second, port); });
    if (!known) missing.push_back(port);
  }
  return missing;
}

Judgement finished(Judgement judgement, const Observation& seen, const Subject& subject, const Ports& wanted,
                   const Ports& culprits, std::string_view expected) {
  judgement.expected = expected;
  judgement.actual = told(seen, wanted);
  judgement.stage = "connect";
  const std::string from =
      subject.surroundings.vantage.address.empty() ? "" : fmt::format(" -s {}", subject.surroundings.vantage.address);
  judgement.reproduce = fmt::format("nc -z -v -w 5{} {} {}", from, subject.target.ip,
                                    fmt::join(culprits.empty() ? wanted : culprits, " "));
  return judgement;
}

}  // namespace

Judgement judge_open(const Observation& seen, const Subject& subject) {
  const Ports& wanted = subject.parameters.texts("open");
  if (wanted.empty()) return Judgement::skip("no port is said to be open");
  const auto finish = [&](Judgement judgement, const Ports& culprits) {
    return finished(std::move(judgement), seen, subject, wanted, culprits, plural(wanted, "open: port", "open: ports"));
  };
  Ports closed = those_in(seen, kPorts.refused, wanted);
  const Ports prohibited = those_in(seen, kPorts.prohibited, wanted);
  closed.insert(closed.end(), prohibited.begin(), prohibited.end());
  if (!closed.empty())
    return finish(
        Judgement::fail(
            fmt::format("{} of {} refused the connection", plural(closed, "port", "ports"), subject.target.ip), {}, {},
            "start the service, let it listen on this address (ss -ltn), or open the filter for it"),
        closed);
  const Ports missing = unseen(seen, wanted);
  if (!missing.empty()) return finish(not_seen(seen, plural(missing, "port", "ports")), missing);
  Ports mute = those_in(seen, kPorts.silent, wanted);
  const Ports unreachable = those_in(seen, kPorts.unreachable, wanted);
  mute.insert(mute.end(), unreachable.begin(), unreachable.end());
  if (!mute.empty())
    return finish(Judgement::inconclusive(
                      fmt::format("no answer from {} of {}", plural(mute, "port", "ports"), subject.target.ip),
                      "a filter may drop the packets, here, on the way or there; try from another address"),
                  mute);
  return finish(Judgement::pass(), {});
}

bool closed_awaits_others(const Observation& seen, const Subject& subject) {
  return !seen.answered && !those_in(seen, kPorts.silent, subject.parameters.texts("closed")).empty();
}

Judgement judge_closed(const Observation& seen, const Subject& subject, const Evidence& evidence) {
  const Ports& wanted = subject.parameters.texts("closed");
  if (wanted.empty()) return Judgement::skip("no port is said to be closed");
  const auto finish = [&](Judgement judgement, const Ports& culprits) {
    return finished(std::move(judgement), seen, subject, wanted, culprits,
                    plural(wanted, "closed: port", "closed: ports"));
  };
  const Ports open = those_in(seen, kPorts.open, wanted);
  if (!open.empty())
    return finish(
        Judgement::fail(
            fmt::format("{} of {} must be closed and took the connection", plural(open, "port", "ports"),
                        subject.target.ip),
            {}, {}, "stop the service, let it listen on the loopback address only, or close the port in the filter"),
        open);
  const Ports missing = unseen(seen, wanted);
  if (!missing.empty()) return finish(not_seen(seen, plural(missing, "port", "ports")), missing);
  const Ports unreachable = those_in(seen, kPorts.unreachable, wanted);
  if (!unreachable.empty())
    return finish(Judgement::inconclusive(
                      fmt::format("{} has no route to {} of {}",
                                  subject.surroundings.vantage.address.empty() ? "this machine"
                                                                               : subject.surroundings.vantage.address,
                                  plural(unreachable, "port", "ports"), subject.target.ip),
                      "see whether the address is up and routed"),
                  unreachable);
  const Ports silent = those_in(seen, kPorts.silent, wanted);
  if (silent.empty() || address_answered(seen, evidence)) return finish(Judgement::pass(), {});
  return finish(
      Judgement::inconclusive(
          fmt::format("{} of {} is silent, and the address answered nothing else in this look: the host may be down or "
                      "the way to it blocked",
                      plural(silent, "port", "ports"), subject.target.ip),
          "name a port that must be open in the same probe: its answer shows that silence means closed"),
      silent);
}

}  // namespace drydock::ports
