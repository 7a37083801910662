#pragma once
#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "probes/core/duration.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {

/// Free text of somebody's: a person, a command, a server. TextFilter makes it fit before it is written.
struct Text {
  std::string value;
  bool operator==(const Text&) const = default;
};
/// What a command said: as Text, but longer, with its beginning and its end.
struct Output {
  std::string value;
  bool operator==(const Output&) const = default;
};
/// JSON that the plan does not look into.
struct RawJson {
  std::string value;  ///< as Boost.JSON serialises it
  bool operator==(const RawJson&) const = default;
};

/// The canonical text of a step: to be compared by version and digest, to be shown as text.
struct StepText {
  int version = 0;     ///< of the canonical form, see step_text.hpp; 0: none
  std::string sha256;  ///< of the whole text, secrets and all
  Text text;
  bool operator==(const StepText&) const = default;
  BOOST_DESCRIBE_CLASS(StepText, (), (version, sha256, text), (), ())
};

/// Who typed a command, and where it runs: enough to know the process again on this machine, and to know that it is on
/// another one.
struct Actor {
  Text person;          ///< --as, or the login name
  Text user;            ///< login name
  Text host;            ///< the machine's name for itself
  std::string machine;  ///< /etc/machine-id; empty where there is none
  std::string boot;     ///< /proc/sys/kernel/random/boot_id
  int pid = 0;
  std::uint64_t start = 0;  ///< clock ticks after boot, field 22 of /proc/PID/stat
  bool operator==(const Actor&) const = default;
  BOOST_DESCRIBE_CLASS(Actor, (), (person, user, host, machine, boot, pid, start), (), ())
};

/// What the journal of a transfer is made of: one struct a kind, kKind is its word in the journal. The members are the
/// keys of the payload; what is optional may be absent or null, everything else must be there. FORMAT.md in
/// harness/journal tells of each when it is written.
namespace event {

/// The first entry: what the transfer is about, and the scenario's steps as they were then.
struct Opened {
  static constexpr std::string_view kKind = "opened";
  struct Step {
    std::string id;
    StepText text;
    std::string enters;  ///< phase; empty: none
    std::vector<std::string> before, after;
    bool point_of_no_return = false;
    bool operator==(const Step&) const = default;
    BOOST_DESCRIBE_CLASS(Step, (), (id, text, enters, before, after, point_of_no_return), (), ())
  };
  std::string tool, name, file, sha256, run, vantage;
  std::vector<std::pair<std::string, std::string>> vars, hosts, names;  ///< hosts: id and address
  std::vector<std::string> phases;
  std::vector<Step> steps;
  bool operator==(const Opened&) const = default;
  BOOST_DESCRIBE_CLASS(Opened, (), (tool, name, file, sha256, run, vantage, vars, hosts, names, phases, steps), (), ())
};

/// `cutover` or `rollback` has taken the right to carry on.
struct Began {
  static constexpr std::string_view kKind = "began";
  std::string verb, tool;
  Actor actor;
  std::optional<std::string> arguments{};  ///< how far, as typed: `--until switch-dns`, `--all --force`
  bool operator==(const Began&) const = default;
  BOOST_DESCRIBE_CLASS(Began, (), (verb, tool, actor, arguments), (), ())
};

/// A person has said that the owner on another machine is gone.
struct TakenOver {
  static constexpr std::string_view kKind = "taken-over";
  Actor actor;
  Text because;
  Text from;  ///< who had it, in words
  bool operator==(const TakenOver&) const = default;
  BOOST_DESCRIBE_CLASS(TakenOver, (), (actor, because, from), (), ())
};

struct VarsChanged {
  static constexpr std::string_view kKind = "vars-changed";
  std::vector<std::pair<std::string, std::string>> vars;
  bool operator==(const VarsChanged&) const = default;
  BOOST_DESCRIBE_CLASS(VarsChanged, (), (vars), (), ())
};

/// One look at gates. A look whose verdicts are those of an earlier one only names that one.
struct Looked {
  static constexpr std::string_view kKind = "looked";
  struct Gate {
    std::string gate, step, when;
    int look = 0;         ///< from 1
    std::string outcome;  ///< pass, fail, inconclusive, nothing
    Text reason;
    bool operator==(const Gate&) const = default;
    BOOST_DESCRIBE_CLASS(Gate, (), (gate, step, when, look, outcome, reason), (), ())
  };
  std::optional<std::int64_t> same_as;  ///< the entry that holds what this look saw; then `seen` is absent
  std::vector<Gate> gates;
  std::string verdicts;  ///< a digest of every check's verdict: equal looks have equal ones
  std::optional<RawJson> seen;
  bool operator==(const Looked&) const = default;
  BOOST_DESCRIBE_CLASS(Looked, (), (same_as, gates, verdicts, seen), (), ())
};

struct GateDecided {
  static constexpr std::string_view kKind = "gate-decided";
  std::string step, gate, when, result;  ///< go, hold, no-go
  Text reason;
  int passes = 0, need = 1, looks = 0;
  WallTime started{}, finished{};
  std::vector<Text> waivers;  ///< those that were used, in words
  bool operator==(const GateDecided&) const = default;
  BOOST_DESCRIBE_CLASS(GateDecided, (),
                       (step, gate, when, result, reason, passes, need, looks, started, finished, waivers), (), ())
};

/// What a person saw when approving: one row a check that did not plainly pass, and how many passed.
struct Approved {
  static constexpr std::string_view kKind = "approved";
  struct Row {
    std::string probe, check, host, address, verdict, waiver;
    bool operator==(const Row&) const = default;
    BOOST_DESCRIBE_CLASS(Row, (), (probe, check, host, address, verdict, waiver), (), ())
  };
  std::string step;
  Actor actor;
  Text because;
  StepText text;
  std::vector<Row> seen;
  std::optional<std::int64_t> look;  ///< the entry with the look it is bound to; absent where there was none
  bool operator==(const Approved&) const = default;
  BOOST_DESCRIBE_CLASS(Approved, (), (step, actor, because, text, seen, look), (), ())
};

/// What an approval was bound to has become worse.
struct ApprovalsVoid {
  static constexpr std::string_view kKind = "approvals-void";
  std::string step;
  Text why;
  bool operator==(const ApprovalsVoid&) const = default;
  BOOST_DESCRIBE_CLASS(ApprovalsVoid, (), (step, why), (), ())
};

/// Durable before the action starts.
struct ActionIntended {
  static constexpr std::string_view kKind = "action-intended";
  std::string step;
  int action = 0;  ///< index into run or undo
  bool undo = false;
  Text text;                          ///< what it does
  std::string mark;                   ///< names its process on a host
  std::optional<StepText> step_text;  ///< absent with undo
  bool point_of_no_return = false;    ///< of the step
  std::optional<bool> by_person;      ///< whether a person does it and says so; absent: no
  bool operator==(const ActionIntended&) const = default;
  BOOST_DESCRIBE_CLASS(ActionIntended, (), (step, action, undo, text, mark, step_text, point_of_no_return, by_person),
                       (), ())
};

/// A process on this machine that belongs to the action: the command itself, or its ssh.
struct ChildStarted {
  static constexpr std::string_view kKind = "child-started";
  std::string step;
  int action = 0;
  bool undo = false;
  int pid = 0;
  std::uint64_t start = 0;  ///< clock ticks after boot, field 22 of /proc/PID/stat
  std::string boot;         ///< /proc/sys/kernel/random/boot_id
  bool operator==(const ChildStarted&) const = default;
  BOOST_DESCRIBE_CLASS(ChildStarted, (), (step, action, undo, pid, start, boot), (), ())
};

struct ActionEnded {
  static constexpr std::string_view kKind = "action-ended";
  std::string step;
  int action = 0;
  bool undo = false;
  std::string outcome;  ///< done, failed, not-started, unknown
  Text text;
  std::optional<int> exit;
  Output output;
  bool operator==(const ActionEnded&) const = default;
  BOOST_DESCRIBE_CLASS(ActionEnded, (), (step, action, undo, outcome, text, exit, output), (), ())
};

/// Nothing of `run` is left.
struct ActionsDone {
  static constexpr std::string_view kKind = "actions-done";
  std::string step;
  StepText step_text;
  bool point_of_no_return = false;
  bool operator==(const ActionsDone&) const = default;
  BOOST_DESCRIBE_CLASS(ActionsDone, (), (step, step_text, point_of_no_return), (), ())
};

struct PhaseEntered {
  static constexpr std::string_view kKind = "phase-entered";
  std::string step, phase;
  bool operator==(const PhaseEntered&) const = default;
  BOOST_DESCRIBE_CLASS(PhaseEntered, (), (step, phase), (), ())
};

/// The gates after have passed.
struct StepDone {
  static constexpr std::string_view kKind = "step-done";
  std::string step;
  StepText step_text;
  bool operator==(const StepDone&) const = default;
  BOOST_DESCRIBE_CLASS(StepDone, (), (step, step_text), (), ())
};

struct UndoStarted {
  static constexpr std::string_view kKind = "undo-started";
  std::string step, verb;
  Text why;
  bool operator==(const UndoStarted&) const = default;
  BOOST_DESCRIBE_CLASS(UndoStarted, (), (step, verb, why), (), ())
};

/// The phase held before is held again. A step without undo passes this way too.
struct StepUndone {
  static constexpr std::string_view kKind = "step-undone";
  std::string step;
  Text how;
  bool operator==(const StepUndone&) const = default;
  BOOST_DESCRIBE_CLASS(StepUndone, (), (step, how), (), ())
};

struct UndoFailed {
  static constexpr std::string_view kKind = "undo-failed";
  std::string step;
  Text why;
  bool operator==(const UndoFailed&) const = default;
  BOOST_DESCRIBE_CLASS(UndoFailed, (), (step, why), (), ())
};

/// A person says what became of something that only a person can know.
struct Marked {
  static constexpr std::string_view kKind = "marked";
  std::string step;
  int action = -1;  ///< what it is about; -1: the step
  bool undo = false;
  std::string word;  ///< done, again, skipped
  Actor actor;
  Text because;
  StepText step_text;
  bool operator==(const Marked&) const = default;
  BOOST_DESCRIBE_CLASS(Marked, (), (step, action, undo, word, actor, because, step_text), (), ())
};

/// A person accepts one failing check.
struct Waived {
  static constexpr std::string_view kKind = "waived";
  std::string check, probe, host, address, row, mitigation;  ///< the last four: empty where none is named
  std::string until;                                         ///< RFC 3339
  Actor actor;
  Text second;  ///< a critical check needs two names
  Text because;
  bool operator==(const Waived&) const = default;
  BOOST_DESCRIBE_CLASS(Waived, (), (check, probe, host, address, row, mitigation, until, actor, second, because), (),
                       ())
};

struct Interrupted {
  static constexpr std::string_view kKind = "interrupted";
  int signal = 0;
  bool operator==(const Interrupted&) const = default;
  BOOST_DESCRIBE_CLASS(Interrupted, (), (signal), (), ())
};

/// Words for people could not be written: what was told from here on, nobody may have read.
struct OutputLost {
  static constexpr std::string_view kKind = "output-lost";
  Text why;
  bool operator==(const OutputLost&) const = default;
  BOOST_DESCRIBE_CLASS(OutputLost, (), (why), (), ())
};

/// A command has ended. After it nobody owns the transfer.
struct Stopped {
  static constexpr std::string_view kKind = "stopped";
  std::string verb;
  int exit = 0;
  bool operator==(const Stopped&) const = default;
  BOOST_DESCRIBE_CLASS(Stopped, (), (verb, exit), (), ())
};

/// An entry that this drydock does not understand: of a later version, or damaged in a way that its hash does not tell.
/// Never written; kept and shown as what it is.
struct Unknown {
  std::string kind;
  std::string payload;
  std::string why;
  bool operator==(const Unknown&) const = default;
};

}  // namespace event

using EventContent =
    std::variant<event::Opened, event::Began, event::TakenOver, event::VarsChanged, event::Looked, event::GateDecided,
                 event::Approved, event::ApprovalsVoid, event::ActionIntended, event::ChildStarted, event::ActionEnded,
                 event::ActionsDone, event::PhaseEntered, event::StepDone, event::UndoStarted, event::StepUndone,
                 event::UndoFailed, event::Marked, event::Waived, event::Interrupted, event::OutputLost, event::Stopped,
                 event::Unknown>;

/// One entry of a transfer's journal.
struct Event {
  std::int64_t seq = 0;  ///< 0: not in a journal
  WallTime time{};
  EventContent what;
  /// The content where it is of this kind, or null.
  template <class Kind>
  [[nodiscard]] const Kind* get() const {
    return std::get_if<Kind>(&what);
  }
};

/// The word of a kind in the journal; of an unknown one, the word that stands there.
std::string_view kind_of(const EventContent& content);
/// The step it is about; empty where it is about none.
std::string_view step_of(const EventContent& content);

/// Makes every text fit: Text and Output by the filter, what is neither (ids, names, digests) printable. What is
/// written must have passed this; it then reads back as the same.
void clean(EventContent& content, const TextFilter& filter);

/// The payload as JSON text; kind and time stand beside it in the journal. Not for event::Unknown.
std::string to_payload(const EventContent& content);
/// Reads what to_payload wrote. Never throws: what can't be understood becomes event::Unknown.
EventContent from_payload(std::string_view kind, std::string_view payload);

/// True where the payload is that of a look that only names an earlier one; quick, for journals full of them. False
/// says nothing.
bool is_repeated_look(std::string_view kind, std::string_view payload);

}  // namespace drydock
