#include "harness/scenario/syntax.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "probes/core/ip_address.hpp"

namespace drydock {
namespace {

bool alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view label, std::string_view also) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [&](char c) {
    return alphanumeric(c) || c == '-' || c == '_' || also.find(c) != std::string_view::npos;
  });
}

bool is_name(std::string_view text, std::string_view also) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.starts_with("*.")) text.remove_prefix(2);
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot), also)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint32_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || text.front() == '0' || failed != std::errc{} || end != text.data() + text.size() || port < 1 ||
      port > 65535)
    return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

}  // namespace

bool is_identifier(std::string_view text) {
  if (text.empty() || text.size() > 200 || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return alphanumeric(c) || std::strchr("-_./~@:+=%", c) != nullptr; });
}

bool is_host_name(std::string_view text) {
  return is_name(text, "");
}
bool is_dns_name(std::string_view text) {
  return text == "." || is_name(text, "/");
}

bool is_mail_address(std::string_view text) {
  if (text.size() > 320 || text.find_first_of(" \t\n<>") != std::string_view::npos) return false;
  if (text.starts_with('"')) {
    const std::size_t at = text.rfind("\"@");
    return at != std::string_view::npos && at > 1 && at + 2 < text.size();
  }
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos;
}

std::optional<ServerText> parse_server(std::string_view text) {
  if (is_unicast_address(text)) return ServerText{std::string(text), std::nullopt};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = port_of(text.substr(colon + 1));
  std::string_view ip = text.substr(0, colon);
  const bool bracketed = ip.starts_with('[') && ip.ends_with(']');
  if (bracketed) ip = ip.substr(1, ip.size() - 2);
  if (!port || !is_unicast_address(ip) || bracketed != (ip.find(':') != std::string_view::npos)) return std::nullopt;
  return ServerText{std::string(ip), port};
}

std::optional<std::string> url_host(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20; }))
    return std::nullopt;
  if (text.starts_with("http://"))
    text.remove_prefix(7);
  else if (text.starts_with("https://"))
    text.remove_prefix(8);
  else
    return std::nullopt;
  std::string_view host = text.substr(0, text.find_first_of("/?#"));
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos || !is_ip_address(host.substr(1, end - 1))) return std::nullopt;
    const std::string_view rest = host.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !port_of(rest.substr(1)))) return std::nullopt;
    return std::string(host.substr(1, end - 1));
  }
  const std::size_t colon = host.find(':');
  if (colon != std::string_view::npos && !port_of(host.substr(colon + 1))) return std::nullopt;
  host = host.substr(0, colon);
  return is_host_name(host) ? std::optional<std::string>(host) : std::nullopt;
}

bool is_glob(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_text = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

}  // namespace drydock
