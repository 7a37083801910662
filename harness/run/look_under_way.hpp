#pragma once
#include <cstddef>
#include <vector>

#include "harness/record/run_record.hpp"

namespace drydock {

/// The records of a look while it goes on, in the order in which they come; each is held once. Given away in the order
/// of the plan.
class LookUnderWay {
public:
  LookUnderWay() = default;
  /// How many records will come, so that none is moved about: there may be a hundred thousand.
  LookUnderWay(std::size_t observations, std::size_t results);

  /// Its place, by which observation() gives it.
  std::size_t add(ObservationRecord seen);
  /// `planned`: the place of its probe in the plan.
  const ResultRecord& add(std::size_t planned, ResultRecord result);
  /// Until the next is added.
  [[nodiscard]] const ObservationRecord& observation(std::size_t place) const { return look_.observations[place]; }

  /// How many results there are, and one of them, counted as they came.
  [[nodiscard]] std::size_t results() const { return look_.results.size(); }
  [[nodiscard]] const ResultRecord& result(std::size_t place) const { return look_.results[place]; }

  /// Observations by ascending id, results in the order of the plan.
  [[nodiscard]] LookRecord so_far() const;
  /// The same; nothing stays here.
  LookRecord take();

private:
  LookRecord look_;
  std::vector<std::size_t> planned_;  ///< of each result
};

}  // namespace drydock
