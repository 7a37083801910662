#pragma once
#include <string>
#include <string_view>

#include "harness/record/run_record.hpp"

/// What monitoring plugins print and how they end (the Monitoring Plugins' guidelines). Pure.
namespace drydock {

namespace nagios {
inline constexpr int kOk = 0, kWarning = 1, kCritical = 2, kUnknown = 3;
}

/// The exit of a plugin for a drydock that came to `verdict` and would have ended with `exit`: OK for pass, WARNING for
/// warn, CRITICAL for exits 1, 6 and 7, UNKNOWN for all else, whatever was wrong with drydock or this machine.
int nagios_exit(std::string_view verdict, int exit);

/// `DRYDOCK UNKNOWN - words`, without an end of line: no text makes a second line or numbers of it, and 600 octets of
/// the words are kept. `state`: 0 to 3.
std::string nagios_line(int state, std::string_view words);

}  // namespace drydock
