#pragma once
#include <span>

#include "probes/core/check.hpp"

namespace drydock::http {

/// The built-in checks of the type http.
std::span<const CheckSpec> checks();

}  // namespace drydock::http
