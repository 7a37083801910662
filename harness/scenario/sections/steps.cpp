#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "harness/scenario/sections/loading.hpp"

namespace drydock {
namespace {

/// The record sets that actions change, `name type` each, with what they become.
using RecordSets = std::map<std::string, DnsUpdateAction::Record>;

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

struct Changes {
  std::size_t actions = 0;  ///< those that change anything: a wait does not
  std::size_t updates = 0;
  RecordSets records;
};

Changes changes_of(const std::vector<ActionDefinition>& actions) {
  Changes changes;
  for (const ActionDefinition& action : actions) {
    if (std::holds_alternative<WaitAction>(action.what)) continue;
    ++changes.actions;
    const auto* update = std::get_if<DnsUpdateAction>(&action.what);
    if (!update) continue;
    ++changes.updates;
    for (const auto& record : update->changes)
      changes.records.insert_or_assign(lower(record.name) + " " + upper(record.type), record);
  }
  return changes;
}

std::vector<std::string> missing_in(const RecordSets& some, const RecordSets& others) {
  std::vector<std::string> missing;
  for (const auto& [name, record] : some)
    if (!others.contains(name)) missing.push_back(name);
  return missing;
}

std::string count(std::size_t number) {
  return fmt::format("{} action{}", number, number == 1 ? "" : "s");
}

/// An undo that runs the update itself again takes nothing back.
std::vector<std::string> left_as_they_are(const RecordSets& run, const RecordSets& undo) {
  std::vector<std::string> same;
  for (const auto& [name, record] : run) {
    const auto found = undo.find(name);
    if (found != undo.end() && found->second.data == record.data && found->second.ttl == record.ttl)
      same.push_back(name);
  }
  return same;
}

void look_at_undo(Loading& loading, const StepDefinition& step, const Place& place) {
  const Changes run = changes_of(step.run);
  const Changes undo = changes_of(step.undo);
  const auto warn = [&](const std::string& text) {
    loading.diagnostics.warning(place, fmt::format("the undo of `{}` {}", step.id, text));
  };
  if (undo.actions - undo.updates < run.actions - run.updates && undo.actions < run.actions)
    warn(fmt::format("may put back less than its `run` changes, {} against {}; give it what takes back the rest",
                     count(undo.actions), count(run.actions)));
  if (undo.updates == 0 && undo.actions >= run.actions) return;
  const auto forgotten = missing_in(run.records, undo.records);
  if (!forgotten.empty())
    warn(fmt::format("doesn't put back {}, which `run` changes; add it to its dns_update", fmt::join(forgotten, ", ")));
  const auto added = missing_in(undo.records, run.records);
  if (!added.empty()) warn(fmt::format("changes {}, which `run` doesn't touch; is it a slip?", fmt::join(added, ", ")));
  const auto same = left_as_they_are(run.records, undo.records);
  if (!same.empty())
    warn(fmt::format("leaves {} as `run` made it; give it the data from before the step", fmt::join(same, ", ")));
}

/// More people than one finds at night.
constexpr int kManyApprovals = 9;

void look_at_approvals(Loading& loading, const StepDefinition& step, const Node& node) {
  if (step.approvals <= kManyApprovals) return;
  loading.diagnostics.warning(
      node.find("approve")->place,
      fmt::format(
          "{} people must approve `{}`, and whoever runs the cutover is none of them, so it may never go on; ask "
          "for fewer",
          step.approvals, step.id));
}

}  // namespace

void look_at_steps(Loading& loading) {
  const Node* transfer = loading.root.find("transfer");
  const auto& steps = loading.scenario.transfer;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Node& node = transfer->items[i];
    const auto* undo = node.entry("undo");
    if (undo && !steps[i].undo.empty()) look_at_undo(loading, steps[i], undo->key_place);
    look_at_approvals(loading, steps[i], node);
  }
}

}  // namespace drydock
