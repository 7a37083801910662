#pragma once
#include <initializer_list>
#include <string_view>

#include "probes/core/observation.hpp"

namespace drydock {

/// True where the dialogue ended early, at one of these stages.
bool ended_at(const Observation& seen, std::initializer_list<std::string_view> stages);

}  // namespace drydock
