#include <cstdint>
#include <cstdlib>
#include <vector>

#include "probes/codec/imap_response.hpp"

namespace {

struct Read {
  std::size_t responses = 0;
  bool broken = false;
};

/// Reads `all` in pieces; `wanted`: whether the values of data are wanted.
Read read(std::string_view all, std::size_t piece, bool wanted) {
  drydock::ImapLimits limits;
  limits.line = 4096;
  limits.literal = 64;
  limits.total = 16384;
  limits.values = 1000;
  drydock::ImapResponseReader reader(limits);
  if (!wanted) reader.want({});
  Read result;
  for (std::string_view rest = all; !rest.empty();) {
    std::string_view part = rest.substr(0, piece);
    rest.remove_prefix(part.size());
    while (!part.empty()) {
      const auto response = reader.feed(part);
      if (!response) {
        result.broken = true;
        return result;
      }
      if (*response) ++result.responses;
    }
  }
  return result;
}

}  // namespace

/// The first octet chooses how the rest is cut into pieces; whole and in pieces must give as many responses. What is
/// read and what is skipped must end at the same octet.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Read whole = read(all, all.size() + 1, true);
  if (read(all, data[0] + 1u, true).responses != whole.responses) std::abort();
  const Read skipped = read(all, all.size() + 1, false);
  if (!whole.broken && (skipped.broken || skipped.responses != whole.responses)) std::abort();
  return 0;
}
