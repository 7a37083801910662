#pragma once
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "harness/run/judging.hpp"
#include "harness/scenario/scenario.hpp"

namespace drydock {

/// What the hosts of a scenario may still be asked by their `limits`, over all looks of one engine.
class Allowances {
public:
  /// The checks of this probe at this host whose cost is more than is left, and the expectations about their facts,
  /// each with what stands in for it: the verdict that it had since forget_verdicts(), else a skip that says which
  /// limit and for how long. Takes what the others cost.
  StandIns withhold(const Scenario& scenario, const ProbeDefinition& probe, const Subject& subject,
                    Clock::time_point now);
  /// Gives back what the last withhold() of this probe took: nothing was asked.
  void give_back(const ProbeDefinition& probe, const Subject& subject, Clock::time_point taken_at);
  /// Remembers what the checks that cost something, and were asked, came to. `at`: when.
  void note(const ProbeDefinition& probe, const Subject& subject, const std::vector<Judged>& judged, WallTime at);
  /// Another gate begins.
  void forget_verdicts();

private:
  /// One limit of one host: when each was taken, oldest first; no longer than the limit is high.
  using Taken = std::deque<Clock::time_point>;
  std::string shortage(const std::string& host, std::string_view limit, const std::optional<Rate>& rate, int cost,
                       Clock::time_point now);
  void take(const std::string& host, std::string_view limit, const std::optional<Rate>& rate, int cost,
            Clock::time_point now);
  std::map<std::pair<std::string, std::string>, Taken> taken_;  ///< by host and limit
  std::map<std::string, std::pair<WallTime, Judgement>> verdicts_;
};

}  // namespace drydock
