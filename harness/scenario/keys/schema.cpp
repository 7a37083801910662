#include <boost/json.hpp>

#include <string>

#include "harness/scenario/keys/keys.hpp"
#include "harness/scenario/loader.hpp"
#include "probes/registry.hpp"

namespace drydock {
namespace {

namespace json = boost::json;

/// A scalar into which a name may be put may be a text wherever another type is wanted.
constexpr const char* kNamePattern = "\\$\\{";
constexpr const char* kDurationPattern = "^[0-9]+(ms|s|m|h|d)$";
constexpr const char* kIdentifierPattern = "^[A-Za-z0-9._/~@:+=%$][-A-Za-z0-9._/~@:+=%${}]*$";

json::string text_of(std::string_view text) {
  return json::string(text.data(), text.size());
}

json::object typed(std::string_view type) {
  return {{"type", text_of(type)}};
}

json::object named() {
  return {{"type", "string"}, {"pattern", kNamePattern}};
}

json::object any_of(json::array choices) {
  return {{"anyOf", std::move(choices)}};
}

json::object scalar() {
  return {{"type", {"string", "number", "boolean"}}};
}

json::object list_of(json::object items) {
  return {{"type", "array"}, {"minItems", 1}, {"items", std::move(items)}};
}

json::object reference(std::string_view name) {
  return {{"$ref", text_of("#/$defs/" + std::string(name))}};
}

json::object choice_of(std::span<const std::string_view> choices) {
  json::array words;
  for (const std::string_view choice : choices) words.push_back(text_of(choice));
  return any_of({json::object{{"enum", std::move(words)}}, named()});
}

json::object number(std::int64_t minimum, std::int64_t maximum) {
  json::object range = typed("integer");
  range["minimum"] = minimum;
  if (maximum != INT64_MAX) range["maximum"] = maximum;
  return any_of({std::move(range), named()});
}

json::object value_schema(const KeySpec& key);

json::object map_schema(const std::vector<KeySpec>& keys) {
  json::object properties;
  json::array required;
  for (const KeySpec& key : keys) {
    json::object one = value_schema(key);
    if (!key.meaning.empty()) one["description"] = text_of(key.meaning);
    if (!key.default_value.empty())
      one["description"] = text_of(std::string(key.meaning) + " (" + std::string(key.default_value) + ")");
    properties[key.name] = std::move(one);
    if (key.required) required.push_back(text_of(key.name));
  }
  json::object schema = typed("object");
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema;
}

json::object map_of(json::object values) {
  return {{"type", "object"}, {"additionalProperties", std::move(values)}};
}

json::object one_or_list(json::object one) {
  json::object list = list_of(one);
  return any_of({std::move(one), std::move(list)});
}

/// Actions and probes are used in several places and have a definition of their own.
json::object group_schema(const KeySpec& key) {
  if (key.name == "run" || key.name == "undo") return reference("action");
  if (key.name == "probes") return reference("probe");
  return map_schema(members_of(key));
}

json::object list_schema(const KeySpec& key) {
  switch (key.form) {
    case Form::ports:
      return list_of(number(1, 65535));
    case Form::servers: {
      json::object list = list_of(typed("string"));
      return key.choices.empty() ? list : any_of({choice_of(key.choices), std::move(list)});
    }
    case Form::mail_addresses:
    case Form::ip_addresses:
    case Form::ip_networks:
    case Form::host_names:
      return list_of(typed("string"));
    case Form::text_or_texts:
      return one_or_list(scalar());
    case Form::items:
      return list_of(any_of({scalar(), map_of(scalar())}));
    default:
      return list_of(scalar());
  }
}

json::object map_form_schema(const KeySpec& key) {
  switch (key.form) {
    case Form::group:
      return group_schema(key);
    case Form::groups:
      return list_of(group_schema(key));
    case Form::group_or_groups:
      return one_or_list(group_schema(key));
    case Form::named_groups:
      return map_of(group_schema(key));
    case Form::matchers:
      return map_of(reference("matcher"));
    case Form::overrides:
      return map_of(choice_of(override_choices()));
    case Form::phase_range: {
      const auto range = phase_range_keys();
      return any_of({list_of(typed("string")), map_schema({range.begin(), range.end()})});
    }
    case Form::host_names_by_phase:
      return any_of({typed("string"), map_of(typed("string"))});
    default:
      return map_of(scalar());
  }
}

json::object value_schema(const KeySpec& key) {
  switch (key.form) {
    case Form::text:
    case Form::path:
      return scalar();
    case Form::identifier:
      return any_of({json::object{{"type", "string"}, {"pattern", kIdentifierPattern}}, typed("number")});
    case Form::integer:
      return number(key.minimum, key.maximum);
    case Form::port:
      return number(1, 65535);
    case Form::boolean:
      return any_of({typed("boolean"), named()});
    case Form::duration:
      return any_of({json::object{{"type", "string"}, {"pattern", kDurationPattern}}, named()});
    case Form::choice:
      return choice_of(key.choices);
    case Form::secret:
      return reference("secret");
    case Form::account:
      return any_of({typed("string"), reference("account")});
    case Form::accounts:
      return one_or_list(any_of({typed("string"), reference("account")}));
    case Form::mail_address:
    case Form::ip_address:
    case Form::ip_network:
    case Form::host_name:
    case Form::dns_name:
    case Form::url:
    case Form::server:
    case Form::instant:
    case Form::until:
      return typed("string");
    case Form::mail_addresses:
    case Form::ip_addresses:
    case Form::ip_networks:
    case Form::host_names:
    case Form::texts:
    case Form::text_or_texts:
    case Form::ports:
    case Form::servers:
    case Form::items:
      return list_schema(key);
    default:
      return map_form_schema(key);
  }
}

json::object probe_schema(std::span<const ProbeType* const> types) {
  const auto keys = probe_keys();
  json::object probe = map_schema({keys.begin(), keys.end()});
  json::object& properties = probe["properties"].as_object();
  json::array one_of;
  for (const ProbeType* type : types) {
    json::object parameters = map_schema(keys_of(type->parameters));
    if (!type->summary.empty()) parameters["description"] = text_of(type->summary);
    properties[type->name] = std::move(parameters);
    one_of.push_back(json::object{{"required", {text_of(type->name)}}});
  }
  probe["oneOf"] = std::move(one_of);
  return probe;
}

json::object matcher_schema() {
  json::object operands;
  for (const OperatorSpec& spec : operators())
    operands[spec.name] = json::object{{"description", text_of(spec.meaning)}};
  json::object by_operator = typed("object");
  by_operator["properties"] = std::move(operands);
  by_operator["description"] =
      "operators, all of which must hold; of a table (header fields, recipients): a map of rows to matchers; of a "
      "reply: code, enhanced, text; of an answer of IMAP: status, code, text";
  return any_of({scalar(), json::object{{"type", "array"}}, std::move(by_operator)});
}

json::object definitions(std::span<const ProbeType* const> types) {
  const auto secret = secret_keys();
  const auto account = account_keys();
  json::object source = map_schema({secret.begin(), secret.end()});
  json::object all;
  all["secret"] =
      any_of({json::object{{"type", "string"}, {"pattern", "^\\$\\{secrets\\.[^}]+\\}$"}}, std::move(source)});
  all["account"] = map_schema({account.begin(), account.end()});
  all["matcher"] = matcher_schema();
  all["probe"] = probe_schema(types);
  for (const KeySpec& key : scenario_keys())
    if (key.name == "transfer")
      for (const KeySpec& member : key.members)
        if (member.name == "run") all["action"] = map_schema(members_of(member));
  return all;
}

void write(const json::value& value, std::string& out, std::size_t depth);

template <class Range, class Each>
void write_all(const Range& range, std::string& out, std::size_t depth, Each each) {
  bool first = true;
  for (const auto& one : range) {
    if (!first) out += ',';
    first = false;
    out += '\n';
    out.append(2 * (depth + 1), ' ');
    each(one);
  }
  if (!first) out.append(1, '\n').append(2 * depth, ' ');
}

void write(const json::value& value, std::string& out, std::size_t depth) {
  const auto all_plain = [](const json::array& list) {
    for (const auto& one : list)
      if (one.is_structured()) return false;
    return true;
  };
  if (const auto* object = value.if_object()) {
    out += '{';
    write_all(*object, out, depth, [&](const json::key_value_pair& one) {
      out += json::serialize(json::string(one.key())) + ": ";
      write(one.value(), out, depth + 1);
    });
    out += '}';
  } else if (const auto* list = value.if_array(); list && !all_plain(*list)) {
    out += '[';
    write_all(*list, out, depth, [&](const json::value& one) { write(one, out, depth + 1); });
    out += ']';
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string scenario_schema(std::span<const ProbeType* const> types) {
  const auto keys = scenario_keys();
  json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "drydock scenario"}};
  for (auto& [key, value] : map_schema({keys.begin(), keys.end()})) schema[key] = value;
  schema["$defs"] = definitions(types.empty() ? probe_types() : types);
  std::string out;
  write(schema, out, 0);
  return out + '\n';
}

}  // namespace drydock
