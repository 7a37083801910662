#include "harness/record/shared_text.hpp"

namespace drydock {

SharedText SharedTexts::operator()(std::string_view text) {
  if (text.empty()) return {};
  const auto found = known_.find(std::string(text));
  if (found != known_.end()) return found->second;
  SharedText kept{std::string(text)};
  if (known_.size() < kMost) known_.emplace(text, kept);
  return kept;
}

}  // namespace drydock
