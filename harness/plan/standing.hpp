#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/plan/event.hpp"
#include "harness/scenario/scenario.hpp"

namespace drydock {

enum class StepState { waiting, running, half_done, done, undone, failed, skipped };
/// `waiting`, `running`, `half-done`, ... as in the report.
std::string_view to_string(StepState state);

/// How far one list of actions (run or undo) of one step has come.
struct Progress {
  std::size_t next = 0;                       ///< index of the action that is next; those before it are behind
  bool open = false;                          ///< the intent of `next` is in the journal and no end that is known
  bool failed = false;                        ///< `next` answered with failure
  bool began = false;                         ///< something of `next` may have happened
  bool by_person = false;                     ///< `next` was intended, and a person does it
  int unknown_ends = 0;                       ///< how often `next` ended, and nobody knows how
  std::optional<WallTime> intended;           ///< when `next` was first intended, since it last became next
  std::string mark;                           ///< of the last intent, while its end is not known
  std::vector<event::ChildStarted> children;  ///< processes that starts of an action left, alive or not
  std::vector<std::string> passed;            ///< texts of the actions behind; empty where one was never intended
  std::string text;                           ///< of the last intent of `next`
  std::size_t left_by = 0;                    ///< index of the action that `mark` and `children` are of
};

struct StepStanding {
  std::string id;
  bool begun = false;  ///< an action was intended, or all (none) are behind: gates before and approvals are behind
  bool acted = false;  ///< an action was intended; not where a mark or the lack of actions has passed the step
  bool acted_before = false;  ///< an attempt before this one acted, and a person had it done again without an undo
  bool actions_done = false;
  bool phase_entered = false;
  bool finished = false;  ///< gates after have passed
  bool undoing = false;
  bool undo_failed = false;
  bool undone = false;  ///< the last attempt was undone
  bool passed_point_of_no_return = false;
  int skipped_actions = 0;
  Progress run, undo;
  std::string undo_reason;
  std::vector<event::Approved> approvals;  ///< of distinct persons, for the start that comes
  StepText text;                           ///< the canonical text as it was done, or as a mark accepted it; where begun
  std::optional<WallTime> started, ended;
  [[nodiscard]] StepState state() const;
  /// True where it is certain that no action began since it was undone last, so that there is nothing to undo.
  [[nodiscard]] bool nothing_began() const;
  /// True where something of it may be in force: a rollback comes past it.
  [[nodiscard]] bool in_force() const { return finished || begun || undoing || acted; }
};

/// Where a transfer stands.
struct Standing {
  std::vector<StepStanding> steps;  ///< in the order of the outline
  std::size_t phase = 0;            ///< index into the outline's phases
  bool beyond_point_of_no_return = false;
  std::vector<std::string> finished_order;  ///< ids of the finished steps, the last finished last
  [[nodiscard]] const StepStanding* step(std::string_view id) const;
};

/// The order of steps that a journal is read against: a scenario's, or what the journal itself keeps.
struct Outline {
  struct Step {
    std::string id;
    std::optional<std::size_t> enters;
  };
  std::vector<Step> steps;
};
Outline outline_of(const Scenario& scenario);
Outline outline_of(const event::Opened& opened);

/// The step's canonical text as the journal keeps it.
StepText text_of(const StepDefinition& step);
/// True where the two are known to differ. Texts of different versions can't be compared, and nobody edited them by
/// updating drydock.
bool edited(const StepText& done, const StepText& now);
/// The persons, each once: `Greg` and ` greg ` are one.
bool same_person(std::string_view a, std::string_view b);

/// Pure. Entries about steps that the outline does not know are ignored (see changed_since()).
Standing stand(const Outline& outline, const std::vector<Event>& events);

/// What comes next.
struct Move {
  enum class Kind {
    complete,     ///< every step is finished
    edited,       ///< the text of a step that has begun or is finished is not what was done: mark
    undo,         ///< the step is to be undone, or an undo is to be carried on
    undo_failed,  ///< a person must act
    retry,        ///< action `action` failed, and what came before it stays done: it runs again
    act_now,      ///< an action failed, and nothing is undone by itself: a person must act
    begin,        ///< gates before, approvals, then the actions
    act,          ///< action `action` is next
    repeat,       ///< the end of action `action` is unknown, and it may run again
    half_done,    ///< the end of action `action` is unknown, and a person must say: mark
    confirm,      ///< a person does action `action` and says so: mark
    conclude,     ///< the actions are behind: enter the phase, gates after
  };
  Kind kind = Kind::complete;
  std::size_t step = 0;    ///< index into Scenario::transfer
  std::size_t action = 0;  ///< index into its run
};

/// What becomes of a step that fails: an action of it, or a gate after it.
enum class AfterFailure {
  undo,      ///< it is undone
  stays,     ///< what was done, or skipped, of it is not put back and not to be done unasked: the next cutover goes on
             ///< where it failed
  beyond,    ///< the point of no return is passed: a person must act
  in_order,  ///< it was done again under a later step that has acted: a person must act
};
/// Pure, as next_move().
AfterFailure after_failure(const Scenario& scenario, const Standing& standing, std::size_t step);

/// Pure. `standing` is that of this scenario's outline.
Move next_move(const Scenario& scenario, const Standing& standing);

/// What comes next of an undo that is under way.
struct UndoMove {
  enum class Kind { act, confirm, unknown, finished } kind = Kind::finished;
  std::size_t action = 0;
};
UndoMove next_undo(const StepDefinition& step, const StepStanding& standing);

/// Whether the action may be repeated although its end is unknown.
bool repeatable(const StepDefinition& step, const ActionDefinition& action);

}  // namespace drydock
