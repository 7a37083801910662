#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "probes/core/answer.hpp"
#include "probes/core/dns_data.hpp"
#include "probes/core/excerpt.hpp"
#include "probes/core/reply.hpp"
#include "probes/core/web_link.hpp"

namespace drydock {

/// A table: rows with a name each, in the order they came.
template <class T>
using Rows = std::vector<std::pair<std::string, T>>;
/// Header fields; names in lower case. And other tables of texts.
using Fields = Rows<std::string>;

template <class T>
struct Fact;
struct NamedFact;
class Record;

using FactValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, Fields, Reply,
                               Rows<Reply>, DnsData, std::vector<DnsData>, Rows<std::int64_t>,
                               Rows<std::vector<DnsData>>, Answer, WebLink, Excerpt, Record, std::vector<Record>>;

enum class FactType {
  boolean,
  integer,
  real,
  text,
  list,
  fields,
  reply,
  replies,
  dns,
  dns_list,
  integers,
  dns_lists,
  answer,
  link,
  excerpt,
  record,
  records
};

/// One thing among several of its kind, such as a redirect: a row whose columns are facts with types of their own. A
/// column that was not seen is not there.
class Record {
public:
  template <class T>
  void set(const Fact<T>& fact, std::type_identity_t<T> value);
  /// Null where it was not seen.
  template <class T>
  [[nodiscard]] const T* get(const Fact<T>& fact) const;
  /// Replaces the column where it is there already.
  void set(std::string_view name, FactValue value);
  [[nodiscard]] const FactValue* find(std::string_view name) const;
  [[nodiscard]] const std::vector<NamedFact>& columns() const { return columns_; }
  friend bool operator==(const Record& a, const Record& b);

private:
  std::vector<NamedFact> columns_;
};

struct NamedFact {
  std::string name;
  FactValue value;
  friend bool operator==(const NamedFact&, const NamedFact&) = default;
};

/// An enumeration whose values may be facts: `fact_words` (found by its namespace) has their words, from the
/// enumerator 0 on.
template <class E>
concept FactWord = std::is_enum_v<E> && requires {
  { fact_words(E{}) } -> std::convertible_to<std::span<const std::string_view>>;
};

/// How the same fact of the old and of the new host relate.
enum class Parity { same, differs, at_least, free, normalised };

/// What there is to know about one fact, without its C++ type: for tables, `expect` and documentation.
struct FactSpec {
  std::string_view name;
  FactType type = FactType::text;
  std::string_view meaning;
  Parity parity = Parity::free;
  std::string_view normaliser = {};        ///< names the normaliser where parity is `normalised`
  std::span<const FactSpec> columns = {};  ///< of records
};

template <class T>
constexpr FactType fact_type();
template <>
constexpr FactType fact_type<bool>() {
  return FactType::boolean;
}
template <>
constexpr FactType fact_type<std::int64_t>() {
  return FactType::integer;
}
template <>
constexpr FactType fact_type<double>() {
  return FactType::real;
}
template <>
constexpr FactType fact_type<std::string>() {
  return FactType::text;
}
template <>
constexpr FactType fact_type<std::vector<std::string>>() {
  return FactType::list;
}
template <>
constexpr FactType fact_type<Fields>() {
  return FactType::fields;
}
template <>
constexpr FactType fact_type<Reply>() {
  return FactType::reply;
}
template <>
constexpr FactType fact_type<Rows<Reply>>() {
  return FactType::replies;
}
template <>
constexpr FactType fact_type<DnsData>() {
  return FactType::dns;
}
template <>
constexpr FactType fact_type<std::vector<DnsData>>() {
  return FactType::dns_list;
}
template <>
constexpr FactType fact_type<Rows<std::int64_t>>() {
  return FactType::integers;
}
template <>
constexpr FactType fact_type<Rows<std::vector<DnsData>>>() {
  return FactType::dns_lists;
}
template <>
constexpr FactType fact_type<Answer>() {
  return FactType::answer;
}
template <>
constexpr FactType fact_type<WebLink>() {
  return FactType::link;
}
template <>
constexpr FactType fact_type<Excerpt>() {
  return FactType::excerpt;
}
template <>
constexpr FactType fact_type<std::vector<Record>>() {
  return FactType::records;
}

/// One declared fact: the only way to note, read and judge it. `name` carries the probe type as prefix
/// (`smtp.ehlo.extensions`); units stand in the name (`mail.seconds`) or in the meaning. The facts of a type are the
/// members of one struct, in its facts.hpp, and that struct is its table: what is not declared can't be set.
template <class T>
struct Fact {
  std::string_view name;
  std::string_view meaning;
  Parity parity = Parity::free;
  std::string_view normaliser = {};        ///< names the normaliser where parity is `normalised`
  std::span<const FactSpec> columns = {};  ///< of records: what each of them may have

  [[nodiscard]] constexpr FactSpec spec() const { return {name, type(), meaning, parity, normaliser, columns}; }

private:
  static constexpr FactType type() {
    if constexpr (FactWord<T>)
      return FactType::text;
    else
      return fact_type<T>();
  }
};

/// The value as it is kept: an enumerator as its word.
template <class T>
FactValue fact_value(T value) {
  if constexpr (FactWord<T>)
    return FactValue(std::string(fact_words(value)[static_cast<std::size_t>(value)]));
  else
    return FactValue(std::in_place_type<T>, std::move(value));
}

/// The enumerator of this word; nothing where there is none.
template <FactWord E>
std::optional<E> fact_word(std::string_view word) {
  const std::span<const std::string_view> words = fact_words(E{});
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == word) return static_cast<E>(i);
  return std::nullopt;
}

template <class T>
void Record::set(const Fact<T>& fact, std::type_identity_t<T> value) {
  set(fact.name, fact_value<T>(std::move(value)));
}

template <class T>
const T* Record::get(const Fact<T>& fact) const {
  const FactValue* value = find(fact.name);
  return value ? std::get_if<T>(value) : nullptr;
}

/// Text that is a template argument: the prefix of facts that several types share.
template <std::size_t N>
struct FactPrefix {
  char text[N]{};
  constexpr FactPrefix(const char (&from)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
  }
};

namespace fact_name {
template <FactPrefix prefix, FactPrefix rest>
struct Joined {
  static constexpr auto kText = [] {
    std::array<char, sizeof prefix.text + sizeof rest.text - 2> joined{};
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < sizeof prefix.text; ++i) joined[at++] = prefix.text[i];
    for (std::size_t i = 0; i + 1 < sizeof rest.text; ++i) joined[at++] = rest.text[i];
    return joined;
  }();
};
}  // namespace fact_name

/// `prefix` followed by `rest`, as a name that lasts.
template <FactPrefix prefix, FactPrefix rest>
constexpr std::string_view joined_name() {
  constexpr const auto& text = fact_name::Joined<prefix, rest>::kText;
  return {text.data(), text.size()};
}

}  // namespace drydock
