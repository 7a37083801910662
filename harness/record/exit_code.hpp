#pragma once

/// What scripts read; the meaning of each is a promise, told in README.md.
namespace drydock::exit_code {

inline constexpr int kDone = 0, kNoGo = 1, kUsage = 2, kHold = 4, kPerson = 5, kUndone = 6, kActNow = 7, kMachine = 70,
                     kHeld = 75;
/// And the signal's number.
inline constexpr int kSignalBase = 128;

}  // namespace drydock::exit_code
