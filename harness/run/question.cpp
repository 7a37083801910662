#include "harness/run/question.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <memory>
#include <set>

#include "harness/record/plain_text.hpp"

namespace drydock {
namespace {

namespace json = boost::json;

/// As `oldest_tls` is, unless the scenario says otherwise: TLS 1.2.
constexpr int kUsualTls = 0x0303;
constexpr std::string_view kTokenAsWritten = "${token}";
constexpr std::string_view kWithheld = "withheld";

bool shapes_the_dialogue(const ProbeType& type, std::string_view parameter) {
  const auto spec = std::ranges::find(type.parameters, parameter, &ParameterSpec::name);
  return spec == type.parameters.end() || !spec->only_judged;
}

bool has_default(const ProbeType& type, std::string_view parameter) {
  const auto spec = std::ranges::find(type.parameters, parameter, &ParameterSpec::name);
  return spec != type.parameters.end() && !spec->default_value.empty();
}

/// Writes values of parameters; one for each kind of value.
struct Writer {
  const Redactor* redactor;

  [[nodiscard]] json::string text(std::string_view value) const {
    const std::string written = with_token(value, kTokenAsWritten);
    return json::string(plain_lines(redactor ? (*redactor)(written) : written));
  }
  json::value operator()(const std::string& value) const { return text(value); }
  /// A number, too, can be a secret.
  json::value operator()(std::int64_t value) const {
    const std::string written = fmt::to_string(value);
    if (redactor && (*redactor)(written) != written) return text(written);
    return value;
  }
  json::value operator()(bool value) const { return value; }
  json::value operator()(const Duration& value) const { return value.count(); }
  json::value operator()(const Account& value) const {
    return text(value.mail.empty() ? value.login : fmt::format("{} <{}>", value.login, value.mail));
  }
  json::value operator()(const Fields& value) const {
    json::object all;
    for (const auto& [name, field] : value) all.emplace(text(name), text(field));
    return all;
  }
  template <class T>
  json::value operator()(const std::vector<T>& value) const {
    json::array all;
    for (const auto& item : value) all.push_back((*this)(item));
    return all;
  }
  json::value operator()(const std::shared_ptr<const Parameters>& group) const {
    json::object all;
    for (const auto& [name, value] : group->values()) all.emplace(name, std::visit(*this, value));
    return all;
  }
};

/// What a secret was taken out of may have been any text or number.
bool is_same(const json::value& then, const json::value& now) {
  if (const auto* text = then.if_string())
    return then == now || (now.is_primitive() && text->find(kRemovedSecret) != json::string::npos);
  if (then.kind() != now.kind()) return false;
  if (const auto* list = then.if_array()) return std::ranges::equal(*list, now.get_array(), is_same);
  const auto* object = then.if_object();
  if (!object) return then == now;
  const auto& other = now.get_object();
  return object->size() == other.size() && std::ranges::all_of(*object, [&](const auto& member) {
           const auto* value = other.if_contains(member.key());
           return value && is_same(member.value(), *value);
         });
}

}  // namespace

json::object asked_of(const ProbeDefinition& probe, const Subject& subject, const Redactor* redactor) {
  const Writer writer{redactor};
  json::object asked;
  for (const auto& [name, value] : probe.parameters.values())
    if (shapes_the_dialogue(*probe.type, name)) asked.emplace(name, std::visit(writer, value));
  if (probe.type->asks_about_domains) asked.emplace("domains", writer(subject.expected.domains));
  const Vantage& from = subject.surroundings.vantage;
  if (!from.address.empty() || !from.name.empty())
    asked.emplace("vantage", writer(fmt::format("{} {}", from.address, from.name)));
  if (!subject.withheld.empty()) asked.emplace(kWithheld, writer(subject.withheld));
  if (subject.target.oldest_tls != kUsualTls) asked.emplace("oldest_tls", subject.target.oldest_tls);
  return asked;
}

std::vector<std::string> withheld_in(const ObservationRecord& seen) {
  std::vector<std::string> checks;
  const json::object asked = seen.asked.object();
  const auto* withheld = asked.if_contains(kWithheld);
  if (const auto* list = withheld ? withheld->if_array() : nullptr)
    for (const auto& check : *list)
      if (check.is_string()) checks.emplace_back(check.get_string());
  return checks;
}

std::vector<std::string> asked_otherwise(const ObservationRecord& seen, const Instance& now) {
  const json::object asked = asked_of(*now.probe, now.subject, nullptr);
  std::set<std::string> otherwise;
  const json::object asked_then = seen.asked.object();
  for (const auto& [name, value] : asked_then) {
    if (name == kWithheld) continue;
    const auto* other = asked.if_contains(name);
    if (shapes_the_dialogue(*now.probe->type, name) && (!other || !is_same(value, *other))) otherwise.emplace(name);
  }
  for (const auto& [name, value] : asked)
    if (!asked_then.contains(name) && !has_default(*now.probe->type, name)) otherwise.emplace(name);
  if (!is_same(json::string(seen.name.value_or("")), json::string(now.subject.target.name))) otherwise.emplace("name");
  return {otherwise.begin(), otherwise.end()};
}

}  // namespace drydock
