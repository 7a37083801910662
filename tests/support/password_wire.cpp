#include "tests/support/password_wire.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "probes/codec/base64.hpp"

namespace drydock::test {
namespace {

constexpr std::size_t kKept = 8192;

bool contains(std::string_view octets, std::string_view text) {
  return octets.find(text) != std::string_view::npos;
}

/// What the middle of the text looks like in base64 where `before` octets stand before it.
std::string inner_base64(std::string_view text, std::size_t before) {
  const std::string whole = base64_encode(std::string(before, 'x') + std::string(text));
  const std::size_t first = (before * 8 + 5) / 6;           // digits that depend on what stands before
  const std::size_t last = (before + text.size()) * 8 / 6;  // and those that depend on what follows
  return last > first ? whole.substr(first, last - first) : std::string();
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  return text;
}

}  // namespace

bool holds_password(std::string_view octets, std::string_view password) {
  if (contains(octets, password)) return true;
  for (std::size_t before = 0; before < 3; ++before)
    if (contains(octets, inner_base64(password, before))) return true;
  std::string hex, percent, escaped;
  for (const unsigned char c : password) {
    hex += fmt::format("{:02x}", c);
    percent += fmt::format("%{:02x}", c);
    const bool plain = std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '~';
    escaped += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02x}", c);
  }
  const std::string folded = lower(std::string(octets));
  return contains(folded, hex) || contains(folded, percent) || contains(folded, lower(escaped));
}

void PasswordWire::hear(std::string_view octets) {
  kept_ += octets;
  for (const std::string_view password : kTestPasswords)
    if (holds_password(kept_, password)) {
      ADD_FAILURE() << "a real password went out on a connection that had not proved itself";
      kept_.clear();
    }
  if (kept_.size() > kKept) kept_.erase(0, kept_.size() - kKept);
}

}  // namespace drydock::test
