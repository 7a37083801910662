#pragma once
#include <optional>
#include <string_view>

#include "probes/core/duration.hpp"

namespace drydock {

/// An instant as RFC 3339 §5.6 writes it, with its zone: 2026-11-22T20:00:00Z, 2026-11-22T21:00:00.5+01:00. Nothing on
/// any other text, on days that no calendar has, and outside of the years 1970 to 2199. Pure.
std::optional<WallTime> parse_instant(std::string_view text);

/// Until when something holds: an instant, or a date (2026-12-01), which lasts to the end of its day in UTC.
std::optional<WallTime> parse_until(std::string_view text);

}  // namespace drydock
