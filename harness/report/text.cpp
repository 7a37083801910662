#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>
#include <tuple>

#include "harness/report/reporters.hpp"

namespace drydock {
namespace {

constexpr std::size_t kTailOfTranscript = 6;
constexpr std::size_t kLongestValue = 400;

enum class Colour { none, red, yellow, green, bold };

class Writer {
public:
  Writer(std::ostream& out, const TextOptions& options) : out_(out), options_(options) {}

  void line(std::string_view text = {}, Colour colour = Colour::none) { out_ << painted(text, colour) << '\n'; }
  /// A labelled value below a result; values of several lines are indented under the first.
  void detail(std::string_view label, std::string_view value) {
    if (value.empty()) return;
    std::string text(value.substr(0, kLongestValue));
    if (value.size() > kLongestValue) text += fmt::format(" [+{} octets]", value.size() - kLongestValue);
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 16) text.insert(at + 1, 15, ' ');
    fmt::print(out_, "     {:<9} {}\n", label, text);
  }
  [[nodiscard]] std::string painted(std::string_view text, Colour colour) const {
    static const std::map<Colour, std::string_view> kCodes{
        {Colour::red, "31"}, {Colour::yellow, "33"}, {Colour::green, "32"}, {Colour::bold, "1"}};
    const auto code = kCodes.find(colour);
    if (!options_.color || code == kCodes.end()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code->second, text);
  }
  std::ostream& out() { return out_; }
  [[nodiscard]] const TextOptions& options() const { return options_; }

private:
  std::ostream& out_;
  const TextOptions& options_;
};

std::string or_empty(const std::optional<std::string>& text) {
  return text.value_or(std::string());
}

Colour colour_of(const ResultRecord& result) {
  if (result.verdict == Verdict::pass) return Colour::green;
  if (result.verdict == Verdict::skip) return Colour::none;
  return result.verdict == Verdict::fail && result.severity == Severity::critical ? Colour::red : Colour::yellow;
}

std::string title(const ResultRecord& result) {
  std::string text = fmt::format("{} {}", result.probe, result.check);
  if (result.host || result.address) text += fmt::format(" on {}", or_empty(result.host));
  if (result.address)
    text += fmt::format(" ({}{}{})", *result.address, result.name ? " as " : "", or_empty(result.name));
  std::string tags = std::string(to_string(result.severity));
  if (result.spec) tags += ", " + *result.spec;
  if (result.rfc) tags += ", " + *result.rfc;
  return fmt::format("{} [{}]", text, tags);
}

void write_transcript(Writer& writer, const ResultRecord& result) {
  const auto& lines = result.transcript;
  const std::size_t shown = writer.options().verbose ? lines.size() : std::min(lines.size(), kTailOfTranscript);
  for (std::size_t i = lines.size() - shown; i < lines.size(); ++i)
    writer.detail(i + shown == lines.size() ? "said" : "",
                  fmt::format("{:>9.3f} {} {}", lines[i].at_ms, lines[i].direction, lines[i].text));
}

/// `with_transcript`: false where the same conversation stands above already.
void write_full(Writer& writer, const ResultRecord& result, bool with_transcript = true) {
  std::string label(to_string(result.verdict));
  if (result.verdict == Verdict::fail)
    std::transform(label.begin(), label.end(), label.begin(), [](unsigned char c) { return std::toupper(c); });
  writer.line(fmt::format("{}  {}", writer.painted(label, colour_of(result)), title(result)));
  if (!result.message.empty()) writer.line("     " + result.message);
  writer.detail("stage", or_empty(result.stage));
  writer.detail("expected", or_empty(result.expected));
  writer.detail("actual", or_empty(result.actual));
  if (result.attempts > 1)
    writer.detail("attempts", fmt::format("{}; the first: {}", result.attempts, or_empty(result.first_failure)));
  writer.detail("look at", or_empty(result.hint));
  writer.detail("by hand", or_empty(result.reproduce));
  if (with_transcript) write_transcript(writer, result);
  writer.line();
}

/// What comes first: critical fails, other fails, warnings. -1 for what is told elsewhere.
constexpr std::array<int, 3> kRanks{0, 1, 2};
int rank(const ResultRecord& result) {
  if (result.verdict == Verdict::fail) return result.severity == Severity::critical ? 0 : 1;
  return result.verdict == Verdict::warn ? 2 : -1;
}

void write_consequences(Writer& writer, const RunRecord& record) {
  std::map<std::string, std::vector<std::string>> by_cause;
  for (const auto& result : record.results)
    if (result.verdict == Verdict::inconclusive && result.cause) {
      auto& probes = by_cause[*result.cause];
      if (std::find(probes.begin(), probes.end(), result.probe) == probes.end()) probes.push_back(result.probe);
    }
  for (const auto& [cause, probes] : by_cause)
    writer.line(fmt::format("not looked at, because '{}' did not pass: {}", cause, fmt::join(probes, ", ")),
                Colour::yellow);
  if (!by_cause.empty()) writer.line();
}

/// Checks of one probe that could not be seen for one reason are told in one line.
void write_unseen(Writer& writer, const std::vector<const ResultRecord*>& unseen) {
  std::map<std::string, std::vector<const ResultRecord*>> groups;
  std::vector<std::string> order;
  for (const auto* result : unseen) {
    const std::string key = fmt::format("{}\n{}\n{}", result->probe, or_empty(result->host), or_empty(result->address));
    if (groups[key].empty()) order.push_back(key);
    groups[key].push_back(result);
  }
  for (const auto& key : order) {
    const auto& group = groups[key];
    write_full(writer, *group.front());
    if (group.size() < 2) continue;
    std::vector<std::string> others;
    for (std::size_t i = 1; i < group.size(); ++i) others.push_back(group[i]->check);
    writer.detail("also", fmt::format("inconclusive: {}", fmt::join(others, ", ")));
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

void write_first_line(Writer& writer, const RunRecord& record) {
  std::string text = fmt::format("phase {}", record.phase);
  if (record.journal) text += fmt::format(", journal {}", *record.journal);
  if (!record.addresses.empty()) text += fmt::format(", {}", fmt::join(record.addresses, ", "));
  if (!record.vantage.empty()) text += fmt::format(", from {}", record.vantage);
  writer.line(text, Colour::bold);
  writer.line();
}

void write_steps(Writer& writer, const RunRecord& record) {
  for (const auto& step : record.steps)
    writer.line(fmt::format("step {}: {}{}", step.step, step.state, step.undone ? ", undone" : ""));
  for (const auto& gate : record.gates) {
    std::string place;
    if (gate.step) place = fmt::format(" {} {}", or_empty(gate.when), *gate.step);
    writer.line(fmt::format("gate {}{}: {} after {} look{}{}{}", gate.gate, place, gate.result, gate.looks,
                            gate.looks == 1 ? "" : "s", gate.reason.empty() ? "" : ": ", gate.reason),
                gate.result == "go" ? Colour::green : Colour::yellow);
  }
  if (!record.steps.empty() || !record.gates.empty()) writer.line();
}

std::string verdict_words(const RunRecord& record, const Summary& summary) {
  const auto critical = [&](Verdict verdict) {
    return std::count_if(record.results.begin(), record.results.end(), [&](const ResultRecord& result) {
      return result.verdict == verdict && result.severity == Severity::critical;
    });
  };
  if (summary.verdict == "fail") return fmt::format("{} critical failed", critical(Verdict::fail));
  if (summary.verdict == "inconclusive") {
    const auto unclear = critical(Verdict::inconclusive);
    return unclear > 0 ? fmt::format("{} critical could not be judged", unclear) : "nothing was judged";
  }
  return summary.verdict == "warn" ? "nothing critical is wrong, but something is" : "nothing is wrong";
}

}  // namespace

void write_text(const RunRecord& record, std::ostream& out, const TextOptions& options) {
  Writer writer(out, options);
  write_first_line(writer, record);
  std::set<std::tuple<std::string, std::string, std::string>> told;
  for (const int wanted : kRanks)
    for (const auto& result : record.results)
      if (rank(result) == wanted)
        write_full(writer, result, told.emplace(result.probe, or_empty(result.host), or_empty(result.address)).second);
  std::vector<const ResultRecord*> unseen;
  for (const auto& result : record.results)
    if (result.verdict == Verdict::inconclusive && !result.cause) unseen.push_back(&result);
  write_unseen(writer, unseen);
  write_consequences(writer, record);
  if (options.verbose)
    for (const auto& result : record.results)
      if (result.verdict == Verdict::pass || result.verdict == Verdict::skip)
        writer.line(fmt::format("{}  {}{}{}", writer.painted(to_string(result.verdict), colour_of(result)),
                                title(result), result.message.empty() && !result.actual ? "" : ": ",
                                result.message.empty() ? or_empty(result.actual) : result.message));
  write_steps(writer, record);
  const Summary summary = summarise(record);
  if (summary.pass + summary.warn + summary.fail + summary.inconclusive == 0 && !options.verbose)
    write_skips(writer, record);
  writer.line(fmt::format("{} pass, {} warn, {} fail, {} inconclusive, {} skip", summary.pass, summary.warn,
                          summary.fail, summary.inconclusive, summary.skip));
  const Colour colour = summary.verdict == "fail"   ? Colour::red
                        : summary.verdict == "pass" ? Colour::green
                                                    : Colour::yellow;
  writer.line(fmt::format("verdict: {} ({}; exit {})", writer.painted(summary.verdict, colour),
                          verdict_words(record, summary), summary.exit));
}

}  // namespace drydock
