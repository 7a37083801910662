#include "probes/core/subject.hpp"

#include <algorithm>

namespace drydock {

bool Subject::is_off(std::string_view check) const {
  return std::ranges::find(switched_off, check) != switched_off.end() || is_withheld(check);
}

bool Subject::is_withheld(std::string_view check) const {
  return std::ranges::find(withheld, check) != withheld.end();
}

}  // namespace drydock
