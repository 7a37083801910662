#include "harness/cli/live_lines.hpp"

#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "probes/core/safe_text.hpp"

namespace drydock::cli {
namespace {

constexpr std::size_t kUsualRows = 24, kUsualColumns = 80;

winsize size_of_terminal() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) size = {};
  if (size.ws_row < 2) size.ws_row = kUsualRows;
  if (size.ws_col < 8) size.ws_col = kUsualColumns;
  return size;
}

/// How wide characters are, is asked in UTF-8 whatever the user's locale: everything that is written is UTF-8.
class Utf8Locale {
public:
  Utf8Locale() : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (utf8_) before_ = ::uselocale(utf8_);
  }
  ~Utf8Locale() {
    if (!utf8_) return;
    ::uselocale(before_);
    ::freelocale(utf8_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

private:
  locale_t utf8_ = nullptr;
  locale_t before_ = nullptr;
};

/// One character of UTF-8: its octets and its columns.
struct Character {
  std::size_t octets = 1;
  std::size_t columns = 1;
};

Character character_at(std::string_view text) {
  wchar_t wide = 0;
  mbstate_t state{};
  const std::size_t octets = ::mbrtowc(&wide, text.data(), text.size(), &state);
  if (octets == 0 || octets > text.size()) return {};
  const int columns = ::wcwidth(wide);
  return {octets, columns < 0 ? 1 : static_cast<std::size_t>(columns)};
}

}  // namespace

bool can_draw() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) && !(terminal && std::string_view(terminal) == "dumb");
}

std::size_t columns_of(std::string_view text) {
  const Utf8Locale locale;
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character next = character_at(text.substr(at));
    at += next.octets;
    columns += next.columns;
  }
  return columns;
}

std::string fit_columns(std::string_view text, std::size_t columns) {
  const std::string clean = printable(text);
  const Utf8Locale locale;
  std::size_t used = 0, last_fit = 0;
  for (std::size_t at = 0; at < clean.size();) {
    const Character next = character_at(std::string_view(clean).substr(at));
    if (used + next.columns > columns) return clean.substr(0, last_fit) + "\u2026";
    at += next.octets;
    used += next.columns;
    if (used + 1 <= columns) last_fit = at;
  }
  return clean;
}

void LiveLines::clear() {
  if (drawn_.empty()) return;
  const std::size_t width = size_of_terminal().ws_col;
  std::string text;
  for (const std::size_t columns : drawn_)
    for (std::size_t row = 0; row < std::max<std::size_t>(1, (columns + width - 1) / width); ++row)
      text += "\x1b[1A\x1b[2K";
  drawn_.clear();
  std::cerr << text << std::flush;
}

void LiveLines::draw(const std::vector<std::string>& lines) {
  clear();
  const winsize size = size_of_terminal();
  std::string text;
  for (const auto& line : lines) {
    if (drawn_.size() + 1 >= size.ws_row) break;
    // The last column stays free: some terminals wrap when it is written.
    const std::string fit = fit_columns(line, size.ws_col - 1u);
    text += fit + "\n";
    drawn_.push_back(columns_of(fit));
  }
  std::cerr << text << std::flush;
}

}  // namespace drydock::cli
