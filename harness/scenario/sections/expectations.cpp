#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/sections/loading.hpp"
#include "probes/core/text.hpp"

namespace drydock {
namespace {

using Op = Matcher::Op;

/// Reads the matcher of one fact; each operand is typed by the fact.
class MatcherReader {
public:
  MatcherReader(Loading& loading, std::string fact, FactType type, std::span<const FactSpec> columns = {})
      : loading_(loading), fact_(std::move(fact)), type_(type), columns_(columns) {}

  std::optional<Matcher> read(const Node& node) {
    if (is_table()) return read_table(node);
    if (type_ == FactType::record || type_ == FactType::records) return read_records(node);
    switch (node.kind) {
      case Node::Kind::scalar:
        return with_operands(Op::equals, node, {&node});
      case Node::Kind::sequence:
        if (is_text() || is_list()) return read_list(Op::contains, node);
        loading_.error(node.place,
                       fmt::format("`{}` is one value and can't contain a list; write {{one_of: [...]}}", fact_));
        return std::nullopt;
      case Node::Kind::mapping:
        if (has_parts() && names_a_part(node)) return read_rows(node, Op::rows);
        return read_operators(node);
      case Node::Kind::nothing:
        loading_.error(node.place, fmt::format("`{}` has no value; give it one, or remove the line", fact_));
        return std::nullopt;
      case Node::Kind::refused:
        return std::nullopt;
    }
    return std::nullopt;
  }

private:
  [[nodiscard]] bool is_list() const {
    return type_ == FactType::list || type_ == FactType::dns_list || type_ == FactType::records;
  }
  [[nodiscard]] bool is_text() const {
    return type_ == FactType::text || type_ == FactType::dns || type_ == FactType::link || type_ == FactType::excerpt;
  }
  [[nodiscard]] bool is_table() const {
    return type_ == FactType::fields || type_ == FactType::replies || type_ == FactType::integers ||
           type_ == FactType::dns_lists;
  }
  [[nodiscard]] bool has_parts() const {
    return type_ == FactType::reply || type_ == FactType::answer || type_ == FactType::record;
  }
  /// Of the elements of a list and the rows of a table.
  [[nodiscard]] FactType element() const {
    switch (type_) {
      case FactType::replies:
        return FactType::reply;
      case FactType::integers:
        return FactType::integer;
      case FactType::dns_lists:
        return FactType::dns_list;
      case FactType::records:
        return FactType::record;
      default:
        return FactType::text;
    }
  }
  [[nodiscard]] MatcherReader of_element() const { return {loading_, fmt::format("{}.*", fact_), element(), columns_}; }

  static bool names_a_part(const Node& node) {
    return std::any_of(node.entries.begin(), node.entries.end(), [](const Node::Entry& entry) {
      return entry.key == "code" || entry.key == "enhanced" || entry.key == "status" || entry.key == "text";
    });
  }

  /// The type of a row, or of a part of the value; nothing where that has no such part.
  [[nodiscard]] std::optional<FactType> type_of(std::string_view row) const {
    if (type_ == FactType::record) {
      const auto column = std::ranges::find(columns_, row, &FactSpec::name);
      return column == columns_.end() ? std::nullopt : std::optional(column->type);
    }
    if (!has_parts()) return element();
    if (row == "text") return FactType::text;
    if (type_ == FactType::answer)
      return row == "status" || row == "code" ? std::optional(FactType::text) : std::nullopt;
    if (row == "code") return FactType::integer;
    return row == "enhanced" ? std::optional(FactType::text) : std::nullopt;
  }

  void no_such_part(const std::string& name, const Place& place) {
    std::vector<std::string> names;
    for (const FactSpec& column : columns_) names.emplace_back(column.name);
    loading_.error(
        place, type_ == FactType::record
                   ? fmt::format("a row of `{}` has no `{}`{}", fact_, name, suggestion(name, names, "it has"))
               : type_ == FactType::answer ? fmt::format("an answer has no `{}`; it has status, code and text", name)
                                           : fmt::format("a reply has no `{}`; it has code, enhanced and text", name));
  }

  bool add_row(Matcher& matcher, const std::string& name, const Place& place, const Node& value) {
    const auto type = type_of(name);
    if (!type) {
      no_such_part(name, place);
      return false;
    }
    const auto same = std::ranges::find_if(
        matcher.by_field, [&name](const FieldMatcher& other) { return ascii_lower(other.first) == ascii_lower(name); });
    if (same != matcher.by_field.end()) {
      loading_.error(place, fmt::format("`{}` is the same row as `{}`, in other letters; say all of it in one", name,
                                        same->first));
      return false;
    }
    auto inner = MatcherReader(loading_, fmt::format("{}.{}", fact_, name), *type).read(value);
    if (!inner) return false;
    matcher.by_field.emplace_back(name, std::move(*inner));
    return true;
  }

  /// Of rows with columns: what holds of all or some of them, and how many there are; of one: what its columns must be.
  std::optional<Matcher> read_records(const Node& node) {
    const bool one = type_ == FactType::record;
    if (node.is(Node::Kind::mapping) && !node.entries.empty())
      return one ? read_rows(node, Op::rows) : read_operators(node);
    wrong(node, one ? "a map of columns to what they must be" : "{every: ...}, {some: ...} or {count: ...}");
    return std::nullopt;
  }

  std::optional<Matcher> read_rows(const Node& node, Op op) {
    Matcher matcher;
    matcher.op = op;
    bool right = true;
    for (const auto& entry : node.entries) right = add_row(matcher, entry.key, entry.key_place, entry.value) && right;
    return right ? std::optional(matcher) : std::nullopt;
  }

  /// Rows by their names, and what holds of all of them. A row that is called like an operator is {row: NAME, is: M}.
  std::optional<Matcher> read_table(const Node& node) {
    if (!node.is(Node::Kind::mapping) || node.entries.empty()) {
      wrong(node, type_ == FactType::fields
                      ? "a map of field names to what they must be"
                      : "a map of rows to what they must be, or an operator such as {every: ...}");
      return std::nullopt;
    }
    Matcher all;
    all.op = Op::all_of;
    Matcher rows;
    rows.op = Op::rows;
    bool right = true;
    const Node* named = node.find("row");
    const Node* is = node.find("is");
    if (named && is && node.entries.size() == 2) {
      const auto name = loading_.reader.word(*named, {.name = "row", .form = Form::text});
      right = name && add_row(rows, *name, named->place, *is);
      return right ? std::optional(rows) : std::nullopt;
    }
    for (const auto& entry : node.entries) {
      const auto op = table_operator(entry.key);
      if (!op) {
        right = add_row(rows, entry.key, entry.key_place, entry.value) && right;
        continue;
      }
      auto one = read_of_table(*op, entry.value);
      right = right && one.has_value();
      if (one) all.inner.push_back(std::move(*one));
    }
    if (!right) return std::nullopt;
    if (!rows.by_field.empty()) all.inner.push_back(std::move(rows));
    return all.inner.size() == 1 ? all.inner.front() : all;
  }

  /// The operator of this name, where it speaks of a table as a whole; else the name is a row's.
  static std::optional<Op> table_operator(std::string_view name) {
    constexpr std::array kOfTables{Op::every, Op::some, Op::count, Op::exactly, Op::not_, Op::absent};
    const auto known = operators();
    const auto spec =
        std::find_if(known.begin(), known.end(), [&](const OperatorSpec& one) { return one.name == name; });
    const bool whole =
        spec != known.end() && std::find(kOfTables.begin(), kOfTables.end(), spec->op) != kOfTables.end();
    return whole ? std::optional(spec->op) : std::nullopt;
  }

  std::optional<Matcher> read_of_table(Op op, const Node& value) {
    if (op != Op::exactly) return read_operands(op, value);
    if (!value.is(Node::Kind::mapping)) {
      wrong(value, "a map of rows to what they must be; {} is none");
      return std::nullopt;
    }
    auto rows = read_rows(value, Op::rows);
    if (rows) rows->no_others = true;
    return rows;
  }

  std::optional<Matcher> count_of(const Node& node) {
    return MatcherReader(loading_, fmt::format("{}.count", fact_), FactType::integer).read(node);
  }

  static std::optional<Matcher> of_inner(Op op, std::optional<Matcher> inner) {
    if (!inner) return std::nullopt;
    Matcher matcher;
    matcher.op = op;
    matcher.inner.push_back(std::move(*inner));
    return matcher;
  }

  std::optional<Matcher> read_operators(const Node& node) {
    if (node.entries.empty()) {
      wrong(node, "a value, a list of values or an operator such as {contains: ...}");
      return std::nullopt;
    }
    Matcher all;
    all.op = Op::all_of;
    bool right = true;
    for (const auto& entry : node.entries) {
      auto one = read_operator(entry);
      right = right && one.has_value();
      if (one) all.inner.push_back(std::move(*one));
    }
    if (!right) return std::nullopt;
    return all.inner.size() == 1 ? all.inner.front() : all;
  }

  std::optional<Matcher> read_operator(const Node::Entry& entry) {
    const auto known = operators();
    const auto spec =
        std::find_if(known.begin(), known.end(), [&](const OperatorSpec& one) { return one.name == entry.key; });
    if (spec == known.end()) {
      std::vector<std::string> names;
      for (const OperatorSpec& one : known) names.emplace_back(one.name);
      loading_.error(entry.key_place, fmt::format("there is no operator `{}`{}", entry.key,
                                                  suggestion(entry.key, names, "the operators are")));
      return std::nullopt;
    }
    if (!applies(*spec, entry.key_place)) return std::nullopt;
    if (entry.value.is(Node::Kind::nothing)) {
      loading_.error(entry.value.place, fmt::format("`{}` has no value; give it one, or remove it", entry.key));
      return std::nullopt;
    }
    return entry.value.is(Node::Kind::refused) ? std::nullopt : read_operands(spec->op, entry.value);
  }

  /// Whether the operator makes sense for the type of the fact.
  bool applies(const OperatorSpec& spec, const Place& place) {
    const bool number = type_ == FactType::integer || type_ == FactType::real;
    const bool compares = spec.op == Op::at_least || spec.op == Op::at_most || spec.op == Op::between;
    const bool textual = spec.op == Op::contains || spec.op == Op::matches || spec.op == Op::starts_with;
    std::string_view why;
    if (compares && is_list()) why = "a list, and has no size to compare; use contains or exactly";
    if (compares && type_ == FactType::boolean) why = "true or false; write the one wanted";
    if (textual && number) why = "a number; use equals, one_of, at_least, at_most or between";
    if (textual && type_ == FactType::boolean) why = "true or false; write the one wanted";
    if (spec.op == Op::exactly && !is_list()) why = "not a list; use equals";
    constexpr std::array kOfRecords{Op::every, Op::some, Op::count, Op::not_, Op::absent};
    if (type_ == FactType::records && std::ranges::find(kOfRecords, spec.op) == kOfRecords.end())
      why = "a list of rows; use every, some or count";
    const bool of_many = spec.op == Op::every || spec.op == Op::some || spec.op == Op::count;
    if (of_many && !is_list()) why = "one value; write what it must be";
    if (why.empty()) return true;
    loading_.error(place, fmt::format("`{}` doesn't apply to `{}`, which is {}", spec.name, fact_, why));
    return false;
  }

  std::optional<Matcher> read_operands(Op op, const Node& node) {
    const bool several = node.is(Node::Kind::sequence);
    switch (op) {
      case Op::equals:
        return several && is_list() ? read_list(Op::exactly, node) : with_operands(op, node, {&node});
      case Op::contains:
      case Op::exactly:
        return several ? read_list(op, node) : with_operands(op, node, {&node});
      case Op::starts_with:
        return with_operands(op, node, {&node});
      case Op::at_least:
      case Op::at_most:
        return with_operands(op, node, {&node}, true);
      case Op::one_of:
        return read_list(op, node);
      case Op::between:
        return read_between(node);
      case Op::matches:
        return read_pattern(node);
      case Op::absent:
        return read_absent(node);
      case Op::not_:
        return negated(read(node));
      case Op::every:
      case Op::some:
        return of_inner(op, of_element().read(node));
      case Op::count:
        return of_inner(op, count_of(node));
      case Op::all_of:
      case Op::rows:
        break;  // how a map is kept; no words of the language
    }
    return std::nullopt;
  }

  static std::optional<Matcher> negated(std::optional<Matcher> inner) { return of_inner(Op::not_, std::move(inner)); }

  std::optional<Matcher> read_absent(const Node& node) {
    const auto value = loading_.reader.boolean(node, {.name = "absent", .form = Form::boolean});
    if (!value) return std::nullopt;
    Matcher matcher;
    matcher.op = Op::absent;
    return *value ? std::optional(matcher) : negated(matcher);
  }

  std::optional<Matcher> read_list(Op op, const Node& node) {
    if (!node.is(Node::Kind::sequence)) {
      wrong(node, "a list of values");
      return std::nullopt;
    }
    if (node.items.empty() && op != Op::exactly) {
      loading_.error(node.place, op == Op::one_of
                                     ? fmt::format("`{}` can never be one of an empty list; name a value", fact_)
                                     : fmt::format("an empty list says nothing about `{}`; name a value{}", fact_,
                                                   is_list() ? ", or write {exactly: []} for none" : ""));
      return std::nullopt;
    }
    std::vector<const Node*> operands;
    for (const Node& item : node.items) operands.push_back(&item);
    return with_operands(op, node, operands);
  }

  std::optional<Matcher> read_between(const Node& node) {
    if (!node.is(Node::Kind::sequence) || node.items.size() != 2) {
      wrong(node, "two numbers, [low, high]");
      return std::nullopt;
    }
    auto matcher = with_operands(Op::between, node, {&node.items[0], &node.items[1]}, true);
    if (!matcher) return std::nullopt;
    const auto number = [](const Scalar& scalar) {
      const auto* integer = std::get_if<std::int64_t>(&scalar);
      return integer ? static_cast<double>(*integer) : std::get<double>(scalar);
    };
    if (number(matcher->operands[0]) <= number(matcher->operands[1])) return matcher;
    loading_.error(
        node.place,
        fmt::format("`between` goes from high to low, so `{}` can never be right; write [low, high]", fact_));
    return std::nullopt;
  }

  std::optional<Matcher> read_pattern(const Node& node) {
    const auto text = loading_.reader.word(node, {.name = "matches", .form = Form::text});
    if (!text) return std::nullopt;
    if (const auto problem = pattern_problem(*text)) {
      loading_.error(node.place,
                     fmt::format("this isn't an RE2 expression: {}; look at its brackets and backslashes", *problem));
      return std::nullopt;
    }
    Matcher matcher;
    matcher.op = Op::matches;
    matcher.pattern = *text;
    return matcher;
  }

  std::optional<Matcher> with_operands(Op op, const Node& node, const std::vector<const Node*>& operands,
                                       bool number = false) {
    Matcher matcher;
    matcher.op = op;
    for (const Node* operand : operands) {
      auto scalar = read_scalar(*operand, number);
      if (!scalar) return std::nullopt;
      matcher.operands.push_back(std::move(*scalar));
    }
    const auto* text = operands.size() == 1 ? std::get_if<std::string>(&matcher.operands.front()) : nullptr;
    if (!text || !text->empty() || (op != Op::contains && op != Op::starts_with)) return matcher;
    loading_.error(
        node.place,
        fmt::format("every text has an empty text in it, so this says nothing about `{}`; name what it must have",
                    fact_));
    return std::nullopt;
  }

  std::optional<Scalar> read_scalar(const Node& node, bool number) {
    if (!node.is(Node::Kind::scalar) || !node.secret.empty()) {
      wrong(node, wanted_scalar(number));
      return std::nullopt;
    }
    const bool typed = !node.quoted || node.put_in;
    if (type_ == FactType::reply && typed)
      if (const auto code = core_integer(node.text)) return *code;
    if (number || type_ == FactType::integer || type_ == FactType::real) {
      if (const auto integer = typed ? core_integer(node.text) : std::nullopt) return *integer;
      const auto real = typed && (type_ != FactType::integer || number) ? core_real(node.text) : std::nullopt;
      if (real) return *real;
    } else if (type_ == FactType::boolean) {
      if (const auto flag = typed ? core_boolean(node.text) : std::nullopt) return *flag;
    } else {
      return node.text;
    }
    wrong(node, wanted_scalar(number));
    return std::nullopt;
  }

  [[nodiscard]] std::string_view wanted_scalar(bool number) const {
    if (type_ == FactType::boolean) return "true or false";
    if (type_ == FactType::integer && !number) return "a whole number";
    return number || type_ == FactType::real ? "a number" : "a text";
  }

  void wrong(const Node& node, std::string_view wants) {
    if (node.is(Node::Kind::refused)) return;
    if (!node.secret.empty())
      loading_.error(node.place,
                     fmt::format("`{}` can't be compared with {}; {}", fact_, kind_in_words(node), kSecretPlaces));
    else
      loading_.error(node.place,
                     fmt::format("`{}` can't be compared with {}; it wants {}", fact_, kind_in_words(node), wants));
  }

  Loading& loading_;
  std::string fact_;
  FactType type_;
  std::span<const FactSpec> columns_;  ///< of a record
};

}  // namespace

std::optional<Matcher> read_matcher(Loading& loading, const Node& node, const std::string& name, const FactSpec& fact) {
  return MatcherReader(loading, name, fact.type, fact.columns).read(node);
}

}  // namespace drydock
