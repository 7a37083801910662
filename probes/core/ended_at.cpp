#include "probes/core/ended_at.hpp"

#include <algorithm>

namespace drydock {

bool ended_at(const Observation& seen, std::initializer_list<std::string_view> stages) {
  return seen.error && std::find(stages.begin(), stages.end(), seen.error_stage) != stages.end();
}

}  // namespace drydock
