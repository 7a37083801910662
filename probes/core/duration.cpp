#include "probes/core/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <limits>

namespace drydock {
namespace {

struct Unit {
  std::string_view suffix;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 5> kUnits{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const std::string_view suffix(end, text.data() + text.size() - end);
  for (const auto& unit : kUnits) {
    if (unit.suffix != suffix) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.milliseconds / 1'000'000) return std::nullopt;
    return Duration(number * unit.milliseconds);
  }
  return std::nullopt;
}

std::string format_duration(Duration duration) {
  for (const auto& unit : kUnits)
    if (duration.count() != 0 && duration.count() % unit.milliseconds == 0)
      return fmt::format("{}{}", duration.count() / unit.milliseconds, unit.suffix);
  return "0s";
}

std::string format_time(WallTime time) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const std::time_t clock = seconds.count();
  std::tm utc{};
  gmtime_r(&clock, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, (since - seconds).count());
}

std::optional<WallTime> parse_time(std::string_view text) {
  std::tm utc{};
  int milliseconds = 0;
  int used = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
                  &utc.tm_min, &utc.tm_sec, &milliseconds, &used) != 7 ||
      static_cast<std::size_t>(used) != text.size())
    return std::nullopt;
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  const std::time_t clock = timegm(&utc);
  return WallTime(std::chrono::seconds(clock) + std::chrono::milliseconds(milliseconds));
}

}  // namespace drydock
