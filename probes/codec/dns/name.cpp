#include "probes/codec/dns/name.hpp"

#include <arpa/inet.h>

#include <array>
#include <vector>

#include "probes/codec/dns/ldns.hpp"

namespace drydock::dns {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

/// Whether the character at `at` is escaped: an odd number of backslashes before it.
bool is_escaped(std::string_view text, std::size_t at) {
  std::size_t slashes = 0;
  while (slashes < at && text[at - 1 - slashes] == '\\') ++slashes;
  return slashes % 2 == 1;
}

/// 4 octets for IPv4, 16 for IPv6, none for anything else.
std::vector<std::uint8_t> address_octets(std::string_view ip) {
  const std::string text(ip);
  std::vector<std::uint8_t> octets(16);
  if (inet_pton(AF_INET6, text.c_str(), octets.data()) == 1) return octets;
  octets.resize(4);
  if (inet_pton(AF_INET, text.c_str(), octets.data()) == 1) return octets;
  return {};
}

}  // namespace

std::string fold(std::string_view name) {
  std::string folded;
  folded.reserve(name.size());
  for (char c : name) folded.push_back(lower(c));
  if (folded.size() > 1 && folded.back() == '.' && !is_escaped(folded, folded.size() - 1)) folded.pop_back();
  return folded;
}

bool same_name(std::string_view a, std::string_view b) {
  return fold(a) == fold(b);
}

bool is_within(std::string_view name, std::string_view zone) {
  const std::string inner = fold(name);
  const std::string outer = fold(zone);
  if (outer == "." || inner == outer) return true;
  if (inner.size() <= outer.size() || !inner.ends_with(outer)) return false;
  const std::size_t dot = inner.size() - outer.size() - 1;
  return inner[dot] == '.' && !is_escaped(inner, dot);
}

std::string parent(std::string_view name) {
  const std::string folded = fold(name);
  for (std::size_t i = 0; i + 1 < folded.size(); ++i)
    if (folded[i] == '.' && !is_escaped(folded, i)) return folded.substr(i + 1);
  return ".";
}

bool is_name(std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos) return false;
  const std::string text(name);
  ldns_rdf* parsed = nullptr;
  const ldns_status status = ldns_str2rdf_dname(&parsed, text.c_str());
  const Ldns<ldns_rdf> owner(parsed);
  return status == LDNS_STATUS_OK && parsed != nullptr;
}

std::optional<std::string> reverse_name(std::string_view ip) {
  const auto octets = address_octets(ip);
  if (octets.empty()) return std::nullopt;
  std::string name;
  for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet) {
    if (octets.size() == 4) {
      name += std::to_string(*octet) + ".";
      continue;
    }
    constexpr std::string_view kHex = "0123456789abcdef";
    const unsigned value = *octet;
    for (const unsigned nibble : {value & 0xFU, value >> 4U}) {
      name += kHex[nibble];
      name += '.';
    }
  }
  return name + (octets.size() == 4 ? "in-addr.arpa." : "ip6.arpa.");
}

std::string mix_case(std::string_view name, std::uint64_t random) {
  std::string mixed(name);
  unsigned bit = 0;
  for (char& c : mixed) {
    if (!is_letter(c)) continue;
    const bool upper = ((random >> (bit++ % 64)) & 1U) != 0;
    c = upper ? static_cast<char>(lower(c) - 'a' + 'A') : lower(c);
  }
  return mixed;
}

}  // namespace drydock::dns
