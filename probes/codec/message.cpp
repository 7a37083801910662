#include "probes/codec/message.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace drydock {
namespace {

constexpr std::size_t kLongestLine = 998;
constexpr std::string_view kCrlf = "\r\n";

/// Calls `line` with each line of `text`; CRLF, a bare LF and a bare CR all end one. Text after the last end is a line.
template <class Callable>
void for_each_line(std::string_view text, Callable line) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find_first_of(kCrlf, at), text.size());
    line(text.substr(at, end - at));
    at = end + (text.substr(end).starts_with(kCrlf) ? 2 : 1);
  }
}

std::string one_line(std::string_view value) {
  std::string clean(value.substr(0, 900));
  for (char& c : clean)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return clean;
}

void add_field(std::string& text, std::string_view name, std::string_view value) {
  text += fmt::format("{}: {}\r\n", name, one_line(value));
}

}  // namespace

std::string format_message_date(WallTime time) {
  using namespace std::chrono;
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time - day));
  return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} +0000", kDays[weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::string build_message(const TestMessage& message) {
  std::string text;
  add_field(text, "Date", format_message_date(message.date));
  add_field(text, "From", fmt::format("<{}>", message.from));
  add_field(text, "To", fmt::format("<{}>", message.to));
  add_field(text, "Subject", fmt::format("{} {}", message.subject, message.token));
  add_field(text, "Message-ID", fmt::format("<{}@{}>", message.token, message.domain));
  add_field(text, kTokenField, message.token);
  add_field(text, "Auto-Submitted", "auto-generated");
  for (const auto& [name, value] : message.further) add_field(text, one_line(name), value);
  add_field(text, "MIME-Version", "1.0");
  add_field(text, "Content-Type", "text/plain; charset=us-ascii");
  text += kCrlf;
  for_each_line(message.body, [&text](std::string_view line) {
    do {
      text.append(line.substr(0, kLongestLine)).append(kCrlf);
      line.remove_prefix(std::min(line.size(), kLongestLine));
    } while (!line.empty());
  });
  return text.append(message.token).append(kCrlf);
}

std::string dot_stuff(std::string_view message) {
  std::string data;
  data.reserve(message.size() + 64);
  for_each_line(message, [&data](std::string_view line) {
    if (line.starts_with('.')) data += '.';
    data.append(line).append(kCrlf);
  });
  return data.append(".\r\n");
}

std::string dot_unstuff(std::string_view data) {
  std::string message;
  bool ended = false;
  for_each_line(data, [&](std::string_view line) {
    ended = ended || line == ".";
    if (ended) return;
    message.append(line.substr(line.starts_with('.') ? 1 : 0)).append(kCrlf);
  });
  return message;
}

}  // namespace drydock
