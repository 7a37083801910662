#include "harness/check/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Fact<std::int64_t> kSize{"t.size", "", Parity::at_least};
constexpr Fact<std::int64_t> kStatus{"t.status", "", Parity::same};
constexpr Fact<std::string> kText{"t.text", "", Parity::same};
constexpr Fact<std::string> kFree{"t.free", "", Parity::free};
constexpr Fact<std::vector<std::string>> kList{"t.list", "", Parity::same};
constexpr Fact<std::vector<std::string>> kOffers{"t.offers", "", Parity::at_least};
constexpr Fact<Rows<Reply>> kRecipients{"t.recipients", "", Parity::same};
constexpr Fact<WebLink> kLink{"t.link", "", Parity::same};
constexpr Fact<Excerpt> kBody{"t.body", "", Parity::same};
constexpr Fact<Answer> kAnswer{"t.answer", "", Parity::normalised, "status"};
constexpr Fact<std::vector<DnsData>> kNames{"t.names", "", Parity::same};
constexpr Fact<std::int64_t> kColumnStatus{"status", "", Parity::same};
constexpr Fact<std::string> kColumnFree{"url", ""};
constexpr FactSpec kColumns[] = {kColumnStatus.spec(), kColumnFree.spec()};
constexpr Fact<std::vector<Record>> kHops{"t.hops", "", Parity::same, {}, kColumns};

Difference differ(std::string row, std::string reference, std::string subject) {
  return {std::move(row), std::move(reference), std::move(subject)};
}

/// Two hosts that are called old.test and new.test, and spoken to as www.test.
class ComparisonTest : public testing::Test {
protected:
  ComparisonTest() {
    before.expected.hostname = "old.test";
    before.target.ip = "192.0.2.1";
    after.expected.hostname = "new.test";
    after.target.ip = "192.0.2.2";
    before.target.name = after.target.name = "www.test";
  }
  template <class T>
  Comparison of(const Fact<T>& fact) {
    return compare(fact.spec(), {old_host, before}, {new_host, after});
  }
  template <class T>
  std::vector<Difference> of(const Fact<T>& fact, T reference, T subject) {
    old_host.set(fact, std::move(reference));
    new_host.set(fact, std::move(subject));
    return of(fact).differences;
  }
  Subject before, after;
  Observation old_host, new_host;
};

TEST_F(ComparisonTest, NumbersAndTextsAreTheSameOrNot) {
  EXPECT_THAT(of(kStatus, std::int64_t{200}, std::int64_t{200}), IsEmpty());
  EXPECT_THAT(of(kStatus, std::int64_t{200}, std::int64_t{500}), ElementsAre(differ("", "200", "500")));
  EXPECT_THAT(of<std::string>(kText, "a", "b"), ElementsAre(differ("", "a", "b")));
  EXPECT_THAT(of<std::string>(kFree, "a", "b"), IsEmpty());
}

TEST_F(ComparisonTest, TheSubjectMayHaveMoreWhereTheFactSaysSo) {
  EXPECT_THAT(of(kSize, std::int64_t{10}, std::int64_t{20}), IsEmpty());
  EXPECT_THAT(of(kSize, std::int64_t{20}, std::int64_t{10}), ElementsAre(differ("", "20", "10")));
  EXPECT_THAT(of<std::vector<std::string>>(kOffers, {"IDLE"}, {"IDLE", "SORT"}), IsEmpty());
  EXPECT_THAT(of<std::vector<std::string>>(kOffers, {"IDLE", "SORT"}, {"IDLE"}),
              ElementsAre(differ("", "SORT", "none")));
}

TEST_F(ComparisonTest, ListsHaveNoOrder) {
  EXPECT_THAT(of<std::vector<std::string>>(kList, {"a", "b"}, {"b", "a"}), IsEmpty());
  EXPECT_THAT(of<std::vector<std::string>>(kList, {"a", "b"}, {"b", "c"}), ElementsAre(differ("", "a", "c")));
  const auto names = [](std::initializer_list<std::string> all) { return as_names(all); };
  EXPECT_THAT(of(kNames, names({"A.Test.", "b.test"}), names({"b.test.", "a.test"})), IsEmpty());
  EXPECT_THAT(of(kNames, names({"a.test"}), names({"b.test"})), ElementsAre(differ("", "a.test", "b.test")));
}

TEST_F(ComparisonTest, OfRepliesTheCodesCountAndOfTablesEachRow) {
  const Rows<Reply> takes{{"jim@a.test", {250, {"Accepted"}, EnhancedCode{2, 1, 5}, false}},
                          {"captain@a.test", {250, {"Accepted"}, {}, false}}};
  const Rows<Reply> other_words{{"jim@a.test", {250, {"ok, thanks"}, EnhancedCode{2, 1, 5}, false}},
                                {"captain@a.test", {250, {"OK"}, {}, false}}};
  const Rows<Reply> lost{{"jim@a.test", {250, {"Accepted"}, EnhancedCode{2, 1, 5}, false}},
                         {"captain@a.test", {550, {"Unknown user"}, EnhancedCode{5, 1, 1}, false}}};
  EXPECT_THAT(of(kRecipients, takes, other_words), IsEmpty());
  EXPECT_THAT(of(kRecipients, takes, lost), ElementsAre(differ("captain@a.test", "250", "550 5.1.1")));
  EXPECT_THAT(of(kRecipients, takes, Rows<Reply>{takes.front()}), ElementsAre(differ("captain@a.test", "250", "none")));
}

TEST_F(ComparisonTest, ARowIsCalledAsTheTableCallsIt) {
  const Reply taken{250, {"ok"}, {}, false}, refused{550, {"no"}, {}, false};
  EXPECT_THAT(of(kRecipients, Rows<Reply>{{"jim@www.test", taken}}, Rows<Reply>{{"jim@www.test", refused}}),
              ElementsAre(differ("jim@www.test", "250", "550")));
}

TEST_F(ComparisonTest, AFurtherRowIsMoreAndAnotherReplyIsNot) {
  constexpr Fact<Rows<Reply>> kWays{"t.ways", "", Parity::at_least};
  const Reply in{235, {"in"}, {}, false}, out{535, {"no"}, {}, false};
  EXPECT_THAT(of(kWays, Rows<Reply>{{"PLAIN", in}}, Rows<Reply>{{"PLAIN", in}, {"LOGIN", in}}), IsEmpty());
  EXPECT_THAT(of(kWays, Rows<Reply>{{"PLAIN", in}}, Rows<Reply>{{"PLAIN", out}}),
              ElementsAre(differ("PLAIN", "235", "535")));
  EXPECT_THAT(of(kWays, Rows<Reply>{{"PLAIN", in}}, Rows<Reply>{{"LOGIN", in}}),
              ElementsAre(differ("PLAIN", "235", "none")));
}

TEST_F(ComparisonTest, AnswersByTheirStatusAndCode) {
  EXPECT_THAT(of(kAnswer, Answer{"OK", "", "welcome", {}}, Answer{"OK", "", "hello", {}}), IsEmpty());
  EXPECT_THAT(of(kAnswer, Answer{"OK", "", "", {}}, Answer{"NO", "UNAVAILABLE x", "", {}}),
              ElementsAre(differ("", "OK", "NO [UNAVAILABLE]")));
}

TEST_F(ComparisonTest, AHostsOwnNamesMayStandWhereTheOthersStand) {
  EXPECT_THAT(of<std::string>(kText, "I am OLD.test at 192.0.2.1", "I am new.test at 192.0.2.2"), IsEmpty());
  EXPECT_THAT(of<std::string>(kText, "old.test", "www.test"), IsEmpty()) << "the name spoken is everybody's";
  EXPECT_THAT(of<std::string>(kText, "see old.test", "see old.test"),
              ElementsAre(differ("", "see {host}", "see old.test")))
      << "another host's name is what shows that something was not carried over";
  EXPECT_THAT(of<std::string>(kText, "bold.test", "bnew.test"), ElementsAre(differ("", "bold.test", "bnew.test")));
  before.expected.addresses = {"192.0.2.1", "2001:db8::1"};
  after.expected.addresses = {"192.0.2.2", "2001:db8::2"};
  EXPECT_THAT(of<std::vector<std::string>>(kList, {"2001:db8::1"}, {"2001:db8::2"}), IsEmpty());
  EXPECT_THAT(of<std::vector<std::string>>(kList, {"2001:db8::7"}, {"2001:db8::8"}), IsEmpty()) << "nobody else's";
  after.surroundings.ours = {"192.0.2.1", "192.0.2.2"};
  EXPECT_THAT(of<std::vector<std::string>>(kList, {"192.0.2.1"}, {"192.0.2.1"}),
              ElementsAre(differ("", "{host}", "192.0.2.1")));
  EXPECT_THAT(of<std::string>(kText, "192.0.2.1", "192.0.2.22"), ElementsAre(differ("", "{host}", "192.0.2.22")));
  EXPECT_THAT(of(kLink, WebLink{"/a", "http://old.test/a"}, WebLink{"/a", "http://NEW.test:80/a"}), IsEmpty());
  EXPECT_THAT(of(kLink, WebLink{"/a", "http://old.test/a"}, WebLink{"/a", "https://new.test/a"}),
              ElementsAre(differ("", "http://{host}/a", "https://{host}/a")));
}

TEST_F(ComparisonTest, PagesByTheirLinesAndTheFirstThatDiffersIsShown) {
  EXPECT_THAT(of(kBody, Excerpt("a\r\nb\r\n"), Excerpt("a\nb")), IsEmpty());
  EXPECT_THAT(of(kBody, Excerpt("a\nb\nc"), Excerpt("a\nX\nc")), ElementsAre(differ("", "line 2: b", "line 2: X")));
}

TEST_F(ComparisonTest, DatesOfPagesAreLeftOutOfAccountAndCounted) {
  const std::pair<const char*, const char*> same[] = {
      {"on Friday, 27-Nov-2026 16:53:34 GMT.", "on Friday, 27-Nov-2026 16:53:35 GMT."},
      {"Fri, 27 Nov 2026 16:53:34 GMT", "Sat, 28 Nov 2026 00:00:01 GMT"},
      {"Fri Nov 27 16:53:34 2026", "Fri Nov 27 16:53:35 2026"},
      {"at 2026-11-27T16:53:34Z", "at 2026-11-27T16:53:35.123+01:00"},
      {"it is 16:53:34", "it is 16:53:35"}};
  for (const auto& [before_it, after_it] : same) {
    EXPECT_THAT(of(kBody, Excerpt(before_it), Excerpt(after_it)), IsEmpty()) << before_it;
    EXPECT_EQ(of(kBody).dates, 2U) << before_it;
  }
  EXPECT_THAT(of(kBody, Excerpt("the meeting is on 2026-11-27"), Excerpt("the meeting is on 2003-08-25")), IsEmpty())
      << "which may be a real difference";
  EXPECT_THAT(of(kBody, Excerpt("<!--#echo var=\"DATE_GMT\" -->"), Excerpt("Friday, 27-Nov-2026 16:53:34 GMT")).size(),
              1U);
  EXPECT_THAT(of(kBody, Excerpt("room 12"), Excerpt("room 13")).size(), 1U);
}

TEST_F(ComparisonTest, WhatWasClippedDiffersOnlyWhereItIsKnownTo) {
  EXPECT_THAT(of(kBody, Excerpt("abc", false), Excerpt("abcdef")), IsEmpty());
  EXPECT_NE(of(kBody).unseen, "");
  EXPECT_THAT(of(kBody, Excerpt("abX", false), Excerpt("abcdef")), ElementsAre(differ("", "abX", "abcdef")));
}

TEST_F(ComparisonTest, OfRecordsTheColumnsThatAreCompared) {
  const auto hop = [](std::int64_t status, std::string url) {
    Record record;
    record.set(kColumnStatus, status);
    record.set(kColumnFree, std::move(url));
    return record;
  };
  EXPECT_THAT(of(kHops, std::vector{hop(301, "/a")}, std::vector{hop(301, "/b")}), IsEmpty());
  EXPECT_THAT(of(kHops, std::vector{hop(301, "/a")}, std::vector{hop(302, "/a")}),
              ElementsAre(differ("1 status", "301", "302")));
  EXPECT_THAT(of(kHops, std::vector{hop(301, "/a")}, std::vector<Record>{}),
              ElementsAre(differ("1 status", "301", "none")));
}

TEST_F(ComparisonTest, WhatOneSideLacksCountsOnlyWhereItsDialogueCameToItsEnd) {
  EXPECT_THAT(of(kStatus).differences, IsEmpty()) << "neither has it";
  old_host.set(kStatus, 200);
  EXPECT_THAT(of(kStatus).differences, ElementsAre(differ("", "200", "none")));
  new_host.error = Error{ErrorKind::timeout, "no answer"};
  EXPECT_THAT(of(kStatus).differences, IsEmpty());
  EXPECT_THAT(of(kStatus).unseen, testing::HasSubstr("no answer"));
  new_host.set_absent(kStatus);
  EXPECT_THAT(of(kStatus).differences, ElementsAre(differ("", "200", "none")));
}

TEST_F(ComparisonTest, NoOctetsOfAPeersReachAPersonAsTheyAre) {
  EXPECT_THAT(of<std::string>(kText, "a\x1b[31m", "b"), ElementsAre(differ("", "a\\x1b[31m", "b")));
  const auto long_one = of<std::string>(kText, std::string(100'000, 'a'), "b");
  EXPECT_LT(long_one.front().reference.size(), 1000U);
}

}  // namespace
}  // namespace drydock
