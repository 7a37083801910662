#include "harness/report/record_json.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <map>
#include <stdexcept>

#include "harness/report/plain_text.hpp"

namespace drydock {
namespace {

namespace json = boost::json;

/// JSON is UTF-8 (RFC 8259 §8.1), a peer's octets need not be.
json::value text(std::string_view value) {
  return json::string(plain_lines(value));
}
/// Null where nothing is known.
json::value filled(std::string_view value) {
  return value.empty() ? json::value(nullptr) : text(value);
}
json::value maybe(const std::optional<std::string>& value) {
  return value ? text(*value) : json::value(nullptr);
}
json::value maybe(const std::optional<WallTime>& value) {
  return value ? text(format_time(*value)) : json::value(nullptr);
}
json::value number(const std::optional<int>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

/// Milliseconds since the observation began: "2.113".
std::string stamp(double milliseconds) {
  return fmt::format("{:.3f}", milliseconds);
}

/// One character of ours; anything else, such as half of another one, counts as a remark.
std::string direction(char written) {
  return std::string(1, written == '>' || written == '<' ? written : '*');
}

json::array lines(const std::vector<ResultRecord::Line>& transcript) {
  json::array all;
  for (const auto& line : transcript)
    all.push_back(json::array{text(stamp(line.at_ms)), text(direction(line.direction)), text(line.text)});
  return all;
}

json::object object(const ResultRecord& r) {
  return {{"probe", text(r.probe)},
          {"check", text(r.check)},
          {"severity", text(to_string(r.severity))},
          {"verdict", text(to_string(r.verdict))},
          {"host", maybe(r.host)},
          {"address", maybe(r.address)},
          {"name", maybe(r.name)},
          {"stage", maybe(r.stage)},
          {"message", text(r.message)},
          {"expected", maybe(r.expected)},
          {"actual", maybe(r.actual)},
          {"attempts", r.attempts},
          {"first_failure", maybe(r.first_failure)},
          {"started", maybe(r.started)},
          {"duration_ms", std::round(r.duration_ms * 10) / 10},
          {"rfc", maybe(r.rfc)},
          {"spec", maybe(r.spec)},
          {"hint", maybe(r.hint)},
          {"reproduce", maybe(r.reproduce)},
          {"transcript", lines(r.transcript)},
          {"cause", maybe(r.cause)},
          {"waiver", maybe(r.waiver)},
          {"step", maybe(r.step)},
          {"gate", maybe(r.gate)},
          {"when", maybe(r.when)},
          {"look", number(r.look)}};
}

json::object object(const GateRecord& g) {
  return {{"gate", text(g.gate)},
          {"step", maybe(g.step)},
          {"when", maybe(g.when)},
          {"result", text(g.result)},
          {"reason", text(g.reason)},
          {"passes", g.passes},
          {"need", g.need},
          {"looks", g.looks},
          {"started", maybe(g.started)},
          {"finished", maybe(g.finished)}};
}

json::object object(const ActionRecord& a) {
  return {{"text", text(a.text)},          {"undo", a.undo},
          {"exit", number(a.exit)},        {"outcome", text(a.outcome)},
          {"message", text(a.message)},    {"started", maybe(a.started)},
          {"finished", maybe(a.finished)}, {"output", text(a.output)}};
}

json::object object(const StepRecord& s) {
  json::array actions;
  for (const auto& action : s.actions) actions.push_back(object(action));
  return {{"step", text(s.step)},          {"state", text(s.state)}, {"started", maybe(s.started)},
          {"finished", maybe(s.finished)}, {"undone", s.undone},     {"actions", std::move(actions)}};
}

json::value maybe(const std::optional<Ending>& ending) {
  if (!ending) return nullptr;
  return json::object{{"exit", ending->exit}, {"verdict", text(ending->verdict)}};
}

json::object summary_object(const RunRecord& record) {
  const Summary s = summarise(record);
  return {{"verdict", text(s.verdict)},     {"exit", s.exit}, {"pass", s.pass},    {"warn", s.warn}, {"fail", s.fail},
          {"inconclusive", s.inconclusive}, {"skip", s.skip}, {"waived", s.waived}};
}

/// Everything but summary, results, gates and steps.
json::object head(const RunRecord& r) {
  json::array addresses;
  for (const auto& address : r.addresses) addresses.push_back(text(address));
  return {{"schema", "drydock.report/1"},
          {"tool", text(r.tool)},
          {"scenario", json::object{{"name", text(r.scenario.name)},
                                    {"file", text(r.scenario.file)},
                                    {"sha256", filled(r.scenario.sha256)}}},
          {"run", json::object{{"id", filled(r.id)},
                               {"token", filled(r.token)},
                               {"phase", text(r.phase)},
                               {"started", maybe(r.started)},
                               {"finished", maybe(r.finished)},
                               {"vantage", filled(r.vantage)},
                               {"journal", maybe(r.journal)},
                               {"addresses", std::move(addresses)},
                               {"ending", maybe(r.ending)}}}};
}

[[noreturn]] void wrong(std::string_view key, std::string_view wanted) {
  throw std::runtime_error(fmt::format("'{}' is not {}", key, wanted));
}

/// Reads the members of one object; a missing key is null.
class Reader {
public:
  explicit Reader(const json::value& value) {
    if (!value.is_object()) throw std::runtime_error("a JSON object is wanted");
    object_ = &value.get_object();
  }
  const json::value* find(std::string_view key) const {
    const json::value* value = object_->if_contains(key);
    return value && !value->is_null() ? value : nullptr;
  }
  std::optional<std::string> maybe(std::string_view key) const {
    const json::value* value = find(key);
    if (!value) return std::nullopt;
    if (!value->is_string()) wrong(key, "a string");
    return std::string(value->get_string());
  }
  std::string words(std::string_view key) const { return maybe(key).value_or(std::string()); }
  std::optional<int> maybe_count(std::string_view key) const {
    const json::value* value = find(key);
    if (!value) return std::nullopt;
    if (!value->is_int64() || value->get_int64() < -1000000000 || value->get_int64() > 1000000000)
      wrong(key, "a whole number");
    return static_cast<int>(value->get_int64());
  }
  int count(std::string_view key, int otherwise) const { return maybe_count(key).value_or(otherwise); }
  double real(std::string_view key) const {
    const json::value* value = find(key);
    if (!value) return 0;
    if (!value->is_number() || !std::isfinite(value->to_number<double>())) wrong(key, "a number");
    return value->to_number<double>();
  }
  bool flag(std::string_view key) const {
    const json::value* value = find(key);
    if (!value) return false;
    if (!value->is_bool()) wrong(key, "true or false");
    return value->get_bool();
  }
  std::optional<WallTime> time(std::string_view key) const {
    const auto written = maybe(key);
    if (!written) return std::nullopt;
    const auto parsed = parse_time(*written);
    if (!parsed) wrong(key, "a time such as 2026-11-22T20:00:00.000Z");
    return parsed;
  }
  const json::array& list(std::string_view key) const {
    static const json::array kNone;
    const json::value* value = find(key);
    if (!value) return kNone;
    if (!value->is_array()) wrong(key, "a list");
    return value->get_array();
  }

private:
  const json::object* object_;
};

template <class Enum, std::size_t N>
Enum word(std::string_view key, const std::string& written, const Enum (&all)[N]) {
  for (const Enum value : all)
    if (to_string(value) == written) return value;
  throw std::runtime_error(fmt::format("'{}' can't be '{}'", key, written));
}
constexpr Verdict kVerdicts[] = {Verdict::pass, Verdict::warn, Verdict::fail, Verdict::inconclusive, Verdict::skip};
constexpr Severity kSeverities[] = {Severity::advisory, Severity::degraded, Severity::critical};

std::vector<ResultRecord::Line> read_lines(const json::array& all) {
  std::vector<ResultRecord::Line> transcript;
  for (const auto& entry : all) {
    if (!entry.is_array() || entry.get_array().size() != 3)
      wrong("transcript", "a list of [milliseconds, direction, text]");
    const auto& parts = entry.get_array();
    for (const auto& part : parts)
      if (!part.is_string()) wrong("transcript", "a list of texts");
    const std::string_view at = parts[0].get_string();
    double value = 0;
    if (std::from_chars(at.data(), at.data() + at.size(), value).ec != std::errc{})
      wrong("transcript", "timed in milliseconds");
    const std::string_view direction = parts[1].get_string();
    transcript.push_back({value, direction.empty() ? '*' : direction.front(), std::string(parts[2].get_string())});
  }
  return transcript;
}

ResultRecord read_result(const json::value& value) {
  const Reader in(value);
  ResultRecord r;
  r.probe = in.words("probe");
  r.check = in.words("check");
  r.severity = word("severity", in.words("severity"), kSeverities);
  r.verdict = word("verdict", in.words("verdict"), kVerdicts);
  r.host = in.maybe("host");
  r.address = in.maybe("address");
  r.name = in.maybe("name");
  r.stage = in.maybe("stage");
  r.message = in.words("message");
  r.expected = in.maybe("expected");
  r.actual = in.maybe("actual");
  r.attempts = in.count("attempts", 1);
  r.first_failure = in.maybe("first_failure");
  r.started = in.time("started");
  r.duration_ms = in.real("duration_ms");
  r.rfc = in.maybe("rfc");
  r.spec = in.maybe("spec");
  r.hint = in.maybe("hint");
  r.reproduce = in.maybe("reproduce");
  r.transcript = read_lines(in.list("transcript"));
  r.cause = in.maybe("cause");
  r.waiver = in.maybe("waiver");
  r.step = in.maybe("step");
  r.gate = in.maybe("gate");
  r.when = in.maybe("when");
  r.look = in.maybe_count("look");
  return r;
}

GateRecord read_gate(const json::value& value) {
  const Reader in(value);
  GateRecord g;
  g.gate = in.words("gate");
  g.step = in.maybe("step");
  g.when = in.maybe("when");
  g.result = in.words("result");
  g.reason = in.words("reason");
  g.passes = in.count("passes", 0);
  g.need = in.count("need", 1);
  g.looks = in.count("looks", 0);
  g.started = in.time("started");
  g.finished = in.time("finished");
  return g;
}

ActionRecord read_action(const json::value& value) {
  const Reader in(value);
  ActionRecord a;
  a.text = in.words("text");
  a.undo = in.flag("undo");
  a.exit = in.maybe_count("exit");
  a.outcome = in.words("outcome");
  a.message = in.words("message");
  a.started = in.time("started");
  a.finished = in.time("finished");
  a.output = in.words("output");
  return a;
}

StepRecord read_step(const json::value& value) {
  const Reader in(value);
  StepRecord s;
  s.step = in.words("step");
  s.state = in.words("state");
  s.started = in.time("started");
  s.finished = in.time("finished");
  s.undone = in.flag("undone");
  for (const auto& action : in.list("actions")) s.actions.push_back(read_action(action));
  return s;
}

std::optional<Ending> read_ending(const json::value* value) {
  if (!value) return std::nullopt;
  const Reader in(*value);
  return Ending{in.count("exit", 0), in.words("verdict")};
}

json::value parsed(std::string_view written) {
  boost::system::error_code failed;
  json::value value = json::parse(written, failed);
  if (failed) throw std::runtime_error(fmt::format("this is not JSON: {}", failed.message()));
  return value;
}

}  // namespace

std::string to_json(const ResultRecord& record) {
  return json::serialize(object(record));
}
std::string to_json(const GateRecord& record) {
  return json::serialize(object(record));
}
std::string to_json(const StepRecord& record) {
  return json::serialize(object(record));
}

std::string to_json(const RunRecord& record) {
  json::object all = head(record);
  all["summary"] = summary_object(record);
  json::array results, gates, steps;
  for (const auto& result : record.results) results.push_back(object(result));
  for (const auto& gate : record.gates) gates.push_back(object(gate));
  for (const auto& step : record.steps) steps.push_back(object(step));
  all["results"] = std::move(results);
  all["gates"] = std::move(gates);
  all["steps"] = std::move(steps);
  return json::serialize(all);
}

ResultRecord result_from_json(std::string_view written) {
  return read_result(parsed(written));
}
GateRecord gate_from_json(std::string_view written) {
  return read_gate(parsed(written));
}
StepRecord step_from_json(std::string_view written) {
  return read_step(parsed(written));
}

RunRecord run_from_json(std::string_view written) {
  const json::value value = parsed(written);
  const Reader in(value);
  if (in.words("schema") != "drydock.report/1")
    throw std::runtime_error("this is not a report of schema drydock.report/1");
  RunRecord record;
  record.tool = in.words("tool");
  if (const auto* part = in.find("scenario")) {
    const Reader scenario(*part);
    record.scenario = {scenario.words("name"), scenario.words("file"), scenario.words("sha256")};
  }
  if (const auto* part = in.find("run")) {
    const Reader run(*part);
    record.id = run.words("id");
    record.token = run.words("token");
    record.phase = run.words("phase");
    record.vantage = run.words("vantage");
    record.started = run.time("started");
    record.finished = run.time("finished");
    record.journal = run.maybe("journal");
    record.ending = read_ending(run.find("ending"));
    for (const auto& address : run.list("addresses"))
      if (address.is_string()) record.addresses.emplace_back(address.get_string());
  }
  for (const auto& result : in.list("results")) record.results.push_back(read_result(result));
  for (const auto& gate : in.list("gates")) record.gates.push_back(read_gate(gate));
  for (const auto& step : in.list("steps")) record.steps.push_back(read_step(step));
  return record;
}

std::string pack_results(const std::vector<ResultRecord>& results) {
  std::map<std::string, std::int64_t> known;
  json::array transcripts, packed;
  for (const auto& result : results) {
    json::object one = object(result);
    std::string conversation = json::serialize(one["transcript"]);
    const auto [place, is_new] = known.emplace(std::move(conversation), static_cast<std::int64_t>(transcripts.size()));
    if (is_new) transcripts.push_back(one["transcript"]);
    one["transcript"] = place->second;
    packed.push_back(std::move(one));
  }
  return json::serialize(json::object{{"transcripts", std::move(transcripts)}, {"results", std::move(packed)}});
}

std::vector<ResultRecord> unpack_results(std::string_view written) {
  json::value value = parsed(written);
  const Reader in(value);
  const json::array& transcripts = in.list("transcripts");
  std::vector<ResultRecord> results;
  for (json::value one : in.list("results")) {
    if (!one.is_object()) wrong("results", "a list of objects");
    json::value& reference = one.get_object()["transcript"];
    if (!reference.is_int64() || reference.get_int64() < 0 ||
        static_cast<std::size_t>(reference.get_int64()) >= transcripts.size())
      wrong("transcript", "the number of a transcript");
    reference = transcripts[static_cast<std::size_t>(reference.get_int64())];
    results.push_back(read_result(one));
  }
  return results;
}

std::string run_line(const RunRecord& record) {
  return json::serialize(json::object{{"run", head(record)}});
}
std::string result_line(const ResultRecord& record) {
  return json::serialize(json::object{{"result", object(record)}});
}
std::string summary_line(const RunRecord& record) {
  return json::serialize(json::object{{"summary", summary_object(record)}});
}

}  // namespace drydock
