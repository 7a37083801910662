#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "harness/record/record_value.hpp"
#include "harness/report/reporters.hpp"

namespace drydock {
namespace {

bool is_plain(const boost::json::value& value) {
  return !value.is_object() && !value.is_array();
}

/// Boost.JSON writes 12.4 as 1.24E1 and everything on one line: right, but hard on people and on grep. What holds
/// nothing but plain values stands on one line, such as a result.
class Writer {
public:
  Writer(std::ostream& out, bool indented) : out_(out), indented_(indented) {}

  void write(const boost::json::value& value) {
    if (const auto* object = value.if_object(); object && !object->empty())
      write_members(*object, '{', '}', !are_plain(*object), [this](const auto& member) {
        out_ << boost::json::serialize(boost::json::string(member.key())) << (indented_ ? ": " : ":");
        write(member.value());
      });
    else if (const auto* array = value.if_array(); array && !array->empty())
      write_members(*array, '[', ']', !array->front().is_string(), [this](const auto& member) { write(member); });
    else if (const auto* number = value.if_double())
      out_ << fmt::format("{}", *number);
    else
      out_ << boost::json::serialize(value);
  }

private:
  static bool are_plain(const boost::json::object& object) {
    return std::ranges::all_of(object, [](const auto& member) { return is_plain(member.value()); });
  }
  template <class Members, class WriteMember>
  void write_members(const Members& members, char open, char close, bool lines, WriteMember write_member) {
    ++depth_;
    char before = open;
    for (const auto& member : members) {
      out_ << before;
      if (lines) new_line();
      write_member(member);
      before = ',';
    }
    --depth_;
    if (lines) new_line();
    out_ << close;
  }
  void new_line() {
    if (indented_) out_ << '\n' << std::string(2 * depth_, ' ');
  }
  std::ostream& out_;
  bool indented_;
  std::size_t depth_ = 0;
};

void write_value(const boost::json::value& value, std::ostream& out, bool indented) {
  Writer(out, indented).write(value);
  out << '\n';
}

}  // namespace

void write_json(const RunRecord& record, std::ostream& out) {
  write_value(value_of(record), out, true);
}
void write_jsonl_run(const RunRecord& record, std::ostream& out) {
  write_value({{"run", head_of(record)}}, out, false);
}
void write_jsonl_observation(const ObservationRecord& seen, std::ostream& out) {
  write_value({{"observation", value_of(seen)}}, out, false);
}
void write_jsonl_result(const ResultRecord& result, std::ostream& out) {
  write_value({{"result", value_of(result)}}, out, false);
}
void write_jsonl_summary(const RunRecord& record, std::ostream& out) {
  write_value({{"summary", summary_of(record)}}, out, false);
}

void write_jsonl(const RunRecord& record, std::ostream& out) {
  write_jsonl_run(record, out);
  for (const auto& seen : record.observations) write_jsonl_observation(seen, out);
  for (const auto& result : record.results) write_jsonl_result(result, out);
  write_jsonl_summary(record, out);
}

}  // namespace drydock
