#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/judging.hpp"
#include "harness/run/recording.hpp"
#include "harness/run/run_plan.hpp"
#include "harness/run/turnstile.hpp"

namespace drydock {

/// One planned probe under way, and what became of it.
struct Task {
  Task(PlannedProbe planned_probe, const boost::asio::any_io_executor& executor)
      : planned(std::move(planned_probe)), seen_once(std::in_place, executor), finished(std::in_place, executor) {}

  PlannedProbe planned;
  /// Only while a look is under way: they belong to that look's executor.
  std::optional<Latch> seen_once;  ///< its first attempt is over, or there is none
  std::optional<Latch> finished;
  bool did_pass = false;
  std::vector<Judged> judged;
  Subject subject;  ///< as of the last attempt, token put in
  StandIns stand_ins;
  bool awaits_others = false;  ///< it has been looked at, and is judged once the others are
  bool is_shut_out = false;    ///< the last attempt met no connection where an earlier one had met one
  Observation seen;            ///< of the last attempt; let go of once it is judged
  Attempt attempt;
  struct Shown {
    int id;
    Observation seen;
  };
  std::optional<Shown> shown;  ///< what others are judged by
  std::optional<std::string> first_failure;
  std::optional<Clock::time_point> begun;  ///< the first attempt
  Duration took{};
  std::optional<std::string> cause;  ///< the needed probe that did not pass
  std::vector<ObservationRecord> observations;
  std::vector<ResultRecord> results;

  [[nodiscard]] const ProbeDefinition& probe() const { return *planned.instance.probe; }
  /// What nothing is judged or recorded from any more: there may be thousands of tasks.
  void forget() {
    seen = Observation{};
    judged = {};
    subject = planned.instance.subject = Subject{};
  }
};

}  // namespace drydock
