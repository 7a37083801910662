#include "harness/check/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "probes/core/ip_address.hpp"
#include "probes/core/safe_text.hpp"
#include "probes/core/text.hpp"

namespace drydock {
namespace {

constexpr std::size_t kShown = 200;  ///< octets of a value in a difference
constexpr const char* kNone = "none";
constexpr const char* kOwn = "{host}";

/// Texts with a host's own names and addresses taken out, so that two hosts can be compared.
class OwnNames {
public:
  explicit OwnNames(const Subject& subject) {
    for (const std::string* own : {&subject.expected.hostname, &subject.target.name, &subject.target.ip})
      if (!own->empty()) names_.push_back(ascii_lower(*own));
    for (const std::string& address : subject.expected.addresses) names_.push_back(ascii_lower(address));
    for (const std::string& ours : subject.surroundings.ours)
      if (std::ranges::find(subject.expected.addresses, ours) == subject.expected.addresses.end())
        others_.push_back(ours);
    // The longer first: one may be part of another.
    std::ranges::sort(names_, [](const auto& a, const auto& b) { return a.size() > b.size(); });
  }

  [[nodiscard]] std::string without(std::string_view text) const {
    const std::string lower = ascii_lower(text);
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
      const std::string* own = name_at(lower, at);
      if (own) {
        result += kOwn;
        at += own->size();
      } else {
        result += text[at++];
      }
    }
    return result;
  }

  /// An address that is nobody else's in this scenario.
  [[nodiscard]] bool is_own_address(std::string_view text) const {
    return is_ip_address(text) &&
           std::ranges::none_of(others_, [&](const std::string& other) { return same_address(other, text); });
  }

private:
  static bool is_part_of_a_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }
  /// A whole name or address, not the end of a longer one: `a.test` is not in `data.test`.
  [[nodiscard]] const std::string* name_at(const std::string& lower, std::size_t at) const {
    if (at > 0 && (is_part_of_a_name(lower[at - 1]) || lower[at - 1] == '.')) return nullptr;
    for (const std::string& name : names_) {
      if (lower.compare(at, name.size(), name) != 0) continue;
      const std::size_t after = at + name.size();
      if (after == lower.size() || !is_part_of_a_name(lower[after])) return &name;
    }
    return nullptr;
  }
  std::vector<std::string> names_;
  std::vector<std::string> others_;  ///< addresses of the scenario that are not the host's
};

/// A fact in the form in which two hosts are compared.
struct Form {
  std::map<std::string, std::string> rows;       ///< a value that is no table is the row without a name
  std::map<std::string, std::string> row_names;  ///< as they are written, by how they are compared
  std::set<std::string> elements;                ///< of a list
  bool is_list = false;
  bool whole = true;      ///< false: only the beginning is known
  std::size_t dates = 0;  ///< that were left out of account
};

/// Dates and times of day as pages and programs write them (RFC 9110 §5.6.7, ISO 8601): what they tell of now is no
/// difference, and would make every page that shows a clock an unsteady one.
const RE2& dates() {
  static const RE2 kDates(
      R"((?i)\b(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?\d{1,2}[ -](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)"
      R"([ -]\d{2,4}(?:,? \d{1,2}:\d{2}(?::\d{2})?)?(?: ?(?:gmt|utc|cet|cest|[+-]\d{4}))?)"
      R"(|\b(?:mon|tue|wed|thu|fri|sat|sun) (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) {1,2}\d{1,2} \d{2}:\d{2}:\d{2}(?: [a-z]{3,4})? \d{4})"
      R"(|\b\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?)"
      R"(|\b\d{1,2}:\d{2}:\d{2}\b)");
  return kDates;
}

std::string one_line_end(std::string text) {
  std::erase(text, '\r');
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// Puts values into that form.
class Former {
public:
  Former(const FactSpec& fact, const OwnNames& own, Form& form) : fact_(fact), own_(own), form_(form) {}

  void operator()(bool value) { put(value ? "true" : "false"); }
  void operator()(std::int64_t value) { put(std::to_string(value)); }
  void operator()(double value) { put(fmt::format("{}", value)); }
  void operator()(const std::string& value) { put(own_.without(one_line_end(value))); }
  void operator()(const std::vector<std::string>& list) {
    form_.is_list = true;
    for (const auto& one : list) form_.elements.insert(own_.is_own_address(one) ? kOwn : own_.without(one));
  }
  void operator()(const Fields& fields) { each(fields); }
  void operator()(const Rows<Reply>& rows) { each(rows); }
  void operator()(const Rows<std::int64_t>& rows) { each(rows); }
  void operator()(const Rows<std::vector<DnsData>>& rows) { each(rows); }
  void operator()(const Reply& reply) {
    put(reply.enhanced ? fmt::format("{} {}", reply.code, reply.enhanced->text()) : std::to_string(reply.code));
  }
  void operator()(const Answer& answer) {
    const std::string code = answer.code_name();
    put(answer.status.empty() ? "no answer"
        : code.empty()        ? answer.status
                              : fmt::format("{} [{}]", answer.status, code));
  }
  void operator()(const DnsData& data) { put(own_.without(comparable(data.text, data.folds))); }
  void operator()(const std::vector<DnsData>& list) {
    if (!row_.empty()) return put(joined(list));
    form_.is_list = true;
    for (const auto& one : list) form_.elements.insert(own_.without(comparable(one.text, one.folds)));
  }
  void operator()(const WebLink& link) {
    put(own_.without(comparable_url(link.target.empty() ? link.text : link.target)));
  }
  void operator()(const Excerpt& excerpt) {
    form_.whole = form_.whole && excerpt.whole();
    std::string text = own_.without(one_line_end(excerpt.text()));
    form_.dates += static_cast<std::size_t>(RE2::GlobalReplace(&text, dates(), "{date}"));
    put(std::move(text));
  }
  void operator()(const Record& record) {
    const std::string before = row_;
    for (const auto& column : record.columns()) {
      const auto spec = std::ranges::find(fact_.columns, column.name, &FactSpec::name);
      if (spec == fact_.columns.end() || !is_compared(*spec)) continue;
      row_ = before.empty() ? column.name : fmt::format("{} {}", before, column.name);
      std::visit(*this, column.value);
    }
    row_ = before;
  }
  void operator()(const std::vector<Record>& records) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      row_ = std::to_string(i + 1);
      (*this)(records[i]);
    }
    row_.clear();
  }

private:
  template <class T>
  void each(const Rows<T>& rows) {
    for (const auto& [name, value] : rows) {
      row_ = own_.without(name);
      form_.row_names.emplace(row_, name);
      (*this)(value);
    }
    row_.clear();
  }
  [[nodiscard]] std::string joined(const std::vector<DnsData>& list) const {
    std::set<std::string> all;
    for (const auto& one : list) all.insert(own_.without(comparable(one.text, one.folds)));
    return fmt::format("{}", fmt::join(all, ", "));
  }
  void put(std::string text) { form_.rows[row_] = std::move(text); }

  const FactSpec& fact_;
  const OwnNames& own_;
  Form& form_;
  std::string row_;
};

/// Where two texts part, the first line in which they do; of one line, all of it.
std::string shown(const std::string& text, const std::string& other) {
  const auto parts = std::ranges::mismatch(text, other);
  const auto offset = static_cast<std::size_t>(parts.in1 - text.begin());
  const std::size_t line = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
  const std::size_t end = std::min(text.find('\n', line), text.size());
  const std::string prefix =
      text.find('\n') == std::string::npos
          ? ""
          : fmt::format("line {}: ",
                        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(line), '\n'));
  return prefix + printable(clip(text.substr(line, end - line), kShown));
}

/// `A, B and 3 more`.
std::string listed(const std::vector<std::string>& texts) {
  constexpr std::size_t kMost = 10;
  if (texts.empty()) return kNone;
  const auto shown = texts.begin() + static_cast<std::ptrdiff_t>(std::min(texts.size(), kMost));
  std::string text = printable(clip(fmt::format("{}", fmt::join(texts.begin(), shown, ", ")), 4 * kShown));
  if (texts.size() > kMost) text += fmt::format(" and {} more", texts.size() - kMost);
  return text;
}

std::vector<std::string> only_in(const std::set<std::string>& one, const std::set<std::string>& other) {
  std::vector<std::string> only;
  std::ranges::set_difference(one, other, std::back_inserter(only));
  return only;
}

void compare_lists(const Form& reference, const Form& subject, bool at_least, Comparison& result) {
  const auto lost = only_in(reference.elements, subject.elements);
  const auto won = only_in(subject.elements, reference.elements);
  if (lost.empty() && (at_least || won.empty())) return;
  result.differences.push_back({"", listed(lost), at_least ? kNone : listed(won)});
}

/// Whether the subject's value will do beside the reference's, which is another.
bool is_more(const FactSpec& fact, const std::string& reference, const std::string& subject) {
  if (fact.parity != Parity::at_least) return false;
  if (fact.type == FactType::integer) return std::stoll(subject) >= std::stoll(reference);
  return fact.type == FactType::text && subject >= reference;  // TLSv1.2, TLSv1.3
}

/// As a table writes it, one of the two at least.
std::string row_name(const std::string& name, const Form& reference, const Form& subject) {
  for (const Form* form : {&reference, &subject})
    if (const auto written = form->row_names.find(name); written != form->row_names.end())
      return printable(clip(written->second, kShown));
  return name;
}

void compare_rows(const FactSpec& fact, const Form& reference, const Form& subject, Comparison& result) {
  std::set<std::string> names;
  for (const auto* form : {&reference, &subject})
    for (const auto& [name, text] : form->rows) names.insert(name);
  for (const std::string& name : names) {
    const std::string row = row_name(name, reference, subject);
    const auto here = reference.rows.find(name), there = subject.rows.find(name);
    if (here == reference.rows.end() && fact.parity == Parity::at_least) continue;
    if (here == reference.rows.end())
      result.differences.push_back({row, kNone, shown(there->second, "")});
    else if (there == subject.rows.end())
      result.differences.push_back({row, shown(here->second, ""), kNone});
    else if (here->second != there->second && !is_more(fact, here->second, there->second))
      result.differences.push_back({row, shown(here->second, there->second), shown(there->second, here->second)});
  }
}

/// What is known of two texts of which one is only a beginning: they differ where that does.
bool begin_alike(const Form& reference, const Form& subject) {
  return std::ranges::all_of(reference.rows, [&](const auto& row) {
    const auto other = subject.rows.find(row.first);
    if (other == subject.rows.end()) return false;
    const std::size_t both = std::min(row.second.size(), other->second.size());
    return row.second.compare(0, both, other->second, 0, both) == 0;
  });
}

Form form_of(const FactSpec& fact, const FactValue* value, const Side& side) {
  Form form;
  const OwnNames own(side.subject);
  if (value) std::visit(Former(fact, own, form), *value);
  return form;
}

/// Why a fact that is not there proves nothing; empty where there is none.
std::string why_unseen(const FactSpec& fact, const Side& side) {
  if (side.seen.find(fact.name) || side.seen.proves_absent(fact.name) || !side.seen.error) return {};
  return fmt::format("the dialogue ended early at {}: {}", side.seen.error_stage, side.seen.error->message);
}

}  // namespace

bool is_compared(const FactSpec& fact) {
  return fact.parity != Parity::free && fact.parity != Parity::differs;
}

std::string same_check(const FactSpec& fact) {
  return fmt::format("{}.{}", kSame, fact.name.substr(fact.name.find('.') + 1));
}

bool is_comparison(std::string_view check) {
  return check == kSame || check.starts_with(fmt::format("{}.", kSame));
}

Severity weight_of_difference(const FactSpec& fact) {
  switch (fact.type) {
    case FactType::list:
    case FactType::text:
    case FactType::real:
    case FactType::fields:
    case FactType::records:
      return Severity::degraded;
    default:
      return Severity::critical;
  }
}

Comparison compare(const FactSpec& fact, const Side& reference, const Side& subject) {
  Comparison result;
  if (!is_compared(fact)) return result;
  const FactValue* here = reference.seen.find(fact.name);
  const FactValue* there = subject.seen.find(fact.name);
  if (!here && !there) return result;
  for (const Side* side : {&reference, &subject})
    if (result.unseen = why_unseen(fact, *side); !result.unseen.empty()) return result;
  const Form one = form_of(fact, here, reference), other = form_of(fact, there, subject);
  result.dates = one.dates + other.dates;
  const bool at_least = fact.parity == Parity::at_least;
  if (!here || !there) {
    if (here || !at_least) compare_rows(fact, one, other, result);
    if (here || !at_least) compare_lists(one, other, at_least, result);
    return result;
  }
  if (one.whole != other.whole || !one.whole) {
    if (begin_alike(one, other)) {
      result.unseen = "only the beginning was kept, and that is the same";
      return result;
    }
  }
  if (one.is_list)
    compare_lists(one, other, at_least, result);
  else
    compare_rows(fact, one, other, result);
  return result;
}

}  // namespace drydock
