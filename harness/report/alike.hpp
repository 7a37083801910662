#pragma once
#include <vector>

#include "harness/record/run_record.hpp"

namespace drydock {

/// Results that say the same in the same words (message, expected, actual, hint, waiver), as 35 probes say of one stale zone:
/// a person reads them as one. In the order of the first of each.
using Alike = std::vector<const ResultRecord*>;
std::vector<Alike> alike(const std::vector<const ResultRecord*>& results);

}  // namespace drydock
