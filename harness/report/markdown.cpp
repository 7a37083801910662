#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <ostream>

#include "harness/record/plain_text.hpp"
#include "harness/report/alike.hpp"
#include "harness/report/findings.hpp"
#include "harness/report/outcome.hpp"
#include "harness/report/recap.hpp"
#include "harness/report/reporters.hpp"
#include "harness/report/services.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {
namespace {

/// Octets of the whole: a comment on GitHub holds 65,536 characters.
constexpr std::size_t kMost = 60'000;
/// Of that, kept for what is said of what was left out.
constexpr std::size_t kReserve = 1'000;
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestLine = 400;
constexpr std::size_t kLongestBlock = 3'000;
constexpr std::size_t kLinesOfRecap = 20;
constexpr std::size_t kColumns = 8;
constexpr std::size_t kRows = 100;
constexpr std::size_t kPlaces = 8;

/// How many backticks stand in a row at the most.
std::size_t longest_run(std::string_view text) {
  std::size_t longest = 0, run = 0;
  for (const char octet : text) longest = std::max(longest, run = octet == '`' ? run + 1 : 0);
  return longest;
}

/// Parsers know no fence of more than 80 backticks in a line, and of 255 before a block.
std::string without_long_runs(std::string text) {
  constexpr std::size_t kLongestRun = 8;
  if (longest_run(text) <= kLongestRun) return text;
  std::string safe;
  for (const char octet : text)
    if (octet == '`')
      safe += "\\x60";
    else
      safe += octet;
  return safe;
}

/// More backticks than stand in a row in the text, and `least` of them at least.
std::string fence_for(std::string_view text, std::size_t least) {
  return std::string(std::max(longest_run(text) + 1, least), '`');
}

/// A text of the record in a line: in a code span nothing is markup, link, mention or reference.
std::string code(std::string_view text, std::size_t limit = kLongestLine) {
  const std::string plain = without_long_runs(clip(plain_field(text), limit));
  if (plain.find_first_not_of(' ') == std::string::npos) return "(nothing)";
  const std::string fence = fence_for(plain, 1);
  const bool spaced = plain.starts_with('`') || plain.ends_with('`') || plain.starts_with(' ') || plain.ends_with(' ');
  const std::string_view blank = spaced ? " " : "";
  return fmt::format("{}{}{}{}{}", fence, blank, plain, blank, fence);
}

std::string name(std::string_view text) {
  return code(text, kLongestName);
}

bool is_letter(char octet) {
  return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
}

/// A verdict or a state, as it is where it is such a word: `no-go`, `FAIL (degraded)`.
std::string word(std::string_view text) {
  constexpr std::size_t kLongest = 24;
  const bool is_word = !text.empty() && text.size() <= kLongest && is_letter(text.front()) &&
                       (is_letter(text.back()) || text.back() == ')') && std::ranges::all_of(text, [](char octet) {
                         return is_letter(octet) || octet == ' ' || octet == '-' || octet == '(' || octet == ')';
                       });
  return is_word ? fmt::format("**{}**", text) : name(text);
}

std::string because(std::string_view reason) {
  return reason.empty() ? "" : ": " + code(reason);
}

/// The same where the page is HTML.
std::string html_code(std::string_view text) {
  std::string html;
  for (const char octet : clip(plain_line(text), kLongestLine))
    if (octet == '&')
      html += "&amp;";
    else if (octet == '<')
      html += "&lt;";
    else if (octet == '>')
      html += "&gt;";
    else
      html += octet;
  return fmt::format("<code>{}</code>", html);
}

/// A text of several lines.
std::string code_block(std::string_view text) {
  const std::string plain = without_long_runs(clip_middle(plain_lines(text), kLongestBlock));
  const std::string fence = fence_for(plain, 3);
  return fmt::format("{}text\n{}\n{}\n", fence, plain, fence);
}

std::string details(std::string_view label, std::string_view what, std::string_view text) {
  return fmt::format("<details><summary><b>{}</b> {}</summary>\n\n{}\n</details>\n\n", label, html_code(what),
                     code_block(text));
}

/// What has been written, up to its size.
class Page {
public:
  /// False, and nothing is added, where the block has no room.
  bool add(std::string_view block) {
    if (text_.size() + block.size() > kMost - kReserve) return false;
    text_ += block;
    return true;
  }
  /// `count` items as `item` makes them; says how many of `what` were left out. `after`: what ends the list.
  void add_list(std::size_t count, std::size_t most, std::string_view what, std::string_view after,
                const std::function<std::string(std::size_t)>& item) {
    std::size_t left_out = count - std::min(count, most);
    for (std::size_t i = 0; i < std::min(count, most); ++i)
      if (is_full() || !add(item(i))) ++left_out;
    if (count > 0) text_ += after;
    if (left_out > 0) text_ += fmt::format("and {} more {}, left out here\n\n", left_out, what);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  /// So that nothing is made that has no room.
  [[nodiscard]] bool is_full() const {
    constexpr std::size_t kLeast = 100;
    return text_.size() + kLeast > kMost - kReserve;
  }
  std::string text_;
};

void add_head(Page& page, const RunRecord& record, const Summary& summary) {
  std::string head =
      fmt::format("## drydock: {}\n\n{} (exit {}): {}, phase {}", word(summary.verdict), verdict_words(record, summary),
                  summary.exit, name(record.scenario.name), name(record.phase));
  if (record.judged_again) head += ", judged again";
  if (!record.addresses.empty()) head += ", " + code(fmt::format("{}", fmt::join(record.addresses, ", ")));
  if (!record.vantage.empty()) head += ", from " + name(record.vantage);
  page.add(fmt::format("{}\n\n{}\n\n", head, counts_of(summary)));
}

void add_recap(Page& page, const RunRecord& record, const Summary& summary) {
  const auto lines = recap(record, summary, Warnings::told);
  page.add_list(lines.size(), kLinesOfRecap, "lines", "\n",
                [&](std::size_t i) { return fmt::format("- {} {}\n", word(lines[i].label), code(lines[i].text)); });
}

void add_steps(Page& page, const RunRecord& record, const Summary& summary) {
  if (!record.steps.empty()) page.add("### Steps\n\n");
  page.add_list(record.steps.size(), kRows, "steps", "\n", [&](std::size_t i) {
    const StepOutcome outcome = outcome_of(record, summary, i);
    const StepRecord& step = record.steps[i];
    return fmt::format("- {} {}{}{}\n", word(step.state), name(step.step),
                       step.undone && step.state != "undone" ? ", undone" : "", because(outcome.reason));
  });
  if (!record.gates.empty()) page.add("### Gates\n\n");
  page.add_list(record.gates.size(), kRows, "gates", "\n", [&](std::size_t i) {
    const GateRecord& gate = record.gates[i];
    const std::string where =
        gate.step ? fmt::format(" {} {}", name(gate.when.value_or("")), name(*gate.step)) : std::string();
    return fmt::format("- {} {}{}, looks: {}{}\n", word(gate.result), name(gate.gate), where, gate.looks,
                       because(gate.reason));
  });
}

void add_services(Page& page, const RunRecord& record) {
  const Services services(record);
  if (services.probes.empty()) return;
  const std::size_t columns = std::min(services.hosts.size(), kColumns);
  std::string head = "| probe |", line = "|---|";
  for (std::size_t i = 0; i < columns; ++i) head += fmt::format(" {} |", name(services.hosts[i])), line += "---|";
  if (services.hosts.size() > columns)
    page.add(fmt::format("{} more hosts are left out of this table\n\n", services.hosts.size() - columns));
  page.add(fmt::format("{}\n{}\n", head, line));
  page.add_list(services.probes.size(), kRows, "probes", "\n", [&](std::size_t row) {
    std::string cells = fmt::format("| {} |", name(services.probes[row]));
    for (std::size_t i = 0; i < columns; ++i)
      cells += fmt::format(" {} |", cell_of(services.at(services.probes[row], services.hosts[i])));
    return cells + "\n";
  });
}

std::string details_of(const RunRecord& record, const Finding& told) {
  const ResultRecord& first = *told.group.front();
  std::string text = evidence(record, first);
  if (told.group.size() > 1)
    text += fmt::format("\n{} times in all: {}", told.group.size(), plain_line(other_places(told.group, kPlaces)));
  if (!told.also.empty()) text += plain_line(fmt::format("\nalso: {}", fmt::join(told.also, ", ")));
  return details(label_of(first), title(first), text);
}

void add_details(Page& page, const RunRecord& record, const Summary& summary) {
  std::vector<std::size_t> stopped;
  for (std::size_t i = 0; i < record.steps.size(); ++i)
    if (outcome_of(record, summary, i).action) stopped.push_back(i);
  const auto told = what_did_not_pass(record);
  const auto causes = probes_by_cause(record);
  if (stopped.empty() && told.empty() && causes.empty()) return;
  page.add("### What did not pass\n\n");
  page.add_list(stopped.size(), kRows, "actions", "", [&](std::size_t i) {
    const StepOutcome outcome = outcome_of(record, summary, stopped[i]);
    return details("action", action_words(*outcome.action),
                   "output: " + indented(end_of_output(outcome.action->output), 4));
  });
  page.add_list(told.size(), told.size(), "findings", "", [&](std::size_t i) { return details_of(record, told[i]); });
  page.add_list(causes.size(), kRows, "causes", "\n", [&](std::size_t i) {
    const auto& [cause, probes] = *std::next(causes.begin(), static_cast<std::ptrdiff_t>(i));
    return fmt::format("- not looked at, because {} did not pass: {}\n", name(cause),
                       code(fmt::format("{}", fmt::join(probes, ", "))));
  });
}

}  // namespace

void write_markdown(const RunRecord& record, std::ostream& out) {
  const Summary summary = summarise(record);
  Page page;
  add_head(page, record, summary);
  add_recap(page, record, summary);
  add_steps(page, record, summary);
  add_services(page, record);
  add_details(page, record, summary);
  out << page.text();
}

}  // namespace drydock
