#include <cstdint>
#include <cstdlib>

#include "probes/codec/imap_response.hpp"

/// The first octet chooses how the rest is cut into pieces; whole and in pieces must give as many responses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  drydock::ImapLimits limits;
  limits.line = 4096;
  limits.literal = 4096;
  limits.total = 16384;
  limits.values = 1000;
  const auto count = [&](std::size_t piece) {
    drydock::ImapResponseReader reader(limits);
    std::size_t responses = 0;
    for (std::string_view rest = all; !rest.empty();) {
      std::string_view part = rest.substr(0, piece);
      rest.remove_prefix(part.size());
      while (!part.empty()) {
        const auto response = reader.feed(part);
        if (!response) return responses;
        if (*response) ++responses;
      }
    }
    return responses;
  };
  if (count(data[0] + 1u) != count(all.size() + 1)) std::abort();
  return 0;
}
