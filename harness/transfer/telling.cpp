#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <ostream>
#include <sstream>

#include "harness/action/action.hpp"
#include "harness/action/child.hpp"
#include "harness/gate/gate.hpp"
#include "harness/transfer/actor.hpp"
#include "harness/transfer/carrier.hpp"
#include "harness/transfer/owner.hpp"
#include "harness/transfer/record.hpp"
#include "harness/transfer/waiving.hpp"

namespace drydock {
namespace {

std::string gate_words(const Scenario& scenario, const std::string& id) {
  const GateDefinition& gate = *scenario.gate(id);
  std::string terms = fmt::format("{} pass{} in a row", gate.need, gate.need == 1 ? "" : "es");
  if (gate.span.count() > 0) terms += " over " + format_duration(gate.span);
  terms += fmt::format(", every {}, within {}", format_duration(gate.every), format_duration(gate.within));
  if (!gate.degraded_counts) terms += ", degraded is reported";
  if (gate.wait_on_fail) terms += ", waits on fail";
  if (gate.quorum)
    terms += fmt::format(", {} {}{} of {} must pass", gate.quorum->pass, to_string(gate.quorum->per),
                         gate.quorum->pass == 1 ? "" : "s", fmt::join(gate.quorum->probes, " "));
  return fmt::format("{}: {} [{}]", id, terms, fmt::join(gate.probes, " "));
}

std::string state_words(const StepStanding& state) {
  std::string words(to_string(state.state()));
  const auto& when = state.ended ? state.ended : state.started;
  if (when) words += " " + format_time(*when);
  if (!state.approvals.empty()) {
    words += ", approved by";
    for (const auto& approval : state.approvals) words += " " + printable(approval.actor.person.value);
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

std::string move_words(const Scenario& scenario, const Standing& standing, const Move& move) {
  if (move.kind == Move::Kind::complete) return "the transfer is complete";
  const StepDefinition& step = scenario.transfer[move.step];
  switch (move.kind) {
    case Move::Kind::edited:
      return fmt::format("step {} was edited after it had begun: mark it", step.id);
    case Move::Kind::undo: {
      const StepStanding& state = standing.steps[move.step];
      const bool lost = state.undoing && next_undo(step, state).kind == UndoMove::Kind::unknown;
      return lost ? fmt::format("the undo of step {} is half-done: mark it", step.id)
                  : fmt::format("step {} is to be undone", step.id);
    }
    case Move::Kind::undo_failed:
      return fmt::format("the undo of step {} failed: a person must act", step.id);
    case Move::Kind::act_now:
      return fmt::format("step {} failed, and nothing is undone by itself: a person must act", step.id);
    case Move::Kind::retry:
      return fmt::format("step {} failed, and goes on with: {}", step.id, describe(step.run.at(move.action)));
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

/// One line, whatever the text holds: nobody's words can look like an entry of their own.
std::string line(const Text& text) {
  return printable(text.value);
}
std::string because(const Text& text) {
  return text.value.empty() ? std::string() : ": " + line(text);
}
std::string by(const Actor& actor) {
  return " by " + printable(words_of(actor));
}
std::string of_actions(bool undo, int action) {
  return fmt::format("{} {}", undo ? "undo" : "action", action + 1);
}

/// An entry in a line of words.
struct Words {
  std::string operator()(const event::Opened&) const { return "the journal was opened"; }
  std::string operator()(const event::Began& e) const { return fmt::format("{} began{}", e.verb, by(e.actor)); }
  std::string operator()(const event::TakenOver& e) const {
    return fmt::format("taken over{} from {}{}", by(e.actor), line(e.from), because(e.because));
  }
  std::string operator()(const event::VarsChanged&) const { return "other vars were given"; }
  std::string operator()(const event::Looked& e) const {
    std::string words;
    for (const auto& gate : e.gates)
      words += fmt::format("{}gate {} {} {}: look {} {}{}", words.empty() ? "" : "; ", gate.gate, gate.when, gate.step,
                           gate.look, gate.outcome, because(gate.reason));
    return words.empty() ? "the gates were looked at" : words;
  }
  std::string operator()(const event::GateDecided& e) const {
    std::string words = fmt::format("step {}: gate {} {}: {}{}", e.step, e.gate, e.when, e.result, because(e.reason));
    for (const auto& waiver : e.waivers) words += "; waived: " + line(waiver);
    return words;
  }
  std::string operator()(const event::Approved& e) const {
    return fmt::format("step {}: approved{}{}", e.step, by(e.actor), because(e.because));
  }
  std::string operator()(const event::ApprovalsVoid& e) const {
    return fmt::format("step {}: its approvals are void{}", e.step, because(e.why));
  }
  std::string operator()(const event::ActionIntended& e) const {
    return fmt::format("step {}: {} begins{}", e.step, of_actions(e.undo, e.action), because(e.text));
  }
  std::string operator()(const event::ChildStarted& e) const {
    return fmt::format("step {}: process {} runs", e.step, e.pid);
  }
  std::string operator()(const event::ActionEnded& e) const {
    return fmt::format("step {}: {} ended: {}{}", e.step, of_actions(e.undo, e.action), e.outcome, because(e.text));
  }
  std::string operator()(const event::ActionsDone& e) const {
    return fmt::format("step {}: its actions are behind", e.step);
  }
  std::string operator()(const event::PhaseEntered& e) const {
    return fmt::format("step {}: phase {} entered", e.step, e.phase);
  }
  std::string operator()(const event::StepDone& e) const { return fmt::format("step {}: finished", e.step); }
  std::string operator()(const event::UndoStarted& e) const {
    return fmt::format("step {}: undo begins{}", e.step, because(e.why));
  }
  std::string operator()(const event::StepUndone& e) const {
    return fmt::format("step {}: undone{}", e.step, because(e.how));
  }
  std::string operator()(const event::UndoFailed& e) const {
    return fmt::format("step {}: the undo failed{}", e.step, because(e.why));
  }
  std::string operator()(const event::Marked& e) const {
    const std::string what = e.action < 0 ? "" : of_actions(e.undo, e.action) + " ";
    return fmt::format("step {}: {}marked {}{}{}", e.step, what, e.word, by(e.actor), because(e.because));
  }
  std::string operator()(const event::Waived& e) const {
    const auto named = [](const char* what, const std::string& value) {
      return value.empty() ? std::string() : fmt::format("{}{}", what, printable(value));
    };
    return fmt::format("waived until {}: {} of {}{}{}{}{}{}{}{}", e.until, e.check, e.probe, named(" on ", e.host),
                       named(" at ", e.address), named(", row ", e.row), by(e.actor), named(" and ", e.second.value),
                       named(", while this probe passes: ", e.mitigation), because(e.because));
  }
  std::string operator()(const event::Interrupted& e) const {
    return fmt::format("interrupted by signal {}", e.signal);
  }
  std::string operator()(const event::OutputLost& e) const {
    return fmt::format("what was told could not be written{}", because(e.why));
  }
  std::string operator()(const event::Stopped& e) const { return fmt::format("{} ended with exit {}", e.verb, e.exit); }
  std::string operator()(const event::Unknown& e) const {
    return fmt::format("an entry that this drydock does not understand, '{}' ({}): {}", e.kind, e.why,
                       clip(e.payload, 500));
  }
};

void tell_opened(std::ostream& out, const event::Opened& opened) {
  out << fmt::format("{} ({}, sha256 {}), {}, run {}\n", opened.name, opened.file, opened.sha256, opened.tool,
                     opened.run);
  for (const auto& [host, address] : opened.hosts) out << fmt::format("  host {} {}\n", host, address);
  for (const auto& [name, value] : opened.names) out << fmt::format("  name {} {}\n", name, value);
}

void tell_output(std::ostream& out, std::string_view output) {
  std::size_t at = 0;
  while (at < output.size()) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    out << "    | " << printable(output.substr(at, end - at)) << '\n';
    at = end + 1;
  }
}

int tell_verified(const JournalReading& reading, const std::string& journal, std::ostream& out, std::ostream& err) {
  for (const auto& problem : reading.problems) err << printable(problem) << '\n';
  if (!reading.problems.empty()) {
    err << fmt::format(
        "{} does not verify: nothing is appended to it any more. Put a copy that verifies in its place; "
        "where there is none, look at both hosts and go on with another (--journal)\n",
        journal);
    return exit_code::kMachine;
  }
  out << fmt::format("{} verifies: {} entries, none changed, taken out or moved\n", journal, reading.tail.seq);
  out << fmt::format("last entry: {}\n", reading.tail.hash);
  out << "whoever notes this hash elsewhere can prove later that nothing up to here was rewritten\n";
  return exit_code::kDone;
}

/// The journal in words, entry by entry; looks that saw what an earlier one saw are counted.
class Narrator {
public:
  void take(const JournalEntry& entry) {
    if (is_repeated_look(entry.kind, entry.payload)) {
      if (repeated_++ == 0) first_repeated_ = entry.time;
      last_repeated_ = entry.time;
      return;
    }
    end();
    Event event{entry.seq, {}, from_payload(entry.kind, entry.payload)};
    text_ << printable(fmt::format("{}  {}", entry.time, std::visit(Words{}, event.what))) << '\n';
    if (const auto* opened = event.get<event::Opened>()) tell_opened(text_, *opened);
    if (const auto* ended = event.get<event::ActionEnded>()) tell_output(text_, ended->output.value);
  }
  void end() {
    if (repeated_ > 0)
      text_ << printable(fmt::format("{}  the gates were looked at {} more time{}, as before, the last at {}",
                                     first_repeated_, repeated_, repeated_ == 1 ? "" : "s", last_repeated_))
            << '\n';
    repeated_ = 0;
  }
  [[nodiscard]] std::string text() const { return text_.str(); }

private:
  std::ostringstream text_;
  int repeated_ = 0;
  std::string first_repeated_, last_repeated_;
};

/// What is under way or left running, before the steps.
void tell_owner(Tell& tell, const TransferLog& log, const std::optional<Owner>& owner) {
  if (!log.exists()) tell.say("the transfer has not begun: there is no journal yet");
  if (owner && !owner->here) tell.say("{}", elsewhere_words(*owner));
  if (owner && owner->here)
    tell.say("it is under way now, by {}{}", owner->who, owner->has_lock ? "" : ", whose lock was removed");
}

/// Processes of an action that outlived their drydock.
void tell_orphans(Tell& tell, const StepStanding& state) {
  for (const Progress* progress : {&state.run, &state.undo})
    for (const auto& child : progress->children)
      if (lives({child.pid, child.start, child.boot}))
        tell.say("     process {} of {} still runs on this machine, without a drydock", child.pid,
                 of_actions(progress == &state.undo, child.action));
}

std::string under_way(const Scenario& scenario, const Standing& standing, const std::string& holder) {
  for (std::size_t i = 0; i < standing.steps.size(); ++i) {
    const StepStanding& state = standing.steps[i];
    const bool undo = state.undoing && state.undo.open;
    const Progress& progress = undo ? state.undo : state.run;
    const auto& list = undo ? scenario.transfer[i].undo : scenario.transfer[i].run;
    if ((undo || (state.run.open && !state.finished)) && progress.next < list.size())
      return fmt::format("step {}: {} is under way, by {}", state.id, describe(list[progress.next]), holder);
  }
  return fmt::format("what comes next is being looked at, by {}", holder);
}

}  // namespace

std::string window_words(WallTime end, WallTime now) {
  if (now < end) return fmt::format("the window ends at {}", format_time(end));
  return fmt::format("the window ended at {}: no point of no return is begun any more", format_time(end));
}

TransferResult plan(const Scenario& scenario, TransferOptions options) {
  Tell tell(options.out, options.err), errors(options.err, options.err);
  TransferResult result;
  try {
    const TransferLog log =
        options.log ? std::move(*options.log)
                    : TransferLog::read_or_begin(options.journal, scenario, std::chrono::system_clock::now());
    const auto changes = forbidden_changes(scenario, options, log);
    for (const auto& line : changes) errors.say("{}", line);
    result.exit = changes.empty() ? exit_code::kDone : exit_code::kUsage;
    if (!changes.empty()) return result;
    const Standing standing = stand(outline_of(scenario), log.events());
    const Move move = next_move(scenario, standing);
    const auto owner = owner_of(options.journal, log);
    tell_heading(tell, scenario, options, standing.phase);
    tell_owner(tell, log, owner);
    if (scenario.transfer.empty()) tell.say("this scenario has no transfer");
    for (std::size_t i = 0; i < scenario.transfer.size(); ++i) {
      tell_step(tell, scenario, scenario.transfer[i], standing.steps[i], i == move.step);
      if (!owner || !owner->here) tell_orphans(tell, standing.steps[i]);
    }
    if (scenario.window_end) tell.say("{}", window_words(*scenario.window_end, std::chrono::system_clock::now()));
    for (const auto& waiver : waivers_in_force(scenario, log))
      tell.say("waived until {}{}: {} of {}, by {}: {}", waiver.until,
               has_expired(waiver, std::chrono::system_clock::now()) ? " (expired)" : "", waiver.check, waiver.probe,
               printable(names_of(waiver)), printable(waiver.because));
    if (standing.beyond_point_of_no_return) tell.say("the point of no return is passed");
    if (!scenario.transfer.empty())
      tell.say("next: {}", owner ? under_way(scenario, standing, owner->who) : move_words(scenario, standing, move));
    result.record = record_of(log);
    if (log.exists()) result.record.journal = options.journal;
    result.record.ending = ending_of("plan", result.exit);
  } catch (const std::exception& error) {
    result.exit = machine_failed(errors, scenario, options, error);
  }
  return result;
}

int history(const std::string& journal, bool verify, std::ostream& out, std::ostream& err) {
  try {
    if (!journal_exists(journal)) {
      err << fmt::format("there is no journal {}: the transfer has not begun\n", journal);
      return exit_code::kUsage;
    }
    Narrator narrator;
    const JournalReading reading = read_journal(journal, [&](JournalEntry&& entry) {
      if (entry.seq == 1) narrator = Narrator();
      if (!verify) narrator.take(entry);
    });
    if (verify) return tell_verified(reading, journal, out, err);
    narrator.end();
    out << fmt::format("journal {}, {} entries; times are UTC\n", journal, reading.tail.seq) << narrator.text();
    if (reading.problems.empty()) return exit_code::kDone;
    err << fmt::format("{} does not verify: {} (all problems: --verify)\n", journal, reading.problems.front());
    return exit_code::kMachine;
  } catch (const std::exception& error) {
    err << fmt::format("drydock can't go on: {}\n", error.what());
    return exit_code::kMachine;
  }
}

}  // namespace drydock
