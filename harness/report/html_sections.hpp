#pragma once
#include <iosfwd>

#include "harness/record/run_record.hpp"
#include "harness/report/outcome.hpp"
#include "harness/report/recap.hpp"
#include "harness/report/services.hpp"

/// The parts of the HTML report. Each writes the content of its `<section>`, as it goes; none writes a heading of level
/// 1 or 2. Texts of the record go through html_text.hpp alone. Pure, but for the stream.
namespace drydock {

/// What every part is made from. Outlived by the record.
struct HtmlView {
  const RunRecord& record;
  Summary summary;
  Services services;
};

Tone tone_of(const StepOutcome& outcome);
Tone tone_of(const GateRecord& gate);
Tone tone_of(const ActionRecord& action);

void write_html_recap(const HtmlView& view, std::ostream& out);
/// Services down the side, hosts across; each service leads to its checks.
void write_html_matrix(const HtmlView& view, std::ostream& out);
/// What did not pass, in full.
void write_html_findings(const HtmlView& view, std::ostream& out);
bool has_html_findings(const HtmlView& view);
/// Steps, gates with each look, actions, and what stood when: as a drawing, and as tables.
void write_html_transfer(const HtmlView& view, std::ostream& out);
void write_html_timeline(const HtmlView& view, std::ostream& out);
/// Old and new side by side: what differs, and what is the same, folded.
void write_html_comparison(const HtmlView& view, std::ostream& out);
bool has_html_comparison(const HtmlView& view);
/// When certificates end, and for how long DNS answers are kept.
void write_html_ends(const HtmlView& view, std::ostream& out);
bool has_html_ends(const HtmlView& view);
/// Every result in a row of a table, folded by probe.
void write_html_checks(const HtmlView& view, std::ostream& out);

}  // namespace drydock
