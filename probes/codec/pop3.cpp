#include "probes/codec/pop3.hpp"

#include <fmt/format.h>

#include <charconv>

namespace drydock {

boost::system::result<Pop3Status, Error> parse_pop3_status(std::string_view line) {
  Pop3Status status;
  std::string_view rest;
  if (line.starts_with("+OK")) {
    status.ok = true;
    rest = line.substr(3);
  } else if (line.starts_with("-ERR")) {
    rest = line.substr(4);
  }
  if (rest.data() == nullptr || (!rest.empty() && rest.front() != ' '))
    return Error{ErrorKind::protocol, "POP3 response: neither +OK nor -ERR"};
  if (line.find('\0') != std::string_view::npos)
    return Error{ErrorKind::protocol, "POP3 response: a NUL octet in a line"};
  if (!rest.empty()) rest.remove_prefix(1);
  if (const std::size_t end = rest.find(']'); rest.starts_with('[') && end != std::string_view::npos) {
    status.code = rest.substr(1, end - 1);
    for (char& c : status.code)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    rest.remove_prefix(end + 1);
    if (rest.starts_with(' ')) rest.remove_prefix(1);
  }
  status.text = rest;
  return status;
}

boost::system::result<bool, Error> Pop3Lines::take(std::string_view line) {
  if (done_) return Error{ErrorKind::protocol, "POP3 response: lines after the terminating dot"};
  if (line == ".") return done_ = true;
  if (line.starts_with('.')) line.remove_prefix(1);
  octets_ += line.size() + sizeof(std::string);
  if (octets_ > limit_) return Error{ErrorKind::protocol, fmt::format("POP3 response: more than {} octets", limit_)};
  lines_.emplace_back(line);
  return false;
}

std::optional<Pop3Entry> parse_pop3_entry(std::string_view line) {
  Pop3Entry entry;
  const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), entry.number);
  if (line.empty() || line.front() < '0' || line.front() > '9' || failed != std::errc{}) return std::nullopt;
  std::string_view rest = line.substr(static_cast<std::size_t>(end - line.data()));
  if (!rest.starts_with(' ') || rest.size() < 2) return std::nullopt;
  entry.value = rest.substr(1, rest.find(' ', 1) - 1);
  return entry;
}

}  // namespace drydock
