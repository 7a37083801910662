#pragma once
#include <span>
#include <string_view>

#include "probes/core/probe.hpp"

namespace drydock {

/// Every probe type, in the order in which documentation lists them.
std::span<const ProbeType* const> probe_types();

/// The type of that name, or null.
const ProbeType* find_probe_type(std::string_view name);

/// The check of that id over all types, or null.
const CheckSpec* find_check(std::string_view id);

}  // namespace drydock
