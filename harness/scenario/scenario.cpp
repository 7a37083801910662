#include "harness/scenario/scenario.hpp"

#include <algorithm>

namespace drydock {
namespace {

template <class T>
const T* with_id(const std::vector<T>& all, std::string_view id) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const ProbeDefinition* Scenario::probe(std::string_view id) const {
  return with_id(probes, id);
}
const HostDefinition* Scenario::host(std::string_view id) const {
  return with_id(hosts, id);
}
const GateDefinition* Scenario::gate(std::string_view id) const {
  return with_id(gates, id);
}
const StepDefinition* Scenario::step(std::string_view id) const {
  return with_id(transfer, id);
}

std::optional<std::size_t> Scenario::phase(std::string_view id) const {
  const auto found = std::find(phases.begin(), phases.end(), id);
  return found == phases.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - phases.begin()));
}

}  // namespace drydock
