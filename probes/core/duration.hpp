#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace drydock {

/// Every duration in drydock: whole milliseconds.
using Duration = std::chrono::milliseconds;

/// Monotonic time. Only the run engine and the net library read this clock.
using Clock = std::chrono::steady_clock;

/// The absolute monotonic instant at which a probe is cut off. Set once by whoever starts it.
using Deadline = Clock::time_point;

/// Wall-clock time, for what people and certificates read. UTC.
using WallTime = std::chrono::system_clock::time_point;

/// Reads `250ms 5s 10m 2h 3d`: one whole number and one unit, nothing else. Nothing on any other text or on overflow.
std::optional<Duration> parse_duration(std::string_view text);

/// The shortest exact spelling that parse_duration reads back: 90s, 2m, 1500ms.
std::string format_duration(Duration duration);

/// RFC 3339 in UTC with milliseconds: 2026-11-22T20:00:00.000Z.
std::string format_time(WallTime time);

/// Reads what format_time writes; nothing on any other text.
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace drydock
