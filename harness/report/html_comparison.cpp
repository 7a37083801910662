#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <utility>

#include "harness/report/current.hpp"
#include "harness/report/html_sections.hpp"
#include "harness/report/html_text.hpp"

namespace drydock {
namespace {

constexpr std::size_t kRows = 2000;

/// What was compared between two hosts: what differs or could not be said, and what is the same.
struct Compared {
  std::vector<const ResultRecord*> differ, same;
};

/// By the host that is compared with, and the one that is compared.
std::map<std::pair<std::string, std::string>, Compared> compared_hosts(const RunRecord& record) {
  std::map<std::pair<std::string, std::string>, Compared> hosts;
  for (const ResultRecord* result : current_results(record)) {
    if (!result->reference) continue;
    const ObservationRecord* reference = find_observation(record.observations, result->reference);
    Compared& compared =
        hosts[{reference ? reference->host.value_or("") : std::string("reference"), result->host.value_or("")}];
    (result->verdict == Verdict::pass ? compared.same : compared.differ).push_back(result);
  }
  return hosts;
}

std::string service(const ResultRecord& result) {
  return result.name ? fmt::format("{} ({})", result.probe, *result.name) : result.probe;
}

/// `status (row 2)` of `same.status`.
std::string subject(const ResultRecord& result) {
  const std::size_t point = result.check.find('.');
  const std::string fact = point == std::string::npos ? result.check : result.check.substr(point + 1);
  return result.row ? fmt::format("{} ({})", fact, *result.row) : fact;
}

void write_difference(const ResultRecord& result, std::ostream& out) {
  const bool has_sides = result.expected || result.actual;
  fmt::print(out, "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"{}\">{}</td>", html_text(service(result)),
             html_text(subject(result)), html_class(tone_of(result)), html_text(label_of(result)));
  if (has_sides)
    fmt::print(out, "<td>{}</td><td>{}</td></tr>\n", html_lines(result.expected.value_or("")),
               html_lines(result.actual.value_or("")));
  else
    fmt::print(out, "<td colspan=\"2\">{}</td></tr>\n", html_text(result.message));
}

void write_same(const std::vector<const ResultRecord*>& same, std::ostream& out) {
  if (same.empty()) return;
  fmt::print(out, "<details><summary>{} compared, and the rest the same</summary>\n<ul>\n", same.size());
  for (std::size_t i = 0; i < std::min(same.size(), kRows); ++i)
    fmt::print(out, "<li><code>{}</code>: {}</li>\n", html_text(service(*same[i])), html_text(same[i]->message));
  fmt::print(out, "</ul>\n{}</details>\n", html_left_out(same.size(), kRows));
}

}  // namespace

bool has_html_comparison(const HtmlView& view) {
  return !compared_hosts(view.record).empty();
}

void write_html_comparison(const HtmlView& view, std::ostream& out) {
  for (const auto& [hosts, compared] : compared_hosts(view.record)) {
    const auto& [reference, host] = hosts;
    if (!compared.differ.empty()) {
      out << html_table(fmt::format("What is not on {} as it is on {}", host, reference),
                        {"service", "what", "verdict", reference, host});
      for (std::size_t i = 0; i < std::min(compared.differ.size(), kRows); ++i)
        write_difference(*compared.differ[i], out);
      out << kHtmlTableEnd << html_left_out(compared.differ.size(), kRows);
    }
    write_same(compared.same, out);
  }
}

}  // namespace drydock
