#pragma once
#include "probes/core/duration.hpp"

/// The words for people. Once guarded, std::cout and std::cerr never throw, never fail and never end the program,
/// whatever has become of the terminal, pipe or file behind them; what could not be written is remembered. stdio's own
/// stdout and stderr are not used.
namespace drydock::cli {

/// The first thing that main does. Descriptors 0, 1 and 2 that are closed are taken, so that no file that is opened
/// later becomes standard output; a broken pipe and a file that may not grow give an error instead of a signal, which
/// commands do not inherit.
void guard_standard_streams();

/// Flushes both.
[[nodiscard]] bool standard_output_lost();
/// Also where it was standard error.
[[nodiscard]] bool words_lost();
/// What standard output failed with, for people; empty where nothing is lost, or where the reader closed a pipe, as
/// head does, and knows.
[[nodiscard]] std::string why_output_was_lost();

/// While it lives, a reader that stands still (a pager, a terminal that was stopped) is waited for no longer than this,
/// and then loses the text. Else he is waited for.
class BriefPatience {
public:
  explicit BriefPatience(Duration patience);
  ~BriefPatience();
  BriefPatience(const BriefPatience&) = delete;
  BriefPatience& operator=(const BriefPatience&) = delete;
};

}  // namespace drydock::cli
