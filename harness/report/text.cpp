#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>
#include <tuple>

#include "harness/record/plain_text.hpp"
#include "harness/report/findings.hpp"
#include "harness/report/outcome.hpp"
#include "harness/report/recap.hpp"
#include "harness/report/reporters.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {
namespace {

constexpr std::size_t kLongestValue = 400;
constexpr std::size_t kLongestMessage = 2000;
constexpr std::size_t kLinesOfRecap = 20;
constexpr std::size_t kShortDigest = 12;
/// A reason of this length is told once, and later by its beginning.
constexpr std::size_t kWorthSayingOnce = 60;

enum class Colour { none, red, yellow, green, bold };

/// The one way out: everything it is given is made plain, so that no text of a record can forge or turn a line.
class Writer {
public:
  Writer(std::ostream& out, const TextOptions& options) : out_(out), options_(options) {}

  void line(std::string_view text = {}, Colour colour = Colour::none) { out_ << painted(text, colour) << '\n'; }
  void labelled(std::string_view label, Colour colour, std::string_view text) {
    fmt::print(out_, "{}  {}\n", painted(label, colour), plain_line(text));
  }
  void verdict(std::string_view word, Colour colour, std::string_view meaning) {
    fmt::print(out_, "verdict: {} {}\n", painted(word, colour), plain_line(meaning));
  }
  /// A text of its own below a result, each line of it indented.
  void message(std::string_view text) {
    if (!text.empty()) fmt::print(out_, "     {}\n", indented(clip(plain_lines(text), kLongestMessage), 5));
  }
  /// A labelled value below a result; values of several lines are indented under the first.
  void detail(std::string_view label, std::string_view value, std::size_t limit = kLongestValue) {
    if (!value.empty()) fmt::print(out_, "     {:<9} {}\n", label, indented(clip(plain_lines(value), limit), 15));
  }
  /// The text, or only its beginning where it was told whole before.
  std::string once(const std::string& text) {
    if (text.size() <= kWorthSayingOnce || told_.insert(text).second) return text;
    return "as above: " + clip(plain_lines(first_line(text)), kWorthSayingOnce / 2);
  }
  [[nodiscard]] const TextOptions& options() const { return options_; }

private:
  [[nodiscard]] std::string painted(std::string_view text, Colour colour) const {
    static const std::map<Colour, std::string_view> kCodes{
        {Colour::red, "31"}, {Colour::yellow, "33"}, {Colour::green, "32"}, {Colour::bold, "1"}};
    const auto code = kCodes.find(colour);
    if (!options_.color || code == kCodes.end()) return plain_line(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code->second, plain_line(text));
  }
  std::ostream& out_;
  const TextOptions& options_;
  std::set<std::string> told_;
};

std::string or_empty(const SharedText& text) {
  return text.value_or("");
}

Colour colour_of(Tone tone) {
  static constexpr std::array kColours{Colour::none, Colour::green, Colour::yellow, Colour::red};
  return kColours.at(static_cast<std::size_t>(tone));
}
Colour colour_of(const ResultRecord& result) {
  return colour_of(tone_of(result));
}

void write_transcript(Writer& writer, const ObservationRecord& seen) {
  const auto& lines = seen.transcript;
  const std::size_t shown = writer.options().verbose ? lines.size() : std::min(lines.size(), kTailOfTranscript);
  for (std::size_t i = lines.size() - shown; i < lines.size(); ++i)
    writer.detail(i + shown == lines.size() ? "said" : "",
                  fmt::format("{:>9.3f} {} {}", lines[i].at_ms, lines[i].direction, lines[i].text));
}

/// `group`: results that say the same. `with_transcript`: false where the same conversation stands above already.
/// `also`: checks not seen for the same cause.
void write_full(Writer& writer, const RunRecord& record, const Alike& group, bool with_transcript = true,
                const std::vector<std::string>& also = {}) {
  constexpr std::size_t kLongestPlaces = 100'000;
  constexpr std::size_t kPlaces = 8;
  const ResultRecord& result = *group.front();
  const ObservationRecord* seen = find_observation(record.observations, result.observation);
  writer.labelled(label_of(result), colour_of(result), title(result));
  writer.message(writer.once(result.message));
  writer.detail("waiver", or_empty(result.waiver));
  writer.detail("stage", or_empty(result.stage));
  writer.detail("expected", or_empty(result.expected));
  writer.detail("actual", or_empty(result.actual));
  if (seen && seen->attempts > 1)
    writer.detail("attempts", fmt::format("{}; the first: {}", seen->attempts, or_empty(result.first_failure)));
  writer.detail("look at", writer.once(or_empty(result.hint)));
  writer.detail("by hand", or_empty(result.reproduce));
  if (group.size() > 1)
    writer.detail(
        "the same",
        fmt::format("{} times in all: {}", group.size(),
                    other_places(group, writer.options().verbose ? group.size() : kPlaces, " (--verbose names them)")),
        kLongestPlaces);
  if (!also.empty()) writer.detail("not seen", fmt::format("for the same cause: {}", fmt::join(also, ", ")));
  if (with_transcript && seen && is_in_transcript(result, *seen)) write_transcript(writer, *seen);
  writer.line();
}

void write_consequences(Writer& writer, const RunRecord& record) {
  const auto by_cause = probes_by_cause(record);
  for (const auto& [cause, probes] : by_cause)
    writer.line(fmt::format("not looked at, because '{}' did not pass: {}", cause, fmt::join(probes, ", ")),
                Colour::yellow);
  if (!by_cause.empty()) writer.line();
}

/// Checks of one probe that could not be seen for one reason are told in one line, and so are probes.
void write_unseen(Writer& writer, const RunRecord& record) {
  std::map<const ResultRecord*, std::vector<std::string>> others;  // by the first of a group
  std::vector<const ResultRecord*> first;
  for (const auto& group : unseen(record)) {
    first.push_back(group.front());
    for (std::size_t i = 1; i < group.size(); ++i) others[group.front()].push_back(group[i]->check);
  }
  for (const Alike& group : alike(first)) {
    write_full(writer, record, group);
    if (others[group.front()].empty()) continue;
    writer.detail("also", fmt::format("inconclusive: {}", fmt::join(others[group.front()], ", ")));
    writer.line();
  }
}

/// Why nothing was judged: told once for each probe and reason.
void write_skips(Writer& writer, const RunRecord& record) {
  std::set<std::string> told;
  for (const auto& result : record.results) {
    std::string line = fmt::format("{} skipped: {}", result.probe, result.message);
    if (result.verdict == Verdict::skip && told.insert(line).second) writer.line(line);
  }
  if (!told.empty()) writer.line();
}

void write_passed_and_skipped(Writer& writer, const RunRecord& record) {
  for (const auto& result : record.results) {
    if (result.verdict != Verdict::pass && result.verdict != Verdict::skip) continue;
    const std::string said = result.message.empty() ? or_empty(result.actual) : result.message;
    writer.labelled(to_string(result.verdict), colour_of(result),
                    fmt::format("{}{}{}", title(result), said.empty() ? "" : ": ", said));
  }
}

void write_first_line(Writer& writer, const RunRecord& record) {
  std::string text = fmt::format("phase {}", record.phase);
  if (record.journal) text += fmt::format(", journal {}", *record.journal);
  if (!record.addresses.empty()) text += fmt::format(", {}", fmt::join(record.addresses, ", "));
  if (!record.vantage.empty()) text += fmt::format(", from {}", record.vantage);
  writer.line(text, Colour::bold);
  if (const auto& again = record.judged_again)
    writer.line(fmt::format("judged again on {} by {} and {} (sha256 {}); {} as decided then", format_time(again->at),
                            again->tool, again->file, again->sha256.substr(0, kShortDigest),
                            is_transfer(record) ? "steps, gates and the verdict are" : "what was not looked at is"));
  writer.line();
}

void write_actions(Writer& writer, const StepRecord& step, const ActionRecord* culprit) {
  for (const auto& action : step.actions) {
    if (!writer.options().verbose && &action != culprit) continue;
    writer.detail("action", action_words(action), kLongestMessage);
    writer.detail("output", end_of_output(action.output), 2 * kLongestMessage);
  }
}

void write_steps(Writer& writer, const RunRecord& record, const Summary& summary) {
  for (std::size_t i = 0; i < record.steps.size(); ++i) {
    const StepRecord& step = record.steps[i];
    const bool tell_undone = step.undone && step.state != "undone";
    const StepOutcome outcome = outcome_of(record, summary, i);
    writer.line(fmt::format("step {}: {}{}", step.step, step.state, tell_undone ? ", undone" : ""),
                outcome.kind == StepOutcome::Kind::failed ? Colour::red : Colour::none);
    write_actions(writer, step, outcome.action);
  }
  for (const auto& gate : record.gates) {
    std::string where;
    if (gate.step) where = fmt::format(" {} {}", or_empty(gate.when), *gate.step);
    writer.line(fmt::format("gate {}{}: {} after {} look{}{}{}", gate.gate, where, gate.result, gate.looks,
                            gate.looks == 1 ? "" : "s", gate.reason.empty() ? "" : ": ", writer.once(gate.reason)),
                gate.result == "go" ? Colour::green : Colour::yellow);
  }
  if (!record.steps.empty() || !record.gates.empty()) writer.line();
}

void write_recap(Writer& writer, const RunRecord& record, const Summary& summary) {
  const auto lines = recap(record, summary);
  for (std::size_t i = 0; i < std::min(lines.size(), kLinesOfRecap); ++i)
    writer.labelled(lines[i].label, lines[i].red ? Colour::red : Colour::yellow, lines[i].text);
  if (lines.size() > kLinesOfRecap) writer.line(fmt::format("and {} more", lines.size() - kLinesOfRecap));
}

void write_counts(Writer& writer, const Summary& summary, bool skips_are_told) {
  writer.line(counts_of(summary) + (summary.skip > 0 && !skips_are_told ? " (--verbose tells why)" : ""));
}

}  // namespace

void write_text(const RunRecord& record, std::ostream& out, const TextOptions& options) {
  Writer writer(out, options);
  const Summary summary = summarise(record);
  write_first_line(writer, record);
  std::set<std::tuple<std::string, std::string, std::string>> told;
  Consequences also = consequences_of_ends(record);
  for (const int wanted : kRanks) {
    std::vector<const ResultRecord*> ranked;
    for (const auto& result : record.results)
      if (rank(result) == wanted) ranked.push_back(&result);
    for (const Alike& group : alike(ranked)) {
      const std::vector<std::string> unseen_with_it = take_consequences(record, group, also);
      const ResultRecord& first = *group.front();
      write_full(writer, record, group, told.emplace(first.probe, or_empty(first.host), or_empty(first.address)).second,
                 unseen_with_it);
    }
  }
  write_unseen(writer, record);
  write_consequences(writer, record);
  if (options.verbose) write_passed_and_skipped(writer, record);
  write_steps(writer, record, summary);
  const bool nothing_seen = summary.pass + summary.warn + summary.fail + summary.inconclusive == 0;
  if (nothing_seen && !options.verbose) write_skips(writer, record);
  write_recap(writer, record, summary);
  write_counts(writer, summary, nothing_seen || options.verbose);
  writer.verdict(summary.verdict, colour_of(tone_of(summary)),
                 fmt::format("({}; exit {})", verdict_words(record, summary), summary.exit));
}

}  // namespace drydock
