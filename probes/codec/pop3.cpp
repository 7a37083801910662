#include "probes/codec/pop3.hpp"

#include <algorithm>
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

std::optional<std::string_view> pop3_line(std::string_view line) {
  if (line == ".") return std::nullopt;
  if (line.starts_with('.')) line.remove_prefix(1);
  return line;
}

std::optional<Pop3Entry> parse_pop3_entry(std::string_view line) {
  constexpr std::string_view kBlank = " \t";
  const auto skip_blanks = [&] { line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size())); };
  skip_blanks();
  Pop3Entry entry;
  const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), entry.number);
  if (failed != std::errc{}) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (line.empty() || kBlank.find(line.front()) == std::string_view::npos) return std::nullopt;
  skip_blanks();
  entry.value = line.substr(0, line.find_first_of(kBlank));
  return entry.value.empty() ? std::nullopt : std::optional(std::move(entry));
}

void Pop3Header::take(std::string_view line) {
  ended_ = ended_ || line.empty();
  if (ended_) return;
  if (dropped_ == 0 && octets_.size() + line.size() + 2 <= most_)
    octets_.append(line).append("\r\n");
  else
    dropped_ += line.size() + 2;
}

}  // namespace drydock
