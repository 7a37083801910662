#include "harness/record/json_writer.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>

namespace drydock {
namespace {

namespace json = boost::json;

std::string written(const json::value& value, bool indented) {
  std::ostringstream out;
  JsonWriter writer(out, indented);
  writer.value(value);
  writer.finish();
  return out.str();
}

TEST(JsonWriter, WritesWhatIsShortOnOneLineAndNothingLeftToEscape) {
  const json::value reply = {{"code", 250}, {"lines", {"ok \"\\\n\t\x01"}}, {"share", 0.5}, {"none", nullptr}};
  EXPECT_EQ(written(reply, true), R"({"code": 250,"lines": ["ok \"\\\n\t\\x01"],"share": 0.5,"none": null})");
  const json::value long_one = {{"a", std::string(100, 'x')}, {"b", json::array{json::object{{"c", true}}}}};
  EXPECT_EQ(written(long_one, true), "{\n  \"a\": \"" + std::string(100, 'x') + "\",\n  \"b\": [{\"c\": true}]\n}");
}

TEST(JsonWriter, WritesMuchPieceByPieceAndAsItWas) {
  json::array all;
  for (int i = 0; i < 20000; ++i) all.push_back({{"number", i}, {"word", "w\xc3\xa4hrend"}});
  for (const bool indented : {true, false}) EXPECT_EQ(json::parse(written(all, indented)), json::value(all));
}

}  // namespace
}  // namespace drydock
