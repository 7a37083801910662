#pragma once
#include <cstddef>
#include <string>

#include "harness/record/run_record.hpp"

/// What a transfer came to, in words that every format shares. Pure.
namespace drydock {

/// What became of one step, as somebody sees it who asks whether the move went well.
struct StepOutcome {
  enum class Kind {
    passed,   ///< it is done
    skipped,  ///< its turn did not come, it was undone as asked, or a person went on without it
    failed,   ///< it failed or was undone because of a failure, or a gate of it said no-go
    error,    ///< the transfer stands there: held, waiting, half-done, interrupted
  };
  Kind kind = Kind::skipped;
  std::string word;                      ///< the step's state, or the verdict where the transfer stands before it
  std::string reason;                    ///< in one line; empty for `passed`
  const ActionRecord* action = nullptr;  ///< of the record: the action that did not end well, where it is the reason
};
StepOutcome outcome_of(const RunRecord& record, const Summary& summary, std::size_t step);

/// `on old: nsupdate: failed, exit 2: no such zone`
std::string action_words(const ActionRecord& action);

/// What the verdict means, for people.
std::string verdict_words(const RunRecord& record, const Summary& summary);

/// Whether it is the record of a transfer, not of a run.
bool is_transfer(const RunRecord& record);

}  // namespace drydock
