#include "harness/plan/event.hpp"

#include <boost/json.hpp>
#include <charconv>
#include <stdexcept>
#include <type_traits>

#include "probes/core/described.hpp"

namespace drydock {
namespace {

namespace json = boost::json;
namespace mp11 = boost::mp11;

template <class T>
concept Described = boost::describe::has_describe_members<T>::value;

/// Every struct of the journal's entries is described whole, or the program does not compile.
template <class Kind>
consteval bool is_whole() {
  if constexpr (Described<Kind>)
    return kNothingIsForgotten<Kind>;
  else
    return true;  // event::Unknown, which is never written
}
template <class... Kinds>
consteval bool whole(std::variant<Kinds...>*) {
  return (is_whole<Kinds>() && ...);
}
static_assert(whole(static_cast<EventContent*>(nullptr)));
static_assert(kNothingIsForgotten<StepText, Actor, event::Opened::Step, event::Looked::Gate, event::Approved::Row>);

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsPair : std::false_type {};
template <class A, class B>
struct IsPair<std::pair<A, B>> : std::true_type {};

/// Calls `visit(name, member)` for each described member, in the order of the description.
template <class T, class Visit>
void each_member(T& object, Visit visit) {
  mp11::mp_for_each<Members<std::remove_const_t<T>>>(
      [&](auto descriptor) { visit(std::string_view(descriptor.name), object.*descriptor.pointer); });
}

template <class T>
json::value written(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return json::string(value);
  } else if constexpr (std::is_same_v<T, Text> || std::is_same_v<T, Output>) {
    return json::string(value.value);
  } else if constexpr (std::is_same_v<T, RawJson>) {
    return json::parse(value.value);
  } else if constexpr (std::is_same_v<T, WallTime>) {
    return json::string(format_time(value));
  } else if constexpr (IsOptional<T>::value) {
    return value ? written(*value) : json::value(nullptr);
  } else if constexpr (IsVector<T>::value) {
    json::array all;
    for (const auto& one : value) all.push_back(written(one));
    return all;
  } else if constexpr (IsPair<T>::value) {
    return json::array{written(value.first), written(value.second)};
  } else if constexpr (Described<T>) {
    json::object object;
    each_member(value, [&](std::string_view name, const auto& member) { object.emplace(name, written(member)); });
    return object;
  } else {
    static_assert(std::is_arithmetic_v<T>);
    return json::value(value);
  }
}

[[noreturn]] void wrong(std::string_view key, std::string_view what) {
  throw std::runtime_error("'" + std::string(key) + "' " + std::string(what));
}

template <class T>
void read_into(std::string_view key, const json::value& from, T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    if (!from.is_string()) wrong(key, "is no text");
    value = std::string(from.get_string());
  } else if constexpr (std::is_same_v<T, Text> || std::is_same_v<T, Output>) {
    read_into(key, from, value.value);
  } else if constexpr (std::is_same_v<T, RawJson>) {
    value.value = json::serialize(from);
  } else if constexpr (std::is_same_v<T, WallTime>) {
    const auto time = from.is_string() ? parse_time(std::string(from.get_string())) : std::nullopt;
    if (!time) wrong(key, "is no time");
    value = *time;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!from.is_bool()) wrong(key, "is neither true nor false");
    value = from.get_bool();
  } else if constexpr (IsOptional<T>::value) {
    value.reset();
    if (!from.is_null()) read_into(key, from, value.emplace());
  } else if constexpr (IsVector<T>::value) {
    if (!from.is_array()) wrong(key, "is no list");
    value.clear();
    for (const auto& one : from.get_array()) read_into(key, one, value.emplace_back());
  } else if constexpr (IsPair<T>::value) {
    if (!from.is_array() || from.get_array().size() != 2) wrong(key, "is no pair");
    read_into(key, from.get_array()[0], value.first);
    read_into(key, from.get_array()[1], value.second);
  } else if constexpr (Described<T>) {
    if (!from.is_object()) wrong(key, "is no object");
    each_member(value, [&](std::string_view name, auto& member) {
      const json::value* found = from.get_object().if_contains(name);
      if (found)
        read_into(name, *found, member);
      else if (!IsOptional<std::remove_cvref_t<decltype(member)>>::value)
        wrong(name, "is missing");
    });
  } else {
    boost::system::error_code failed;
    value = from.is_number() ? from.to_number<T>(failed) : T{};
    if (!from.is_number() || failed) wrong(key, "is no whole number in range");
  }
}

template <class T>
void clean_value(T& value, const TextFilter& filter) {
  if constexpr (std::is_same_v<T, Text>) {
    value.value = filter(value.value);
  } else if constexpr (std::is_same_v<T, Output>) {
    value.value = filter.output(value.value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = printable(value, true);
  } else if constexpr (IsOptional<T>::value) {
    if (value) clean_value(*value, filter);
  } else if constexpr (IsVector<T>::value) {
    for (auto& one : value) clean_value(one, filter);
  } else if constexpr (IsPair<T>::value) {
    clean_value(value.first, filter);
    clean_value(value.second, filter);
  } else if constexpr (Described<T>) {
    each_member(value, [&](std::string_view, auto& member) { clean_value(member, filter); });
  }
}

/// Sets `content` where `kind` is the word of one of the alternatives; false where it is of none.
bool read_kind(std::string_view kind, const json::value& from, EventContent& content) {
  bool known = false;
  mp11::mp_for_each<mp11::mp_transform<mp11::mp_identity, EventContent>>([&](auto identity) {
    using Kind = typename decltype(identity)::type;
    if constexpr (Described<Kind>) {
      if (Kind::kKind != kind) return;
      known = true;
      Kind read;
      read_into(kind, from, read);
      content = std::move(read);
    }
  });
  return known;
}

}  // namespace

std::string_view kind_of(const EventContent& content) {
  return std::visit(
      [](const auto& what) -> std::string_view {
        if constexpr (requires { what.kKind; })
          return what.kKind;
        else
          return what.kind;
      },
      content);
}

std::string_view step_of(const EventContent& content) {
  return std::visit(
      [](const auto& what) -> std::string_view {
        if constexpr (requires { what.step; })
          return what.step;
        else
          return {};
      },
      content);
}

void clean(EventContent& content, const TextFilter& filter) {
  std::visit([&](auto& what) { clean_value(what, filter); }, content);
}

std::string to_payload(const EventContent& content) {
  return std::visit(
      [](const auto& what) -> std::string {
        if constexpr (Described<std::remove_cvref_t<decltype(what)>>)
          return json::serialize(written(what));
        else
          throw std::logic_error("an entry that was not understood is never written");
      },
      content);
}

EventContent from_payload(std::string_view kind, std::string_view payload) {
  const auto unknown = [&](std::string why) {
    return event::Unknown{std::string(kind), std::string(payload), std::move(why)};
  };
  boost::system::error_code failed;
  const json::value value = json::parse(payload, failed);
  if (failed) return unknown("it is not JSON");
  EventContent content;
  try {
    if (!read_kind(kind, value, content)) return unknown("this drydock does not know its kind");
  } catch (const std::exception& error) {
    return unknown(error.what());
  }
  return content;
}

bool is_repeated_look(std::string_view kind, std::string_view payload) {
  constexpr std::string_view kStart = R"({"same_as":)";
  return kind == event::Looked::kKind && payload.starts_with(kStart) && payload.size() > kStart.size() &&
         payload[kStart.size()] >= '0' && payload[kStart.size()] <= '9';
}

}  // namespace drydock
