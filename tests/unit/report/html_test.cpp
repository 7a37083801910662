// What html5lib makes of the HTML report, whatever stands in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <chrono>

#include "harness/record/plain_text.hpp"
#include "probes/core/safe_text.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/report/reading.hpp"
#include "tests/unit/report/samples.hpp"

namespace drydock {
namespace {

using test::count;
using test::forged;
using test::hostile_texts;
using test::moved_back;
using test::observation_of;
using test::Read;
using test::read_by;
using test::result_of;
using test::sample;
using test::written;
using testing::HasSubstr;
using testing::Not;

const std::string kHtml = "/usr/bin/python3 html_page.py";

WallTime at(int second) {
  return *parse_time("2026-11-22T20:00:00.000Z") + std::chrono::seconds(second);
}

ObservationRecord seen_at(int id, const ResultRecord& result, int second, const boost::json::object& facts) {
  ObservationRecord seen = observation_of(id, result);
  seen.started = at(second);
  seen.facts = facts;
  return seen;
}

/// A gate with two looks before a step that acted and was undone, certificates and a TTL, and a host beside the one
/// that it replaces.
RunRecord whole() {
  RunRecord record = moved_back();
  for (const int look : {1, 2}) {
    ResultRecord result = result_of("smtp", "smtp.greeting", Severity::critical,
                                    look == 1 ? Verdict::fail : Verdict::pass, look == 1 ? "no greeting" : "");
    result.step = "freeze", result.gate = "new-is-ready", result.when = "before";
    result.look = result.observation = look;
    record.observations.push_back(
        seen_at(look, result, 2 * look,
                {{"smtp.tls.not_after", "2027-01-22T20:00:00Z"}, {"https.tls.not_after", "2026-11-01T20:00:00Z"}}));
    record.results.push_back(result);
  }
  ResultRecord compared = result_of("pages", "same", Severity::critical, Verdict::pass, "8 facts are as on old");
  compared.observation = 4, compared.reference = 3;
  record.results.push_back(compared);
  compared.check = "same.status", compared.row = "/shop", compared.verdict = Verdict::fail;
  compared.message = "HTTP status (/shop) is not as on old: 301 there, 404 on new";
  compared.expected = "301", compared.actual = "404";
  record.results.push_back(compared);
  ResultRecord reference = compared;
  reference.host = "old", reference.address = "127.0.10.1:80";
  record.observations.push_back(seen_at(3, reference, 5, {{"dns.ttl", 300}}));
  record.observations.push_back(seen_at(4, compared, 6, {{"dns.ttl", 3600}}));
  return record;
}

/// Every text that a report can hold is this one.
RunRecord forged_whole(const std::string& text) {
  RunRecord record = forged(text);
  record.vars = {{text, text}};
  record.judged_again = JudgedAgain{at(0), text, text, text};
  record.started = record.observations[0].started = at(0);
  record.observations[0].facts = boost::json::object{{text + ".not_after", "2027-01-22T20:00:00Z"}, {"dns.ttl", 5}};
  for (auto& result : record.results) {
    result.row = result.gate = result.step = result.when = text;
    result.look = 1, result.reference = 1;
  }
  record.gates[0].started = record.steps[0].started = record.steps[0].actions[0].started = at(1);
  record.ending->verdict = record.gates[0].result = record.steps[0].state = text;
  return record;
}

TEST(Html, IsReadByAParserOfHtml5) {
  const Read read = read_by(kHtml, "html", sample());
  EXPECT_EQ(read.exit, 0) << read.said;
  EXPECT_TRUE(read.said.starts_with("title\tno-go: Starship <moves> & \"stays\"\nh1\tno-go Starship <moves>"))
      << read.said;
  EXPECT_THAT(read.said, HasSubstr("li\tFAIL no-relay smtp.relay-denied on new (127.0.20.1:25): accepted mail for"));
  EXPECT_THAT(read.said, HasSubstr("th\tno-relay\ntd\tFAIL 1\n"));
  EXPECT_THAT(read.said, HasSubstr("dd\t250 2.1.5 Accepted <x@outside>\ndd\t2; the first: "));
  EXPECT_THAT(read.said, HasSubstr("dd\tswaks --server 127.0.20.1 --to \"x@outside.test\"\n"));
  for (const RunRecord& record : {moved_back(), whole(), RunRecord()}) {
    const Read other = read_by(kHtml, "html", record);
    EXPECT_EQ(other.exit, 0) << other.said;
  }
}

TEST(Html, ShowsATransferItsComparisonAndWhatEndsByteForByte) {
  test::expect_golden("report/whole.html", written("html", whole()));
}

TEST(Html, TellsOfLooksCertificatesTtlsAndDifferences) {
  const Read read = read_by(kHtml, "html", whole());
  EXPECT_THAT(read.said, HasSubstr("text\tgate new-is-ready before: go, looks: 3\n"));
  EXPECT_THAT(read.said, HasSubstr("text\t✕look 1, 2026-11-22T20:00:02.000Z: FAIL\n"));
  EXPECT_THAT(read.said, HasSubstr("text\t✓look 2, 2026-11-22T20:00:04.000Z: pass\n"));
  EXPECT_THAT(read.said, HasSubstr("td\tover since 2026-11-01T20:00:00.000Z\n"));
  EXPECT_THAT(read.said, HasSubstr("td\t60 days, until 2027-01-22T20:00:00.000Z\n"));
  EXPECT_THAT(read.said, HasSubstr("td\tdns.ttl\ntd\t300 s\n"));
  EXPECT_THAT(read.said,
              HasSubstr("th\tservice\nth\twhat\nth\tverdict\nth\told\nth\tnew\n"
                        "th\tpages (starship.python.test)\ntd\tstatus (/shop)\ntd\tFAIL\ntd\t301\ntd\t404\n"));
  EXPECT_THAT(read.said, HasSubstr("summary\t1 compared, and the rest the same\n"));
}

TEST(Html, TellsWhatWasNotSeenForAnEarlyEndWithTheFailOfThatEnd) {
  const std::string end = "127.0.20.1:25 refused the connection";
  RunRecord record;
  record.results = {result_of("smtp", "smtp.greeting", Severity::critical, Verdict::fail, "ended at connect: " + end),
                    result_of("smtp", "smtp.starttls", Severity::critical, Verdict::inconclusive, "not seen: " + end)};
  record.observations = {observation_of(1, record.results[0])};
  record.observations[0].error = {"refused", end, "connect"};
  for (auto& result : record.results) result.observation = 1;
  EXPECT_THAT(read_by(kHtml, "html", record).said, HasSubstr("dd\tsmtp.starttls\n"));
  EXPECT_THAT(written("markdown", record), HasSubstr("also: smtp.starttls"));
}

TEST(Html, NoTextIsMarkup) {
  std::vector<std::string> texts = hostile_texts();
  for (const char* text :
       {"</code></pre></dd></dl></details></main><script>alert(1)</script>", "</title><script>alert(1)</script>",
        "</style><img src=x onerror=alert(1)>", "\" onfocus=\"alert(1)\" autofocus tabindex=\"1", "' onclick='alert(1)",
        "</svg><foreignObject><iframe src=javascript:alert(1)>", "<!--", "--><!--", "<![CDATA[ x ]]>", "<?php x ?>",
        "&lt;b&gt; &#60;script&#62; &amp &notin; &#x202e;", "`javascript:alert(1)`", "\nfirst line feed of a block",
        "\t x \n  y", "<plaintext>", "<base href=//x.test><meta http-equiv=refresh content=0>"})
    texts.emplace_back(text);
  for (const std::string& text : texts) {
    const RunRecord record = forged_whole(text);
    const Read read = read_by(kHtml, "html", record);
    EXPECT_EQ(read.exit, 0) << text << "\n" << read.said;
    const std::string line = clip(plain_line(text), 400);
    for (const std::string& piece :
         {"h1\t" + line + " " + line + "\n", "dd\t" + line + "\n", std::string("caption\tChecks of "),
          "td\t" + clip(plain_line(text), 160) + "\n", "dd\t" + clip_middle(plain_lines(text), 2000)})
      EXPECT_THAT(read.said, HasSubstr(piece)) << "it is there as it is";
  }
}

TEST(Html, NoTextAddsAnElement) {
  const auto lines = [](const std::string& text) {
    return count(read_by(kHtml, "html", forged_whole(text)).said, "\ntd\t");
  };
  EXPECT_EQ(lines("<tr><td>x</td></tr>"), lines("x"));
}

TEST(Html, AThousandResultsAreBelowTwoMegabytes) {
  for (const Verdict verdict : {Verdict::pass, Verdict::fail}) {
    RunRecord record;
    for (int i = 0; i < 1000; ++i) {
      ResultRecord result = result_of("p" + std::to_string(i % 50), "smtp.check" + std::to_string(i / 50),
                                      Severity::critical, verdict, std::to_string(i) + std::string(300, '<'));
      result.expected = result.actual = std::string(300, '"');
      result.hint = result.reproduce = std::string(200, '&');
      result.observation = i + 1;
      ObservationRecord seen = observation_of(i + 1, result);
      seen.transcript.assign(500, {1, '<', std::string(300, '\'')});
      record.observations.push_back(seen);
      record.results.push_back(result);
    }
    const std::string page = written("html", record);
    EXPECT_LT(page.size(), 2'000'000U);
    EXPECT_EQ(count(page, "<th scope=\"row\">smtp.check"), 1000U);
    EXPECT_EQ(page.find("left out here") != std::string::npos, verdict == Verdict::fail);
  }
}

TEST(Html, AMegabyteOfTextIsCut) {
  for (const char octet : {'x', '<', '\n', '\x80'}) {
    RunRecord record = forged_whole(std::string(10'000, octet));
    record.results.front().message = record.steps[0].actions[0].output = std::string(1'000'000, octet);
    EXPECT_LT(written("html", record).size(), 1'000'000U);
  }
}

}  // namespace
}  // namespace drydock
