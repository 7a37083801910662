#include "harness/report/recap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "harness/record/plain_text.hpp"
#include "harness/report/outcome.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {
namespace {

constexpr std::size_t kLongestReason = 160;

std::string with_reason(const std::string& what, std::string_view reason) {
  return what + (reason.empty() ? "" : ": ") + clip(plain_line(first_line(reason)), kLongestReason);
}

void add_steps(const RunRecord& record, const Summary& summary, std::vector<RecapLine>& lines) {
  for (std::size_t i = 0; i < record.steps.size(); ++i) {
    const StepOutcome outcome = outcome_of(record, summary, i);
    const bool failed = outcome.kind == StepOutcome::Kind::failed;
    if (failed || outcome.kind == StepOutcome::Kind::error)
      lines.push_back({outcome.word, failed, with_reason("step " + record.steps[i].step, outcome.reason)});
  }
}

void add_ranked(const RunRecord& record, int wanted, std::vector<RecapLine>& lines) {
  for (const auto& result : record.results) {
    if (rank(result) != wanted) continue;
    const std::string severity = wanted == 1 ? fmt::format(" ({})", to_string(result.severity)) : std::string();
    lines.push_back({label_of(result) + severity, wanted == 0, with_reason(place(result), result.message)});
  }
}

}  // namespace

bool reddens(const ResultRecord& result) {
  return result.verdict == Verdict::fail && result.severity == Severity::critical && !result.waiver;
}

Tone tone_of(const ResultRecord& result) {
  if (result.verdict == Verdict::pass) return Tone::green;
  if (result.verdict == Verdict::skip) return Tone::plain;
  return reddens(result) ? Tone::red : Tone::yellow;
}

Tone tone_of(const Summary& summary) {
  static const std::map<std::string_view, Tone> kTones{
      {"fail", Tone::red},  {"failed", Tone::red}, {"no-go", Tone::red},        {"undone", Tone::red},
      {"error", Tone::red}, {"pass", Tone::green}, {"rolled-back", Tone::plain}};
  const auto known = kTones.find(summary.verdict);
  return known == kTones.end() ? Tone::yellow : known->second;
}

std::string label_of(const ResultRecord& result) {
  if (result.verdict != Verdict::fail) return std::string(to_string(result.verdict));
  return result.waiver ? "FAIL, waived" : "FAIL";
}

std::string place(const ResultRecord& result, const SharedText& name) {
  std::string text = fmt::format("{} {}", result.probe, result.check);
  if (result.host || result.address) text += fmt::format(" on {}", result.host.value_or(""));
  if (result.address) text += fmt::format(" ({}{}{})", *result.address, name ? " as " : "", name.value_or(""));
  return text;
}

std::string title(const ResultRecord& result) {
  std::vector<std::string> tags;
  if (result.verdict != Verdict::warn) tags.emplace_back(to_string(result.severity));
  if (result.spec) tags.push_back(*result.spec);
  if (result.rfc) tags.push_back(*result.rfc);
  const std::string where = place(result, result.name);
  return tags.empty() ? where : fmt::format("{} [{}]", where, fmt::join(tags, ", "));
}

std::string gate_suffix(const ResultRecord& result) {
  if (!result.gate) return {};
  return fmt::format(" (gate {} {} {})", *result.gate, result.when.value_or(""), result.step.value_or(""));
}

int rank(const ResultRecord& result) {
  if (result.verdict == Verdict::fail) return result.waiver ? 3 : result.severity == Severity::critical ? 0 : 1;
  return result.verdict == Verdict::warn ? 2 : -1;
}

bool tells_of_the_end(const RunRecord& record, const ResultRecord& result) {
  const ObservationRecord* seen = find_observation(record.observations, result.observation);
  return seen && seen->error && !seen->error->message.empty() &&
         result.message.find(seen->error->message) != std::string::npos;
}

bool is_in_transcript(const ResultRecord& result, const ObservationRecord& seen) {
  return result.stage != "tls" || (seen.error && seen.error->stage == "tls");
}

Consequences consequences_of_ends(const RunRecord& record) {
  Consequences checks;
  for (const auto& result : record.results)
    if (result.verdict == Verdict::fail && tells_of_the_end(record, result)) checks[*result.observation];
  for (const auto& result : record.results)
    if (result.verdict == Verdict::inconclusive && tells_of_the_end(record, result))
      if (const auto told = checks.find(*result.observation); told != checks.end())
        told->second.push_back(result.check);
  return checks;
}

std::vector<std::vector<const ResultRecord*>> unseen(const RunRecord& record) {
  const Consequences told = consequences_of_ends(record);
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> places;
  std::vector<std::vector<const ResultRecord*>> groups;
  for (const auto& result : record.results) {
    if (result.verdict != Verdict::inconclusive || result.cause) continue;
    if (result.observation && told.contains(*result.observation) && tells_of_the_end(record, result)) continue;
    const auto [found, is_new] =
        places.emplace(std::tuple(result.probe, result.host.value_or(""), result.address.value_or("")), groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(&result);
  }
  return groups;
}

std::map<std::string, std::vector<std::string>> probes_by_cause(const RunRecord& record) {
  std::map<std::string, std::vector<std::string>> by_cause;
  for (const auto& result : record.results)
    if (result.verdict == Verdict::inconclusive && result.cause) {
      auto& probes = by_cause[*result.cause];
      if (std::find(probes.begin(), probes.end(), result.probe) == probes.end()) probes.push_back(result.probe);
    }
  return by_cause;
}

std::string counts_of(const Summary& summary) {
  return fmt::format("{} pass, {} warn, {} fail{}, {} inconclusive, {} skip", summary.pass, summary.warn, summary.fail,
                     summary.waived > 0 ? fmt::format(" ({} waived)", summary.waived) : "", summary.inconclusive,
                     summary.skip);
}

std::vector<RecapLine> recap(const RunRecord& record, const Summary& summary, Warnings warnings) {
  std::vector<RecapLine> lines;
  add_steps(record, summary, lines);
  for (const int wanted : {0, 1}) add_ranked(record, wanted, lines);
  for (const auto& group : unseen(record)) {
    const std::string more = group.size() > 1 ? fmt::format(" and {} more of its checks", group.size() - 1) : "";
    lines.push_back({"inconclusive", false, with_reason(place(*group.front()) + more, group.front()->message)});
  }
  if (warnings == Warnings::told) add_ranked(record, 2, lines);
  return lines;
}

std::string evidence(const RunRecord& record, const ResultRecord& result) {
  constexpr std::size_t kIndent = 4;
  std::string text = indented(plain_lines(result.message), kIndent);
  const auto add = [&](std::string_view label, const SharedText& value) {
    if (value) text += fmt::format("\n{}: {}", label, indented(plain_lines(*value), kIndent));
  };
  add("waiver", result.waiver);
  add("stage", result.stage);
  add("expected", result.expected);
  add("actual", result.actual);
  add("look at", result.hint);
  add("by hand", result.reproduce);
  const ObservationRecord* seen = find_observation(record.observations, result.observation);
  for (const auto& line : seen ? seen->transcript : std::vector<ObservationRecord::Line>{})
    text += fmt::format("\n{:>9.3f} {} {}", line.at_ms, plain_line(std::string_view(&line.direction, 1)),
                        indented(plain_lines(line.text), kIndent));
  return text;
}

std::string not_judged(const RunRecord& record) {
  std::vector<std::string> probes;
  for (const auto& result : record.results)
    if (result.verdict == Verdict::inconclusive && !result.cause &&
        std::find(probes.begin(), probes.end(), result.probe) == probes.end())
      probes.push_back(result.probe);
  return probes.empty() ? "" : fmt::format("not judged: {}", fmt::join(probes, ", "));
}

}  // namespace drydock
