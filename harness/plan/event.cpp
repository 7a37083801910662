#include "harness/plan/event.hpp"

#include <array>
#include <boost/json.hpp>
#include <stdexcept>

namespace drydock {
namespace {

namespace json = boost::json;

struct Word {
  EventKind kind;
  std::string_view word;
};
constexpr std::array kWords{
    Word{EventKind::opened, "opened"},
    Word{EventKind::vars_changed, "vars-changed"},
    Word{EventKind::looked, "looked"},
    Word{EventKind::gate_decided, "gate-decided"},
    Word{EventKind::approved, "approved"},
    Word{EventKind::action_intended, "action-intended"},
    Word{EventKind::child_started, "child-started"},
    Word{EventKind::action_ended, "action-ended"},
    Word{EventKind::actions_done, "actions-done"},
    Word{EventKind::phase_entered, "phase-entered"},
    Word{EventKind::step_done, "step-done"},
    Word{EventKind::undo_started, "undo-started"},
    Word{EventKind::step_undone, "step-undone"},
    Word{EventKind::undo_failed, "undo-failed"},
    Word{EventKind::marked, "marked"},
    Word{EventKind::interrupted, "interrupted"},
    Word{EventKind::stopped, "stopped"},
};

json::object parsed(std::string_view text) {
  boost::system::error_code failed;
  json::value value = json::parse(text, failed);
  if (failed || !value.is_object()) throw std::runtime_error("an entry of the journal is not a JSON object");
  return std::move(value.get_object());
}

std::string words(const json::object& from, std::string_view key) {
  const json::value* value = from.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::int64_t number(const json::object& from, std::string_view key, std::int64_t otherwise) {
  const json::value* value = from.if_contains(key);
  return value && value->is_int64() ? value->get_int64() : otherwise;
}
bool flag(const json::object& from, std::string_view key) {
  const json::value* value = from.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}
std::vector<std::string> list(const json::object& from, std::string_view key) {
  std::vector<std::string> result;
  const json::value* value = from.if_contains(key);
  if (!value || !value->is_array()) return result;
  for (const auto& item : value->get_array())
    if (item.is_string()) result.emplace_back(item.get_string());
  return result;
}

json::array array(const std::vector<std::string>& all) {
  json::array result;
  for (const auto& one : all) result.push_back(json::string(one));
  return result;
}
json::array array(const std::vector<std::pair<std::string, std::string>>& pairs) {
  json::array result;
  for (const auto& [key, value] : pairs) result.push_back(json::array{json::string(key), json::string(value)});
  return result;
}
std::vector<std::pair<std::string, std::string>> pairs(const json::value* value) {
  std::vector<std::pair<std::string, std::string>> result;
  if (!value || !value->is_array()) return result;
  for (const auto& item : value->get_array()) {
    if (!item.is_array() || item.get_array().size() != 2 || !item.get_array()[0].is_string() ||
        !item.get_array()[1].is_string())
      throw std::runtime_error("an entry of the journal has a pair that is none");
    result.emplace_back(item.get_array()[0].get_string(), item.get_array()[1].get_string());
  }
  return result;
}

}  // namespace

std::string_view to_string(EventKind kind) {
  for (const auto& word : kWords)
    if (word.kind == kind) return word.word;
  return {};
}

std::optional<EventKind> event_kind(std::string_view written) {
  for (const auto& word : kWords)
    if (word.word == written) return word.kind;
  return std::nullopt;
}

std::string to_payload(const Event& event) {
  json::object out;
  const auto put = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) out[key] = json::string(value);
  };
  put("step", event.step);
  if (event.action >= 0) out["action"] = event.action;
  if (event.undo) out["undo"] = true;
  if (event.point_of_no_return) out["point_of_no_return"] = true;
  put("gate", event.gate);
  put("when", event.when);
  put("word", event.word);
  put("text", event.text);
  put("output", event.output);
  put("person", event.person);
  put("mark", event.mark);
  put("step_text", event.step_text);
  if (event.number != 0) out["number"] = event.number;
  if (!event.detail.empty()) out["detail"] = json::parse(event.detail);
  return json::serialize(out);
}

Event from_payload(EventKind kind, WallTime time, std::string_view payload) {
  const json::object in = parsed(payload);
  Event event;
  event.kind = kind;
  event.time = time;
  event.step = words(in, "step");
  event.action = static_cast<int>(number(in, "action", -1));
  event.undo = flag(in, "undo");
  event.point_of_no_return = flag(in, "point_of_no_return");
  event.gate = words(in, "gate");
  event.when = words(in, "when");
  event.word = words(in, "word");
  event.text = words(in, "text");
  event.output = words(in, "output");
  event.person = words(in, "person");
  event.mark = words(in, "mark");
  event.step_text = words(in, "step_text");
  event.number = static_cast<int>(number(in, "number", 0));
  if (const json::value* detail = in.if_contains("detail")) event.detail = json::serialize(*detail);
  return event;
}

std::string to_json(const OpenedDetail& d) {
  json::array steps;
  for (const auto& step : d.steps)
    steps.push_back(json::object{{"step", json::string(step.id)},
                                 {"text", json::string(step.text)},
                                 {"enters", json::string(step.enters)},
                                 {"before", array(step.before)},
                                 {"after", array(step.after)},
                                 {"point_of_no_return", step.point_of_no_return}});
  return json::serialize(json::object{{"tool", json::string(d.tool)},
                                      {"name", json::string(d.name)},
                                      {"file", json::string(d.file)},
                                      {"sha256", json::string(d.sha256)},
                                      {"run", json::string(d.run)},
                                      {"vantage", json::string(d.vantage)},
                                      {"vars", array(d.vars)},
                                      {"hosts", array(d.hosts)},
                                      {"names", array(d.names)},
                                      {"phases", array(d.phases)},
                                      {"steps", std::move(steps)}});
}

OpenedDetail opened_from_json(std::string_view text) {
  const json::object in = parsed(text);
  OpenedDetail d{words(in, "tool"),
                 words(in, "name"),
                 words(in, "file"),
                 words(in, "sha256"),
                 words(in, "run"),
                 words(in, "vantage"),
                 pairs(in.if_contains("vars")),
                 pairs(in.if_contains("hosts")),
                 pairs(in.if_contains("names")),
                 list(in, "phases"),
                 {}};
  const json::value* steps = in.if_contains("steps");
  if (!steps || !steps->is_array()) throw std::runtime_error("the journal's first entry names no steps");
  for (const auto& value : steps->get_array()) {
    if (!value.is_object()) throw std::runtime_error("the journal's first entry has a step that is none");
    const json::object& step = value.get_object();
    d.steps.push_back({words(step, "step"), words(step, "text"), words(step, "enters"), list(step, "before"),
                       list(step, "after"), flag(step, "point_of_no_return")});
  }
  return d;
}

std::string pairs_to_json(const std::vector<std::pair<std::string, std::string>>& all) {
  return json::serialize(array(all));
}
std::vector<std::pair<std::string, std::string>> pairs_from_json(std::string_view text) {
  const json::value value = json::parse(text);
  return pairs(&value);
}

std::string to_json(const ChildDetail& d) {
  return json::serialize(
      json::object{{"pid", d.pid}, {"start", static_cast<std::int64_t>(d.start)}, {"boot", json::string(d.boot)}});
}
ChildDetail child_from_json(std::string_view text) {
  const json::object in = parsed(text);
  return {static_cast<int>(number(in, "pid", 0)), static_cast<std::uint64_t>(number(in, "start", 0)),
          words(in, "boot")};
}

std::string to_json(const GateDetail& d) {
  return json::serialize(json::object{{"passes", d.passes},
                                      {"need", d.need},
                                      {"looks", d.looks},
                                      {"started", json::string(format_time(d.started))},
                                      {"finished", json::string(format_time(d.finished))}});
}
GateDetail gate_detail_from_json(std::string_view text) {
  const json::object in = parsed(text);
  GateDetail d;
  d.passes = static_cast<int>(number(in, "passes", 0));
  d.need = static_cast<int>(number(in, "need", 1));
  d.looks = static_cast<int>(number(in, "looks", 0));
  d.started = parse_time(words(in, "started")).value_or(WallTime{});
  d.finished = parse_time(words(in, "finished")).value_or(WallTime{});
  return d;
}

}  // namespace drydock
