#include "harness/report/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace drydock {
namespace {

constexpr int kNoGo = 1, kHold = 4, kUndone = 6, kActNow = 7;

bool is_behind(const StepRecord& step) {
  return step.state == "done" || step.state == "skipped";
}

/// False where something of it began and none of its undo did.
bool was_put_back(const StepRecord& step) {
  const auto& actions = step.actions;
  const bool began = std::any_of(actions.begin(), actions.end(), [](const ActionRecord& action) {
    return !action.undo && action.outcome != "not-started";
  });
  return !began || std::any_of(actions.begin(), actions.end(), [](const ActionRecord& action) { return action.undo; });
}

/// The last action that did not end well, nor did when it ran again; or null.
const ActionRecord* culprit(const StepRecord& step) {
  for (auto action = step.actions.rbegin(); action != step.actions.rend(); ++action) {
    const auto made_good = [&](const ActionRecord& later) {
      return later.outcome == "done" && later.undo == action->undo && later.text == action->text;
    };
    if (action->outcome != "done" && std::none_of(step.actions.rbegin(), action, made_good)) return &*action;
  }
  return nullptr;
}

/// Why gates of the step decided so; where none of its own did, those of other steps that were looked at with them.
std::string gate_words(const RunRecord& record, const StepRecord& step, std::string_view result) {
  std::string own, others;
  for (const auto& gate : record.gates) {
    if (gate.result != result) continue;
    std::string& words = gate.step == step.step ? own : others;
    words += fmt::format("{}gate {}{}{} said {}{}{}", words.empty() ? "" : "; ", gate.gate, gate.when ? " " : "",
                         gate.when.value_or(std::string()), gate.result, gate.reason.empty() ? "" : ": ", gate.reason);
  }
  return own.empty() ? others : own;
}

StepOutcome not_well(StepOutcome::Kind kind, const RunRecord& record, const Summary& summary, const StepRecord& step) {
  const bool failed = kind == StepOutcome::Kind::failed;
  const bool acted = summary.exit != kNoGo && summary.exit != kHold;
  const bool before_it = step.state == "waiting" || step.state == "running";
  const std::string word = summary.verdict == "planned" ? ending_of("cutover", summary.exit).verdict : summary.verdict;
  StepOutcome outcome{kind, before_it ? word : step.state, {}, nullptr};
  if (acted || step.state == "failed") outcome.action = culprit(step);
  const std::string gates = outcome.action ? "" : gate_words(record, step, failed ? "no-go" : "hold");
  outcome.reason = outcome.action   ? action_words(*outcome.action)
                   : !gates.empty() ? gates
                                    : verdict_words(record, summary);
  return outcome;
}

std::string complete_or_stopped(const RunRecord& record) {
  return std::all_of(record.steps.begin(), record.steps.end(), is_behind)
             ? "the transfer is complete"
             : "the transfer came as far as it was asked to; steps are left";
}

std::string transfer_words(const RunRecord& record, const Summary& summary) {
  static const std::map<std::string_view, std::string_view> kWords{
      {"no-go", "a gate said no-go; no action was begun after that"},
      {"held", "the transfer stands at a gate that holds; nothing was undone"},
      {"waiting", "the transfer waits for a person"},
      {"undone", "a step failed and was undone; the next cutover begins with it"},
      {"failed", "a person must act now"},
      {"rolled-back", "undone as asked"},
      {"planned", "nothing was done"},
  };
  const auto stands = std::find_if_not(record.steps.begin(), record.steps.end(), is_behind);
  if (summary.verdict == "undone" && stands != record.steps.end() && !stands->undone)
    return "a step failed and nothing of it was put back; the next cutover goes on where it failed";
  if (summary.verdict == "undone" && stands != record.steps.end() && !was_put_back(*stands))
    return "a step failed and has no undo, so nothing of it was put back; the next cutover begins with it";
  if (summary.verdict == "planned" && summary.exit != 0) return "nothing was done; a cutover would stop there now";
  if (summary.verdict == "pass") return complete_or_stopped(record);
  if (summary.verdict == "interrupted")
    return record.ending ? "the transfer was interrupted; its journal is intact"
                         : "no command has said how it ended: it was killed, or is under way";
  if (summary.verdict == "error" && summary.exit == 2) return "the command was refused; nothing was sent";
  if (summary.verdict == "error" && summary.exit == 75) return "another drydock holds this transfer; nothing was done";
  if (summary.verdict == "error") return "drydock or this machine can't go on";
  const auto known = kWords.find(summary.verdict);
  return std::string(known == kWords.end() ? std::string_view("as the command decided") : known->second);
}

}  // namespace

bool is_transfer(const RunRecord& record) {
  return !record.steps.empty() || (record.ending && record.ending->verdict != "interrupted");
}

std::string action_words(const ActionRecord& action) {
  std::string words = fmt::format("{}{}: {}", action.undo ? "undo: " : "", action.text, action.outcome);
  const std::string exit = action.exit ? fmt::format("exit {}", *action.exit) : std::string();
  if (action.exit && !action.message.starts_with(exit)) words += ", " + exit;
  if (!action.message.empty()) words += ": " + action.message;
  return words;
}

StepOutcome outcome_of(const RunRecord& record, const Summary& summary, std::size_t index) {
  using Kind = StepOutcome::Kind;
  const StepRecord& step = record.steps[index];
  if (step.state == "done") return {Kind::passed, step.state, {}, nullptr};
  if (step.state == "skipped") return {Kind::skipped, step.state, "a person said to go on without it", nullptr};
  if (step.state == "failed") return not_well(Kind::failed, record, summary, step);
  if (step.state == "half-done") return not_well(Kind::error, record, summary, step);
  const auto turn = std::find_if_not(record.steps.begin(), record.steps.end(), is_behind);
  const bool stands_here = static_cast<std::size_t>(turn - record.steps.begin()) == index;
  if (!stands_here || summary.exit == 0)
    return {Kind::skipped, step.state, step.state == "waiting" ? "its turn did not come" : step.state, nullptr};
  const bool failed = summary.exit == kNoGo || summary.exit == kUndone || summary.exit == kActNow;
  return not_well(failed ? Kind::failed : Kind::error, record, summary, step);
}

std::string verdict_words(const RunRecord& record, const Summary& summary) {
  const auto critical = [&](Verdict verdict) {
    return std::count_if(record.results.begin(), record.results.end(), [&](const ResultRecord& result) {
      return result.verdict == verdict && result.severity == Severity::critical && !result.waiver;
    });
  };
  if (is_transfer(record)) return transfer_words(record, summary);
  if (summary.verdict == "interrupted") return "the run was interrupted; what was seen until then is told";
  if (summary.verdict == "fail") return fmt::format("{} critical failed", critical(Verdict::fail));
  if (summary.verdict == "inconclusive") {
    const auto unclear = critical(Verdict::inconclusive);
    return unclear > 0 ? fmt::format("{} critical could not be judged", unclear) : "nothing was judged";
  }
  return summary.verdict == "warn" ? "nothing critical is wrong, but something is" : "nothing is wrong";
}

}  // namespace drydock
