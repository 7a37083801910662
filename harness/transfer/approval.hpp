#pragma once
#include <string>
#include <vector>

#include "harness/plan/standing.hpp"
#include "harness/record/run_record.hpp"

namespace drydock {

/// What an approval is bound to: one row a check that did not plainly pass, in the order of the results. Advisory
/// checks bind nobody.
std::vector<event::Approved::Row> rows_of(const std::vector<ResultRecord>& results);

/// Of a look's results those of the probes that the step's own gates before it look at.
std::vector<ResultRecord> seen_before(const Scenario& scenario, const StepDefinition& step,
                                      const std::vector<ResultRecord>& results);

/// The persons whose approval of this step counts: each once, of the text as it is now; where more than one must
/// approve, who acts is none of them.
std::vector<std::string> counting_approvals(const StepDefinition& step, const StepStanding& state,
                                            const std::string& actor);

/// The step of the scenario that touched hosts or zones after what an approval of this step was bound to had been seen;
/// null where none did. What was seen before is stale.
const StepDefinition* touched_since(const Scenario& scenario, const StepStanding& state,
                                    const std::vector<Event>& events);

/// What these results say that is worse than what some approval of the step was bound to, in one line; empty where
/// nothing is. An approval that came before any look is bound to none.
std::string what_got_worse(const StepStanding& state, const std::vector<ResultRecord>& results);

}  // namespace drydock
