#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/task.hpp"

namespace drydock {

/// Pure. The chain of `needs` that took longest, of a look that has ended: probe ids with the time each took, causes
/// first.
std::vector<std::pair<std::string, Duration>> longest_chain(const std::vector<std::unique_ptr<Task>>& tasks);

}  // namespace drydock
