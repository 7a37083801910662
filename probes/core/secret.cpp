#include "probes/core/secret.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "probes/core/safe_text.hpp"

namespace drydock {

struct Secret::State {
  std::string name;
  std::optional<std::string> value;
  std::string why_missing = "it has not been read";
};

Secret::Secret(std::string name) : state_(std::make_shared<State>()) {
  state_->name = std::move(name);
}

Secret Secret::of(std::string name, std::string value) {
  Secret secret(std::move(name));
  secret.fill(std::move(value));
  return secret;
}

void Secret::fill(std::string value) {
  state_->value = std::move(value);
  state_->why_missing.clear();
}

void Secret::mark_missing(std::string why) {
  state_->value.reset();
  state_->why_missing = std::move(why);
}

const std::string& Secret::name() const {
  return state_->name;
}
bool Secret::available() const {
  return state_->value.has_value();
}
const std::string& Secret::why_missing() const {
  return state_->why_missing;
}

const std::string& Secret::reveal() const {
  if (!state_->value) throw std::logic_error("secret '" + state_->name + "' was used without being available");
  return *state_->value;
}

namespace {

constexpr std::size_t kShortestSecret = 3;
constexpr std::size_t kShortestPart = 8;  // of one that has several lines: shorter ones are its syntax
constexpr std::size_t kShortestCore = 4;  // of base64: anything shorter stands in ordinary words

bool in_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

std::string base64(std::string_view octets) {
  std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

/// The characters of a base64 text that `value` alone decides when `before` octets (0 to 2) stand in front of it.
std::string base64_core(std::string_view value, std::size_t before) {
  const std::string text = base64(std::string(before, '\0').append(value));
  const std::size_t first = (before * 8 + 5) / 6;
  const std::size_t last = (before + value.size()) * 8 / 6;
  return text.substr(first, last - first);
}

std::string url_encoded(std::string_view value, bool upper) {
  std::string text;
  for (const unsigned char c : value) {
    const bool plain = std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      text += static_cast<char>(c);
    else
      text += upper ? fmt::format("%{:02X}", c) : fmt::format("%{:02x}", c);
  }
  return text;
}

}  // namespace

void Redactor::add(std::string_view value) {
  add_form(value);
  // A transcript shows a secret with its control octets escaped, and one of several lines (a key file) line by line;
  // the key within is what is in quotes.
  add_form(printable(value, true));
  if (value.find('\n') == std::string_view::npos) return;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = std::min(value.find('\n', at), value.size());
    add_part(value.substr(at, end - at));
    at = end + 1;
  }
  for (std::size_t open = value.find('"'); open != std::string_view::npos;) {
    const std::size_t close = value.find('"', open + 1);
    if (close == std::string_view::npos) break;
    add_part(value.substr(open + 1, close - open - 1));
    open = value.find('"', close + 1);
  }
}

void Redactor::add_part(std::string_view part) {
  const auto first = part.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return;
  part = part.substr(first, part.find_last_not_of(" \t\r") - first + 1);
  if (part.size() >= kShortestPart) add_form(part);
}

void Redactor::add_form(std::string_view value) {
  if (value.size() < kShortestSecret) return;
  const auto note = [this](std::string text, bool is_base64) {
    const auto same = [&](const Needle& needle) { return needle.text == text && needle.base64 == is_base64; };
    if (std::none_of(needles_.begin(), needles_.end(), same)) needles_.push_back({std::move(text), is_base64});
  };
  note(std::string(value), false);
  note(url_encoded(value, true), false);
  note(url_encoded(value, false), false);
  for (std::size_t before = 0; before < 3; ++before) {
    std::string core = base64_core(value, before);
    if (core.size() >= kShortestCore) note(std::move(core), true);
  }
  std::sort(needles_.begin(), needles_.end(), [](const Needle& a, const Needle& b) {
    return a.text.size() != b.text.size() ? a.text.size() > b.text.size() : a.text < b.text;
  });
}

/// How many octets at the end of `text` may be the beginning of a secret that was cut off there.
std::size_t Redactor::secret_before(std::string_view text) const {
  std::size_t most = 0;
  for (const auto& needle : needles_)
    for (std::size_t size = std::min(needle.text.size() - 1, text.size()); size >= kShortestSecret && size > most;
         --size)
      if (text.ends_with(std::string_view(needle.text).substr(0, size))) most = size;
  return most;
}

/// How many octets at the start of `text` may be the end of a secret that was cut off there.
std::size_t Redactor::secret_after(std::string_view text) const {
  std::size_t most = 0;
  for (const auto& needle : needles_)
    for (std::size_t size = std::min(needle.text.size() - 1, text.size()); size >= kShortestSecret && size > most;
         --size)
      if (text.starts_with(std::string_view(needle.text).substr(needle.text.size() - size))) most = size;
  return most;
}

/// The marks of clip() and clip_middle(): ` [+N octets]` and `\n[N octets left out]\n`.
void Redactor::remove_at_cuts(std::string& text) const {
  for (std::size_t open = text.find('['); open != std::string::npos; open = text.find('[', open + 1)) {
    std::size_t at = open + 1;
    const bool middle = at < text.size() && text[at] != '+';
    if (!middle) ++at;
    const std::size_t digits = at;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at]))) ++at;
    const std::string_view rest = std::string_view(text).substr(at);
    const std::string_view mark = middle ? " octets left out]\n" : " octets]";
    if (at == digits || !rest.starts_with(mark) || open == 0) continue;
    if (middle) {
      const std::size_t after = secret_after(rest.substr(mark.size()));
      if (after > 0) text.replace(at + mark.size(), after, kRemovedSecret);
    }
    const std::size_t before = secret_before(std::string_view(text).substr(0, open - 1));
    if (before == 0) continue;
    text.replace(open - 1 - before, before, kRemovedSecret);
    open = open - before + kRemovedSecret.size();
  }
}

std::string Redactor::operator()(std::string_view text) const {
  std::string result(text);
  for (const auto& needle : needles_) {
    std::size_t at = 0;
    while ((at = result.find(needle.text, at)) != std::string::npos) {
      std::size_t first = at;
      std::size_t last = at + needle.text.size();
      if (needle.base64) {
        while (first > 0 && in_base64(result[first - 1])) --first;
        while (last < result.size() && in_base64(result[last])) ++last;
      }
      result.replace(first, last - first, kRemovedSecret);
      at = first + kRemovedSecret.size();
    }
  }
  if (!needles_.empty()) remove_at_cuts(result);
  return result;
}

}  // namespace drydock
