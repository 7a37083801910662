#pragma once
#include <string>
#include <vector>

#include "harness/plan/standing.hpp"
#include "harness/scenario/scenario.hpp"

namespace drydock {

/// Secrets that the remaining steps need (their actions, their undo, and the probes of their gates) and that can't be
/// read: one line each, with the reason. Pure; secrets must have been resolved.
std::vector<std::string> missing_secrets(const Scenario& scenario, const Standing& standing);
/// The same for the undo of these steps, by index.
std::vector<std::string> missing_for_undo(const Scenario& scenario, const std::vector<std::size_t>& steps);

}  // namespace drydock
