#include "probes/client/smtp_words.hpp"

#include <algorithm>
#include <optional>

namespace drydock::smtp_words {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Where the phrase ends in `words`; nothing where it isn't there.
std::optional<std::size_t> find_phrase(std::string_view words, std::string_view phrase) {
  const bool open = phrase.ends_with('*');
  if (open) phrase.remove_suffix(1);
  for (auto at = words.find(phrase); at != std::string_view::npos; at = words.find(phrase, at + 1)) {
    const std::size_t end = at + phrase.size();
    const bool ends = open || end == words.size() || !is_letter(words[end]) || !is_letter(phrase.back());
    if (ends && (at == 0 || !is_letter(words[at - 1]))) return end;
  }
  return std::nullopt;
}

template <class Work>
void for_each_phrase(std::string_view phrases, Work work) {
  while (!phrases.empty()) {
    const std::size_t bar = std::min(phrases.find('|'), phrases.size());
    work(phrases.substr(0, bar));
    phrases.remove_prefix(std::min(bar + 1, phrases.size()));
  }
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Blanks, and what stands around a name in a sentence.
bool is_between(char c) {
  constexpr std::string_view kMarks = "<>()[]{}\"',;";
  return is_blank(c) || kMarks.find(c) != std::string_view::npos;
}

/// `mail.test`, not `5.1.1` and not the end of a sentence.
bool is_host_name(std::string_view word) {
  while (!word.empty() && !is_letter(word.back())) word.remove_suffix(1);
  const auto dot = word.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 2 >= word.size()) return false;
  const std::string_view top = word.substr(dot + 1);
  return std::ranges::all_of(top, [](char c) { return c >= 'a' && c <= 'z'; });
}

/// The length of the URL with which `text` begins; 0 where it begins with none.
std::size_t url_length(std::string_view text) {
  if (!text.starts_with("http://") && !text.starts_with("https://") && !text.starts_with("www.")) return 0;
  return std::min(text.find_first_of(" \t<>\""), text.size());
}

}  // namespace

bool says(std::string_view words, std::string_view phrases) {
  bool found = false;
  for_each_phrase(phrases, [&](std::string_view phrase) { found = found || find_phrase(words, phrase).has_value(); });
  return found;
}

std::string_view up_to(std::string_view words, std::string_view phrases) {
  std::size_t end = words.size();
  for_each_phrase(phrases,
                  [&](std::string_view phrase) { end = std::min(end, find_phrase(words, phrase).value_or(end)); });
  return words.substr(0, end);
}

std::string without_references(std::string_view text, bool names) {
  std::string rest;
  while (!text.empty()) {
    if (const std::size_t url = url_length(text); url > 0) {
      text.remove_prefix(url);
      continue;
    }
    const auto end = static_cast<std::size_t>(std::ranges::find_if(text, is_between) - text.begin());
    const std::string_view word = text.substr(0, end);
    const bool dropped = word.find('@') != std::string_view::npos || word.find("://") != std::string_view::npos ||
                         (!names && is_host_name(word));
    if (!dropped) rest += word;
    if (end < text.size()) rest += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::ranges::replace(rest, '-', ' ');
  return rest;
}

}  // namespace drydock::smtp_words
