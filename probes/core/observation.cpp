#include "probes/core/observation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace drydock {

void Transcript::add(char direction, std::string_view line) {
  if (lines_.size() >= kMaxLines || octets_ >= kMaxOctets) {
    ++dropped_;
    return;
  }
  std::string text = printable(clip(line, kMaxLine));
  octets_ += text.size();
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start_);
  lines_.push_back({at, direction, std::move(text)});
}

const FactValue* Observation::find(std::string_view fact) const {
  const auto found = facts_.find(fact);
  return found == facts_.end() ? nullptr : &found->second;
}

void Observation::put(std::string_view name, FactValue value) {
  facts_.insert_or_assign(std::string(name), std::move(value));
  if (const auto found = absent_.find(name); found != absent_.end()) absent_.erase(found);
}

Record Observation::as_record() const {
  Record record;
  for (const auto& [name, value] : facts_) record.set(name, value);
  return record;
}

Observation Observation::narrowed_to(const std::set<std::string_view>& facts) const {
  Observation narrow;
  narrow.address = address;
  narrow.stage = stage;
  narrow.error = error;
  narrow.error_stage = error_stage;
  narrow.answered = answered;
  for (const std::string_view name : facts) {
    if (const FactValue* value = find(name)) narrow.put(name, *value);
    if (proves_absent(name)) narrow.absent_.emplace(name);
  }
  return narrow;
}

Observation Observation::of(const Record& record) {
  Observation seen;
  for (const NamedFact& column : record.columns()) seen.put(column.name, column.value);
  return seen;
}

bool operator==(const Record& a, const Record& b) {
  return a.columns_ == b.columns_;
}

void Record::set(std::string_view name, FactValue value) {
  const auto same = [name](const NamedFact& column) { return column.name == name; };
  const auto found = std::find_if(columns_.begin(), columns_.end(), same);
  if (found != columns_.end())
    found->value = std::move(value);
  else
    columns_.push_back({std::string(name), std::move(value)});
}

const FactValue* Record::find(std::string_view name) const {
  const auto found =
      std::find_if(columns_.begin(), columns_.end(), [name](const NamedFact& column) { return column.name == name; });
  return found == columns_.end() ? nullptr : &found->value;
}

namespace {

struct Words {
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return fmt::format("{:.6g}", number); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const std::vector<std::string>& list) const {
    return list.empty() ? "nothing" : fmt::format("{}", fmt::join(list, ", "));
  }
  std::string operator()(const Reply& reply) const { return reply.text(); }
  std::string operator()(const Answer& answer) const { return answer.text(); }
  std::string operator()(const DnsData& data) const { return data.text; }
  std::string operator()(const std::vector<DnsData>& list) const { return (*this)(texts_of(list)); }
  std::string operator()(const WebLink& link) const { return link.text; }
  std::string operator()(const Excerpt& excerpt) const { return excerpt.text(); }
  std::string operator()(const Record& record) const {
    std::string text;
    for (const auto& [name, value] : record.columns())
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, describe(value));
    return text.empty() ? "nothing" : text;
  }
  std::string operator()(const std::vector<Record>& records) const {
    std::string text;
    for (const Record& record : records) text += fmt::format("{}{{{}}}", text.empty() ? "" : ", ", (*this)(record));
    return text.empty() ? "nothing" : text;
  }
  template <class T>
  std::string operator()(const Rows<T>& rows) const {
    std::string text;
    for (const auto& [name, content] : rows)
      text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, (*this)(content));
    return text.empty() ? "nothing" : text;
  }
};

}  // namespace

std::string describe(const FactValue& value) {
  return std::visit(Words{}, value);
}

}  // namespace drydock
