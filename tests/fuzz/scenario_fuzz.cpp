#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/scenario/loader.hpp"

/// Any octets: diagnostics, no crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto result =
      drydock::load_scenario_text(std::string(reinterpret_cast<const char*>(data), size), "fuzz.yaml", "/");
  for (const auto& diagnostic : result.diagnostics) (void)drydock::format(diagnostic);
  return 0;
}
