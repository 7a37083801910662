#pragma once
#include <fmt/format.h>

#include <ostream>
#include <string>
#include <utility>

namespace drydock {

/// Where the words for people go. A null stream swallows them.
class Tell {
public:
  Tell(std::ostream* out, std::ostream* err) : out_(out), err_(err) {}
  /// Human text: standard output.
  template <class... Arguments>
  void say(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    if (out_) *out_ << fmt::format(text, std::forward<Arguments>(arguments)...) << '\n' << std::flush;
  }
  /// Progress and errors: standard error.
  template <class... Arguments>
  void note(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    if (err_) *err_ << fmt::format(text, std::forward<Arguments>(arguments)...) << '\n' << std::flush;
  }

private:
  std::ostream* out_;
  std::ostream* err_;
};

}  // namespace drydock
