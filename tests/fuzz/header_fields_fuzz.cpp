#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "probes/codec/header_fields.hpp"

/// The header of any message: names are names, there are not more fields than are kept, and no value holds a line end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  constexpr std::size_t kMost = 20;
  const drydock::Fields fields = drydock::parse_header_fields(octets, kMost);
  if (fields.size() > kMost) std::abort();
  for (const auto& [name, value] : fields) {
    if (!drydock::is_field_name(name) || value.find('\n') != std::string::npos) std::abort();
    (void)drydock::received_by(value);
  }
  return 0;
}
