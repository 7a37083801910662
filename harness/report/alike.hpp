#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/run_record.hpp"

namespace drydock {

/// Results that say the same in the same words (message, expected, actual, hint, waiver), as 35 probes say of one stale
/// zone: a person reads them as one. In the order of the first of each.
using Alike = std::vector<const ResultRecord*>;
std::vector<Alike> alike(const std::vector<const ResultRecord*>& results);

/// Where the same was seen besides: up to `most` places, and how many more; `how` is said after that number.
std::string other_places(const Alike& group, std::size_t most, std::string_view how = {});

}  // namespace drydock
