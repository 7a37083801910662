#include "harness/check/matcher.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "harness/check/matcher_words.hpp"
#include "probes/core/text.hpp"

namespace drydock {
namespace {

constexpr std::int64_t kRegexMemory = 1 << 20;

std::optional<double> number_in(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size() || std::isnan(number))
    return std::nullopt;
  return number;
}

std::optional<double> number_of(const Scalar& scalar) {
  if (const auto* integer = std::get_if<std::int64_t>(&scalar)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&scalar)) return *real;
  if (const auto* text = std::get_if<std::string>(&scalar)) return number_in(*text);
  return std::nullopt;
}

std::optional<double> number_of(const FactValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* reply = std::get_if<Reply>(&value)) return reply->code;
  if (const auto* text = std::get_if<std::string>(&value)) return number_in(*text);
  if (const auto* excerpt = std::get_if<Excerpt>(&value)) return number_in(excerpt->text());
  return std::nullopt;
}

/// The elements of a list of texts; nothing where it is none.
std::optional<std::vector<DnsData>> list_in(const FactValue& value) {
  if (const auto* data = std::get_if<std::vector<DnsData>>(&value)) return *data;
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (!texts) return std::nullopt;
  std::vector<DnsData> list;
  for (const auto& text : *texts) list.push_back({text, false});
  return list;
}

/// True where `test` holds of the value as a text, in one of its spellings, or of some element of a list. A reply is
/// its line, a link also the URL that it means.
template <class Test>
bool some_text(const FactValue& value, Test test) {
  if (const auto* text = std::get_if<std::string>(&value)) return test(*text, false);
  if (const auto* excerpt = std::get_if<Excerpt>(&value)) return test(excerpt->text(), false);
  if (const auto* reply = std::get_if<Reply>(&value)) return test(reply->text(), false);
  if (const auto* answer = std::get_if<Answer>(&value)) return test(answer->text(), false);
  if (const auto* data = std::get_if<DnsData>(&value)) return test(data->text, data->folds);
  if (const auto* link = std::get_if<WebLink>(&value))
    return test(link->text, false) || test(comparable_url(link->text), false) ||
           test(comparable_url(link->target), false);
  const auto list = list_in(value);
  return list && std::any_of(list->begin(), list->end(),
                             [&](const DnsData& element) { return test(element.text, element.folds); });
}

bool is_list(const FactValue& value) {
  return list_in(value).has_value();
}

bool equal_text(const std::string& wanted, std::string_view seen, bool folds) {
  return folds ? comparable(wanted, true) == comparable(seen, true) : wanted == seen;
}

bool equal_link(const std::string& wanted, const WebLink& link) {
  const std::string one = comparable_url(wanted);
  return one == comparable_url(link.text) || (!link.target.empty() && one == comparable_url(link.target));
}

bool equal(const Scalar& operand, const FactValue& value) {
  if (const auto* seen = std::get_if<bool>(&value)) {
    const auto* flag = std::get_if<bool>(&operand);
    return flag ? *flag == *seen : text_of(operand) == (*seen ? "true" : "false");
  }
  const auto* wanted = std::get_if<std::int64_t>(&operand);
  if (const auto* seen = std::get_if<std::int64_t>(&value); seen && wanted) return *wanted == *seen;
  if (std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value))
    return number_of(operand) == number_of(value);
  if (const auto* seen = std::get_if<Reply>(&value); seen && wanted) return *wanted == seen->code;
  const std::string text = text_of(operand);
  if (const auto* link = std::get_if<WebLink>(&value)) return equal_link(text, *link);
  if (const auto list = list_in(value); list && list->size() != 1) return false;
  return some_text(value, [&](std::string_view seen, bool folds) { return equal_text(text, seen, folds); });
}

bool contains(const Scalar& operand, const FactValue& value) {
  const std::string text = text_of(operand);
  const bool whole_elements = is_list(value);
  return some_text(value, [&](std::string_view seen, bool folds) {
    if (whole_elements) return equal_text(text, seen, folds);
    return folds ? comparable(seen, true).find(comparable(text, true)) != std::string::npos
                 : seen.find(text) != std::string_view::npos;
  });
}

bool starts_with(const Scalar& operand, const FactValue& value) {
  const std::string text = text_of(operand);
  return some_text(value, [&](std::string_view seen, bool folds) {
    return folds ? ascii_lower(seen).starts_with(ascii_lower(text)) : seen.starts_with(text);
  });
}

RE2::Options regex_options(bool folds) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kRegexMemory);
  options.set_case_sensitive(!folds);
  return options;
}

/// `^` and `$` mean line ends: what commands and pages give back has many lines.
std::string over_lines(const std::string& pattern) {
  return "(?m)" + pattern;
}

bool matches(const std::string& pattern, const FactValue& value) {
  std::optional<RE2> folded, exact;
  return some_text(value, [&](std::string_view seen, bool folds) {
    std::optional<RE2>& expression = folds ? folded : exact;
    if (!expression) expression.emplace(over_lines(pattern), regex_options(folds));
    return expression->ok() && RE2::PartialMatch(seen, *expression);
  });
}

/// Each operand is an element, each element an operand, in any order.
bool exactly(const std::vector<Scalar>& operands, const FactValue& value) {
  const auto list = list_in(value);
  if (!list) return operands.size() == 1 && equal(operands.front(), value);
  std::vector<const DnsData*> left;
  for (const auto& element : *list) left.push_back(&element);
  for (const Scalar& operand : operands) {
    const auto found = std::find_if(left.begin(), left.end(), [&](const DnsData* element) {
      return equal_text(text_of(operand), element->text, element->folds);
    });
    if (found == left.end()) return false;
    left.erase(found);
  }
  return left.empty();
}

bool in_order(const std::optional<double>& low, const std::optional<double>& high) {
  return low && high && *low <= *high;
}

/// Of a reply: `code`, `enhanced` or `text`.
std::optional<FactValue> part(const Reply& reply, std::string_view name) {
  if (name == "code") return FactValue(std::int64_t{reply.code});
  if (name == "text") return FactValue(reply.words());
  if (name == "enhanced" && reply.enhanced) return FactValue(reply.enhanced->text());
  return std::nullopt;
}

/// Of an answer: `status`, `code` or `text`; nothing where no answer came.
std::optional<FactValue> part(const Answer& answer, std::string_view name) {
  if (answer.trouble) return std::nullopt;
  if (name == "status") return FactValue(answer.status);
  if (name == "text") return FactValue(answer.words);
  if (name == "code" && !answer.code.empty()) return FactValue(answer.code);
  return std::nullopt;
}

/// The value of a row or column, by its name in any case. Several header fields of one name are one list (RFC 9110
/// §5.3), of other rows of one name the last one counts. Nothing where there is none.
std::optional<FactValue> row(const FactValue& value, std::string_view name) {
  if (const auto* reply = std::get_if<Reply>(&value)) return part(*reply, name);
  if (const auto* answer = std::get_if<Answer>(&value)) return part(*answer, name);
  if (const auto* record = std::get_if<Record>(&value)) {
    const FactValue* column = record->find(name);
    return column ? std::optional(*column) : std::nullopt;
  }
  std::optional<FactValue> found;
  const auto find_in = [&]<class T>(const Rows<T>* rows) {
    if (!rows) return;
    for (const auto& [key, content] : *rows)
      if (ascii_lower(key) == ascii_lower(name)) found = content;
  };
  find_in(std::get_if<Rows<Reply>>(&value));
  find_in(std::get_if<Rows<std::int64_t>>(&value));
  find_in(std::get_if<Rows<std::vector<DnsData>>>(&value));
  std::optional<std::string> joined;
  if (const auto* fields = std::get_if<Fields>(&value))
    for (const auto& [key, text] : *fields)
      if (ascii_lower(key) == ascii_lower(name)) joined = joined ? *joined + ", " + text : text;
  return joined ? FactValue(*joined) : found;
}

/// The elements of a list, the values of a table.
std::vector<FactValue> elements(const FactValue& value) {
  std::vector<FactValue> all;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) all.assign(list->begin(), list->end());
  if (const auto* data = std::get_if<std::vector<DnsData>>(&value)) all.assign(data->begin(), data->end());
  const auto add_rows = [&]<class T>(const Rows<T>* rows) {
    if (!rows) return;
    for (const auto& [key, content] : *rows) all.emplace_back(content);
  };
  add_rows(std::get_if<Fields>(&value));
  add_rows(std::get_if<Rows<Reply>>(&value));
  add_rows(std::get_if<Rows<std::int64_t>>(&value));
  add_rows(std::get_if<Rows<std::vector<DnsData>>>(&value));
  if (const auto* records = std::get_if<std::vector<Record>>(&value)) all.assign(records->begin(), records->end());
  return all;
}

std::size_t size_of(const FactValue& value) {
  return elements(value).size();
}

/// Whether the matcher is satisfied by there being no value; nothing where only a value could tell.
std::optional<bool> match_nothing(const Matcher& matcher) {
  switch (matcher.op) {
    case Matcher::Op::absent:
      return true;
    case Matcher::Op::not_: {
      const auto inner = match_nothing(matcher.inner.front());
      return inner ? std::optional<bool>(!*inner) : std::nullopt;
    }
    case Matcher::Op::all_of: {
      std::optional<bool> all = true;
      for (const Matcher& inner : matcher.inner) {
        const auto one = match_nothing(inner);
        if (one && !*one) return false;
        if (!one) all.reset();
      }
      return all;
    }
    default:
      return std::nullopt;
  }
}

/// Of statements that are true, false or not told: all of them. One that is false outweighs those that are not told.
template <class Range, class Tell>
std::optional<bool> all_told(const Range& range, Tell tell_one) {
  std::optional<bool> all = true;
  for (const auto& one : range) {
    const std::optional<bool> told = tell_one(one);
    if (told == false) return false;
    if (!told) all.reset();
  }
  return all;
}

std::optional<bool> turned(std::optional<bool> told) {
  return told ? std::optional(!*told) : std::nullopt;
}

template <class Range, class Tell>
std::optional<bool> some_told(const Range& range, Tell tell_one) {
  return turned(all_told(range, [&](const auto& one) { return turned(tell_one(one)); }));
}

std::optional<bool> tell_rows(const Matcher& matcher, const FactValue& value) {
  if (matcher.no_others && size_of(value) != matcher.by_field.size()) return false;
  return all_told(matcher.by_field, [&](const FieldMatcher& entry) -> std::optional<bool> {
    const auto found = row(value, entry.first);
    return found ? tell(entry.second, *found) : match_nothing(entry.second).value_or(false);
  });
}

std::optional<bool> tell_elements(const Matcher& matcher, const FactValue& value) {
  const std::vector<FactValue> all = elements(value);
  const auto holds = [&](const FactValue& one) { return tell(matcher.inner.front(), one); };
  if (matcher.op == Matcher::Op::some) return some_told(all, holds);
  // Of nothing at all nothing is true: a table that came empty proves no row.
  return all.empty() ? false : all_told(all, holds);
}

/// What is certain of a text of which only the beginning is known, whatever follows it.
std::optional<bool> tell_beginning(const Matcher& matcher, const std::string& kept) {
  const auto may_go_on = [&](const Scalar& operand) {
    const std::string text = text_of(operand);
    return text.starts_with(kept) ? std::optional<bool>() : false;
  };
  const auto is_in = [&](const Scalar& operand) {
    return kept.find(text_of(operand)) != std::string::npos ? std::optional(true) : std::nullopt;
  };
  switch (matcher.op) {
    case Matcher::Op::equals:
    case Matcher::Op::one_of:
      return some_told(matcher.operands, may_go_on);
    case Matcher::Op::exactly:
      return matcher.operands.size() == 1 ? may_go_on(matcher.operands.front()) : false;
    case Matcher::Op::contains:
      return all_told(matcher.operands, is_in);
    case Matcher::Op::starts_with:
      return kept.starts_with(text_of(matcher.operands.front())) ? true : may_go_on(matcher.operands.front());
    case Matcher::Op::matches: {
      const RE2 expression(over_lines(matcher.pattern), regex_options(false));
      re2::StringPiece found;
      // What ends at the last octet might not, had the next one been kept.
      const bool inside = expression.ok() && expression.Match(kept, 0, kept.size(), RE2::UNANCHORED, &found, 1) &&
                          found.data() + found.size() < kept.data() + kept.size();
      return inside ? std::optional(true) : std::nullopt;
    }
    case Matcher::Op::at_least:
    case Matcher::Op::at_most:
    case Matcher::Op::between:
      return std::nullopt;
    default:
      return false;
  }
}

bool is_about_parts(Matcher::Op op) {
  return op == Matcher::Op::not_ || op == Matcher::Op::all_of;
}

Judgement judge_unseen(const Expectation& expectation, const Observation& seen) {
  const auto nothing = match_nothing(expectation.matcher);
  const bool proven = seen.proves_absent(expectation.fact);
  if (!proven && (seen.error || !nothing)) return not_seen(seen, expectation.fact);
  if (nothing.value_or(false)) return Judgement::pass("absent");
  return Judgement::fail(fmt::format("{} is absent", expectation.fact), describe(expectation.matcher), "absent");
}

Judgement judge_untold(const Expectation& expectation, const FactValue& value, const Observation& seen) {
  if (seen.error) return not_seen(seen, fmt::format("the whole of {}", expectation.fact));
  const auto* excerpt = std::get_if<Excerpt>(&value);
  return Judgement::inconclusive(
      fmt::format("{} is longer than the {} octets of it that were kept, and these don't tell; wanted: {}",
                  expectation.fact, excerpt ? excerpt->text().size() : 0, describe(expectation.matcher)),
      "where the probe type has a parameter that says how much is kept, raise it; else ask for less");
}

}  // namespace

std::optional<bool> tell(const Matcher& matcher, const FactValue& value) {
  const auto* excerpt = std::get_if<Excerpt>(&value);
  if (excerpt && !excerpt->whole() && !is_about_parts(matcher.op)) return tell_beginning(matcher, excerpt->text());
  const auto& operands = matcher.operands;
  const auto each = [&](auto test) { return [&, test](const Scalar& operand) { return test(operand, value); }; };
  switch (matcher.op) {
    case Matcher::Op::equals:
      return !operands.empty() && equal(operands.front(), value);
    case Matcher::Op::not_:
      return turned(tell(matcher.inner.front(), value));
    case Matcher::Op::one_of:
      return std::any_of(operands.begin(), operands.end(), each(equal));
    case Matcher::Op::contains:
      return std::all_of(operands.begin(), operands.end(), each(contains));
    case Matcher::Op::matches:
      return matches(matcher.pattern, value);
    case Matcher::Op::starts_with:
      return !operands.empty() && starts_with(operands.front(), value);
    case Matcher::Op::at_least:
      return !operands.empty() && in_order(number_of(operands.front()), number_of(value));
    case Matcher::Op::at_most:
      return !operands.empty() && in_order(number_of(value), number_of(operands.front()));
    case Matcher::Op::between:
      return operands.size() == 2 && in_order(number_of(operands[0]), number_of(value)) &&
             in_order(number_of(value), number_of(operands[1]));
    case Matcher::Op::exactly:
      return exactly(operands, value);
    case Matcher::Op::absent:
      return false;
    case Matcher::Op::all_of:
      return all_told(matcher.inner, [&](const Matcher& inner) { return tell(inner, value); });
    case Matcher::Op::rows:
      return tell_rows(matcher, value);
    case Matcher::Op::every:
    case Matcher::Op::some:
      return tell_elements(matcher, value);
    case Matcher::Op::count:
      return tell(matcher.inner.front(), FactValue(static_cast<std::int64_t>(size_of(value))));
  }
  return false;
}

Matcher with_token(const Matcher& matcher, std::string_view token) {
  Matcher copy = matcher;
  for (Scalar& operand : copy.operands)
    if (auto* text = std::get_if<std::string>(&operand)) *text = with_token(*text, token);
  copy.pattern = with_token(copy.pattern, token);
  for (Matcher& inner : copy.inner) inner = with_token(inner, token);
  for (auto& [name, inner] : copy.by_field) inner = with_token(inner, token);
  return copy;
}

std::optional<std::string> pattern_problem(const std::string& pattern) {
  const RE2 expression(pattern, regex_options(false));
  return expression.ok() ? std::nullopt : std::optional(expression.error());
}

Judgement judge(const Expectation& expectation, const Observation& seen, const Subject& subject) {
  const FactValue* value = seen.find(expectation.fact);
  const Matcher matcher = with_token(expectation.matcher, subject.token);
  if (!value) return judge_unseen({expectation.fact, matcher, expectation.where}, seen);
  const auto told = tell(matcher, *value);
  if (!told) return judge_untold({expectation.fact, matcher, expectation.where}, *value, seen);
  const std::string actual = shown(*value);
  if (*told) return Judgement::pass(actual);
  const std::string wanted = describe(matcher);
  return Judgement::fail(failure(expectation.fact, matcher, actual, wanted), wanted, actual);
}

}  // namespace drydock
