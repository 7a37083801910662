#pragma once
#include <optional>
#include <string>
#include <vector>

#include "harness/check/comparison.hpp"
#include "harness/run/judging.hpp"

namespace drydock {

/// A reference and a subject, looked at in one look.
struct Pair {
  Side reference, subject;
  int reference_id = 0;  ///< of its observation
};

/// Whether any fact that is compared differs, so that both are to be looked at once more before that counts.
bool differ(const ProbeDefinition& probe, const Pair& pair);

/// Pure. What the comparison of a probe came to: `same`, whether it could be compared, and `same.FACT` for each
/// difference. `again`: both looked at once more, where they differed. What is not steady on the reference is named
/// under `same` and held against nobody; what is steady there and unsteady on the subject is a difference. Overrides
/// and the probe's severity are applied.
std::vector<Judged> judge_comparison(const ProbeDefinition& probe, const Pair& pair, const std::optional<Pair>& again);

/// The same where there is nothing to compare with: inconclusive, or a skip.
Judged not_compared(const ProbeDefinition& probe, const Judgement& why);

}  // namespace drydock
