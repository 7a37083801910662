#include "harness/report/alike.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "harness/report/reporters.hpp"

namespace drydock {
namespace {

using testing::HasSubstr;
using testing::Not;

ResultRecord serial(int number, Verdict verdict = Verdict::fail) {
  ResultRecord result;
  result.probe = "name-" + std::to_string(number);
  result.check = "dns.serial";
  result.host = "dns";
  result.address = "127.0.0.2:53";
  result.verdict = verdict;
  result.message = "127.0.0.2:53 serves an older serial than the others";
  result.expected = "7";
  result.actual = "5";
  return result;
}

std::string text_of(const RunRecord& record, bool verbose = false) {
  std::ostringstream out;
  write_text(record, out, {false, verbose});
  return out.str();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}

TEST(Alike, AreThoseThatSayTheSame) {
  ResultRecord a = serial(1), b = serial(2), other = serial(3);
  other.actual = "6";
  const auto groups = alike({&a, &other, &b});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_THAT(groups[0], testing::ElementsAre(&a, &b));
  EXPECT_THAT(groups[1], testing::ElementsAre(&other));
  ResultRecord waived = serial(4), silent = serial(5), silent_too = serial(6);
  waived.waiver = "jim until then";
  silent.message = silent_too.message = "";
  EXPECT_EQ(alike({&a, &waived}).size(), 2U) << "who accepted it is told";
  EXPECT_EQ(alike({&silent, &silent_too}).size(), 2U) << "nothing was said that could be the same";
}

TEST(Alike, OneCauseIsOneBlockWithItsExtent) {
  RunRecord record;
  for (int i = 1; i <= 35; ++i) record.results.push_back(serial(i));
  const std::string text = text_of(record);
  EXPECT_EQ(count(text, "look at") + count(text, "expected"), 1U) << text;
  EXPECT_THAT(text, HasSubstr("the same  35 times in all: name-2 dns.serial on dns (127.0.0.2:53); "));
  EXPECT_THAT(text, HasSubstr("and 26 more (--verbose names them)"));
  EXPECT_THAT(text_of(record, true), HasSubstr("name-35 dns.serial on dns (127.0.0.2:53)"));
  EXPECT_EQ(summarise(record).fail, 35);
  EXPECT_EQ(summarise(record).exit, 1);
}

TEST(Alike, WhatCouldNotBeSeenIsToldOnceToo) {
  RunRecord record;
  for (int i = 1; i <= 3; ++i) record.results.push_back(serial(i, Verdict::inconclusive));
  EXPECT_EQ(count(text_of(record), "expected"), 1U);
  EXPECT_THAT(text_of(record), HasSubstr("3 times in all"));
}

}  // namespace
}  // namespace drydock
