#pragma once
#include <boost/json.hpp>

#include <string>
#include <vector>

namespace drydock::test {

/// A JSON Schema validator for the keywords that scenario_schema() writes. An unknown keyword is a problem too.
std::vector<std::string> schema_problems(const boost::json::object& schema, const boost::json::value& value);

/// A YAML file as JSON, scalars by the core schema. Throws std::runtime_error where it can't be read.
boost::json::value yaml_as_json(const std::string& path);

}  // namespace drydock::test
