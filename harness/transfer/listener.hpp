#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/run_record.hpp"
#include "probes/core/duration.hpp"

namespace drydock {

/// What one gate that is watched waits for.
struct GateWait {
  std::string gate;
  int looks = 0, passes = 0, need = 1;
  std::string missing;            ///< what the last look lacked; empty where it lacked nothing
  Clock::time_point next_look{};  ///< when the next look comes
  Clock::time_point over{};       ///< when its time is over
};

/// Told what a transfer is doing, for those who watch. Called on the event loop; must neither block nor throw. The
/// texts of actions and gates are as they came: whoever shows them makes them fit.
class TransferListener {
public:
  virtual ~TransferListener() = default;
  /// Step `number` of `of`, from 1, comes now.
  virtual void step(std::size_t number, std::size_t of, const std::string& id) { (void)number, (void)of, (void)id; }
  virtual void action_started(const std::string& what) { (void)what; }
  /// All that the action says, in the pieces in which it comes.
  virtual void action_said(std::string_view chunk) { (void)chunk; }
  virtual void action_ended() {}
  /// The gates that are watched now; empty once none is. `looking`: a look is under way.
  virtual void gates(const std::vector<GateWait>& gates, bool looking) { (void)gates, (void)looking; }
  /// A look is over and in the journal. `results`: once for each gate that looked, with step, gate, when and look,
  /// waivers put on.
  virtual void looked(const std::vector<ObservationRecord>& observations, const std::vector<ResultRecord>& results) {
    (void)observations, (void)results;
  }
};

}  // namespace drydock
