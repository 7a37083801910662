#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/judging.hpp"
#include "harness/run/recording.hpp"
#include "harness/run/run_plan.hpp"
#include "harness/run/turnstile.hpp"

namespace drydock {

/// One attempt at a probe, and what it saw.
struct Sight {
  Subject subject;  ///< token put in
  StandIns stand_ins;
  Observation seen;
  Attempt attempt;
};

/// What a task holds until its results are told, and no longer: there may be thousands of tasks.
struct Work : Sight {  ///< of the last attempt
  Subject aimed;       ///< as planned
  std::vector<Judged> judged;
};

/// One planned probe under way, and what became of it.
struct Task {
  Task(PlannedProbe planned, std::size_t place_in_plan, const boost::asio::any_io_executor& executor)
      : probe(*planned.instance.probe),
        skip(std::move(planned.skip)),
        needs(std::move(planned.needs)),
        beside(std::move(planned.beside)),
        shown_facts(std::move(planned.shown)),
        reference(planned.reference),
        compared_with_it(planned.compared_with_it),
        only_reference(planned.only_reference),
        why_not_compared(std::move(planned.why_not_compared)),
        place(place_in_plan),
        ip(planned.instance.subject.target.ip),
        aimed(std::make_unique<Subject>(std::move(planned.instance.subject))),
        seen_once(std::in_place, executor),
        finished(std::in_place, executor) {}

  // As planned: see PlannedProbe.
  const ProbeDefinition& probe;
  std::string skip;
  std::vector<std::size_t> needs;
  std::vector<PlannedProbe::Beside> beside;
  std::optional<std::set<std::string_view>> shown_facts;
  std::optional<std::size_t> reference;
  int compared_with_it;  ///< how many are yet to be compared with it
  bool only_reference;
  std::string why_not_compared;
  std::size_t place;  ///< in the plan
  std::string ip;     ///< what it dials

  std::unique_ptr<Subject> aimed;  ///< before work()
  /// Only while a look is under way: they belong to that look's executor.
  std::optional<Latch> seen_once;  ///< its first attempt is over, or there is none
  std::optional<Latch> finished;
  bool was_reached = false;                   ///< as reached() says
  bool awaits_others = false;                 ///< it has been looked at, and is judged once the others are
  bool is_comparing = false;                  ///< judged, and not yet compared with its reference
  bool is_between_tries = false;              ///< interrupted there: its verdicts are not those of the last one
  bool is_shut_out = false;                   ///< the last attempt met no connection where an earlier one had met one
  bool is_told = false;                       ///< its results are in the records of the look
  std::size_t first_result = 0, results = 0;  ///< where they are there
  struct Shown {
    int id;
    Observation seen;
  };
  std::unique_ptr<Shown> shown;  ///< what others are judged by
  std::unique_ptr<Work> kept;    ///< of the last attempt, until the last has been compared with it
  std::optional<std::string> first_failure;
  std::optional<Clock::time_point> begun;  ///< the first attempt
  Duration took{};
  std::optional<std::string> cause;        ///< the needed probe that did not pass
  std::optional<std::size_t> observation;  ///< place of the last one in the records of the look

  /// Made where it is first asked for. Not after forget().
  [[nodiscard]] Work& work() {
    if (!work_) {
      work_ = std::make_unique<Work>();
      work_->aimed = std::move(*aimed);
      aimed.reset();
    }
    return *work_;
  }
  void forget() { work_.reset(); }

private:
  std::unique_ptr<Work> work_;
};

}  // namespace drydock
