#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <tuple>

#include "harness/record/plain_text.hpp"
#include "harness/report/current.hpp"
#include "harness/report/findings.hpp"
#include "harness/report/html_sections.hpp"
#include "harness/report/html_text.hpp"
#include "harness/report/outcome.hpp"

namespace drydock {
namespace {

constexpr std::size_t kLongestCell = 160;
constexpr std::size_t kPlaces = 8;
/// Octets of what is told in full. What comes after that still stands in a row of the table of all checks.
constexpr std::size_t kMostInFull = 1'000'000;

std::string cell(const std::vector<const ResultRecord*>& results) {
  const ResultRecord* worst = worst_of(results);
  return worst ? fmt::format("<td class=\"{}\">{}</td>", html_class(tone_of(*worst)), html_text(cell_of(results)))
               : "<td>not looked at</td>";
}

void add_term(std::string& html, std::string_view term, std::string_view text, std::string_view classes = {}) {
  if (!text.empty())
    html += fmt::format("<dt>{}</dt><dd><pre{}><code>{}</code></pre></dd>\n", term,
                        classes.empty() ? "" : fmt::format(" class=\"{}\"", classes), html_lines(text));
}

std::string or_empty(const SharedText& text) {
  return text.value_or("");
}

std::string transcript_of(const ObservationRecord& seen) {
  constexpr std::size_t kLongestLine = 400, kIndent = 12;
  const auto& lines = seen.transcript;
  std::string html;
  for (std::size_t i = lines.size() - std::min(lines.size(), kTailOfTranscript); i < lines.size(); ++i)
    html += html_lines(fmt::format("{}{:>9.3f} {} {}", html.empty() ? "" : "\n", lines[i].at_ms,
                                   plain_line(std::string_view(&lines[i].direction, 1)),
                                   indented(plain_lines(lines[i].text), kIndent)),
                       kLongestLine);
  return html.empty()
             ? html
             : fmt::format("<details><summary>what was said last</summary><pre><code>{}</code></pre></details>\n",
                           html);
}

std::string terms_of(const RunRecord& record, const Finding& finding) {
  const ResultRecord& result = *finding.group.front();
  const ObservationRecord* seen = find_observation(record.observations, result.observation);
  std::string html;
  add_term(html, "message", result.message);
  add_term(html, "waiver", or_empty(result.waiver));
  add_term(html, "stage", or_empty(result.stage));
  add_term(html, "expected", or_empty(result.expected));
  add_term(html, "actual", or_empty(result.actual));
  if (seen && seen->attempts > 1)
    add_term(html, "attempts",
             fmt::format("{}{}{}", seen->attempts, result.first_failure ? "; the first: " : "",
                         or_empty(result.first_failure)));
  add_term(html, "look at", or_empty(result.hint));
  add_term(html, "by hand", or_empty(result.reproduce), "copy");
  add_term(html, "scenario", or_empty(result.where));
  if (finding.group.size() > 1)
    add_term(html, "the same",
             fmt::format("{} times in all: {}", finding.group.size(), other_places(finding.group, kPlaces)));
  add_term(html, "also", fmt::format("{}", fmt::join(finding.also, ", ")));
  return html;
}

/// Each conversation once.
using Told = std::set<std::tuple<std::string, std::string, std::string>>;

std::string finding_of(const RunRecord& record, const Finding& finding, Told& told) {
  const ResultRecord& result = *finding.group.front();
  const ObservationRecord* seen = find_observation(record.observations, result.observation);
  const bool is_new = told.emplace(result.probe, or_empty(result.host), or_empty(result.address)).second;
  return fmt::format("<details{}><summary>{} <code>{}</code></summary>\n<dl>\n{}</dl>\n{}</details>\n",
                     tone_of(result) == Tone::red ? " open" : "", html_badge(label_of(result), tone_of(result)),
                     html_text(title(result) + gate_suffix(result)), terms_of(record, finding),
                     is_new && seen && is_in_transcript(result, *seen) ? transcript_of(*seen) : "");
}

void write_row(const ResultRecord& result, std::ostream& out) {
  std::string said = result.message.empty() ? or_empty(result.actual) : result.message;
  if (result.verdict == Verdict::fail && result.waiver) said += "; " + *result.waiver;
  fmt::print(
      out, "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"{}\">{}</td><td>{}</td></tr>\n",
      html_text(result.check + gate_suffix(result) + (result.look ? fmt::format(", look {}", *result.look) : "")),
      html_text(fmt::format("{} {}", or_empty(result.host), or_empty(result.address))), html_class(tone_of(result)),
      html_text(label_of(result)), html_text(said, kLongestCell));
}

std::string counts_in(const std::vector<const ResultRecord*>& results) {
  std::map<std::string, std::size_t> counts;
  for (const ResultRecord* result : results) ++counts[label_of(*result)];
  std::string words;
  for (const auto& [label, count] : counts) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, label);
  return words;
}

}  // namespace

void write_html_recap(const HtmlView& view, std::ostream& out) {
  constexpr std::size_t kMost = 20;
  const auto lines = recap(view.record, view.summary, Warnings::told);
  if (lines.empty()) {
    out << "<p>Nothing.</p>\n";
    return;
  }
  out << "<ul class=\"recap\">\n";
  for (std::size_t i = 0; i < std::min(lines.size(), kMost); ++i)
    fmt::print(out, "<li>{} {}</li>\n", html_badge(lines[i].label, lines[i].red ? Tone::red : Tone::yellow),
               html_text(lines[i].text));
  out << "</ul>\n" << html_left_out(lines.size(), kMost);
}

void write_html_matrix(const HtmlView& view, std::ostream& out) {
  constexpr std::size_t kColumns = 40;
  const Services& services = view.services;
  const std::size_t columns = std::min(services.hosts.size(), kColumns);
  std::vector<std::string> heads{"probe"};
  for (std::size_t i = 0; i < columns; ++i)
    heads.push_back(services.hosts[i].empty() ? "(no host)" : services.hosts[i]);
  out << html_table("The worst of each service on each host, as it was looked at last", heads);
  for (std::size_t row = 0; row < services.probes.size(); ++row) {
    fmt::print(out, "<tr><th scope=\"row\"><a href=\"#probe-{}\">{}</a></th>", row, html_text(services.probes[row]));
    for (std::size_t i = 0; i < columns; ++i) out << cell(services.at(services.probes[row], services.hosts[i]));
    out << "</tr>\n";
  }
  out << kHtmlTableEnd << html_left_out(services.hosts.size(), columns);
}

bool has_html_findings(const HtmlView& view) {
  const Summary& counts = view.summary;
  return counts.fail + counts.warn + counts.inconclusive > 0;
}

void write_html_findings(const HtmlView& view, std::ostream& out) {
  Told told;
  const auto findings = what_did_not_pass(view.record);
  std::size_t octets = 0, shown = 0;
  for (; shown < findings.size() && octets < kMostInFull; ++shown) {
    const std::string html = finding_of(view.record, findings[shown], told);
    octets += html.size();
    out << html;
  }
  out << html_left_out(findings.size(), shown);
  for (const auto& [cause, probes] : probes_by_cause(view.record))
    fmt::print(out, "<p>not looked at, because <code>{}</code> did not pass: {}</p>\n", html_text(cause),
               html_text(fmt::format("{}", fmt::join(probes, ", "))));
}

/// A link to what a folded `details` holds opens it; one to the `details` itself does not.
void write_html_checks(const HtmlView& view, std::ostream& out) {
  std::map<std::string_view, std::vector<const ResultRecord*>> by_probe;
  for (const auto& result : view.record.results) by_probe[result.probe].push_back(&result);
  for (std::size_t row = 0; row < view.services.probes.size(); ++row) {
    const std::string& probe = view.services.probes[row];
    fmt::print(out, "<details><summary><code>{}</code>: {}</summary>\n<div id=\"probe-{}\">", html_text(probe),
               html_text(counts_in(by_probe[probe])), row);
    out << html_table(fmt::format("Checks of {}", probe), {"check", "where", "verdict", "what was seen"});
    for (const ResultRecord* result : by_probe[probe]) write_row(*result, out);
    out << kHtmlTableEnd << "</div></details>\n";
  }
}

}  // namespace drydock
