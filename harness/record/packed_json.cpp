#include "harness/record/packed_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace drydock {
namespace json = boost::json;

PackedJson::PackedJson(const json::object& object) {
  if (object.empty()) return;
  text_ = json::serialize(object);
  text_.shrink_to_fit();
}

json::object PackedJson::object() const {
  if (text_.empty()) return {};
  json::parse_options as_written;
  as_written.allow_invalid_utf8 = true;  // whoever shows them makes their texts plain
  return json::parse(text_, {}, as_written).get_object();
}

}  // namespace drydock
