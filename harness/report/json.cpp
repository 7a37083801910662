#include <ostream>

#include "harness/record/record_json.hpp"
#include "harness/report/reporters.hpp"

namespace drydock {
namespace {

/// `{"key": ...}` on a line of its own.
template <class Write>
void write_jsonl(const char* key, std::ostream& out, Write write) {
  JsonWriter line(out, false);
  line.begin_object();
  line.key(key);
  write(line);
  line.end();
  line.finish_line();
}

}  // namespace

void write_json(const RunRecord& record, std::ostream& out) {
  JsonWriter report(out, true);
  write_json(record, report);
  report.finish_line();
}

void write_jsonl_run(const RunRecord& record, std::ostream& out) {
  write_jsonl("run", out, [&](JsonWriter& line) {
    line.begin_object();
    write_head(record, line);
    line.end();
  });
}
void write_jsonl_observation(const ObservationRecord& seen, std::ostream& out) {
  write_jsonl("observation", out, [&](JsonWriter& line) { write_json(seen, line); });
}
void write_jsonl_result(const ResultRecord& result, std::ostream& out) {
  write_jsonl("result", out, [&](JsonWriter& line) { write_json(result, line); });
}
void write_jsonl_summary(const RunRecord& record, std::ostream& out) {
  JsonWriter line(out, false);
  line.begin_object();
  write_summary(record, line);
  line.end();
  line.finish_line();
}

void write_jsonl(const RunRecord& record, std::ostream& out) {
  write_jsonl_run(record, out);
  for (const auto& seen : record.observations) write_jsonl_observation(seen, out);
  for (const auto& result : record.results) write_jsonl_result(result, out);
  write_jsonl_summary(record, out);
}

}  // namespace drydock
