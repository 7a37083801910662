#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/run_record.hpp"
#include "harness/scenario/scenario.hpp"
#include "probes/core/duration.hpp"

namespace drydock {

/// Before an action a critical fail is no-go at once (unless the gate waits on fail); after it a fail resets the count.
enum class GateWhen { before, after };
std::string_view to_string(GateWhen when);

enum class GateResult { go, hold, no_go };
/// `go`, `hold`, `no-go`.
std::string_view to_string(GateResult result);

/// What one look at a gate's probes says.
struct Look {
  enum class Outcome {
    pass,          ///< everything that counts passed or warned, and the quorum is reached
    inconclusive,  ///< nothing that counts failed, something is inconclusive
    fail,          ///< something that counts failed
    nothing        ///< nothing was judged: all skipped, or no result at all
  };
  Clock::time_point started, ended;
  Outcome outcome = Outcome::nothing;
  std::string reason;  ///< one line: what failed or is inconclusive, and what it said; empty on pass
  /// Fails that count no longer because a person accepted them: `smtp smtp.starttls on new (jim until 2026-12-01:
  /// why)`.
  std::vector<std::string> waived = {};
};

/// Folds the results of one look. Pure. Of `results` only those of the gate's own probes count, and of these critical
/// ones, and degraded ones where the gate does not merely report them. Advisory ones never count. A probe out of phase
/// is neutral; one in phase of which every check was skipped makes the look inconclusive. A fail with a waiver (see
/// apply_waivers) doesn't count as one and is named in `waived`. Probes of a quorum count by host, name server or
/// resolver alone: so many of these must pass, which are those of which something was judged and nothing failed or is
/// inconclusive; where the quorum could still be reached by those that are inconclusive, it is inconclusive, and where
/// nothing at all was judged too.
Look fold_look(const GateDefinition& gate, const std::vector<ResultRecord>& results, Clock::time_point started,
               Clock::time_point ended);

struct GateDecision {
  bool decided = false;
  GateResult result = GateResult::hold;  ///< where decided; `go` also stays open for further looks at `next_look`
  Clock::time_point next_look{};  ///< where not decided, and where the result is go: when the next look may start
  int passes = 0;                 ///< looks in a row that passed, up to the last
  int looks = 0;
  std::string reason;               ///< one line for people; names the waivers that the last look used
  std::vector<std::string> waived;  ///< of the last look
};

/// Where a gate stands after these looks. Pure: reads no clock. `opened`: when looking began; `now`: the same clock. It
/// goes when the last `need` looks passed and those in a row that passed cover its `span`, from the start of the first
/// of them to the end of the last. A
/// look that began within the time of the gate counts although it ended later; a time that leaves no room for another
/// look is over.
GateDecision evaluate_gate(const GateDefinition& gate, GateWhen when, Clock::time_point opened,
                           const std::vector<Look>& looks, Clock::time_point now);

}  // namespace drydock
