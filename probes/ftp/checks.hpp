#pragma once
#include <span>

#include "probes/core/check.hpp"

namespace drydock::ftp {

/// The built-in checks of the type ftp.
std::span<const CheckSpec> checks();

}  // namespace drydock::ftp
