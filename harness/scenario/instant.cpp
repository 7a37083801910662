#include "harness/scenario/instant.hpp"

#include <chrono>

namespace drydock {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Reads a text from left to right; the first thing that is not as wanted spoils all.
class Cursor {
public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  /// A number of exactly that many digits, within bounds.
  int number(std::size_t digits, int least, int most) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = next();
      right_ = right_ && c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
    }
    right_ = right_ && value >= least && value <= most;
    return right_ ? value : least;
  }
  /// The next character, which must be one of these; NUL at the end of the text.
  char one_of(std::string_view wanted) {
    const char c = next();
    right_ = right_ && c != '\0' && wanted.find(c) != std::string_view::npos;
    return c;
  }
  /// A fraction of a second, where there is one; what is below a millisecond is cut off.
  milliseconds fraction() {
    if (rest_.empty() || rest_.front() != '.') return {};
    rest_.remove_prefix(1);
    int value = number(1, 0, 9) * 100;
    for (int weight = 10; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; weight /= 10)
      value += number(1, 0, 9) * weight;
    return milliseconds(value);
  }
  [[nodiscard]] bool right() const { return right_; }
  [[nodiscard]] bool at_end() const { return right_ && rest_.empty(); }

private:
  char next() {
    if (rest_.empty()) {
      right_ = false;
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view rest_;
  bool right_ = true;
};

std::optional<std::chrono::sys_days> read_date(Cursor& cursor) {
  const std::chrono::year year{cursor.number(4, 1970, 2199)};
  cursor.one_of("-");
  const std::chrono::month month{static_cast<unsigned>(cursor.number(2, 1, 12))};
  cursor.one_of("-");
  const std::chrono::day day{static_cast<unsigned>(cursor.number(2, 1, 31))};
  const std::chrono::year_month_day date{year, month, day};
  if (!cursor.right() || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

seconds read_zone(Cursor& cursor) {
  const char sign = cursor.one_of("Zz+-");
  if (sign != '+' && sign != '-') return {};
  const std::chrono::hours hours(cursor.number(2, 0, 23));
  cursor.one_of(":");
  const seconds east = hours + std::chrono::minutes(cursor.number(2, 0, 59));
  return sign == '+' ? east : -east;
}

}  // namespace

std::optional<WallTime> parse_instant(std::string_view text) {
  Cursor cursor(text);
  const auto date = read_date(cursor);
  if (!date) return std::nullopt;
  cursor.one_of("Tt");
  const std::chrono::hours hours(cursor.number(2, 0, 23));
  cursor.one_of(":");
  const std::chrono::minutes minutes(cursor.number(2, 0, 59));
  cursor.one_of(":");
  const seconds second(cursor.number(2, 0, 60));  // 60: a leap second
  const milliseconds fraction = cursor.fraction();
  const seconds zone = read_zone(cursor);
  if (!cursor.at_end()) return std::nullopt;
  return WallTime(*date) + hours + minutes + second + fraction - zone;
}

std::optional<WallTime> parse_until(std::string_view text) {
  Cursor cursor(text);
  const auto date = read_date(cursor);
  if (date && cursor.at_end()) return WallTime(*date + days(1));
  return parse_instant(text);
}

}  // namespace drydock
