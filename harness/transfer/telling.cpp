#include <algorithm>
#include <exception>
#include <ostream>

#include "harness/action/action.hpp"
#include "harness/gate/gate.hpp"
#include "harness/journal/holder.hpp"
#include "harness/transfer/carrier.hpp"
#include "harness/transfer/record.hpp"

namespace drydock {
namespace {

std::string gate_words(const Scenario& scenario, const std::string& id) {
  const GateDefinition& gate = *scenario.gate(id);
  std::string probes;
  for (const auto& probe : gate.probes) probes += (probes.empty() ? "" : " ") + probe;
  return fmt::format("{}: {} pass{} in a row, every {}, within {}{}{} [{}]", id, gate.need, gate.need == 1 ? "" : "es",
                     format_duration(gate.every), format_duration(gate.within),
                     gate.degraded_counts ? "" : ", degraded is reported", gate.wait_on_fail ? ", waits on fail" : "",
                     probes);
}

std::string state_words(const StepStanding& state) {
  std::string words(to_string(state.state()));
  const auto& when = state.ended ? state.ended : state.started;
  if (when) words += " " + format_time(*when);
  if (!state.approvers.empty()) {
    words += ", approved by";
    for (const auto& person : state.approvers) words += " " + person;
  }
  return words;
}

std::string step_notes(const Scenario& scenario, const StepDefinition& step) {
  std::string notes;
  if (step.enters) notes += ", enters " + scenario.phases.at(*step.enters);
  if (step.approvals > 0) notes += fmt::format(", approval by {}", step.approvals);
  if (step.repeatable) notes += ", repeatable";
  if (step.point_of_no_return) notes += ", point of no return";
  return notes;
}

void tell_step(Tell& tell, const Scenario& scenario, const StepDefinition& step, const StepStanding& state, bool next) {
  tell.say("{} {} ({}{})", next ? "->" : "  ", step.id, state_words(state), step_notes(scenario, step));
  for (const auto& gate : step.before) tell.say("     before  {}", gate_words(scenario, gate));
  for (const auto& action : step.run) tell.say("     run     {}", describe(action));
  for (const auto& gate : step.after) tell.say("     after   {}", gate_words(scenario, gate));
  for (const auto& action : step.undo) tell.say("     undo    {}", describe(action));
}

std::string move_words(const Scenario& scenario, const Move& move) {
  if (move.kind == Move::Kind::complete) return "the transfer is complete";
  const StepDefinition& step = scenario.transfer[move.step];
  switch (move.kind) {
    case Move::Kind::edited:
      return fmt::format("step {} was edited after it had begun: mark it", step.id);
    case Move::Kind::undo:
      return fmt::format("step {} is to be undone", step.id);
    case Move::Kind::undo_failed:
      return fmt::format("the undo of step {} failed: a person must act", step.id);
    case Move::Kind::failed_beyond:
      return fmt::format("step {} failed beyond the point of no return: a person must act", step.id);
    case Move::Kind::half_done:
      return fmt::format("step {} is half-done: mark it", step.id);
    case Move::Kind::repeat:
      return fmt::format("step {} is half-done and runs again", step.id);
    case Move::Kind::confirm:
      return fmt::format("step {} waits for a person: mark it --done", step.id);
    case Move::Kind::conclude:
      return fmt::format("the gates after step {}", step.id);
    case Move::Kind::act:
      return fmt::format("step {}: {}", step.id, describe(step.run.at(move.action)));
    default:
      return fmt::format("step {}{}", step.id, step.before.empty() ? "" : ", its gates before");
  }
}

std::string who(const Event& event) {
  return event.person.empty() ? std::string() : " by " + event.person;
}
std::string because(const Event& event) {
  return event.text.empty() ? std::string() : ": " + event.text;
}

std::string event_words(const Event& event) {
  const std::string which = event.undo ? "undo" : "action";
  switch (event.kind) {
    case EventKind::opened:
      return "the journal was opened";
    case EventKind::vars_changed:
      return "other vars were given";
    case EventKind::looked:
      return "the gates were looked at";
    case EventKind::gate_decided:
      return fmt::format("step {}: gate {} {}: {}{}", event.step, event.gate, event.when, event.word, because(event));
    case EventKind::approved:
      return fmt::format("step {}: approved{}{}", event.step, who(event), because(event));
    case EventKind::action_intended:
      return fmt::format("step {}: {} {} begins{}", event.step, which, event.action + 1, because(event));
    case EventKind::child_started:
      return fmt::format("step {}: process {} runs", event.step, child_from_json(event.detail).pid);
    case EventKind::action_ended:
      return fmt::format("step {}: {} {} ended: {}{}", event.step, which, event.action + 1, event.word, because(event));
    case EventKind::actions_done:
      return fmt::format("step {}: its actions are behind", event.step);
    case EventKind::phase_entered:
      return fmt::format("step {}: phase {} entered", event.step, event.text);
    case EventKind::step_done:
      return fmt::format("step {}: finished", event.step);
    case EventKind::undo_started:
      return fmt::format("step {}: undo begins{}", event.step, because(event));
    case EventKind::step_undone:
      return fmt::format("step {}: undone{}", event.step, because(event));
    case EventKind::undo_failed:
      return fmt::format("step {}: the undo failed{}", event.step, because(event));
    case EventKind::marked:
      return fmt::format("step {}: marked {}{}{}", event.step, event.word, who(event), because(event));
    case EventKind::interrupted:
      return fmt::format("interrupted by {}", event.text);
    case EventKind::stopped:
      return fmt::format("{} ended with exit {}", event.word, event.number);
  }
  return {};
}

void tell_opened(std::ostream& out, const OpenedDetail& opened) {
  out << fmt::format("{} ({}, sha256 {}), {}, run {}\n", opened.name, opened.file, opened.sha256, opened.tool,
                     opened.run);
  for (const auto& [host, address] : opened.hosts) out << fmt::format("  host {} {}\n", host, address);
  for (const auto& [name, value] : opened.names) out << fmt::format("  name {} {}\n", name, value);
}

void tell_output(std::ostream& out, const Event& event) {
  std::size_t at = 0;
  while (at < event.output.size()) {
    const std::size_t end = std::min(event.output.find('\n', at), event.output.size());
    out << "    | " << printable(std::string_view(event.output).substr(at, end - at)) << '\n';
    at = end + 1;
  }
}

int tell_verified(const JournalSnapshot& snapshot, const std::string& journal, std::ostream& out, std::ostream& err) {
  for (const auto& problem : snapshot.problems) err << problem << '\n';
  if (!snapshot.problems.empty()) {
    err << fmt::format("{} does not verify\n", journal);
    return exit_code::kMachine;
  }
  out << fmt::format("{} verifies: {} entries, none changed, taken out or moved\n", journal, snapshot.entries.size());
  out << fmt::format("last entry: {}\n", snapshot.head);
  out << "whoever notes this hash elsewhere can prove later that nothing up to here was rewritten\n";
  return exit_code::kDone;
}

}  // namespace

TransferResult plan(const Scenario& scenario, const TransferOptions& options) {
  Tell tell(options.out, options.err), errors(options.err, options.err);
  TransferResult result;
  try {
    const auto changes = forbidden_changes(scenario, options.journal);
    for (const auto& change : changes) errors.say("{}", change);
    result.exit = changes.empty() ? exit_code::kDone : exit_code::kUsage;
    if (!changes.empty()) return result;
    const Ledger ledger = Ledger::read(options.journal, scenario, std::chrono::system_clock::now());
    const Standing standing = stand(outline_of(scenario), ledger.events());
    const Move move = next_move(scenario, standing);
    tell_heading(tell, scenario, options, standing.phase);
    if (!ledger.exists()) tell.say("the transfer has not begun: there is no journal yet");
    if (const auto holder = Holder::who_holds(options.journal)) tell.say("it is under way now, by {}", *holder);
    if (scenario.transfer.empty()) tell.say("this scenario has no transfer");
    for (std::size_t i = 0; i < scenario.transfer.size(); ++i)
      tell_step(tell, scenario, scenario.transfer[i], standing.steps[i], i == move.step);
    if (standing.beyond_point_of_no_return) tell.say("the point of no return is passed");
    if (!scenario.transfer.empty()) tell.say("next: {}", move_words(scenario, move));
    result.record = record_of(
        ledger.exists() ? ledger.opened() : opened_detail(scenario, std::chrono::system_clock::now()), ledger.events());
    if (ledger.exists()) result.record.journal = options.journal;
    result.record.exit_override = result.exit;
  } catch (const std::exception& error) {
    errors.say("drydock can't go on: {}", error.what());
    result.exit = exit_code::kMachine;
  }
  return result;
}

int history(const std::string& journal, bool verify, std::ostream& out, std::ostream& err) {
  try {
    if (!journal_exists(journal)) {
      err << fmt::format("there is no journal {}: the transfer has not begun\n", journal);
      return exit_code::kUsage;
    }
    const JournalSnapshot snapshot = read_journal(journal);
    if (verify) return tell_verified(snapshot, journal, out, err);
    out << fmt::format("journal {}, {} entries; times are UTC\n", journal, snapshot.entries.size());
    for (const auto& entry : snapshot.entries) {
      const auto kind = event_kind(entry.kind);
      const auto time = parse_time(entry.time);
      if (!kind || !time) {
        out << fmt::format("{} {}\n", entry.time, entry.kind);
        continue;
      }
      const Event event = from_payload(*kind, *time, entry.payload);
      out << fmt::format("{}  {}\n", entry.time, event_words(event));
      if (*kind == EventKind::opened) tell_opened(out, opened_from_json(event.detail));
      tell_output(out, event);
    }
    if (snapshot.problems.empty()) return exit_code::kDone;
    err << fmt::format("{} does not verify: {} (all problems: --verify)\n", journal, snapshot.problems.front());
    return exit_code::kMachine;
  } catch (const std::exception& error) {
    err << fmt::format("drydock can't go on: {}\n", error.what());
    return exit_code::kMachine;
  }
}

}  // namespace drydock
