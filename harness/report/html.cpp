#include <fmt/format.h>
#include <fmt/ostream.h>

#include <array>
#include <ostream>
#include <vector>

#include "harness/report/html_sections.hpp"
#include "harness/report/html_style.hpp"
#include "harness/report/html_text.hpp"
#include "harness/report/outcome.hpp"
#include "harness/report/reporters.hpp"

namespace drydock {
namespace {

bool has_transfer(const HtmlView& view) {
  return !view.record.steps.empty() || !view.record.gates.empty();
}
bool has_results(const HtmlView& view) {
  return !view.record.results.empty();
}
bool always(const HtmlView&) {
  return true;
}

struct Section {
  std::string_view id, title;
  bool (*is_there)(const HtmlView& view);
  void (*write)(const HtmlView& view, std::ostream& out);
};

constexpr std::array<Section, 7> kSections{{
    {"recap", "What is not well", always, write_html_recap},
    {"services", "Services by host", has_results, write_html_matrix},
    {"transfer", "Steps and gates", has_transfer, write_html_transfer},
    {"findings", "What did not pass, in full", has_html_findings, write_html_findings},
    {"comparison", "Old and new side by side", has_html_comparison, write_html_comparison},
    {"ends", "Certificates and TTLs", has_html_ends, write_html_ends},
    {"checks", "All checks", has_results, write_html_checks},
}};

void write_head(const HtmlView& view, std::ostream& out) {
  fmt::print(out,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; base-uri "
             "'none'; form-action 'none'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<title>{}: {}</title>\n<style>{}</style>\n</head>\n",
             kHtmlStyleHash, html_text(view.summary.verdict), html_text(view.record.scenario.name), kHtmlStyle);
}

void write_term(std::string_view term, const std::string& html, std::ostream& out) {
  if (!html.empty()) fmt::print(out, "<dt>{}</dt><dd>{}</dd>\n", term, html);
}

std::string code(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("<code>{}</code>", html_text(text));
}

void write_origin(const RunRecord& record, std::ostream& out) {
  constexpr std::size_t kLongestList = 2000;
  out << "<dl>\n";
  write_term("phase", code(record.phase), out);
  write_term("hosts", html_text(fmt::format("{}", fmt::join(record.addresses, ", ")), kLongestList), out);
  write_term("seen from", html_text(record.vantage), out);
  write_term("from", html_time(record.started), out);
  write_term("to", html_time(record.finished), out);
  write_term("scenario", code(record.scenario.file), out);
  write_term("SHA-256", code(record.scenario.sha256), out);
  write_term("journal", code(record.journal.value_or("")), out);
  for (const auto& [name, value] : record.vars) write_term("var", code(name + " = " + value), out);
  write_term("run", code(record.id), out);
  write_term("made by", html_text(record.tool), out);
  if (const auto& again = record.judged_again)
    write_term("judged again",
               fmt::format("{} by {}, {} (SHA-256 {})", html_time(again->at), html_text(again->tool), code(again->file),
                           code(again->sha256)),
               out);
  out << "</dl>\n";
}

void write_header(const HtmlView& view, std::ostream& out) {
  fmt::print(out,
             "<body>\n<a class=\"skip\" href=\"#main\">To the report</a>\n<header>\n<h1>{} {}</h1>\n"
             "<p><strong>{}</strong> (exit {})</p>\n<p>{}</p>\n</header>\n",
             html_badge(view.summary.verdict, tone_of(view.summary)), html_text(view.record.scenario.name),
             html_text(verdict_words(view.record, view.summary)), view.summary.exit, counts_of(view.summary));
}

std::vector<const Section*> sections_of(const HtmlView& view) {
  std::vector<const Section*> sections;
  for (const auto& section : kSections)
    if (section.is_there(view)) sections.push_back(&section);
  return sections;
}

void write_navigation(const std::vector<const Section*>& sections, std::ostream& out) {
  out << "<nav aria-label=\"Parts of the report\"><ul>\n";
  for (const Section* section : sections)
    fmt::print(out, "<li><a href=\"#{}\">{}</a></li>\n", section->id, section->title);
  out << "</ul></nav>\n";
}

}  // namespace

void write_html(const RunRecord& record, std::ostream& out) {
  const HtmlView view{record, summarise(record), Services(record)};
  write_head(view, out);
  write_header(view, out);
  const auto sections = sections_of(view);
  write_navigation(sections, out);
  out << "<main id=\"main\">\n";
  for (const Section* section : sections) {
    fmt::print(out, "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n", section->id,
               section->title);
    section->write(view, out);
    out << "</section>\n";
  }
  out << "</main>\n<footer><h2>Where this comes from</h2>\n";
  write_origin(record, out);
  out << "</footer>\n</body>\n</html>\n";
}

}  // namespace drydock
