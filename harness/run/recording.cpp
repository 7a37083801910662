#include "harness/run/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/record/fact_json.hpp"
#include "harness/run/question.hpp"

namespace drydock {
namespace {

/// Octets of one fact that is no text, as JSON.
constexpr std::size_t kLongestFact = 1024 * 1024;

/// Nothing where the fact is no text.
std::optional<std::size_t> octets_of_text(const FactValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  if (const auto* excerpt = std::get_if<Excerpt>(&value)) return excerpt->text().size();
  return std::nullopt;
}

/// None where it is empty.
SharedText filled(std::string text) {
  return text.empty() ? SharedText() : SharedText(std::move(text));
}

/// `starship.yaml:61:5`
std::string place_of(const SourcePosition& where) {
  return fmt::format("{}:{}:{}", std::filesystem::path(where.file).filename().string(), where.line, where.column);
}

void record_facts(const Observation& seen, std::size_t longest_text, const Redactor* redactor,
                  ObservationRecord& record) {
  boost::json::object facts;
  for (const auto& [name, value] : seen.facts())
    // A text that is too long is not even written as JSON: there may be thousands.
    if (octets_of_text(value).value_or(0) > longest_text)
      record.left_out.push_back(name);
    else
      facts.emplace(name, fact_to_json(value, redactor));
  record.facts = facts;
  // Base64 makes a text longer by a third, and it is still the same text.
  leave_out_long_facts(record, std::max(kLongestFact, 2 * longest_text));
}

void record_transcript(const Transcript& transcript, const TextFilter& filter, ObservationRecord& record) {
  for (const auto& line : transcript.lines())
    record.transcript.push_back({static_cast<double>(line.at.count()) / 1000.0, line.direction, filter(line.text)});
  if (transcript.dropped() > 0)
    record.transcript.push_back({record.transcript.empty() ? 0 : record.transcript.back().at_ms, '*',
                                 fmt::format("{} more lines were not kept", transcript.dropped())});
}

}  // namespace

std::size_t TextAllowance::longest(bool went_well) const {
  if (left_ >= kLongestText) return kLongestText;
  return went_well ? kShortText : kTextOfAFail;
}

void TextAllowance::spend(const Observation& seen, std::size_t longest) {
  for (const auto& [name, value] : seen.facts()) {
    const std::size_t octets = octets_of_text(value).value_or(0);
    if (octets > kShortText && octets <= longest) left_ -= std::min(left_, octets);
  }
}

ObservationRecord Recorder::observation(const ProbeDefinition& probe, const Observation& seen, const Subject& subject,
                                        const Attempt& attempt, std::size_t longest_text) {
  const TextFilter& filter = filter_;
  ObservationRecord record;
  record.id = attempt.id;
  record.probe = probe.id;
  record.type = probe.type->name;
  record.host = texts_(filter(subject.target.id));
  record.address = texts_(filter(seen.address.empty() ? subject.target.ip : seen.address));
  record.name = texts_(filter(subject.target.name));
  record.phase = subject.surroundings.phase;
  record.asked = asked_of(probe, subject, redactor_);
  record.started = attempt.started;
  record.duration_ms = static_cast<double>(attempt.took.count());
  record.attempts = attempt.number;
  record.stage = texts_(filter(seen.stage));
  if (seen.error)
    record.error = {std::string(to_string(seen.error->kind)), filter(seen.error->message), filter(seen.error_stage)};
  if (!subject.token.empty()) record.token = subject.token;
  record.answered = seen.answered;
  record.beside = attempt.beside;
  record_facts(seen, longest_text, redactor_, record);
  record.absent.assign(seen.absent().begin(), seen.absent().end());
  record_transcript(seen.transcript, filter, record);
  for (const auto& certificate : seen.certificates) record.certificates.push_back(texts_(filter(certificate)));
  return record;
}

void keep_ends_of_talk(std::vector<ObservationRecord::Line>& transcript) {
  if (transcript.size() <= 2 * kEndOfTalk + 1) return;
  const std::size_t gone = transcript.size() - 2 * kEndOfTalk;
  const auto first = transcript.begin() + static_cast<std::ptrdiff_t>(kEndOfTalk);
  first->text = fmt::format("{} lines of what passed were not kept (--verbose keeps them)", gone);
  first->direction = '*';
  transcript.erase(first + 1, first + static_cast<std::ptrdiff_t>(gone));
  transcript.shrink_to_fit();
}

ResultRecord Recorder::result(const ProbeDefinition& probe, const Subject& subject, const Judged& judged,
                              const ObservationRecord* seen) {
  const TextFilter& filter = filter_;
  const Judgement& judgement = judged.judgement;
  ResultRecord result;
  result.probe = probe.id;
  result.check = judged.check;
  result.row = texts_(filter(judged.row));
  result.reference = judged.reference;
  result.severity = judged.severity;
  result.verdict = judgement.verdict;
  result.host = texts_(filter(subject.target.id));
  result.address = seen ? seen->address : texts_(filter(subject.target.ip));
  result.name = texts_(filter(subject.target.name));
  result.stage = judgement.stage.empty() ? (seen ? seen->stage : SharedText()) : texts_(filter(judgement.stage));
  result.message = filter(judgement.message);
  result.expected = texts_(filter(judgement.expected));
  result.actual = filled(filter(judgement.actual));
  if (seen) result.observation = seen->id;
  if (probe.where.line > 0) result.where = texts_(place_of(probe.where));
  result.rfc = texts_(judged.rfc);
  result.spec = texts_(judged.spec);
  result.hint = texts_(filter(judgement.hint));
  if (judgement.verdict != Verdict::pass) result.reproduce = filled(filter(judgement.reproduce));
  result.limit = texts_(judged.limit);
  return result;
}

ResultRecord Recorder::skip(const ProbeDefinition& probe, const Subject& subject, const std::string& why) {
  ResultRecord skip;
  skip.probe = probe.id;
  skip.check = "probe";
  skip.severity = probe.severity.value_or(Severity::critical);
  skip.verdict = Verdict::skip;
  skip.host = texts_(subject.target.id);
  skip.address = texts_(subject.target.ip);
  skip.message = why;
  if (probe.where.line > 0) skip.where = texts_(place_of(probe.where));
  return skip;
}

}  // namespace drydock
