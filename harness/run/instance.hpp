#pragma once
#include <set>
#include <string>
#include <vector>

#include "harness/scenario/scenario.hpp"

namespace drydock {

/// One probe aimed at one host or name server, in one phase.
struct Instance {
  const ProbeDefinition* probe = nullptr;
  Subject subject;            ///< token and parameters as loaded: the observation puts the token in
  std::string unreachable{};  ///< why it can't be looked at: an address that somebody lacks; empty: it can
};

/// The instances of a probe: one for each address of each host of `on`, or one for each server that its type aims at;
/// only those of its family, where it names one; where a host has no address of that family, or no server has, one
/// that can't be looked at. Empty where a filter leaves none. Throws std::runtime_error where a probe of name servers
/// has none to ask.
std::vector<Instance> make_instances(const Scenario& scenario, const ProbeDefinition& probe, std::size_t phase,
                                     const std::set<std::string>& only_hosts = {});

/// The same at one host that is not among the probe's own: what another is compared with.
std::vector<Instance> instances_at(const Scenario& scenario, const ProbeDefinition& probe, std::size_t phase,
                                   const std::string& host);

/// The fact of an expectation as the scenario writes it: without the type's prefix.
std::string fact_as_written(const ProbeDefinition& probe, const Expectation& expectation);

/// `ip`, `ip:port` or `[v6]:port` taken apart; the port is 0 where none is written.
Endpoint split_endpoint(std::string_view text);

}  // namespace drydock
