#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <iostream>

#include "harness/cli/output.hpp"
#include "harness/cli/prepared.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/record/exit_code.hpp"
#include "harness/run/allowance.hpp"
#include "harness/run/instance.hpp"
#include "harness/transfer/transfer.hpp"

namespace drydock::cli {
namespace {

std::string phases_of(const Scenario& scenario, const ProbeDefinition& probe) {
  if (std::all_of(probe.in_phase.begin(), probe.in_phase.end(), [](bool in) { return in; })) return "every phase";
  std::vector<std::string> names;
  for (std::size_t i = 0; i < scenario.phases.size(); ++i)
    if (probe.in_phase[i]) names.push_back(scenario.phases[i]);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string where(const ProbeDefinition& probe, const Subject& subject) {
  if (subject.target.ip.empty()) return "on this machine";
  const auto port = subject.target.port ? *subject.target.port
                    : probe.type->port  ? probe.type->port(probe.parameters)
                                        : std::uint16_t{0};
  const std::string address = port ? Endpoint{subject.target.ip, port}.text() : subject.target.ip;
  return fmt::format("on {} {}{}", subject.target.id, address,
                     subject.target.name.empty() ? "" : " as " + subject.target.name);
}

void list_probe(const Scenario& scenario, const ProbeDefinition& probe) {
  const auto first = std::find(probe.in_phase.begin(), probe.in_phase.end(), true);
  const auto phase = static_cast<std::size_t>(first == probe.in_phase.end() ? 0 : first - probe.in_phase.begin());
  const std::vector<Instance> instances = make_instances(scenario, probe, phase);
  for (const auto& instance : instances) {
    if (!instance.unreachable.empty()) {
      fmt::print(std::cout, "  {:<24} {:<10} {}\n", probe.id, probe.type->name, instance.unreachable);
      continue;
    }
    fmt::print(std::cout, "  {:<24} {:<10} {}, from {}; {}", probe.id, probe.type->name, where(probe, instance.subject),
               probe.vantage.address.empty() ? "this machine" : probe.vantage.address, phases_of(scenario, probe));
    if (!probe.needs.empty()) fmt::print(std::cout, "; needs {}", fmt::join(probe.needs, ", "));
    if (probe.severity) fmt::print(std::cout, "; at most {}", to_string(*probe.severity));
    const HostDefinition* host = probe.compare == Compare::no ? nullptr : scenario.host(instance.subject.target.id);
    if (host && !host->replaces.empty())
      fmt::print(std::cout, "; looks at {} too, to compare", fmt::join(host->replaces, ", "));
    fmt::print(std::cout, "\n");
    // With nothing asked yet, what is withheld always will be.
    for (const auto& [check, stand_in] : Allowances().withhold(scenario, probe, instance.subject, Clock::now()))
      fmt::print(std::cout, "  {:<24} {:<10} {}: {}\n", "", "", check, stand_in.judgement.message);
  }
  if (probe.type->announce && !instances.empty())
    if (const std::string what = probe.type->announce(instances.front().subject); !what.empty())
      fmt::print(std::cout, "  {:<24} {}\n", "", what);
}

void list_gate(const GateDefinition& gate) {
  fmt::print(std::cout, "  {:<24} {} in a row of {}, every {}, within {}{}{}{}", gate.id, gate.need,
             fmt::join(gate.probes, ", "), format_duration(gate.every), format_duration(gate.within),
             gate.span.count() > 0 ? "; passing for " + format_duration(gate.span) : "",
             gate.degraded_counts ? "" : "; degraded checks are only reported",
             gate.wait_on_fail ? "; waits on a fail" : "");
  if (gate.quorum)
    fmt::print(std::cout, "; {} {}{} of {} must pass", gate.quorum->pass, to_string(gate.quorum->per),
               gate.quorum->pass == 1 ? "" : "s", fmt::join(gate.quorum->probes, ", "));
  fmt::print(std::cout, "\n");
}

void list_step(const Scenario& scenario, const StepDefinition& step) {
  std::string text = fmt::format("  {:<24}", step.id);
  if (!step.before.empty()) text += fmt::format(" before: {};", fmt::join(step.before, ", "));
  if (step.approvals) text += fmt::format(" {} approval{};", step.approvals, step.approvals > 1 ? "s" : "");
  text += fmt::format(" {} action{};", step.run.size(), step.run.size() == 1 ? "" : "s");
  if (step.takes) text += fmt::format(" takes {};", format_duration(*step.takes));
  if (!step.touches.hosts.empty()) text += fmt::format(" touches {};", fmt::join(step.touches.hosts, ", "));
  if (!step.touches.zones.empty()) text += fmt::format(" touches the zones {};", fmt::join(step.touches.zones, ", "));
  if (step.enters) text += fmt::format(" enters {};", scenario.phases[*step.enters]);
  if (!step.after.empty()) text += fmt::format(" after: {};", fmt::join(step.after, ", "));
  if (step.point_of_no_return) text += " point of no return;";
  text.pop_back();
  fmt::print(std::cout, "{}\n", text);
}

void list_terms(const Scenario& scenario) {
  if (scenario.window_end)
    fmt::print(std::cout, "  {}\n", window_words(*scenario.window_end, std::chrono::system_clock::now()));
  if (!scenario.guards.clock.empty())
    fmt::print(std::cout, "  {:<24} of {}\n", "the clock is compared", scenario.guards.clock);
  if (!scenario.guards.control.empty())
    fmt::print(std::cout, "  {:<24} {}\n", "must be reachable", scenario.guards.control);
  if (!scenario.guards.decoy.empty()) fmt::print(std::cout, "  {:<24} {}\n", "must be silent", scenario.guards.decoy);
  if (scenario.dns_starts == DnsStart::free) fmt::print(std::cout, "  {:<24} anywhere\n", "DNS leads at first");
}

void list_waiver(const Waiver& waiver, WallTime now) {
  fmt::print(std::cout, "  {:<24} {}{}{} until {}{}, by {}: {}{}\n", waiver.probe, waiver.check,
             waiver.host ? " on " + *waiver.host : "", waiver.address ? " at " + *waiver.address : "", waiver.until,
             has_expired(waiver, now) ? " (expired)" : "", names_of(waiver), waiver.because,
             waiver.mitigation ? "; instead passes " + *waiver.mitigation : "");
}

}  // namespace

int check(const ScenarioOptions& scenario_options, const OutputOptions& options) {
  const Prepared prepared = prepare(scenario_options, Warnings::told);
  const Scenario& scenario = prepared.scenario;
  if (options.quiet) return exit_code::kDone;
  fmt::print(std::cout, "{}\n", first_line(prepared));
  fmt::print(std::cout, "\n{}: {} probe{}\n", scenario.name, scenario.probes.size(),
             scenario.probes.size() == 1 ? "" : "s");
  for (const auto& probe : scenario.probes) list_probe(scenario, probe);
  if (!scenario.gates.empty()) fmt::print(std::cout, "\ngates\n");
  for (const auto& gate : scenario.gates) list_gate(gate);
  if (!scenario.transfer.empty()) fmt::print(std::cout, "\nsteps\n");
  for (const auto& step : scenario.transfer) list_step(scenario, step);
  list_terms(scenario);
  if (!scenario.waivers.empty()) fmt::print(std::cout, "\nwaivers\n");
  for (const auto& waiver : scenario.waivers) list_waiver(waiver, std::chrono::system_clock::now());
  fmt::print(std::cout, "\nthe scenario is right; nothing was sent\n");
  return exit_code::kDone;
}

}  // namespace drydock::cli
