#pragma once
#include <iosfwd>
#include <span>
#include <string_view>

#include "harness/record/run_record.hpp"

namespace drydock {

/// One report format: a pure function of the record.
struct Reporter {
  std::string_view name;
  void (*write)(const RunRecord& record, std::ostream& out);
};

/// Every format, in the order in which `--help` lists them.
std::span<const Reporter> reporters();
/// The format of that name, or null.
const Reporter* find_reporter(std::string_view name);

struct TextOptions {
  bool color = false;    ///< ANSI colours
  bool verbose = false;  ///< also what passed, and every transcript
};
/// For people: what failed first, then counts, the verdict last.
void write_text(const RunRecord& record, std::ostream& out, const TextOptions& options);

void write_json(const RunRecord& record, std::ostream& out);
void write_junit(const RunRecord& record, std::ostream& out);
void write_jsonl(const RunRecord& record, std::ostream& out);
/// TAP version 13: a test point a result and a step. One that is `not ok` without a directive stands in every report
/// whose exit is not 0.
void write_tap(const RunRecord& record, std::ostream& out);
/// GitHub Flavored Markdown, for a pull request or a job's summary: below 60,000 octets whatever the record, and what
/// is left out is counted.
void write_markdown(const RunRecord& record, std::ostream& out);
/// One page for people, without script, network or other files: verdict and recap, services by host, what did not pass
/// in full (the first million octets), a transfer as a drawing and in tables, hosts side by side, all checks. Nothing
/// of the record is markup. Streams.
void write_html(const RunRecord& record, std::ostream& out);
/// Text format 0.0.4, for the textfile collector of node_exporter: gauges only, 5000 series of one metric at the most.
void write_prometheus(const RunRecord& record, std::ostream& out);
/// The one line of a monitoring plugin; nagios.hpp says how that ends.
void write_nagios(const RunRecord& record, std::ostream& out);

/// JSON Lines as they happen: a run line, observations and results as they come, a summary line. write_jsonl is these
/// in a row.
void write_jsonl_run(const RunRecord& record, std::ostream& out);
void write_jsonl_observation(const ObservationRecord& seen, std::ostream& out);
void write_jsonl_result(const ResultRecord& result, std::ostream& out);
void write_jsonl_summary(const RunRecord& record, std::ostream& out);

}  // namespace drydock
