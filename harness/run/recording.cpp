#include "harness/run/recording.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <filesystem>

#include "harness/record/fact_json.hpp"

namespace drydock {
namespace {

/// Octets of one fact. Texts of what went well must stay small: a run may have thousands of pages.
constexpr std::size_t kLongestFact = 64 * 1024, kLongestTextThatPassed = 4 * 1024;

/// Nothing where the fact is no text.
std::optional<std::size_t> octets_of_text(const FactValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  if (const auto* excerpt = std::get_if<Excerpt>(&value)) return excerpt->text().size();
  return std::nullopt;
}

std::optional<std::string> filled(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// `starship.yaml:61:5`
std::string place_of(const SourcePosition& where) {
  return fmt::format("{}:{}:{}", std::filesystem::path(where.file).filename().string(), where.line, where.column);
}

/// A text that is too long is not even written as JSON: there may be thousands.
bool is_too_long(const FactValue& value, bool whole) {
  const auto octets = octets_of_text(value);
  return octets && *octets > (whole ? kLongestFact : kLongestTextThatPassed);
}

void record_facts(const Observation& seen, bool whole, const Redactor* redactor, ObservationRecord& record) {
  for (const auto& [name, value] : seen.facts()) {
    if (is_too_long(value, whole)) {
      record.left_out.push_back(name);
      continue;
    }
    boost::json::value json = fact_to_json(value, redactor);
    if (boost::json::serialize(json).size() > kLongestFact)
      record.left_out.push_back(name);
    else
      record.facts.emplace(name, std::move(json));
  }
}

void record_transcript(const Transcript& transcript, const TextFilter& filter, ObservationRecord& record) {
  for (const auto& line : transcript.lines())
    record.transcript.push_back({static_cast<double>(line.at.count()) / 1000.0, line.direction, filter(line.text)});
  if (transcript.dropped() > 0)
    record.transcript.push_back({record.transcript.empty() ? 0 : record.transcript.back().at_ms, '*',
                                 fmt::format("{} more lines were not kept", transcript.dropped())});
}

}  // namespace

ObservationRecord record_observation(const ProbeDefinition& probe, const Observation& seen, const Subject& subject,
                                     const Attempt& attempt, bool whole, const Redactor* redactor) {
  const TextFilter filter(redactor);
  ObservationRecord record;
  record.id = attempt.id;
  record.probe = probe.id;
  record.type = probe.type->name;
  record.host = filled(filter(subject.host));
  record.address = filled(filter(seen.address.empty() ? subject.ip : seen.address));
  record.name = filled(filter(subject.name));
  record.started = attempt.started;
  record.duration_ms = static_cast<double>(attempt.took.count());
  record.attempts = attempt.number;
  record.stage = filled(filter(seen.stage));
  if (seen.error)
    record.error = {std::string(to_string(seen.error->kind)), filter(seen.error->message), filter(seen.error_stage)};
  record.token = filled(subject.token);
  record.address_answered = subject.address_answered;
  record_facts(seen, whole, redactor, record);
  record.absent.assign(seen.absent().begin(), seen.absent().end());
  record_transcript(seen.transcript, filter, record);
  for (const auto& certificate : seen.certificates) record.certificates.push_back(filter(certificate));
  return record;
}

ResultRecord record_result(const ProbeDefinition& probe, const Subject& subject, const Judged& judged,
                           const ObservationRecord* seen, const TextFilter& filter) {
  const Judgement& judgement = judged.judgement;
  ResultRecord result;
  result.probe = probe.id;
  result.check = judged.check;
  result.severity = judged.severity;
  result.verdict = judgement.verdict;
  result.host = filled(filter(subject.host));
  result.address = seen ? seen->address : filled(filter(subject.ip));
  result.name = filled(filter(subject.name));
  result.stage = judgement.stage.empty() ? (seen ? seen->stage : std::nullopt) : filled(filter(judgement.stage));
  result.message = filter(judgement.message);
  result.expected = filled(filter(judgement.expected));
  result.actual = filled(filter(judgement.actual));
  if (seen) result.observation = seen->id;
  if (probe.where.line > 0) result.where = place_of(probe.where);
  result.rfc = filled(judged.rfc);
  result.spec = filled(judged.spec);
  result.hint = filled(filter(judgement.hint));
  result.reproduce = filled(filter(judgement.reproduce));
  return result;
}

ResultRecord record_skip(const ProbeDefinition& probe, const Subject& subject, const std::string& why) {
  ResultRecord skip;
  skip.probe = probe.id;
  skip.check = "probe";
  skip.severity = probe.severity.value_or(Severity::critical);
  skip.verdict = Verdict::skip;
  skip.host = filled(subject.host);
  skip.address = filled(subject.ip);
  skip.message = why;
  if (probe.where.line > 0) skip.where = place_of(probe.where);
  return skip;
}

}  // namespace drydock
