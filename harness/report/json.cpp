#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "harness/report/record_json.hpp"
#include "harness/report/reporters.hpp"

namespace drydock {
namespace {

/// Two spaces a level; Boost.JSON itself writes everything on one line.
void write_pretty(const boost::json::value& value, std::ostream& out, const std::string& indent) {
  const std::string inner = indent + "  ";
  if (const auto* object = value.if_object(); object && !object->empty()) {
    const char* separator = "{\n";
    for (const auto& [key, member] : *object) {
      out << separator << inner << boost::json::serialize(boost::json::string(key)) << ": ";
      write_pretty(member, out, inner);
      separator = ",\n";
    }
    out << '\n' << indent << '}';
  } else if (const auto* array = value.if_array(); array && !array->empty() && !array->front().is_string()) {
    const char* separator = "[\n";
    for (const auto& member : *array) {
      out << separator << inner;
      write_pretty(member, out, inner);
      separator = ",\n";
    }
    out << '\n' << indent << ']';
  } else {
    out << boost::json::serialize(value);
  }
}

}  // namespace

void write_json(const RunRecord& record, std::ostream& out) {
  write_pretty(boost::json::parse(to_json(record)), out, "");
  out << '\n';
}

void write_jsonl_run(const RunRecord& record, std::ostream& out) { out << run_line(record) << '\n'; }
void write_jsonl_result(const ResultRecord& result, std::ostream& out) { out << result_line(result) << '\n'; }
void write_jsonl_summary(const RunRecord& record, std::ostream& out) { out << summary_line(record) << '\n'; }

void write_jsonl(const RunRecord& record, std::ostream& out) {
  write_jsonl_run(record, out);
  for (const auto& result : record.results) write_jsonl_result(result, out);
  write_jsonl_summary(record, out);
}

}  // namespace drydock
