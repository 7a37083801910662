#include "harness/transfer/missing_secrets.hpp"

#include <fmt/format.h>

#include <set>

namespace drydock {
namespace {

class Collector {
public:
  explicit Collector(const Scenario& scenario) : scenario_(scenario) {}

  void step(const StepDefinition& step) {
    actions(step.run, step.id);
    actions(step.undo, step.id);
    for (const auto* list : {&step.before, &step.after})
      for (const auto& id : *list)
        if (const GateDefinition* gate = scenario_.gate(id))
          for (const auto& name : gate->probes) probe(name, step.id);
  }
  void undo(const StepDefinition& step) { actions(step.undo, step.id); }
  [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }

private:
  void need(const Secret& secret, const std::string& by) {
    if (secret.available() || secret.name().empty() || !told_.insert(secret.name()).second) return;
    missing_.push_back(
        fmt::format("{} needs the secret '{}', which can't be read: {}", by, secret.name(), secret.why_missing()));
  }
  void actions(const std::vector<ActionDefinition>& list, const std::string& step) {
    for (const auto& action : list)
      if (const auto* update = std::get_if<DnsUpdateAction>(&action.what)) need(update->key, "step " + step);
  }
  void probe(const std::string& id, const std::string& step) {
    const ProbeDefinition* probe_definition = scenario_.probe(id);
    if (!probe_definition || !seen_.insert(id).second) return;
    parameters(probe_definition->parameters, fmt::format("step {} (probe {} of its gates)", step, id));
    for (const auto& needed : probe_definition->needs) probe(needed, step);
  }
  void parameters(const Parameters& all, const std::string& by) {
    for (const auto& [name, value] : all.values()) {
      if (const auto* account = std::get_if<Account>(&value)) need(account->password, by);
      if (const auto* accounts = std::get_if<std::vector<Account>>(&value))
        for (const auto& account : *accounts) need(account.password, by);
      if (const auto* group = std::get_if<std::shared_ptr<const Parameters>>(&value); group && *group)
        parameters(**group, by);
    }
  }

  const Scenario& scenario_;
  std::set<std::string> told_, seen_;
  std::vector<std::string> missing_;
};

}  // namespace

std::vector<std::string> missing_secrets(const Scenario& scenario, const Standing& standing) {
  Collector collector(scenario);
  for (std::size_t i = 0; i < scenario.transfer.size(); ++i)
    if (!standing.steps[i].finished || standing.steps[i].undoing) collector.step(scenario.transfer[i]);
  return collector.missing();
}

std::vector<std::string> missing_for_undo(const Scenario& scenario, const std::vector<std::size_t>& steps) {
  Collector collector(scenario);
  for (const std::size_t index : steps) collector.undo(scenario.transfer[index]);
  return collector.missing();
}

}  // namespace drydock
