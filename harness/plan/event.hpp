#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/duration.hpp"

namespace drydock {

/// What the journal of a transfer is made of. The word in the journal is the name with hyphens.
enum class EventKind {
  opened,           ///< the first entry: scenario, hosts, names, vars, steps (`detail`)
  vars_changed,     ///< vars given later by --set or --vars (`detail`)
  looked,           ///< one look at gates: `detail` holds the results
  gate_decided,     ///< `gate`, `when`, `word` go·hold·no-go, `text` reason, numbers in `detail`
  approved,         ///< `person`, `text` reason
  action_intended,  ///< durable before the action starts: `action`, `undo`, `text` what it does, `mark`
  child_started,    ///< `detail` names the process
  action_ended,     ///< `action`, `undo`, `word` done·failed·not-started·unknown, `text`, `output`
  actions_done,     ///< all actions of the step are behind it
  phase_entered,    ///< `text` the phase
  step_done,        ///< gates after passed
  undo_started,     ///< `text` why; `word` cutover·rollback
  step_undone,      ///< `text`; the phase held before is held again. A step without undo passes this way too
  undo_failed,      ///< a person must act
  marked,           ///< `word` done·again·skipped, `person`, `text` reason, `action` it is about (-1: the step)
  interrupted,      ///< `text` the signal
  stopped,          ///< a command ended: `word` the verb, `number` the exit code, `text`
};

std::string_view to_string(EventKind kind);
std::optional<EventKind> event_kind(std::string_view word);

/// One entry of the journal as the plan reads it. Fields that a kind does not name are empty.
struct Event {
  EventKind kind{};
  WallTime time{};
  std::string step;
  int action = -1;  ///< index into run or undo
  bool undo = false;
  bool point_of_no_return = false;  ///< action_intended, actions_done: of the step
  std::string gate, when, word, text, output, person, mark;
  std::string
      step_text;  ///< action_intended, actions_done, step_done, marked: the step's canonical text, as done or accepted
  int number = 0;
  std::string detail;  ///< JSON text of what only this kind has
};

/// The payload as JSON text; kind and time stand beside it in the journal.
std::string to_payload(const Event& event);
/// Reads what to_payload wrote. Throws std::runtime_error on anything else.
Event from_payload(EventKind kind, WallTime time, std::string_view payload);

/// What `opened` keeps of a scenario.
struct OpenedDetail {
  struct Step {
    std::string id, text;
    std::string enters;  ///< phase; empty: none
    std::vector<std::string> before, after;
    bool point_of_no_return = false;
  };
  std::string tool, name, file, sha256, run, vantage;
  std::vector<std::pair<std::string, std::string>> vars, hosts, names;  ///< hosts: id and address
  std::vector<std::string> phases;
  std::vector<Step> steps;
};
std::string to_json(const OpenedDetail& detail);
OpenedDetail opened_from_json(std::string_view text);

std::string pairs_to_json(const std::vector<std::pair<std::string, std::string>>& pairs);
std::vector<std::pair<std::string, std::string>> pairs_from_json(std::string_view text);

/// What `child_started` keeps: enough to know the process again.
struct ChildDetail {
  int pid = 0;
  std::uint64_t start = 0;  ///< clock ticks after boot, field 22 of /proc/PID/stat
  std::string boot;         ///< /proc/sys/kernel/random/boot_id
};
std::string to_json(const ChildDetail& detail);
ChildDetail child_from_json(std::string_view text);

/// What `gate_decided` keeps besides its words.
struct GateDetail {
  int passes = 0, need = 1, looks = 0;
  WallTime started{}, finished{};
};
std::string to_json(const GateDetail& detail);
GateDetail gate_detail_from_json(std::string_view text);

}  // namespace drydock
