#pragma once
#include <span>

#include "probes/core/probe.hpp"

namespace drydock::test {

/// Probe types with the parameters and facts that the language promises, and few checks: what tests of the language
/// need.
std::span<const ProbeType* const> practice_types();

}  // namespace drydock::test
