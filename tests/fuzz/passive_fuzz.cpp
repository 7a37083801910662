#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "probes/core/ip_address.hpp"
#include "probes/ftp/passive.hpp"

/// What is read out of a 227 reply is an address, whatever the reply says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto address = drydock::ftp::parse_passive(text);
  if (!address) return 0;
  if (!drydock::is_ip_address(address->ip)) std::abort();
  (void)drydock::ftp::is_private(address->ip);
  return 0;
}
