#pragma once
#include <fmt/format.h>

#include <functional>
#include <ostream>
#include <string>
#include <utility>

namespace drydock {

/// How words are told.
struct TellStyle {
  std::function<void()> before;        ///< called before anything is written, to take live lines away; may be empty
  std::function<std::string()> stamp;  ///< put before each line, such as the time; may be empty
};

/// Where the words for people go. A null stream swallows them.
class Tell {
public:
  Tell(std::ostream* out, std::ostream* err, TellStyle style = {}) : out_(out), err_(err), style_(std::move(style)) {}
  /// Human text: standard output.
  template <class... Arguments>
  void say(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    write(out_, fmt::format(text, std::forward<Arguments>(arguments)...), true);
  }
  /// Progress and errors: standard error.
  template <class... Arguments>
  void note(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    write(err_, fmt::format(text, std::forward<Arguments>(arguments)...), true);
  }
  /// The first line of human text, which scripts look for where it begins.
  void head(const std::string& text) { write(out_, text, false); }

private:
  void write(std::ostream* to, const std::string& text, bool stamped) {
    if (!to) return;
    if (style_.before) style_.before();
    if (stamped && style_.stamp) *to << style_.stamp();
    *to << text << '\n' << std::flush;
  }
  std::ostream* out_;
  std::ostream* err_;
  TellStyle style_;
};

}  // namespace drydock
