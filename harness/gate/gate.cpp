#include "harness/gate/gate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace drydock {
namespace {

/// The check id of the result that stands for a whole probe: out of phase, or what it needs did not pass.
constexpr std::string_view kWholeProbe = "probe";

bool is_one_of(const std::vector<std::string>& probes, const ResultRecord& result) {
  return std::find(probes.begin(), probes.end(), result.probe) != probes.end();
}

bool out_of_phase(const ResultRecord& result) {
  return result.verdict == Verdict::skip && result.check == kWholeProbe;
}

bool counts(const GateDefinition& gate, const ResultRecord& result) {
  if (!is_one_of(gate.probes, result) || out_of_phase(result)) return false;
  return result.severity == Severity::critical || (result.severity == Severity::degraded && gate.degraded_counts);
}

/// Never asked, since the host may be asked no more: what was not seen lets nothing go, and is no fault either.
bool is_withheld(const ResultRecord& result) {
  return result.verdict == Verdict::skip && result.limit;
}

bool is_unclear(const ResultRecord& result) {
  return result.verdict == Verdict::inconclusive || is_withheld(result);
}

bool fails(const ResultRecord& result) {
  return result.verdict == Verdict::fail && !result.waiver;
}

std::string subject(const ResultRecord& result) {
  return fmt::format("{} {}{}{}", result.probe, result.check, result.host ? " on " : "", result.host.value_or(""));
}

std::string told(const ResultRecord& result) {
  return subject(result) + ": " + (result.message.empty() ? std::string(to_string(result.verdict)) : result.message);
}

std::string and_more(std::string first, int count) {
  return count > 1 ? fmt::format("{} (and {} more)", first, count - 1) : first;
}

/// The looks in a row that passed, up to the last.
struct Row {
  int looks = 0;
  Duration covered{0};
};

Row passing_row(const std::vector<Look>& looks) {
  Row row;
  for (auto look = looks.rbegin(); look != looks.rend() && look->outcome == Look::Outcome::pass; ++look) {
    ++row.looks;
    row.covered = std::chrono::duration_cast<Duration>(looks.back().ended - look->started);
  }
  return row;
}

std::string steadiness(const GateDefinition& gate, const Row& row) {
  const int need = std::max(gate.need, 1);
  std::string text = row.looks < need ? fmt::format("{} of {} looks in a row passed", row.looks, need)
                                      : fmt::format("{} look{} in a row passed, {} needed", row.looks,
                                                    row.looks == 1 ? "" : "s", need);
  if (gate.span.count() > 0 && row.looks > 0)
    text += fmt::format(", and cover{} {} of {}", row.looks == 1 ? "s" : "", format_duration(row.covered),
                        format_duration(gate.span));
  return text;
}

bool is_steady(const GateDefinition& gate, const Row& row) {
  return row.looks >= std::max(gate.need, 1) && row.covered >= gate.span;
}

/// In phase and looked at, and yet every check was skipped: such a probe says nothing for the gate.
bool saw_nothing(const std::string& probe, const std::vector<ResultRecord>& results) {
  bool skipped = false;
  for (const auto& result : results) {
    if (result.probe != probe) continue;
    if (result.verdict != Verdict::skip || result.check == kWholeProbe || is_withheld(result)) return false;
    skipped = true;
  }
  return skipped;
}

/// What the results of one look add up to.
class Tally {
public:
  void fail(std::string text) {
    if (++failed_ == 1) first_failed_ = std::move(text);
  }
  void unclear(std::string text) {
    if (++unclear_ == 1) first_unclear_ = std::move(text);
  }
  void write(Look& look) const {
    if (failed_ > 0) {
      look.outcome = Look::Outcome::fail;
      look.reason = and_more(first_failed_, failed_);
    } else if (unclear_ > 0) {
      look.outcome = Look::Outcome::inconclusive;
      look.reason = and_more(first_unclear_, unclear_);
    } else {
      look.outcome = Look::Outcome::pass;
    }
  }

private:
  int failed_ = 0, unclear_ = 0;
  std::string first_failed_, first_unclear_;
};

/// What was seen of one host, name server or resolver.
struct Voter {
  int judged = 0, failed = 0, unclear = 0;
  std::string first_failed, first_unclear;
  [[nodiscard]] bool passes() const { return judged > 0 && failed == 0 && unclear == 0; }
};

std::map<std::string, Voter> voters_of(const GateDefinition& gate, const std::vector<ResultRecord>& results) {
  std::map<std::string, Voter> voters;
  for (const auto& result : results) {
    if (!counts(gate, result) || !is_one_of(gate.quorum->probes, result)) continue;
    Voter& voter = voters[(gate.quorum->per == Quorum::Per::host ? result.host : result.address).value_or("")];
    if (result.verdict != Verdict::skip || is_withheld(result)) ++voter.judged;
    if (fails(result) && ++voter.failed == 1) voter.first_failed = told(result);
    if (is_unclear(result) && ++voter.unclear == 1) voter.first_unclear = told(result);
  }
  return voters;
}

void judge_quorum(const GateDefinition& gate, const std::vector<ResultRecord>& results, Tally& tally) {
  const Quorum& quorum = *gate.quorum;
  int passed = 0, failed = 0, judged = 0;
  std::string first_failed, first_unclear;
  const auto voters = voters_of(gate, results);
  for (const auto& [name, voter] : voters) {
    judged += voter.judged;
    if (voter.passes()) ++passed;
    if (voter.failed > 0 && ++failed == 1) first_failed = "; " + voter.first_failed;
    if (voter.unclear > 0 && first_unclear.empty()) first_unclear = "; " + voter.first_unclear;
  }
  if (passed >= quorum.pass) return;
  const int seen = static_cast<int>(voters.size());
  const std::string text = fmt::format("quorum: {} of {} {}{} passed, {} needed", passed, seen, to_string(quorum.per),
                                       seen == 1 ? "" : "s", quorum.pass);
  if (judged == 0)
    tally.unclear(text + "; nothing was judged");
  else if (failed > 0 && seen - failed < quorum.pass)
    tally.fail(text + first_failed);
  else
    tally.unclear(text + first_unclear);
}

bool refuses_at_once(const GateDefinition& gate, GateWhen when, const Look& last) {
  if (last.outcome == Look::Outcome::nothing) return true;
  return when == GateWhen::before && !gate.wait_on_fail && last.outcome == Look::Outcome::fail;
}

}  // namespace

std::string_view to_string(GateWhen when) {
  return when == GateWhen::before ? "before" : "after";
}

std::string_view to_string(GateResult result) {
  switch (result) {
    case GateResult::go:
      return "go";
    case GateResult::hold:
      return "hold";
    case GateResult::no_go:
      return "no-go";
  }
  return "hold";
}

Look fold_look(const GateDefinition& gate, const std::vector<ResultRecord>& results, Clock::time_point started,
               Clock::time_point ended) {
  Look look{started, ended, Look::Outcome::nothing, {}};
  const auto votes = [&](const std::string& probe) {
    return gate.quorum &&
           std::find(gate.quorum->probes.begin(), gate.quorum->probes.end(), probe) != gate.quorum->probes.end();
  };
  Tally tally;
  int judged = 0, counted = 0, seen = 0;
  for (const auto& result : results) {
    if (is_one_of(gate.probes, result) && (result.verdict != Verdict::skip || is_withheld(result))) ++seen;
    if (!counts(gate, result)) continue;
    ++counted;
    if (result.verdict != Verdict::skip || is_withheld(result)) ++judged;
    if (result.verdict == Verdict::fail && result.waiver)
      look.waived.push_back(fmt::format("{} ({})", subject(result), *result.waiver));
    if (votes(result.probe)) continue;
    if (fails(result)) tally.fail(told(result));
    if (is_unclear(result)) tally.unclear(told(result));
  }
  for (const auto& probe : gate.probes)
    if (!votes(probe) && saw_nothing(probe, results))
      tally.unclear(fmt::format("{}: nothing was judged, every check was skipped", probe));
  if (gate.quorum) judge_quorum(gate, results, tally);
  if (seen == 0 || (counted > 0 && judged == 0))
    look.reason = "nothing was judged: every check that counts was skipped";
  else
    tally.write(look);
  return look;
}

GateDecision evaluate_gate(const GateDefinition& gate, GateWhen when, Clock::time_point opened,
                           const std::vector<Look>& looks, Clock::time_point now) {
  GateDecision decision;
  decision.looks = static_cast<int>(looks.size());
  const Row row = passing_row(looks);
  decision.passes = row.looks;
  decision.next_look = opened;
  if (looks.empty()) {
    decision.reason = "not looked at yet";
    return decision;
  }
  const Look& last = looks.back();
  decision.next_look = last.ended + gate.every;
  decision.waived = last.waived;
  const std::string waived = last.waived.empty() ? "" : fmt::format("; waived: {}", fmt::join(last.waived, ", "));
  const auto conclude = [&](GateResult result, std::string reason) {
    decision.decided = true;
    decision.result = result;
    decision.reason = std::move(reason) + waived;
    return decision;
  };
  if (refuses_at_once(gate, when, last)) return conclude(GateResult::no_go, last.reason);
  if (is_steady(gate, row)) return conclude(GateResult::go, steadiness(gate, row));
  const Clock::time_point over = opened + gate.within;
  if (now >= over || decision.next_look >= over) {
    const std::string within = format_duration(gate.within);
    const std::string time = now >= over ? fmt::format("; its time ({}) is over", within)
                                         : fmt::format("; another look (every {}) would begin after its time ({})",
                                                       format_duration(gate.every), within);
    if (last.outcome == Look::Outcome::fail) return conclude(GateResult::no_go, last.reason + time);
    if (last.outcome == Look::Outcome::inconclusive) return conclude(GateResult::hold, last.reason + time);
    return conclude(GateResult::hold, "not steady: " + steadiness(gate, row) + time);
  }
  decision.reason = (last.outcome == Look::Outcome::pass ? steadiness(gate, row) : last.reason) + waived;
  return decision;
}

}  // namespace drydock
