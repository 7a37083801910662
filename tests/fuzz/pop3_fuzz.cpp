#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "probes/codec/not_now.hpp"
#include "probes/codec/pop3.hpp"

namespace {

constexpr std::size_t kMostHeader = 256;

void require(bool holds) {
  if (!holds) std::abort();
}

void examine(std::string_view line) {
  const auto status = drydock::parse_pop3_status(line);
  if (status) {
    require(line.starts_with(status->ok ? "+OK" : "-ERR"));
    require(status->text.size() <= line.size() && status->code.size() <= line.size());
    (void)drydock::speaks_of_too_many(status->text);
  }
  const auto entry = drydock::parse_pop3_entry(line);
  if (entry) require(!entry->value.empty() && entry->value.find_first_of(" \t") == std::string::npos);
}

}  // namespace

/// Lines as a server sends them: statuses, entries of UIDL and LIST, and a header, which is kept to its bound.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  drydock::Pop3Header header(kMostHeader);
  std::size_t given = 0;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    examine(line);
    const auto content = drydock::pop3_line(line);
    if (!content) break;
    given += content->size() + 2;
    header.take(*content);
  }
  require(header.octets().size() <= kMostHeader);
  require(header.octets().size() + header.dropped() <= given);
  return 0;
}
