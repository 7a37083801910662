#include "harness/record/record_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <type_traits>

#include "harness/record/json_writer.hpp"
#include "probes/core/described.hpp"

namespace drydock {

// The keys of the report, in the order in which they are written.
BOOST_DESCRIBE_STRUCT(ObservationRecord::Trouble, (), (kind, message, stage))
BOOST_DESCRIBE_STRUCT(ObservationRecord::Beside, (), (role, observations))
BOOST_DESCRIBE_STRUCT(ObservationRecord, (),
                      (id, probe, type, host, address, name, phase, asked, started, duration_ms, attempts, stage, error,
                       reference, token, answered, beside, facts, absent, left_out, transcript, certificates))
BOOST_DESCRIBE_STRUCT(ResultRecord, (),
                      (probe, check, row, severity, verdict, host, address, name, stage, message, expected, actual,
                       observation, reference, first_failure, where, rfc, spec, hint, reproduce, cause, limit, waiver,
                       step, gate, when, look))
BOOST_DESCRIBE_STRUCT(LookRecord, (), (observations, results))
BOOST_DESCRIBE_STRUCT(GateRecord, (), (gate, step, when, result, reason, passes, need, looks, started, finished))
BOOST_DESCRIBE_STRUCT(ActionRecord, (), (text, undo, exit, outcome, message, started, finished, output))
BOOST_DESCRIBE_STRUCT(StepRecord, (), (step, state, started, finished, undone, actions))
BOOST_DESCRIBE_STRUCT(Ending, (), (exit, verdict))
BOOST_DESCRIBE_STRUCT(JudgedAgain, (), (at, tool, file, sha256))
BOOST_DESCRIBE_STRUCT(Summary, (), (verdict, exit, pass, warn, fail, inconclusive, skip, waived))

namespace {

namespace json = boost::json;

static_assert(
    kNothingIsForgotten<ObservationRecord, ObservationRecord::Trouble, ObservationRecord::Beside, ResultRecord,
                        LookRecord, GateRecord, ActionRecord, StepRecord, Ending, JudgedAgain, Summary>,
    "a member of a record is no key of the report");

template <class T>
constexpr bool kIsOptional = false;
template <class T>
constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
constexpr bool kIsList = false;
template <class T>
constexpr bool kIsList<std::vector<T>> = true;

template <class T>
constexpr bool kIsPlain =
    std::is_same_v<T, std::string> || std::is_arithmetic_v<T> || std::is_same_v<T, WallTime> || std::is_enum_v<T>;
template <class T>
constexpr bool kIsPlain<std::optional<T>> = kIsPlain<T>;
template <>
constexpr bool kIsPlain<SharedText> = true;
/// Whether a record holds nothing but plain values: it stands on one line then.
template <class T>
consteval bool holds_plain_values() {
  bool all = true;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    all = all && kIsPlain<std::remove_cvref_t<decltype(std::declval<const T&>().*member.pointer)>>;
  });
  return all;
}

/// Null where nothing is known.
void write_filled(std::string_view key, std::string_view value, JsonWriter& out) {
  out.key(key);
  value.empty() ? out.null() : out.text(value);
}

/// `["2.113", "<", "250 2.1.5 Accepted"]`: milliseconds since the observation began, one character of ours, what was
/// said.
void write_line(const ObservationRecord::Line& line, JsonWriter& out) {
  const char direction = line.direction == '>' || line.direction == '<' ? line.direction : '*';
  out.begin_array(true);
  out.text(fmt::format("{:.3f}", line.at_ms));
  out.text({&direction, 1});
  out.text(line.text);
  out.end();
}

template <class T>
void write(const T& value, JsonWriter& out) {
  if constexpr (kIsOptional<T> || std::is_same_v<T, SharedText>) {
    value ? write(*value, out) : out.null();
  } else if constexpr (kIsList<T>) {
    out.begin_array(kIsPlain<typename T::value_type>);
    for (const auto& item : value) write(item, out);
    out.end();
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.text(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    out.boolean(value);
  } else if constexpr (std::is_same_v<T, int>) {
    out.number(std::int64_t{value});
  } else if constexpr (std::is_same_v<T, double>) {
    out.number(std::round(value * 10) / 10);
  } else if constexpr (std::is_same_v<T, WallTime>) {
    out.text(format_time(value));
  } else if constexpr (std::is_enum_v<T>) {
    out.text(to_string(value));
  } else if constexpr (std::is_same_v<T, ObservationRecord::Line>) {
    write_line(value, out);
  } else if constexpr (std::is_same_v<T, PackedJson>) {
    out.object(value.object());
  } else if constexpr (std::is_same_v<T, std::pair<std::string, std::string>>) {
    out.begin_array(true);
    out.text(value.first);
    out.text(value.second);
    out.end();
  } else {
    out.begin_object(holds_plain_values<T>());
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
      out.key(member.name);
      write(value.*member.pointer, out);
    });
    out.end();
  }
}

template <class T>
void write_key(std::string_view key, const T& value, JsonWriter& out) {
  out.key(key);
  write(value, out);
}

[[noreturn]] void wrong(std::string_view key, std::string_view wanted) {
  throw std::runtime_error(fmt::format("'{}' is not {}", key, wanted));
}

constexpr Verdict kVerdicts[] = {Verdict::pass, Verdict::warn, Verdict::fail, Verdict::inconclusive, Verdict::skip};
constexpr Severity kSeverities[] = {Severity::advisory, Severity::degraded, Severity::critical};

template <class Enum, std::size_t N>
void read_word(Enum& out, std::string_view key, std::string_view written, const Enum (&all)[N]) {
  for (const Enum value : all)
    if (to_string(value) == written) {
      out = value;
      return;
    }
  throw std::runtime_error(fmt::format("'{}' can't be '{}'", key, written));
}

void read(std::string& out, std::string_view key, const json::value& value) {
  if (!value.is_string()) wrong(key, "a string");
  out = value.get_string();
}
void read(int& out, std::string_view key, const json::value& value) {
  constexpr std::int64_t kLargest = 1000000000;
  if (!value.is_int64() || value.get_int64() < -kLargest || value.get_int64() > kLargest) wrong(key, "a whole number");
  out = static_cast<int>(value.get_int64());
}
void read(double& out, std::string_view key, const json::value& value) {
  if (!value.is_number() || !std::isfinite(value.to_number<double>())) wrong(key, "a number");
  out = value.to_number<double>();
}
void read(bool& out, std::string_view key, const json::value& value) {
  if (!value.is_bool()) wrong(key, "true or false");
  out = value.get_bool();
}
void read(Verdict& out, std::string_view key, const json::value& value) {
  read_word(out, key, value.is_string() ? std::string_view(value.get_string()) : std::string_view(), kVerdicts);
}
void read(Severity& out, std::string_view key, const json::value& value) {
  read_word(out, key, value.is_string() ? std::string_view(value.get_string()) : std::string_view(), kSeverities);
}
void read(WallTime& out, std::string_view key, const json::value& value) {
  const auto parsed = value.is_string() ? parse_time(value.get_string()) : std::nullopt;
  if (!parsed) wrong(key, "a time such as 2026-11-22T20:00:00.000Z");
  out = *parsed;
}
void read(PackedJson& out, std::string_view key, const json::value& value) {
  if (!value.is_object()) wrong(key, "an object");
  out = value.get_object();
}
void read(SharedText& out, std::string_view key, const json::value& value) {
  std::string text;
  read(text, key, value);
  out = std::move(text);
}
void read(ObservationRecord::Line& out, std::string_view key, const json::value& value) {
  const auto* parts = value.if_array();
  if (!parts || parts->size() != 3) wrong(key, "a list of [milliseconds, direction, text]");
  for (const auto& part : *parts)
    if (!part.is_string()) wrong(key, "a list of texts");
  const std::string_view at = (*parts)[0].get_string(), direction = (*parts)[1].get_string();
  if (std::from_chars(at.data(), at.data() + at.size(), out.at_ms).ec != std::errc{} || !std::isfinite(out.at_ms))
    wrong(key, "timed in milliseconds");
  out.direction = direction.empty() ? '*' : direction.front();
  out.text = (*parts)[2].get_string();
}

void read(std::pair<std::string, std::string>& out, std::string_view key, const json::value& value) {
  const auto* parts = value.if_array();
  if (!parts || parts->size() != 2) wrong(key, "a list of [name, value]");
  read(out.first, key, (*parts)[0]);
  read(out.second, key, (*parts)[1]);
}

/// Records, and lists of what is read above.
template <class T>
void read(T& out, std::string_view key, const json::value& value) {
  if constexpr (kIsOptional<T>) {
    read(out.emplace(), key, value);
  } else if constexpr (kIsList<T>) {
    if (!value.is_array()) wrong(key, "a list");
    for (const auto& item : value.get_array()) read(out.emplace_back(), key, item);
  } else {
    if (!value.is_object()) throw std::runtime_error("a JSON object is wanted");
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
      auto& place = out.*member.pointer;
      const json::value* found = value.get_object().if_contains(member.name);
      if (found && !found->is_null()) return read(place, member.name, *found);
      if constexpr (std::is_enum_v<std::remove_reference_t<decltype(place)>>)
        read(place, member.name, json::value(nullptr));
    });
  }
}

/// What stands under the key; nothing where it is missing or null.
template <class T>
void read_key(T& out, const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value && !value->is_null()) read(out, key, *value);
}
const json::object& part(const json::object& object, std::string_view key) {
  static const json::object kNone;
  const json::value* value = object.if_contains(key);
  if (!value || value->is_null()) return kNone;
  if (!value->is_object()) throw std::runtime_error("a JSON object is wanted");
  return value->get_object();
}

json::value parsed(std::string_view written) {
  boost::system::error_code failed;
  json::value value = json::parse(written, failed);
  if (failed) throw std::runtime_error(fmt::format("this is not JSON: {}", failed.message()));
  return value;
}
json::object parsed_object(std::string_view written) {
  json::value value = parsed(written);
  if (!value.is_object()) throw std::runtime_error("a JSON object is wanted");
  return std::move(value.get_object());
}

}  // namespace

void write_json(const ObservationRecord& record, JsonWriter& out) {
  write(record, out);
}
void write_json(const ResultRecord& record, JsonWriter& out) {
  write(record, out);
}

void write_summary(const RunRecord& record, JsonWriter& out) {
  write_key("summary", summarise(record), out);
}

void write_head(const RunRecord& r, JsonWriter& out) {
  out.key("schema");
  out.text("drydock.report/2");
  write_key("tool", r.tool, out);
  out.key("scenario");
  out.begin_object(true);
  write_key("name", r.scenario.name, out);
  write_key("file", r.scenario.file, out);
  write_filled("sha256", r.scenario.sha256, out);
  out.end();
  out.key("run");
  out.begin_object();
  write_filled("id", r.id, out);
  write_filled("token", r.token, out);
  write_key("phase", r.phase, out);
  write_key("started", r.started, out);
  write_key("finished", r.finished, out);
  write_filled("vantage", r.vantage, out);
  write_key("journal", r.journal, out);
  write_key("vars", r.vars, out);
  write_key("addresses", r.addresses, out);
  write_key("ending", r.ending, out);
  write_key("judged_again", r.judged_again, out);
  out.end();
}

void write_json(const RunRecord& record, JsonWriter& out) {
  out.begin_object();
  write_head(record, out);
  write_summary(record, out);
  write_key("observations", record.observations, out);
  write_key("results", record.results, out);
  write_key("gates", record.gates, out);
  write_key("steps", record.steps, out);
  out.end();
}

namespace {

template <class Write>
std::string written(Write write_it) {
  std::ostringstream text;
  JsonWriter writer(text, false);
  write_it(writer);
  writer.finish();
  return std::move(text).str();
}

}  // namespace

std::string to_json(const ResultRecord& record) {
  return written([&](JsonWriter& out) { write(record, out); });
}
std::string to_json(const RunRecord& record) {
  return written([&](JsonWriter& out) { write_json(record, out); });
}

ResultRecord result_from_json(std::string_view written) {
  ResultRecord record;
  read(record, "result", parsed(written));
  return record;
}

RunRecord run_from_json(std::string_view written) {
  const json::object all = parsed_object(written);
  std::string schema;
  read_key(schema, all, "schema");
  if (schema == "drydock.report/1")
    throw std::runtime_error("this is a report of drydock 0.1.0, which kept no observations; run it again");
  if (schema != "drydock.report/2") throw std::runtime_error("this is not a report of schema drydock.report/2");
  RunRecord record;
  read_key(record.tool, all, "tool");
  const json::object& scenario = part(all, "scenario");
  read_key(record.scenario.name, scenario, "name");
  read_key(record.scenario.file, scenario, "file");
  read_key(record.scenario.sha256, scenario, "sha256");
  const json::object& run = part(all, "run");
  read_key(record.id, run, "id");
  read_key(record.token, run, "token");
  read_key(record.phase, run, "phase");
  read_key(record.vantage, run, "vantage");
  read_key(record.started, run, "started");
  read_key(record.finished, run, "finished");
  read_key(record.journal, run, "journal");
  read_key(record.vars, run, "vars");
  read_key(record.addresses, run, "addresses");
  read_key(record.ending, run, "ending");
  read_key(record.judged_again, run, "judged_again");
  read_key(record.observations, all, "observations");
  std::ranges::sort(record.observations, {}, &ObservationRecord::id);
  read_key(record.results, all, "results");
  read_key(record.gates, all, "gates");
  read_key(record.steps, all, "steps");
  return record;
}

std::string to_json(const LookRecord& look) {
  return written([&](JsonWriter& out) { write(look, out); });
}

LookRecord look_from_json(std::string_view written) {
  LookRecord look;
  read(look, "look", parsed(written));
  std::ranges::sort(look.observations, {}, &ObservationRecord::id);
  return look;
}

}  // namespace drydock
