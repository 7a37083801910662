#pragma once
#include "probes/core/fact.hpp"

namespace drydock {

/// What the type `command` sees.
struct CommandFacts {
  Fact<std::int64_t> exit{"command.exit", "exit status; not there where a signal ended the command", Parity::same};
  Fact<std::int64_t> signal{"command.signal", "the signal that ended the command"};
  Fact<Excerpt> out{"command.stdout", "standard output, of much its first 512 KiB, without one final newline",
                    Parity::same};
  Fact<Excerpt> err{"command.stderr", "standard error, of much its first 512 KiB, without one final newline"};
  Fact<bool> other_host_key{"command.other_host_key",
                            "the host showed another key than known_hosts has for it, so that no login was tried"};
};
inline constexpr CommandFacts kCommand;

}  // namespace drydock
