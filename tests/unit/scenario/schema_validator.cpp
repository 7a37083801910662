#include "tests/unit/scenario/schema_validator.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <stdexcept>

#include "harness/scenario/yaml/node.hpp"
#include "harness/scenario/yaml/yaml.hpp"
#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

namespace json = boost::json;

class Validator {
public:
  explicit Validator(const json::object& root) : root_(root) {}

  std::vector<std::string> problems(const json::object& schema, const json::value& value, const std::string& at) const {
    std::vector<std::string> found;
    for (const auto& [keyword, argument] : schema) {
      const auto one = problem_of(keyword, argument, schema, value, at);
      found.insert(found.end(), one.begin(), one.end());
    }
    return found;
  }

private:
  using Problems = std::vector<std::string>;

  Problems problem_of(std::string_view keyword, const json::value& argument, const json::object& schema,
                      const json::value& value, const std::string& at) const {
    if (keyword == "$schema" || keyword == "title" || keyword == "description" || keyword == "$defs") return {};
    if (keyword == "type") return require(has_type(argument, value), at + ": wrong type");
    if (keyword == "$ref") {
      const std::string name = std::string(argument.as_string()).substr(8);
      return problems(root_.at("$defs").at(name).as_object(), value, at);
    }
    if (keyword == "enum") return require(is_among(argument.as_array(), value), at + ": not one of the words");
    if (keyword == "anyOf") return alternatives(argument.as_array(), value, at, false);
    if (keyword == "oneOf") return alternatives(argument.as_array(), value, at, true);
    if (keyword == "pattern")
      return require(
          !value.is_string() || RE2::PartialMatch(std::string(value.as_string()), std::string(argument.as_string())),
          at + ": not in the pattern");
    if (keyword == "minimum")
      return require(!value.is_number() || value.to_number<double>() >= argument.to_number<double>(),
                     at + ": too small");
    if (keyword == "maximum")
      return require(!value.is_number() || value.to_number<double>() <= argument.to_number<double>(),
                     at + ": too large");
    if (keyword == "minItems")
      return require(!value.is_array() || value.as_array().size() >= argument.to_number<std::size_t>(),
                     at + ": too short");
    if (keyword == "items") return items(argument.as_object(), value, at);
    if (keyword == "required") return required(argument.as_array(), value, at);
    if (keyword == "properties") return properties(argument.as_object(), value, at);
    if (keyword == "additionalProperties") return additional(argument, schema, value, at);
    return {"the schema has the keyword " + std::string(keyword)};
  }

  static Problems require(bool right, std::string otherwise) {
    return right ? Problems{} : Problems{std::move(otherwise)};
  }

  static bool is_among(const json::array& choices, const json::value& value) {
    return std::find(choices.begin(), choices.end(), value) != choices.end();
  }

  static bool has_type(const json::value& wanted, const json::value& value) {
    if (wanted.is_array())
      return std::any_of(wanted.as_array().begin(), wanted.as_array().end(),
                         [&](const json::value& one) { return has_type(one, value); });
    const std::string_view name = wanted.as_string();
    if (name == "object") return value.is_object();
    if (name == "array") return value.is_array();
    if (name == "string") return value.is_string();
    if (name == "boolean") return value.is_bool();
    if (name == "number") return value.is_number();
    if (name == "integer") return value.is_int64() || value.is_uint64();
    return false;
  }

  Problems alternatives(const json::array& schemas, const json::value& value, const std::string& at,
                        bool only_one) const {
    std::size_t right = 0;
    Problems all;
    for (const json::value& schema : schemas) {
      const auto found = problems(schema.as_object(), value, at);
      right += found.empty() ? 1 : 0;
      all.insert(all.end(), found.begin(), found.end());
    }
    if (right == 1 || (right > 1 && !only_one)) return {};
    return all.empty() ? Problems{at + ": several alternatives hold"} : all;
  }

  Problems items(const json::object& schema, const json::value& value, const std::string& at) const {
    Problems all;
    if (!value.is_array()) return all;
    for (std::size_t i = 0; i < value.as_array().size(); ++i) {
      const auto found = problems(schema, value.as_array()[i], fmt::format("{}[{}]", at, i));
      all.insert(all.end(), found.begin(), found.end());
    }
    return all;
  }

  static Problems required(const json::array& names, const json::value& value, const std::string& at) {
    Problems all;
    if (!value.is_object()) return all;
    for (const json::value& name : names)
      if (!value.as_object().contains(name.as_string())) all.push_back(at + ": needs " + std::string(name.as_string()));
    return all;
  }

  Problems properties(const json::object& schemas, const json::value& value, const std::string& at) const {
    Problems all;
    if (!value.is_object()) return all;
    for (const auto& [name, one] : value.as_object()) {
      const auto* schema = schemas.if_contains(name);
      if (!schema) continue;
      const auto found = problems(schema->as_object(), one, at + "." + std::string(name));
      all.insert(all.end(), found.begin(), found.end());
    }
    return all;
  }

  Problems additional(const json::value& argument, const json::object& schema, const json::value& value,
                      const std::string& at) const {
    Problems all;
    if (!value.is_object()) return all;
    const auto* known = schema.if_contains("properties");
    for (const auto& [name, one] : value.as_object()) {
      if (known && known->as_object().contains(name)) continue;
      const std::string where = at + "." + std::string(name);
      const auto found = argument.is_bool() ? require(argument.as_bool(), where + ": unknown")
                                            : problems(argument.as_object(), one, where);
      all.insert(all.end(), found.begin(), found.end());
    }
    return all;
  }

  const json::object& root_;
};

json::value as_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::sequence: {
      json::array list;
      for (const Node& item : node.items) list.push_back(as_json(item));
      return list;
    }
    case Node::Kind::mapping: {
      json::object map;
      for (const auto& entry : node.entries) map[entry.key] = as_json(entry.value);
      return map;
    }
    case Node::Kind::scalar: {
      if (const auto flag = node.quoted ? std::nullopt : core_boolean(node.text)) return *flag;
      if (const auto whole = node.quoted ? std::nullopt : core_integer(node.text)) return *whole;
      if (const auto real = node.quoted ? std::nullopt : core_real(node.text)) return *real;
      return json::string(node.text);
    }
    default:
      return nullptr;
  }
}

}  // namespace

std::vector<std::string> schema_problems(const json::object& schema, const json::value& value) {
  return Validator(schema).problems(schema, value, "");
}

json::value yaml_as_json(const std::string& path) {
  const std::string text = read_whole(path);
  Diagnostics diagnostics;
  const auto node = read_yaml(std::make_shared<Source>(path, text), text, diagnostics);
  if (!node) throw std::runtime_error(path + " is not YAML");
  return as_json(*node);
}

}  // namespace drydock::test
