#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "probes/ftp/listing.hpp"

/// Whatever a listing holds, names come of it: sorted, none empty, none with a folder before it or a control octet.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto names = drydock::ftp::names_in(std::string(reinterpret_cast<const char*>(data), size));
  if (!std::is_sorted(names.begin(), names.end())) std::abort();
  for (const std::string& name : names) {
    if (name.empty() || (name.find('/') != std::string::npos && name != "/")) std::abort();
    for (const char c : name)
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) std::abort();
  }
  return 0;
}
