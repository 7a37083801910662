#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "probes/core/check.hpp"
#include "probes/core/duration.hpp"

namespace drydock {

/// One check of one probe on one host. Plain data: what the JSON report holds (null where optional is empty).
struct ResultRecord {
  std::string probe, check;
  Severity severity = Severity::critical;
  Verdict verdict = Verdict::inconclusive;
  std::optional<std::string> host, address, name, stage;
  std::string message;
  std::optional<std::string> expected, actual;
  int attempts = 1;
  std::optional<std::string> first_failure;  ///< what the first attempt said, where there was more than one
  std::optional<WallTime> started;
  double duration_ms = 0;
  std::optional<std::string> rfc, spec, hint, reproduce;
  struct Line {
    double at_ms;  ///< since the observation began
    char direction;
    std::string text;
  };
  std::vector<Line> transcript;      ///< secrets removed
  std::optional<std::string> cause;  ///< inconclusive because this probe did not pass
  std::optional<std::string> step, gate, when;
  std::optional<int> look;
};

struct GateRecord {
  std::string gate;
  std::optional<std::string> step, when;  ///< when: before, after
  std::string result;                     ///< go, hold, no-go
  std::string reason;
  int passes = 0, need = 1, looks = 0;
  std::optional<WallTime> started, finished;
};

struct StepRecord {
  std::string step;
  std::string state;  ///< waiting, running, half-done, done, undone, failed, skipped
  std::optional<WallTime> started, finished;
  bool undone = false;
  std::string output;  ///< of its actions, secrets removed
};

/// Everything a report says. Made by a run, by reading a journal, or by reading a JSON report.
struct RunRecord {
  std::string tool;  ///< drydock 0.1.0
  struct {
    std::string name, file, sha256;
  } scenario;
  std::string id, token, phase, vantage;  ///< vantage: `127.0.40.1 probe.elsewhere.test`
  std::optional<std::string> journal;     ///< its path
  std::vector<std::string> addresses;     ///< `old 127.0.10.1`, for the first line of human text
  std::optional<WallTime> started, finished;
  std::vector<ResultRecord> results;
  std::vector<GateRecord> gates;
  std::vector<StepRecord> steps;
  std::optional<int> exit_override;  ///< what a transfer decided (4, 5, 6, 7); else judged from the results
};

struct Summary {
  std::string verdict;  ///< fail, inconclusive, warn, pass
  int exit = 3;         ///< 0, 1, 3, or the override
  int pass = 0, warn = 0, fail = 0, inconclusive = 0, skip = 0;
};

/// Pure. Exit 0: no critical check failed or is inconclusive; 1: one failed; 3: nothing critical failed, but something
/// critical is inconclusive, or nothing at all was judged.
Summary summarise(const RunRecord& record);

}  // namespace drydock
