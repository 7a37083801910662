#include "harness/check/matcher_words.hpp"

#include <fmt/format.h>

namespace drydock {
namespace {

constexpr std::size_t kShown = 240;
constexpr std::size_t kShortValue = 60;  ///< of a value that a message repeats

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

template <class Range, class Describe>
std::string joined(const Range& range, std::string_view separator, Describe describe_one) {
  std::string text;
  for (const auto& element : range) {
    if (!text.empty()) text += separator;
    text += describe_one(element);
  }
  return text;
}

std::string quoted(const Scalar& scalar) {
  std::string text = text_of(scalar);
  for (std::size_t at = text.find(kTokenMark); at != std::string::npos; at = text.find(kTokenMark))
    text.replace(at, kTokenMark.size(), "${token}");
  return std::holds_alternative<std::string>(scalar) ? '"' + printable(text) + '"' : text;
}

std::string listed(const std::vector<Scalar>& operands, std::string_view separator) {
  return joined(operands, separator, quoted);
}

}  // namespace

std::string text_of(const Scalar& scalar) {
  return std::visit(
      Overloaded{[](bool value) { return std::string(value ? "true" : "false"); },
                 [](std::int64_t value) { return fmt::format("{}", value); },
                 [](double value) { return fmt::format("{}", value); }, [](const std::string& value) { return value; }},
      scalar);
}

std::string describe(const Matcher& matcher) {
  const auto& operands = matcher.operands;
  switch (matcher.op) {
    case Matcher::Op::equals:
      return listed(operands, ", ");
    case Matcher::Op::not_:
      return "not " + describe(matcher.inner.front());
    case Matcher::Op::one_of:
      return "one of " + listed(operands, ", ");
    case Matcher::Op::contains:
      return "contains " + listed(operands, " and ");
    case Matcher::Op::matches:
      return "matches /" + matcher.pattern + "/";
    case Matcher::Op::starts_with:
      return "starts with " + listed(operands, ", ");
    case Matcher::Op::at_least:
      return "at least " + listed(operands, ", ");
    case Matcher::Op::at_most:
      return "at most " + listed(operands, ", ");
    case Matcher::Op::between:
      return "between " + listed(operands, " and ");
    case Matcher::Op::exactly:
      return operands.empty() ? "exactly nothing" : "exactly " + listed(operands, ", ");
    case Matcher::Op::absent:
      return "absent";
    case Matcher::Op::all_of:
      return joined(matcher.inner, " and ", [](const Matcher& inner) { return describe(inner); });
    case Matcher::Op::rows:
      return (matcher.no_others ? "exactly " : "") + joined(matcher.by_field, ", ", [](const auto& entry) {
               return entry.first + ": " + describe(entry.second);
             });
    case Matcher::Op::every:
      return "every: " + describe(matcher.inner.front());
    case Matcher::Op::some:
      return "some: " + describe(matcher.inner.front());
    case Matcher::Op::count:
      return "count: " + describe(matcher.inner.front());
  }
  return {};
}

std::string shown(const FactValue& value) {
  const std::string text = describe(value);
  if (text.size() <= kShown) return printable(text);
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return fmt::format("{}... ({} octets)", printable(text.substr(0, end)), text.size());
}

std::string failure(const std::string& fact, const Matcher& matcher, const std::string& actual,
                    const std::string& wanted) {
  const auto& op = matcher.op;
  if (actual.empty()) return fmt::format("{} is empty; wanted: {}", fact, wanted);
  if (actual.size() <= kShortValue) return fmt::format("{} is {}; wanted: {}", fact, actual, wanted);
  if (op == Matcher::Op::contains)
    return fmt::format("{} does not contain {}", fact, listed(matcher.operands, " and "));
  if (op == Matcher::Op::matches) return fmt::format("{} does not match /{}/", fact, matcher.pattern);
  if (op == Matcher::Op::starts_with)
    return fmt::format("{} does not start with {}", fact, listed(matcher.operands, ", "));
  if (op == Matcher::Op::not_ && matcher.inner.front().op == Matcher::Op::contains)
    return fmt::format("{} contains {}", fact, listed(matcher.inner.front().operands, " and "));
  return fmt::format("{} is not what was wanted: {}", fact, wanted);
}

}  // namespace drydock
