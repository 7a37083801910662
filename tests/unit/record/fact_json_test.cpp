#include "harness/record/fact_json.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>
#include <type_traits>

namespace drydock {
namespace {

namespace json = boost::json;

constexpr Fact<std::int64_t> kNumber{"number", "a number"};
constexpr Fact<std::vector<std::string>> kNames{"names", "some names"};
constexpr FactSpec kColumns[] = {kNumber.spec(), kNames.spec()};

template <class T>
constexpr FactType type_of() {
  if constexpr (std::is_same_v<T, Record>)
    return FactType::record;
  else
    return fact_type<T>();
}

std::optional<FactValue> read_as(FactType type, const json::value& json) {
  return fact_from_json({"t.fact", type, "", Parity::free, {}, kColumns}, json);
}

/// Random values of each type of fact, made of octets of any kind.
class Random {
public:
  explicit Random(unsigned seed) : engine_(seed) {}

  template <class T>
  FactValue of() {
    T value{};
    fill(value);
    return value;
  }
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_); }

private:
  void fill(bool& value) { value = below(2) == 1; }
  void fill(std::int64_t& value) { value = static_cast<std::int64_t>(engine_()) << (below(2) * 31); }
  void fill(double& value) { value = static_cast<double>(engine_()) / 7; }
  void fill(std::string& value) {
    for (std::size_t i = below(12); i > 0; --i) value += static_cast<char>(below(3) ? 'a' + below(26) : below(256));
  }
  void fill(Reply& value) {
    value.code = 100 + static_cast<int>(below(600));
    fill(value.lines);
    value.irregular = below(2) == 1;
    if (below(2)) value.enhanced = EnhancedCode{5, static_cast<int>(below(1000)), static_cast<int>(below(1000))};
  }
  void fill(DnsData& value) {
    fill(value.text);
    value.folds = below(2) == 1;
  }
  void fill(WebLink& value) {
    fill(value.text);
    fill(value.target);
  }
  void fill(Excerpt& value) {
    std::string text;
    fill(text);
    value = Excerpt(text, below(2) == 1);
  }
  void fill(Record& value) {
    if (below(2)) value.set(kNumber.name, of<std::int64_t>());
    if (below(2)) value.set(kNames.name, of<std::vector<std::string>>());
  }
  void fill(Answer& value) {
    fill(value.status);
    fill(value.code);
    fill(value.words);
    if (below(2)) value.trouble = Error{ErrorKind::tls, "no\xff"};
  }
  template <class T>
  void fill(std::pair<std::string, T>& row) {
    fill(row.first);
    fill(row.second);
  }
  template <class T>
  void fill(std::vector<T>& values) {
    values.resize(below(4));
    for (auto& value : values) fill(value);
  }
  std::mt19937 engine_;
};

template <class T>
void round_trips(std::in_place_type_t<T>, unsigned seed) {
  Random random(seed);
  const FactValue value = random.of<T>();
  const std::string written = json::serialize(fact_to_json(value, nullptr));
  const auto back = read_as(type_of<T>(), json::parse(written));
  ASSERT_TRUE(back) << written;
  if constexpr (std::is_same_v<T, double>)
    EXPECT_DOUBLE_EQ(std::get<double>(*back), std::get<double>(value)) << "Boost.JSON may lose a last bit";
  else
    EXPECT_EQ(*back, value) << written;
}

template <class... T>
void round_trips_each(std::in_place_type_t<std::variant<T...>>, unsigned seed) {
  (round_trips(std::in_place_type<T>, seed), ...);
}

TEST(FactJson, ReadsBackEveryTypeWhateverItsOctets) {
  for (unsigned seed = 1; seed <= 500 && !testing::Test::HasFailure(); ++seed)
    round_trips_each(std::in_place_type<FactValue>, seed);
}

TEST(FactJson, TextsThatAPersonCanReadStandAsTheyAre) {
  EXPECT_EQ(json::serialize(fact_to_json(std::string("220 ready\r\n"), nullptr)), R"({"base64":"MjIwIHJlYWR5DQo="})");
  EXPECT_EQ(json::serialize(fact_to_json(std::string("a\nb"), nullptr)), R"("a\nb")");
  EXPECT_EQ(json::serialize(fact_to_json(Fields{{"set-cookie", "a"}, {"set-cookie", "b"}}, nullptr)),
            R"([["set-cookie","a"],["set-cookie","b"]])");
  EXPECT_EQ(json::serialize(fact_to_json(Reply{250, {"Accepted"}, EnhancedCode{2, 1, 5}, false}, nullptr)),
            R"({"code":250,"enhanced":"2.1.5","lines":["Accepted"],"irregular":false})");
}

TEST(FactJson, HoldsNoSecret) {
  Redactor redactor;
  redactor.add("sesame-open");
  const FactValue said = std::vector<std::string>{"it is sesame-open", "\xffsesame-open"};
  const std::string written = json::serialize(fact_to_json(said, &redactor));
  EXPECT_EQ(written, R"(["it is [secret]",{"base64":"/1tzZWNyZXRd"}])");
}

TEST(FactJson, WhatIsOfAnotherTypeIsNoFact) {
  EXPECT_FALSE(read_as(FactType::integer, json::value("1")));
  EXPECT_FALSE(read_as(FactType::text, json::value(1)));
  EXPECT_FALSE(read_as(FactType::text, json::parse(R"({"base64":"*"})")));
  EXPECT_FALSE(read_as(FactType::list, json::value("a")));
  EXPECT_FALSE(read_as(FactType::fields, json::parse(R"([["a"]])")));
  EXPECT_FALSE(read_as(FactType::reply, json::parse(R"({"code":99,"lines":[],"irregular":false})")));
  EXPECT_FALSE(read_as(FactType::reply, json::parse(R"({"code":250})")));
  EXPECT_FALSE(
      read_as(FactType::reply, json::parse(R"({"code":250,"enhanced":"2.1.5.7","lines":["a"],"irregular":false})")));
}

}  // namespace
}  // namespace drydock
