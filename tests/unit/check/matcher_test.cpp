#include "harness/check/matcher.hpp"
#include "probes/dns/facts.hpp"
#include "probes/http/facts.hpp"
#include "tests/support/reply.hpp"

#include <gmock/gmock.h>

namespace drydock {
namespace {

using Op = Matcher::Op;
using List = std::vector<std::string>;
using ::testing::HasSubstr;

bool match(const Matcher& matcher, const FactValue& value) {
  return tell(matcher, value) == std::optional(true);
}

Matcher with(Op op, std::vector<Scalar> operands) {
  Matcher matcher;
  matcher.op = op;
  matcher.operands = std::move(operands);
  return matcher;
}

Matcher around(Op op, std::vector<Matcher> inner) {
  Matcher matcher;
  matcher.op = op;
  matcher.inner = std::move(inner);
  return matcher;
}

Matcher pattern(std::string text) {
  Matcher matcher;
  matcher.op = Op::matches;
  matcher.pattern = std::move(text);
  return matcher;
}

Scalar text(const char* word) {
  return std::string(word);
}
Scalar number(std::int64_t value) {
  return value;
}
FactValue fact(std::int64_t value) {
  return value;
}
FactValue fact(const char* value) {
  return std::string(value);
}

TEST(Equals, ComparesScalarsOfOneType) {
  EXPECT_TRUE(match(with(Op::equals, {number(200)}), fact(200)));
  EXPECT_FALSE(match(with(Op::equals, {number(200)}), fact(404)));
  EXPECT_TRUE(match(with(Op::equals, {number(2)}), FactValue(2.0)));
  EXPECT_FALSE(match(with(Op::equals, {number(2)}), FactValue(2.5)));
  EXPECT_TRUE(match(with(Op::equals, {true}), FactValue(true)));
  EXPECT_FALSE(match(with(Op::equals, {true}), FactValue(false)));
  EXPECT_TRUE(match(with(Op::equals, {text("NOERROR")}), fact("NOERROR")));
  EXPECT_FALSE(match(with(Op::equals, {text("NOERROR")}), fact("noerror")));
}

TEST(Equals, OfAListMeansItsOnlyElement) {
  EXPECT_TRUE(match(with(Op::equals, {text("a")}), FactValue(List{"a"})));
  EXPECT_FALSE(match(with(Op::equals, {text("a")}), FactValue(List{"a", "b"})));
  EXPECT_FALSE(match(with(Op::equals, {text("a")}), FactValue(List{"a", "a"})));
  EXPECT_FALSE(match(with(Op::equals, {text("a")}), FactValue(List{})));
}

TEST(Contains, MeansEveryElementOfAListAndEverySubstringOfAText) {
  const Matcher both = with(Op::contains, {text("SIZE"), text("STARTTLS")});
  EXPECT_TRUE(match(both, FactValue(List{"STARTTLS", "PIPELINING", "SIZE"})));
  EXPECT_FALSE(match(both, FactValue(List{"STARTTLS", "SIZE 1000"})));
  EXPECT_TRUE(match(both, fact("250-SIZE 250 STARTTLS")));
  EXPECT_FALSE(match(both, fact("250-SIZE")));
  EXPECT_FALSE(match(both, fact(5)));
}

TEST(Exactly, IsTheSameSetInAnyOrderWithMultiplicity) {
  const Matcher two = with(Op::exactly, {text("a"), text("b")});
  EXPECT_TRUE(match(two, FactValue(List{"b", "a"})));
  EXPECT_FALSE(match(two, FactValue(List{"b", "a", "a"})));
  EXPECT_FALSE(match(two, FactValue(List{"a"})));
  EXPECT_TRUE(match(with(Op::exactly, {}), FactValue(List{})));
  EXPECT_FALSE(match(with(Op::exactly, {}), FactValue(List{"a"})));
}

TEST(Comparisons, IncludeTheirBounds) {
  EXPECT_TRUE(match(with(Op::at_least, {number(3)}), fact(3)));
  EXPECT_FALSE(match(with(Op::at_least, {number(3)}), fact(2)));
  EXPECT_TRUE(match(with(Op::at_most, {number(300)}), fact(300)));
  EXPECT_FALSE(match(with(Op::at_most, {number(300)}), fact(301)));
  EXPECT_TRUE(match(with(Op::between, {number(1), number(5)}), fact(5)));
  EXPECT_TRUE(match(with(Op::between, {number(1), number(5)}), FactValue(1.0)));
  EXPECT_FALSE(match(with(Op::between, {number(1), number(5)}), FactValue(5.1)));
}

TEST(Comparisons, ReadNumbersOutOfTexts) {
  EXPECT_TRUE(match(with(Op::at_most, {number(5)}), fact(" 4\n")));
  EXPECT_FALSE(match(with(Op::at_most, {number(5)}), fact("four")));
  EXPECT_FALSE(match(with(Op::at_least, {number(0)}), fact("nan")));
  EXPECT_FALSE(match(with(Op::at_least, {number(0)}), fact("")));
}

TEST(Matches, FindsLinesInTextsAndElementsInLists) {
  const Matcher read_only = pattern("(^|,)ro(,|$)");
  EXPECT_TRUE(match(read_only, fact("nosuid,ro,noatime")));
  EXPECT_TRUE(match(read_only, fact("rw\nro\n")));
  EXPECT_FALSE(match(read_only, fact("rw,errors=remount-ro")));
  EXPECT_TRUE(match(pattern("^AUTH "), FactValue(List{"SIZE", "AUTH PLAIN"})));
  EXPECT_FALSE(match(pattern("^AUTH "), FactValue(List{"SIZE", "XAUTH PLAIN"})));
}

TEST(Matches, StaysBoundedOnHostileTexts) {
  const std::string long_text(1 << 20, 'a');
  EXPECT_FALSE(match(pattern("(a|aa)+$b"), FactValue(long_text)));
  EXPECT_FALSE(match(pattern("("), fact("(")));
}

TEST(PatternProblem, SaysWhatRe2Says) {
  EXPECT_FALSE(pattern_problem("^[a-z]+$"));
  EXPECT_THAT(pattern_problem("a(b").value_or(""), HasSubstr("missing )"));
  EXPECT_THAT(pattern_problem("(?<=a)b").value_or(""), HasSubstr("invalid perl operator"));
}

TEST(Not, TurnsTheInnerMatcherRound) {
  const Matcher no_plain = around(Op::not_, {with(Op::contains, {text("AUTH=PLAIN")})});
  EXPECT_TRUE(match(no_plain, FactValue(List{"IDLE"})));
  EXPECT_FALSE(match(no_plain, FactValue(List{"AUTH=PLAIN"})));
}

TEST(AllOf, NeedsEveryOperator) {
  const Matcher both =
      around(Op::all_of, {with(Op::contains, {text("a")}), around(Op::not_, {with(Op::contains, {text("b")})})});
  EXPECT_TRUE(match(both, fact("a")));
  EXPECT_FALSE(match(both, fact("ab")));
}

TEST(OneOf, NeedsAnyOperand) {
  EXPECT_TRUE(match(with(Op::one_of, {number(301), number(302)}), fact(302)));
  EXPECT_FALSE(match(with(Op::one_of, {number(301), number(302)}), fact(200)));
}

TEST(StartsWith, LooksAtTheBeginning) {
  EXPECT_TRUE(match(with(Op::starts_with, {text("220 ")}), fact("220 mail")));
  EXPECT_FALSE(match(with(Op::starts_with, {text("220 ")}), fact("x220 mail")));
}

TEST(DnsNames, AreEqualWithoutCaseAndFinalDotAndDataIsNot) {
  const Matcher wanted = with(Op::exactly, {text("Mail.Example.ORG."), text("2001:DB8::1")});
  EXPECT_TRUE(match(wanted, FactValue(as_names({"2001:db8:0:0::1", "mail.example.org"}))));
  EXPECT_FALSE(match(wanted, FactValue(List{"2001:db8:0:0::1", "mail.example.org"})));
  EXPECT_TRUE(match(with(Op::equals, {text("10 mx.test")}), FactValue(as_names({"10 MX.test."}))));
  const FactValue key = std::vector<DnsData>{{"v=DKIM1; p=MIGfma0gcsq", false}};
  EXPECT_FALSE(match(with(Op::exactly, {text("v=DKIM1; p=MIGfMA0GCSq")}), key));
  EXPECT_FALSE(match(pattern("p=MIGfMA0GCSq"), key));
  EXPECT_TRUE(match(with(Op::exactly, {text("v=DKIM1; p=MIGfma0gcsq")}), key));
}

Matcher field(const char* name, Matcher matcher) {
  Matcher fields;
  fields.op = Op::rows;
  fields.by_field.emplace_back(name, std::move(matcher));
  return fields;
}

TEST(FieldsMatcher, NamesFieldsWithoutCase) {
  const FactValue headers = Fields{{"content-type", "text/html"}, {"vary", "a"}, {"vary", "b"}};
  EXPECT_TRUE(match(field("Content-Type", with(Op::starts_with, {text("text/")})), headers));
  EXPECT_FALSE(match(field("Content-Type", with(Op::equals, {text("image/png")})), headers));
  EXPECT_TRUE(match(field("vary", with(Op::equals, {text("a, b")})), headers));
}

TEST(FieldsMatcher, KnowsAbsence) {
  const FactValue headers = Fields{{"server", "Apache"}};
  EXPECT_TRUE(match(field("x-powered-by", with(Op::absent, {})), headers));
  EXPECT_FALSE(match(field("server", with(Op::absent, {})), headers));
  EXPECT_TRUE(match(field("server", around(Op::not_, {with(Op::absent, {})})), headers));
  EXPECT_FALSE(match(field("x-powered-by", around(Op::not_, {with(Op::absent, {})})), headers));
  EXPECT_FALSE(match(field("x-powered-by", with(Op::equals, {text("PHP")})), headers));
}

TEST(ReplyMatcher, ReachesIntoItsParts) {
  const FactValue seen = test::reply("250 2.1.5 Accepted for jim");
  EXPECT_TRUE(match(field("code", with(Op::equals, {number(250)})), seen));
  EXPECT_FALSE(match(field("code", with(Op::at_least, {number(400)})), seen));
  EXPECT_TRUE(match(field("enhanced", with(Op::equals, {text("2.1.5")})), seen));
  EXPECT_TRUE(match(field("text", with(Op::starts_with, {text("Accepted")})), seen));
  EXPECT_TRUE(match(with(Op::equals, {number(250)}), seen));
  EXPECT_FALSE(match(with(Op::equals, {number(251)}), seen));
  EXPECT_TRUE(match(with(Op::starts_with, {text("250 2.1.5")}), seen));
  EXPECT_TRUE(match(pattern("for jim$"), seen));
  EXPECT_TRUE(match(field("enhanced", with(Op::absent, {})), test::reply("250 OK")));
}

TEST(AnswerMatcher, ReachesIntoItsParts) {
  const FactValue seen = Answer{.status = "NO", .code = "UNAVAILABLE", .words = "Try later", .trouble = {}};
  EXPECT_TRUE(match(field("status", with(Op::equals, {text("NO")})), seen));
  EXPECT_FALSE(match(field("status", with(Op::equals, {text("OK")})), seen));
  EXPECT_TRUE(match(field("code", with(Op::equals, {text("UNAVAILABLE")})), seen));
  EXPECT_TRUE(match(field("text", with(Op::contains, {text("later")})), seen));
  EXPECT_TRUE(match(with(Op::starts_with, {text("NO [UNAVAILABLE]")}), seen));
  const FactValue none = Answer{.status = {}, .code = {}, .words = {}, .trouble = Error{ErrorKind::closed, "gone"}};
  EXPECT_FALSE(match(field("status", with(Op::equals, {text("")})), none)) << "no answer has no parts";
  EXPECT_TRUE(match(field("code", with(Op::absent, {})), none));
}

TEST(TableMatcher, ComparesNumbers) {
  const FactValue seen = Rows<std::int64_t>{{"jim", 1}, {"ann", 2}};
  EXPECT_TRUE(match(field("jim", with(Op::equals, {number(1)})), seen));
  EXPECT_FALSE(match(field("ann", with(Op::equals, {number(1)})), seen));
  EXPECT_FALSE(match(around(Op::every, {with(Op::equals, {number(1)})}), seen));
  EXPECT_TRUE(match(around(Op::every, {with(Op::at_most, {number(2)})}), seen));
  EXPECT_TRUE(match(around(Op::count, {with(Op::equals, {number(2)})}), seen));
  EXPECT_FALSE(match(field("bob", with(Op::equals, {number(0)})), seen));
}

TEST(TableMatcher, JudgesRowsOneByOneAndAllTogether) {
  const FactValue seen = Rows<Reply>{{"jim@w.test", test::reply("250 OK")}, {"ann@w.test", test::reply("550 no")}};
  const Matcher taken = field("code", with(Op::equals, {number(250)}));
  EXPECT_TRUE(match(field("Jim@w.test", taken), seen));
  EXPECT_FALSE(match(field("ann@w.test", taken), seen));
  EXPECT_FALSE(match(field("bob@w.test", taken), seen)) << "a row that is not there satisfies nothing";
  EXPECT_FALSE(match(around(Op::every, {taken}), seen));
  EXPECT_TRUE(match(around(Op::some, {taken}), seen));
  EXPECT_TRUE(match(around(Op::count, {with(Op::equals, {number(2)})}), seen));
  Matcher exactly = field("jim@w.test", taken);
  exactly.no_others = true;
  EXPECT_FALSE(match(exactly, seen));
  EXPECT_FALSE(match(around(Op::every, {taken}), FactValue(Rows<Reply>{}))) << "of nothing nothing is proven";
  EXPECT_TRUE(
      match(around(Op::every, {with(Op::starts_with, {text("10.")})}), FactValue(List{"10.0.0.1", "10.0.0.2"})));
  EXPECT_FALSE(match(around(Op::some, {with(Op::equals, {text("x")})}), FactValue(List{})));
}

TEST(TableMatcher, ReachesIntoRowsOfNumbersAndOfNames) {
  const FactValue serials = Rows<std::int64_t>{{"192.0.2.1:53", 7}, {"192.0.2.2:53", 8}};
  Matcher row;
  row.op = Op::rows;
  row.by_field = {{"192.0.2.2:53", with(Op::at_least, {number(8)})}};
  EXPECT_TRUE(match(row, serials));
  EXPECT_TRUE(match(around(Op::every, {with(Op::at_least, {number(7)})}), serials));
  EXPECT_FALSE(match(around(Op::every, {with(Op::at_least, {number(8)})}), serials));
  EXPECT_TRUE(match(around(Op::count, {with(Op::equals, {number(2)})}), serials));
  const FactValue sets = Rows<std::vector<DnsData>>{{"192.0.2.1:53", as_names({"NS1.test.", "ns2.test."})}};
  row.by_field = {{"192.0.2.1:53", with(Op::exactly, {text("ns1.test"), text("ns2.test")})}};
  EXPECT_TRUE(match(row, sets));
  row.by_field = {{"192.0.2.9:53", with(Op::exactly, {text("ns1.test")})}};
  EXPECT_FALSE(match(row, sets));
  EXPECT_EQ(describe(sets), "192.0.2.1:53: NS1.test., ns2.test.");
}

TEST(Describe, ReadsWell) {
  EXPECT_EQ(describe(with(Op::equals, {number(200)})), "200");
  EXPECT_EQ(describe(with(Op::contains, {text("Starship"), text("Python")})), "contains \"Starship\" and \"Python\"");
  EXPECT_EQ(describe(with(Op::at_most, {number(300)})), "at most 300");
  EXPECT_EQ(describe(with(Op::between, {number(1), number(5)})), "between 1 and 5");
  EXPECT_EQ(describe(with(Op::exactly, {})), "exactly nothing");
  EXPECT_EQ(describe(around(Op::not_, {with(Op::one_of, {number(1), number(2)})})), "not one of 1, 2");
  EXPECT_EQ(describe(pattern("^a$")), "matches /^a$/");
  EXPECT_EQ(describe(field("server", with(Op::absent, {}))), "server: absent");
  EXPECT_EQ(describe(with(Op::contains, {std::string(kTokenMark)})), "contains \"${token}\"");
}

TEST(WithToken, IsPutIntoEveryText) {
  Matcher matcher =
      around(Op::all_of, {with(Op::contains, {std::string(kTokenMark) + "!"}), pattern("^" + std::string(kTokenMark))});
  matcher = with_token(matcher, "run-1");
  EXPECT_TRUE(match(matcher, fact("run-1!")));
  EXPECT_FALSE(match(matcher, fact("run-2!")));
}

using Told = std::optional<bool>;

TEST(Beginnings, TellOnlyWhatNoFurtherOctetCouldChange) {
  const FactValue ship = Excerpt("Starship\nis u", false);
  const auto told = [&](Op op, const char* operand) { return tell(with(op, {text(operand)}), ship); };
  EXPECT_EQ(told(Op::contains, "ship"), Told(true));
  EXPECT_EQ(told(Op::contains, "up"), Told());
  EXPECT_EQ(told(Op::equals, "Starship\nis u"), Told()) << "nobody knows whether anything followed";
  EXPECT_EQ(told(Op::equals, "Starship"), Told(false));
  EXPECT_EQ(told(Op::equals, "Starship\nis up"), Told());
  EXPECT_EQ(told(Op::equals, "Starbase\nis up"), Told(false));
  EXPECT_EQ(told(Op::exactly, "Starship\nis up"), Told());
  EXPECT_EQ(told(Op::one_of, "other"), Told(false));
  EXPECT_EQ(told(Op::starts_with, "Star"), Told(true));
  EXPECT_EQ(told(Op::starts_with, "Starship\nis up"), Told());
  EXPECT_EQ(told(Op::starts_with, "Base"), Told(false));
  EXPECT_EQ(tell(pattern("^is"), ship), Told(true));
  EXPECT_EQ(tell(pattern("ship$"), ship), Told(true)) << "there the line ends";
  EXPECT_EQ(tell(pattern("u$"), ship), Told()) << "nobody knows whether the line ends here";
  EXPECT_EQ(tell(pattern("down"), ship), Told());
  EXPECT_EQ(tell(with(Op::at_least, {number(1)}), Excerpt("12", false)), Told());
  EXPECT_EQ(tell(with(Op::at_least, {number(1)}), Excerpt("12")), Told(true));
  EXPECT_EQ(tell(with(Op::absent, {}), ship), Told(false));
}

TEST(Beginnings, OfSeveralStatementsOneThatIsFalseDecides) {
  const FactValue ship = Excerpt("Starship", false);
  const Matcher unknown = with(Op::contains, {text("x")});
  const Matcher wrong = with(Op::starts_with, {text("x")});
  const Matcher right = with(Op::starts_with, {text("Star")});
  EXPECT_EQ(tell(around(Op::all_of, {unknown, wrong}), ship), Told(false));
  EXPECT_EQ(tell(around(Op::all_of, {unknown, right}), ship), Told());
  EXPECT_EQ(tell(around(Op::all_of, {right}), ship), Told(true));
  EXPECT_EQ(tell(around(Op::not_, {unknown}), ship), Told());
}

TEST(Links, AreEqualThatMeanTheSameUrl) {
  const FactValue there = WebLink{"https://Site.test:443/%7ejim/", "https://site.test/%7ejim/"};
  for (const char* same : {"https://site.test/~jim/", "https://SITE.test:443/%7Ejim/", "https://Site.test:443/%7ejim/"})
    EXPECT_TRUE(match(with(Op::equals, {text(same)}), there)) << same;
  for (const char* other : {"http://site.test/~jim/", "https://site.test:8443/~jim/", "https://site.test/~Jim/",
                            "https://site.test/~jim", "https://site.test.evil/~jim/"})
    EXPECT_FALSE(match(with(Op::equals, {text(other)}), there)) << other;
  EXPECT_TRUE(match(with(Op::starts_with, {text("https://site.test/")}), there));
  EXPECT_TRUE(match(with(Op::equals, {text("https://site.test/dir/")}), WebLink{"/dir/", "https://site.test/dir/"}));
  EXPECT_TRUE(match(with(Op::equals, {text("/dir/")}), WebLink{"/dir/", "https://site.test/dir/"}));
  EXPECT_FALSE(match(with(Op::equals, {text("")}), WebLink{"/dir/", ""}));
}

TEST(Records, AreMatchedByTheirColumns) {
  Record hop;
  hop.set(kRedirect.status, 301);
  hop.set(kRedirect.location, WebLink{"/x", "http://site.test/x"});
  const FactValue hops = std::vector<Record>{hop};
  const auto column = [](const char* name, Matcher matcher) {
    Matcher rows;
    rows.op = Op::rows;
    rows.by_field.emplace_back(FieldMatcher{name, std::move(matcher)});
    return rows;
  };
  const Matcher moved = column("status", with(Op::equals, {number(301)}));
  EXPECT_TRUE(match(around(Op::every, {moved}), hops));
  EXPECT_TRUE(match(around(Op::some, {column("location", with(Op::equals, {text("http://site.test/x")}))}), hops));
  EXPECT_FALSE(match(around(Op::every, {column("status", with(Op::equals, {number(302)}))}), hops));
  EXPECT_TRUE(match(around(Op::every, {column("url", with(Op::absent, {}))}), hops));
  EXPECT_TRUE(match(around(Op::count, {with(Op::equals, {number(1)})}), hops));
  EXPECT_FALSE(match(around(Op::every, {moved}), FactValue(std::vector<Record>{})));
}

class JudgeTest : public ::testing::Test {
protected:
  Expectation expect(const char* fact, Matcher matcher) { return {fact, std::move(matcher), {}}; }
  Observation seen_;
  Subject subject_;
};

TEST_F(JudgeTest, PassesAndFailsWithWhatWasWantedAndWhatCame) {
  seen_.set(kHttp.status, std::int64_t{404});
  const Judgement failed = judge(expect("http.status", with(Op::equals, {number(200)})), seen_, subject_);
  EXPECT_EQ(failed.verdict, Verdict::fail);
  EXPECT_EQ(failed.expected, "200");
  EXPECT_EQ(failed.actual, "404");
  EXPECT_THAT(failed.message, HasSubstr("http.status"));
  EXPECT_EQ(judge(expect("http.status", with(Op::one_of, {number(404)})), seen_, subject_).verdict, Verdict::pass);
}

TEST_F(JudgeTest, KeepsALongValueOutOfTheMessage) {
  seen_.set(kHttp.body, Excerpt(std::string(500, 'x') + "Welcome"));
  const auto message = [&](Matcher matcher) {
    return judge(expect("http.body", std::move(matcher)), seen_, subject_).message;
  };
  EXPECT_EQ(message(with(Op::contains, {text("Starship")})), "http.body does not contain \"Starship\"");
  EXPECT_EQ(message(with(Op::equals, {text("Starship")})), "http.body is not what was wanted: \"Starship\"");
  Matcher negated;
  negated.op = Op::not_;
  negated.inner = {with(Op::contains, {text("Welcome")})};
  EXPECT_EQ(message(negated), "http.body contains \"Welcome\"");
  EXPECT_THAT(judge(expect("http.body", with(Op::contains, {text("Starship")})), seen_, subject_).actual,
              HasSubstr("xxx"));
}

TEST_F(JudgeTest, FailsWhereItIsProvenThatThereIsNone) {
  const auto verdict = [&](Matcher matcher) {
    return judge(expect("http.location", std::move(matcher)), seen_, subject_).verdict;
  };
  const Matcher somewhere = with(Op::equals, {text("https://www.test/")});
  EXPECT_EQ(verdict(somewhere), Verdict::inconclusive);
  seen_.set_absent(kHttp.location);
  EXPECT_EQ(verdict(somewhere), Verdict::fail);
  EXPECT_EQ(verdict(with(Op::absent, {})), Verdict::pass);
  seen_.error = Error{ErrorKind::timeout, "no answer"};
  EXPECT_EQ(verdict(somewhere), Verdict::fail) << "what is proven stays so when the dialogue ends early after it";
  EXPECT_EQ(verdict(with(Op::absent, {})), Verdict::pass);
  seen_.set(kHttp.location, WebLink{"https://www.test/", ""});
  EXPECT_EQ(verdict(somewhere), Verdict::pass);
  EXPECT_EQ(verdict(with(Op::absent, {})), Verdict::fail);
}

TEST_F(JudgeTest, SaysNothingAboutWhatWasNotKept) {
  seen_.set(kHttp.body, Excerpt("Starship", false));
  const auto verdict = [&](Matcher matcher) {
    return judge(expect("http.body", std::move(matcher)), seen_, subject_).verdict;
  };
  const Matcher python = with(Op::contains, {text("Python")});
  EXPECT_EQ(verdict(with(Op::contains, {text("Star")})), Verdict::pass);
  EXPECT_EQ(verdict(python), Verdict::inconclusive);
  EXPECT_EQ(verdict(around(Op::not_, {python})), Verdict::inconclusive);
  EXPECT_EQ(verdict(around(Op::not_, {with(Op::contains, {text("ship")})})), Verdict::fail);
  EXPECT_THAT(judge(expect("http.body", python), seen_, subject_).message,
              HasSubstr("longer than the 8 octets of it that were kept"));
  seen_.error = Error{ErrorKind::timeout, "no answer within 1s"};
  EXPECT_THAT(judge(expect("http.body", python), seen_, subject_).message, HasSubstr("no answer within 1s"));
}

TEST_F(JudgeTest, IsInconclusiveWhereTheFactWasNotSeen) {
  EXPECT_EQ(judge(expect("http.status", with(Op::equals, {number(200)})), seen_, subject_).verdict,
            Verdict::inconclusive);
  seen_.error = Error{ErrorKind::timeout, "no answer"};
  EXPECT_EQ(judge(expect("http.status", with(Op::equals, {number(200)})), seen_, subject_).verdict,
            Verdict::inconclusive);
}

TEST_F(JudgeTest, AbsentPassesOnlyWhereTheDialogueCameToItsEnd) {
  const Expectation none = expect("http.location", with(Op::absent, {}));
  EXPECT_EQ(judge(none, seen_, subject_).verdict, Verdict::pass);
  seen_.error = Error{ErrorKind::closed, "closed"};
  EXPECT_EQ(judge(none, seen_, subject_).verdict, Verdict::inconclusive);
  seen_.error.reset();
  seen_.set(kHttp.location, WebLink{"/", ""});
  EXPECT_EQ(judge(none, seen_, subject_).verdict, Verdict::fail);
}

TEST_F(JudgeTest, PresentFailsWhereTheDialogueEndedWithoutTheFact) {
  const Expectation some = expect("http.location", around(Op::not_, {with(Op::absent, {})}));
  EXPECT_EQ(judge(some, seen_, subject_).verdict, Verdict::fail);
  seen_.set(kHttp.location, WebLink{"/", ""});
  EXPECT_EQ(judge(some, seen_, subject_).verdict, Verdict::pass);
}

TEST_F(JudgeTest, ComparesDnsFactsAsNamesAndPutsTheTokenIn) {
  seen_.set(kDns.answers, as_names({"MX.Test."}));
  EXPECT_EQ(judge(expect("dns.answers", with(Op::equals, {text("mx.test")})), seen_, subject_).verdict, Verdict::pass);
  subject_.token = "t-1";
  seen_.set(kHttp.body, Excerpt("said t-1"));
  EXPECT_EQ(judge(expect("http.body", with(Op::contains, {std::string(kTokenMark)})), seen_, subject_).verdict,
            Verdict::pass);
}

TEST_F(JudgeTest, ClipsWhatNobodyCanRead) {
  seen_.set(kHttp.body, Excerpt(std::string(1 << 20, 'x')));
  const Judgement failed = judge(expect("http.body", with(Op::equals, {text("y")})), seen_, subject_);
  EXPECT_LT(failed.actual.size(), 400U);
  EXPECT_THAT(failed.actual, HasSubstr("1048576 octets"));
}

}  // namespace
}  // namespace drydock
