#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/packed_json.hpp"
#include "harness/record/shared_text.hpp"
#include "probes/core/check.hpp"
#include "probes/core/duration.hpp"

namespace drydock {

/// What one attempt of one probe saw of one host or name server: all that its checks are judged from. Plain data, with
/// secrets removed.
struct ObservationRecord {
  int id = 0;  ///< above 0; what results call it by, unique in a record
  std::string probe, type;
  SharedText host, address, name;
  std::string phase;  ///< in which it was looked at
  PackedJson asked;   ///< what shaped the dialogue: see question.hpp of harness/run
  std::optional<WallTime> started;
  double duration_ms = 0;
  int attempts = 1;  ///< which attempt it is
  SharedText stage;
  struct Trouble {
    std::string kind, message, stage;  ///< kind: as ErrorKind is written
  };
  std::optional<Trouble> error;  ///< why it ended early
  bool reference = false;        ///< what others are compared with
  std::optional<std::string> token;
  bool answered = false;  ///< as of Observation
  /// The observations of the same look that its checks went by, too.
  struct Beside {
    std::string role;  ///< as of Role
    std::vector<int> observations;
  };
  std::vector<Beside> beside;
  PackedJson facts;                   ///< as fact_json.hpp writes them
  std::vector<std::string> absent;    ///< facts of which it is proven that there is none
  std::vector<std::string> left_out;  ///< facts that were too long to be kept
  struct Line {
    double at_ms;  ///< since the observation began
    char direction;
    std::string text;
  };
  std::vector<Line> transcript;
  std::vector<SharedText> certificates;  ///< PEM, leaf first
};

/// One check of one probe on one host. Plain data: what the JSON report holds (null where optional is empty).
struct ResultRecord {
  std::string probe, check;
  Severity severity = Severity::critical;
  Verdict verdict = Verdict::inconclusive;
  SharedText host, address, name, stage;
  std::string message;
  SharedText expected, actual;
  std::optional<int> observation;  ///< what it was judged from; empty where nothing was looked at
  std::optional<int> reference;    ///< the observation that it was compared with
  SharedText first_failure;        ///< what the first attempt said, where there was more than one
  SharedText where;                ///< of the probe in the scenario: `starship.yaml:61:5`
  SharedText rfc, spec, hint, reproduce;
  SharedText cause;  ///< inconclusive because this probe did not pass
  SharedText row;    ///< of a table, where the result is about one of its rows
  SharedText limit;  ///< skipped, never asked, because this limit of its host is used up
  /// Who accepted this fail, until when and why, in one line. It stays a fail, but makes nothing red.
  SharedText waiver;
  SharedText step, gate, when;
  std::optional<int> look;
};

/// What one look at probes saw, and what was judged of it.
struct LookRecord {
  std::vector<ObservationRecord> observations;  ///< by ascending id
  std::vector<ResultRecord> results;
};

struct GateRecord {
  std::string gate;
  std::optional<std::string> step, when;  ///< when: before, after
  std::string result;                     ///< go, hold, no-go
  std::string reason;
  int passes = 0, need = 1, looks = 0;
  std::optional<WallTime> started, finished;
};

/// One start of one action of a step.
struct ActionRecord {
  std::string text;         ///< what it does: `on old: systemctl stop exim4`
  bool undo = false;        ///< of the step's undo
  std::optional<int> exit;  ///< exit status of a command; empty for everything else, and where it is not known
  std::string outcome;      ///< done, failed, not-started, unknown, under-way
  std::string message;      ///< how it ended, in one line
  std::optional<WallTime> started, finished;
  std::string output;  ///< secrets removed
};

struct StepRecord {
  std::string step;
  std::string state;  ///< waiting, running, half-done, done, undone, failed, skipped
  std::optional<WallTime> started, finished;
  bool undone = false;
  std::vector<ActionRecord> actions;  ///< of its last attempt and the undo of that, in the order of their starts
};

/// What a verb itself decided about how it ended.
struct Ending {
  int exit = 0;
  std::string verdict;
};

/// Pure. How a verb of a transfer ended: `verb` is cutover, rollback or plan; a dry run of any verb is a plan.
/// pass (0), no-go (1), held (4), waiting (5), undone (6), failed (7), interrupted (above 128), error (2, 70, 75 and
/// all else); rolled-back for a rollback's 0; planned for whatever a plan saw, unless it was interrupted or an error.
Ending ending_of(std::string_view verb, int exit);

/// That a record's observations were judged again, and by what.
struct JudgedAgain {
  WallTime at{};
  std::string tool, file, sha256;  ///< which drydock, and the scenario as it was then
};

/// Everything a report says. Made by a run, by reading a journal, or by reading a JSON report.
struct RunRecord {
  std::string tool;  ///< drydock 0.2.0
  struct {
    std::string name, file, sha256;
  } scenario;
  std::string id, token, phase, vantage;                  ///< vantage: `127.0.40.1 probe.elsewhere.test`
  std::optional<std::string> journal;                     ///< its path
  std::vector<std::pair<std::string, std::string>> vars;  ///< in force; never a secret
  std::vector<std::string> addresses;                     ///< `old 127.0.10.1`, for the first line of human text
  std::optional<WallTime> started, finished;
  std::vector<ObservationRecord> observations;  ///< by ascending id
  std::vector<ResultRecord> results;
  std::vector<GateRecord> gates;
  std::vector<StepRecord> steps;
  std::optional<Ending> ending;             ///< empty: judged from the results
  std::optional<JudgedAgain> judged_again;  ///< results are not as they were told then; steps and gates are
};

/// Takes facts out that are longer than so many octets of JSON, and names them in left_out.
void leave_out_long_facts(ObservationRecord& seen, std::size_t longest);

/// The observation of this number; null where there is none, as for a result without one. `observations`: by ascending
/// id.
const ObservationRecord* find_observation(const std::vector<ObservationRecord>& observations, std::optional<int> id);

struct Summary {
  std::string verdict;  ///< fail, inconclusive, warn, pass, or the ending's
  int exit = 3;         ///< 0, 1, 3, or the ending's
  int pass = 0, warn = 0, fail = 0, inconclusive = 0, skip = 0;
  int waived = 0;  ///< of `fail`
};

/// Pure. Exit 0: no critical check failed or is inconclusive; 1: one failed; 3: nothing critical failed, but something
/// critical is inconclusive, or nothing at all was judged. A waived fail weighs like one that is not critical. Steps
/// without an ending are a transfer that was killed, or is under way: interrupted, never judged from its looks.
Summary summarise(const RunRecord& record);

}  // namespace drydock
