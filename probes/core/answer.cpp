#include "probes/core/answer.hpp"

#include <fmt/format.h>

#include "probes/core/safe_text.hpp"

namespace drydock {
namespace {

constexpr std::size_t kShown = 500;

}  // namespace

std::string Answer::code_name() const {
  std::string name = code.substr(0, code.find(' '));
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return name;
}

std::string Answer::text() const {
  if (trouble) return clip(printable(trouble->message), kShown);
  std::string whole = status;
  if (!code.empty()) whole += fmt::format(" [{}]", code);
  if (!words.empty()) whole += " " + words;
  return clip(printable(whole), kShown);
}

}  // namespace drydock
