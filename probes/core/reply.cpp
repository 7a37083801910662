#include "probes/core/reply.hpp"

#include <fmt/format.h>

#include <string_view>

#include "probes/core/safe_text.hpp"

namespace drydock {
namespace {

constexpr std::size_t kShown = 500;

}  // namespace

std::string EnhancedCode::text() const {
  return fmt::format("{}.{}.{}", success, subject, detail);
}

std::string Reply::words() const {
  const std::string code_again = enhanced ? enhanced->text() + " " : "";
  std::string whole;
  for (std::size_t i = 0; i < lines.size() && whole.size() <= kShown; ++i) {
    std::string_view line = lines[i];
    if (!code_again.empty() && line.starts_with(code_again)) line.remove_prefix(code_again.size());
    whole += (i == 0 ? "" : " / ") + printable(clip(line, kShown));
  }
  return clip(whole, kShown);
}

std::string Reply::text() const {
  std::string whole = std::to_string(code);
  for (std::size_t i = 0; i < lines.size() && whole.size() <= kShown; ++i) {
    if (!lines[i].empty() || i > 0) whole += i == 0 ? " " : " / ";
    whole += printable(clip(lines[i], kShown));
  }
  return clip(whole, kShown);
}

}  // namespace drydock
