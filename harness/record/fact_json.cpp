#include "harness/record/fact_json.hpp"

#include <boost/json.hpp>
#include <cmath>

#include "harness/record/plain_text.hpp"
#include "probes/codec/base64.hpp"

namespace drydock {
namespace {

namespace json = boost::json;

class Writer {
public:
  explicit Writer(const Redactor* redactor) : redactor_(redactor) {}

  json::value operator()(bool value) const { return value; }
  json::value operator()(std::int64_t value) const { return value; }
  json::value operator()(double value) const { return value; }
  json::value operator()(const std::string& value) const {
    const std::string open = redactor_ ? (*redactor_)(value) : value;
    if (plain_lines(open) == open) return json::string(open);
    return json::object{{"base64", base64_encode(open)}};
  }
  json::value operator()(const Reply& value) const {
    json::object reply{{"code", value.code}, {"enhanced", nullptr}, {"lines", (*this)(value.lines)}};
    if (value.enhanced) reply["enhanced"] = value.enhanced->text();
    reply["irregular"] = value.irregular;
    return reply;
  }
  json::value operator()(const DnsData& value) const {
    return json::object{{"text", (*this)(value.text)}, {"folds", value.folds}};
  }
  json::value operator()(const Answer& value) const {
    json::object answer{{"status", (*this)(value.status)},
                        {"code", (*this)(value.code)},
                        {"words", (*this)(value.words)},
                        {"trouble", nullptr}};
    if (value.trouble)
      answer["trouble"] = {{"kind", (*this)(std::string(to_string(value.trouble->kind)))},
                           {"message", (*this)(value.trouble->message)}};
    return answer;
  }
  json::value operator()(const WebLink& value) const {
    return json::object{{"text", (*this)(value.text)}, {"target", (*this)(value.target)}};
  }
  json::value operator()(const Excerpt& value) const {
    return json::object{{"text", (*this)(value.text())}, {"whole", value.whole()}};
  }
  json::value operator()(const Record& value) const {
    json::object columns;
    for (const auto& [name, content] : value.columns()) columns.emplace(name, std::visit(*this, content));
    return columns;
  }
  template <class T>
  json::value operator()(const std::vector<T>& values) const {
    json::array all;
    for (const auto& value : values) all.push_back((*this)(value));
    return all;
  }
  template <class T>
  json::value operator()(const std::pair<std::string, T>& row) const {
    return json::array{(*this)(row.first), (*this)(row.second)};
  }

private:
  const Redactor* redactor_;
};

/// Thrown and caught in this file: the JSON is no value of the type that is read.
struct NoSuchValue {};

const json::value& member(const json::value& value, std::string_view key) {
  const json::object* object = value.if_object();
  const json::value* found = object ? object->if_contains(key) : nullptr;
  if (!found) throw NoSuchValue{};
  return *found;
}

void read(bool& out, const json::value& value) {
  if (!value.is_bool()) throw NoSuchValue{};
  out = value.get_bool();
}
void read(std::int64_t& out, const json::value& value) {
  if (!value.is_int64()) throw NoSuchValue{};
  out = value.get_int64();
}
void read(double& out, const json::value& value) {
  if (!value.is_number() || !std::isfinite(value.to_number<double>())) throw NoSuchValue{};
  out = value.to_number<double>();
}
void read(std::string& out, const json::value& value) {
  if (const auto* plain = value.if_string()) {
    out = *plain;
    return;
  }
  const json::value& encoded = member(value, "base64");
  const auto octets = encoded.is_string() ? base64_decode(encoded.get_string()) : std::nullopt;
  if (!octets) throw NoSuchValue{};
  out = *octets;
}

template <class T>
void read(std::vector<T>& out, const json::value& value);

/// `5.1.1`
EnhancedCode enhanced_code(std::string_view text) {
  EnhancedCode code;
  int* const parts[] = {&code.success, &code.subject, &code.detail};
  std::size_t part = 0;
  for (const char c : text) {
    if (c == '.' && ++part > 2) throw NoSuchValue{};
    if (c == '.') continue;
    constexpr int kMost = 999;
    if (c < '0' || c > '9' || (*parts[part] = *parts[part] * 10 + (c - '0')) > kMost) throw NoSuchValue{};
  }
  return code;
}

void read(Reply& out, const json::value& value) {
  std::int64_t code = 0;
  read(code, member(value, "code"));
  constexpr std::int64_t kLeast = 100, kMost = 699;
  if (code < kLeast || code > kMost) throw NoSuchValue{};
  out.code = static_cast<int>(code);
  read(out.lines, member(value, "lines"));
  read(out.irregular, member(value, "irregular"));
  const json::value& enhanced = member(value, "enhanced");
  if (enhanced.is_string()) out.enhanced = enhanced_code(enhanced.get_string());
}
void read(DnsData& out, const json::value& value) {
  read(out.text, member(value, "text"));
  read(out.folds, member(value, "folds"));
}
void read(Answer& out, const json::value& value) {
  read(out.status, member(value, "status"));
  read(out.code, member(value, "code"));
  read(out.words, member(value, "words"));
  const json::value& trouble = member(value, "trouble");
  if (trouble.is_null()) return;
  std::string kind, message;
  read(kind, member(trouble, "kind"));
  read(message, member(trouble, "message"));
  const auto known = error_kind(kind);
  if (!known) throw NoSuchValue{};
  out.trouble = Error{*known, std::move(message)};
}
void read(WebLink& out, const json::value& value) {
  read(out.text, member(value, "text"));
  read(out.target, member(value, "target"));
}
void read(Excerpt& out, const json::value& value) {
  std::string text;
  bool whole = false;
  read(text, member(value, "text"));
  read(whole, member(value, "whole"));
  out = Excerpt(std::move(text), whole);
}
template <class T>
void read(std::pair<std::string, T>& out, const json::value& value) {
  const json::array* row = value.if_array();
  if (!row || row->size() != 2) throw NoSuchValue{};
  read(out.first, (*row)[0]);
  read(out.second, (*row)[1]);
}
template <class T>
void read(std::vector<T>& out, const json::value& value) {
  const json::array* all = value.if_array();
  if (!all) throw NoSuchValue{};
  for (const auto& one : *all) read(out.emplace_back(), one);
}

template <class T>
FactValue value_as(const json::value& json) {
  T value{};
  read(value, json);
  return value;
}

FactValue read_fact(const FactSpec& fact, const json::value& json);

Record read_record(std::span<const FactSpec> columns, const json::value& json) {
  const json::object* object = json.if_object();
  if (!object) throw NoSuchValue{};
  Record record;
  for (const FactSpec& column : columns)
    if (const auto* value = object->if_contains(column.name)) record.set(column.name, read_fact(column, *value));
  return record;
}

FactValue read_records(std::span<const FactSpec> columns, const json::value& json) {
  const json::array* rows = json.if_array();
  if (!rows) throw NoSuchValue{};
  std::vector<Record> records;
  for (const auto& row : *rows) records.push_back(read_record(columns, row));
  return records;
}

FactValue read_fact(const FactSpec& fact, const json::value& json) {
  if (fact.type == FactType::record) return read_record(fact.columns, json);
  if (fact.type == FactType::records) return read_records(fact.columns, json);
  std::optional<FactValue> found;
  const auto try_as = [&]<class T>(std::in_place_type_t<T>) {
    if constexpr (!std::is_same_v<T, Record> && !std::is_same_v<T, std::vector<Record>>)
      if (fact_type<T>() == fact.type) found = value_as<T>(json);
  };
  [&]<class... T>(std::in_place_type_t<std::variant<T...>>) {
    (try_as(std::in_place_type<T>), ...);
  }(std::in_place_type<FactValue>);
  if (!found) throw NoSuchValue{};
  return std::move(*found);
}

}  // namespace

json::value fact_to_json(const FactValue& value, const Redactor* redactor) {
  return std::visit(Writer(redactor), value);
}

std::optional<FactValue> fact_from_json(const FactSpec& fact, const json::value& json) {
  try {
    return read_fact(fact, json);
  } catch (const NoSuchValue&) {
    return std::nullopt;
  }
}

}  // namespace drydock
