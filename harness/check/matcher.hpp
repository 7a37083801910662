#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "probes/core/check.hpp"
#include "probes/core/observation.hpp"

namespace drydock {

struct SourcePosition {
  std::string file;
  int line = 0;    ///< from 1
  int column = 0;  ///< from 1
};

using Scalar = std::variant<bool, std::int64_t, double, std::string>;

struct FieldMatcher;

/// One matcher of `expect`, as in scenarios/README.md. Immutable value.
struct Matcher {
  enum class Op {
    equals,
    not_,
    one_of,
    contains,
    matches,
    starts_with,
    at_least,
    at_most,
    between,
    exactly,
    absent,
    all_of,
    rows,
    every,
    some,
    count
  };
  Op op = Op::equals;
  std::vector<Scalar> operands;        ///< equals, contains, starts_with, at_least, at_most: one; between: two; one_of,
                                       ///< exactly, contains: any number
  std::string pattern;                 ///< matches: an RE2 expression, checked at load
  std::vector<Matcher> inner;          ///< not_, every, some, count: one; all_of: a map with several operators
  std::vector<FieldMatcher> by_field;  ///< rows: a matcher for each named row, or for each part of a reply
  bool no_others = false;              ///< rows: the table has these and no others
};

struct FieldMatcher {
  std::string first;  ///< the row's name, or the part's
  Matcher second;
};

/// One line of `expect`: a declared fact and what it must be.
struct Expectation {
  std::string fact;  ///< full name: http.status
  Matcher matcher;
  SourcePosition where;
};

/// What the matcher wants, in words: `200`, `contains "Starship"`, `at most 300`.
std::string describe(const Matcher& matcher);

/// Pure. Whether the value satisfies the matcher; nothing where only the beginning of a text was kept and that doesn't
/// tell. A scalar means equality (of a list: its only element). DNS data that is made of names folds (DnsData), links
/// are equal that mean the same URL.
std::optional<bool> tell(const Matcher& matcher, const FactValue& value);

/// What is wrong with an RE2 expression, in RE2's words; nothing where it is right. `^` and `$` match at line ends.
std::optional<std::string> pattern_problem(const std::string& pattern);

/// A copy with kTokenMark replaced in every text operand and pattern.
Matcher with_token(const Matcher& matcher, std::string_view token);

/// Judges one expectation: pass, fail with expected and actual, or inconclusive where the fact was not seen, or not far
/// enough. `absent` passes on a fact that was not seen only if the dialogue came to its end, or if what was seen proves
/// that there is none. The check id in reports is `expect.FACT`.
Judgement judge(const Expectation& expectation, const Observation& seen, const Subject& subject);

}  // namespace drydock
