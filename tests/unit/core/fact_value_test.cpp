#include <gtest/gtest.h>

#include "probes/core/fact_table.hpp"
#include "probes/core/observation.hpp"

namespace drydock {
namespace {

enum class Ending { good, very_bad };
constexpr std::string_view kEndings[] = {"good", "very bad"};
constexpr std::span<const std::string_view> fact_words(Ending) {
  return kEndings;
}

struct ColumnFacts {
  Fact<std::int64_t> number{"number", "a number"};
  Fact<std::string> word{"word", "a word"};
};
constexpr ColumnFacts kColumn;
constexpr auto kColumns = fact_table(kColumn);

struct Facts {
  Fact<Ending> end{"test.end", "how it ended"};
  Fact<std::string> place{"test.place", "where"};
  Fact<std::vector<Record>> rows{"test.rows", "rows", Parity::same, {}, kColumns};
};
constexpr Facts kTest;

TEST(FactValues, WordsOfAnEnumerationAreTextOutsideAndEnumeratorsInside) {
  Observation seen;
  EXPECT_EQ(seen.get(kTest.end), std::nullopt);
  seen.set(kTest.end, Ending::very_bad);
  EXPECT_EQ(seen.get(kTest.end), Ending::very_bad);
  EXPECT_EQ(describe(*seen.find("test.end")), "very bad");
  EXPECT_EQ(kTest.end.spec().type, FactType::text);
}

TEST(FactValues, AbsenceIsProvenOnlyWhereItWasNoted) {
  Observation seen;
  EXPECT_FALSE(seen.proves_absent("test.place"));
  seen.set_absent(kTest.place);
  EXPECT_TRUE(seen.proves_absent("test.place"));
  seen.set(kTest.place, "here");
  EXPECT_FALSE(seen.proves_absent("test.place"));
  seen.set_absent(kTest.place);
  EXPECT_FALSE(seen.has(kTest.place));
}

TEST(FactValues, ARecordKeepsItsColumnsAndTheirTypes) {
  Record row;
  row.set(kColumn.number, 1);
  row.set(kColumn.number, 2);
  EXPECT_EQ(*row.get(kColumn.number), 2);
  EXPECT_EQ(row.get(kColumn.word), nullptr);
  EXPECT_EQ(row.columns().size(), 1u);
  Observation seen;
  seen.at(kTest.rows).push_back(row);
  EXPECT_EQ(describe(*seen.find("test.rows")), "{number: 2}");
  ASSERT_EQ(kTest.rows.spec().columns.size(), 2u);
  EXPECT_EQ(kTest.rows.spec().columns[1].name, "word");
}

TEST(FactValues, AnObservationIsMadeOfARowAndTheOtherWayRound) {
  Observation seen;
  seen.set(kTest.place, "here");
  const Record row = seen.as_record();
  const Observation again = Observation::of(row);
  EXPECT_EQ(*again.get(kTest.place), "here");
  EXPECT_EQ(again.as_record(), row);
}

TEST(FactValues, CopiesOfAnExcerptShareItsText) {
  const Excerpt one(std::string(1000, 'x'));
  const Excerpt two = one;
  EXPECT_EQ(&one.text(), &two.text());
  EXPECT_TRUE(one.whole());
  EXPECT_FALSE(one == Excerpt(std::string(1000, 'x'), false));
  EXPECT_EQ(Excerpt().text(), "");
}

TEST(ComparableUrl, IsOneOfAllSpellings) {
  for (const char* same :
       {"https://site.test/~jim/?q=%2F", "HTTPS://Site.Test:443/%7Ejim/?q=%2f", "https://site.test:/~jim/?q=%2F"})
    EXPECT_EQ(comparable_url(same), "https://site.test/~jim/?q=%2F") << same;
  EXPECT_EQ(comparable_url("http://site.test"), "http://site.test/");
  EXPECT_EQ(comparable_url("http://site.test?q"), "http://site.test/?q");
  EXPECT_EQ(comparable_url("http://site.test:8080/"), "http://site.test:8080/");
  EXPECT_EQ(comparable_url("http://site.test:443/"), "http://site.test:443/");
  EXPECT_EQ(comparable_url("http://[2001:DB8::1]:80/"), "http://[2001:db8::1]/");
  EXPECT_EQ(comparable_url("http://User@Site.test/"), "http://User@site.test/");
  EXPECT_EQ(comparable_url("/Dir/%7e"), "/Dir/%7e");
  EXPECT_EQ(comparable_url("http://a/%25zz%254"), "http://a/%25zz%254");
  EXPECT_EQ(comparable_url(""), "");
}

}  // namespace
}  // namespace drydock
