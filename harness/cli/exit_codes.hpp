#pragma once

namespace drydock::cli {

/// What scripts read. The meaning of each is a promise.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFail = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitDefect = 70;
/// 128 + the signal's number.
inline constexpr int kExitSignalBase = 128;

}  // namespace drydock::cli
