// What readers that are not ours make of the reports, whatever stands in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/json/object.hpp>
#include <chrono>
#include <tuple>

#include "harness/record/plain_text.hpp"
#include "harness/report/nagios.hpp"
#include "tests/unit/report/reading.hpp"
#include "tests/unit/report/samples.hpp"

namespace drydock {
namespace {

using test::count;
using test::forged;
using test::hostile_texts;
using test::kForged;
using test::moved_back;
using test::Read;
using test::read_by;
using test::result_of;
using test::sample;
using test::written;
using testing::HasSubstr;
using testing::Not;

TEST(Junit, HasTheShapeThatItsReadersTake) {
  const std::string xmllint = "xmllint --noout --relaxng junit.rng";
  RunRecord interrupted;
  interrupted.ending = Ending{130, "interrupted"};
  for (const RunRecord& record : {sample(), moved_back(), RunRecord(), interrupted, forged(kForged)}) {
    const Read read = read_by(xmllint, "junit", record);
    EXPECT_EQ(read.exit, 0) << read.said;
  }
}

TEST(Tap, IsReadByPerl) {
  const Read read = read_by("perl tap.pl", "tap", sample());
  EXPECT_EQ(read.exit, 2) << read.said;
  EXPECT_THAT(read.said, HasSubstr("ok\t\t- smtp / smtp.greeting @ new 127.0.20.1:25\n"));
  EXPECT_THAT(read.said, HasSubstr("not ok\t\t- no-relay / smtp.relay-denied @ new 127.0.20.1:25\n"
                                   "yaml\tactual=250 2.1.5 Accepted <x@outside>\texpected=550\thint="));
  EXPECT_THAT(read.said, HasSubstr("not ok\tTODO\t- name-back / rdns.ptr @ new 127.0.20.1:25\n"));
  EXPECT_THAT(read.said, HasSubstr("verdict=inconclusive"));
  EXPECT_THAT(read.said, HasSubstr("ok\t\t- home-page / http.redirect @ new 127.0.20.1:25\nyaml\tmessage=302 where"));
  EXPECT_THAT(read.said, HasSubstr("ok\tSKIP\t- later / probe @ new"));
  EXPECT_THAT(read.said, HasSubstr("not ok\t\t- transfer / switch-dns\n"));
  EXPECT_THAT(read_by("perl tap.pl", "tap", moved_back()).said, HasSubstr("not ok\tTODO\t- smtp / smtp.vrfy"));
}

TEST(Tap, NoTextIsAPointOrADirectiveOfItsOwn) {
  for (const std::string& text : hostile_texts()) {
    const RunRecord record = forged(text);
    const Read read = read_by("perl tap.pl", "tap", record);
    EXPECT_EQ(read.exit, 2) << read.said;
    EXPECT_EQ(count("\n" + read.said, "\nok\t") + count("\n" + read.said, "\nnot ok\t"),
              record.results.size() + record.steps.size())
        << read.said;
    EXPECT_EQ(count(read.said, "\nnot ok\tTODO\t"), 1U) << "the one that is waived\n" << read.said;
    EXPECT_EQ(count(read.said, "ok\tSKIP\t"), 1U) << read.said;
    EXPECT_THAT(read.said, Not(HasSubstr("unknown:")));
    std::string message = plain_lines(text);
    for (std::size_t at = 0; (at = message.find('\n', at)) != std::string::npos;) message.replace(at, 1, "\\n");
    EXPECT_THAT(read.said, HasSubstr("\tmessage=" + message + "\t")) << "it is there as it is";
  }
}

TEST(Tap, IsRedWhereverTheExitIsNotZero) {
  const auto exit_of_reader = [](const RunRecord& record) { return read_by("perl tap.pl", "tap", record).exit; };
  RunRecord run;
  EXPECT_EQ(exit_of_reader(run), 2) << "nothing was judged";
  run.results = {result_of("a", "b", Severity::critical, Verdict::skip, "later")};
  EXPECT_EQ(exit_of_reader(run), 2) << "skips judge nothing";
  for (const auto severity : {Severity::critical, Severity::degraded})
    for (const auto verdict : {Verdict::pass, Verdict::warn, Verdict::fail, Verdict::inconclusive}) {
      run.results.back() = result_of("a", "b", severity, verdict, "said");
      EXPECT_EQ(exit_of_reader(run) != 0, summarise(run).exit != 0) << to_string(verdict);
    }
  run.results.back() = result_of("a", "b", Severity::critical, Verdict::pass, "");
  EXPECT_EQ(exit_of_reader(run), 0);
  run.ending = Ending{130, "interrupted"};
  EXPECT_EQ(exit_of_reader(run), 2);
  EXPECT_THAT(written("tap", run), HasSubstr("not ok 2 - run\n"));
}

const std::string kPrometheus = "/usr/bin/python3 prometheus.py";

TEST(Prometheus, IsReadByItsClient) {
  const Read read = read_by(kPrometheus, "prometheus", sample());
  EXPECT_EQ(read.exit, 0) << read.said;
  const std::string scenario = R"("scenario": "Starship <moves> & \"stays\"")";
  EXPECT_THAT(read.said, HasSubstr("[\"drydock_verdict\", {" + scenario + ", \"verdict\": \"no-go\"}, 1.0]"));
  EXPECT_THAT(read.said, HasSubstr("[\"drydock_verdict\", {" + scenario + ", \"verdict\": \"pass\"}, 0.0]"));
  EXPECT_THAT(read.said, HasSubstr("[\"drydock_exit_code\", {" + scenario + "}, 1.0]"));
  EXPECT_THAT(read.said, HasSubstr("\"check\": \"smtp.relay-denied\", \"host\": \"new\", \"probe\": \"no-relay\""));
}

/// Observed at this second, with this certificate and TTL.
ObservationRecord seen_at(int id, int second, const std::string& not_after, int ttl) {
  ObservationRecord seen = test::observation_of(id, result_of("a", "b", Severity::critical, Verdict::pass, ""));
  seen.started = *seen.started + std::chrono::seconds(second);
  seen.facts = boost::json::object{{"smtp.tls.not_after", not_after}, {"smtp.tls.days_left", 12.5}, {"dns.ttl", ttl}};
  return seen;
}

TEST(Prometheus, TheLastLookCountsAndTheWorstOfIt) {
  RunRecord record;
  record.scenario.name = "move";
  record.observations = {seen_at(1, 9, "2026-12-01T00:00:00Z", 60), seen_at(2, 1, "2026-11-30T00:00:00Z", 3600)};
  for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::pass})
    record.results.push_back(result_of("a", "b", Severity::critical, verdict, ""));
  record.results[0].observation = record.results[1].observation = 1;
  record.results[0].look = record.results[1].look = 7;
  record.results[2].observation = 2;
  record.results[2].look = 3;
  const Read read = read_by(kPrometheus, "prometheus", record);
  EXPECT_EQ(read.exit, 0) << read.said;
  EXPECT_EQ(count(read.said, "drydock_result_info"), 1U) << read.said;
  EXPECT_THAT(read.said, HasSubstr("\"verdict\": \"fail\", \"waived\": \"false\"}, 1.0]"));
  EXPECT_EQ(count(read.said, "drydock_probe_duration_seconds"), 1U) << read.said;
  EXPECT_THAT(read.said, HasSubstr("\"fact\": \"smtp.tls.not_after\", \"host\": \"new\", \"probe\": \"a\", "
                                   "\"scenario\": \"move\"}, 1796083200.0]"));
  EXPECT_THAT(read.said, HasSubstr("\"scenario\": \"move\"}, 60.0]"));
}

TEST(Prometheus, NoTextIsASeriesOfItsOwn) {
  const auto lines_of = [](const std::string& said) { return count(said, "\n"); };
  const std::size_t usual = lines_of(read_by(kPrometheus, "prometheus", forged("x")).said);
  for (const std::string& text : hostile_texts()) {
    const Read read = read_by(kPrometheus, "prometheus", forged(text));
    EXPECT_EQ(read.exit, 0) << read.said;
    EXPECT_EQ(lines_of(read.said), usual) << read.said;
  }
  const Read read = read_by(kPrometheus, "prometheus", forged("a\"} 1\n\\drydock_exit_code 0\n# TYPE x"));
  EXPECT_THAT(read.said, HasSubstr(R"("probe": "a\"} 1\\x0a\\drydock_exit_code 0\\x0a# TYPE x")"));
}

TEST(Prometheus, ManyResultsAreBoundedTheWorstFirst) {
  RunRecord record;
  for (int i = 0; i < 6000; ++i)
    record.results.push_back(result_of("p" + std::to_string(i), "b", Severity::critical, Verdict::pass, ""));
  record.results.back().verdict = Verdict::fail;
  const std::string text = written("prometheus", record);
  EXPECT_EQ(count(text, "\ndrydock_result_info{"), 5000U);
  EXPECT_THAT(text, HasSubstr("verdict=\"fail\",waived"));
  EXPECT_THAT(text, HasSubstr("drydock_series_left_out{scenario=\"\",metric=\"drydock_result_info\"} 1000\n"));
}

TEST(Nagios, IsReadByPerl) {
  const Read read = read_by("perl nagios.pl", "nagios", sample());
  EXPECT_EQ(read.exit, 0) << read.said;
  EXPECT_EQ(read.said,
            "CRITICAL no-go (a gate said no-go; no action was begun after that): step switch-dns: gate "
            "new-is-ready before said no-go: no-relay failed; and 4 more\n"
            "pass 1 - - - 0 - 0\nwarn 1 - - - 0 - 0\nfail 2 - - - 0 - 0\nwaived 0 - - - 0 - 0\n"
            "inconclusive 2 - - - 0 - 0\nskip 1 - - - 0 - 0\nsteps_done 0 - - - 0 1 0\ntime 9.5 s - - 0 - 0\n");
}

TEST(Nagios, SaysWhatIsWarnedOf) {
  RunRecord record;
  record.results = {result_of("web", "http.redirect", Severity::critical, Verdict::warn, "302 where 301 was")};
  EXPECT_TRUE(
      written("nagios", record)
          .starts_with("DRYDOCK WARNING - warn (nothing critical is wrong, but something is): web http.redirect "
                       "on new (127.0.20.1:25): 302 where 301 was |"))
      << written("nagios", record);
}

TEST(Nagios, TheCertificateThatEndsFirstHasTheRangesOfItsCheck) {
  const auto told = [](double days) {
    RunRecord record;
    record.observations = {seen_at(1, 0, "", 0), seen_at(2, 0, "", 0)};
    record.observations[0].facts = boost::json::object{{"imap.tls.days_left", 80.125}};
    record.observations[1].facts = boost::json::object{{"smtp.tls.days_left", days}, {"smtp.tls.issuer_days_left", 1}};
    record.observations[1].host = "old";
    return read_by("perl nagios.pl", "nagios", record).said;
  };
  EXPECT_THAT(told(60), HasSubstr("\ncertificate_days 60 - 30: 14: - - 0\n"));
  EXPECT_THAT(told(29.5), HasSubstr("\ncertificate_days 29.5 - 30: 14: - - 1\n"));
  EXPECT_THAT(told(-3), HasSubstr("\ncertificate_days -3 - 30: 14: - - 2\n"));
}

TEST(Nagios, NoTextIsALineOrANumberOfItsOwn) {
  std::vector<std::string> texts = hostile_texts();
  texts.insert(texts.end(), {"x | pass=99", "x\nDRYDOCK OK - fine | pass=99", std::string(5000, '|')});
  for (const std::string& text : texts) {
    const Read read = read_by("perl nagios.pl", "nagios", forged(text));
    EXPECT_EQ(read.exit, 0) << read.said;
    EXPECT_TRUE(read.said.starts_with("CRITICAL failed (a person must act now): step ")) << read.said;
    EXPECT_THAT(read.said, HasSubstr("\npass 1 - "));
    EXPECT_LE(written("nagios", forged(text)).size(), 1024U) << "what NRPE takes";
  }
}

TEST(Nagios, EndsAsAPluginDoes) {
  for (const auto& [verdict, exit, wanted] : std::vector<std::tuple<std::string, int, int>>{{"pass", 0, 0},
                                                                                            {"warn", 0, 1},
                                                                                            {"fail", 1, 2},
                                                                                            {"no-go", 1, 2},
                                                                                            {"undone", 6, 2},
                                                                                            {"failed", 7, 2},
                                                                                            {"inconclusive", 3, 3},
                                                                                            {"held", 4, 3},
                                                                                            {"waiting", 5, 3},
                                                                                            {"rolled-back", 0, 3},
                                                                                            {"planned", 0, 3},
                                                                                            {"planned", 1, 2},
                                                                                            {"error", 2, 3},
                                                                                            {"error", 70, 3},
                                                                                            {"error", 75, 3},
                                                                                            {"interrupted", 130, 3},
                                                                                            {"pass", 70, 3}})
    EXPECT_EQ(nagios_exit(verdict, exit), wanted) << verdict << " " << exit;
  EXPECT_EQ(nagios_line(3, "no | such\nfile"), "DRYDOCK UNKNOWN - no \\x7c such\\x0afile");
}

const std::string kMarkdown = "/usr/bin/python3 markdown.py";
constexpr std::size_t kMostOfMarkdown = 60'000;

TEST(Markdown, IsReadByTheParserOfGitHub) {
  const Read read = read_by(kMarkdown, "markdown", sample());
  EXPECT_EQ(read.exit, 0) << read.said;
  EXPECT_TRUE(read.said.starts_with("[\"heading\"]\n[\"text\", \"drydock: \"]\n[\"strong\"]\n[\"text\", \"no-go\"]"))
      << read.said;
  EXPECT_THAT(read.said,
              HasSubstr("[\"code\", \"no-relay smtp.relay-denied on new (127.0.20.1:25): accepted mail for"));
  EXPECT_THAT(read.said, HasSubstr("[\"table_cell\"]\n[\"text\", \"FAIL (not critical) 1\"]"));
  EXPECT_THAT(read.said, HasSubstr("by hand: swaks --server 127.0.20.1"));
  EXPECT_EQ(read_by(kMarkdown, "markdown", moved_back()).exit, 0);
}

TEST(Markdown, NoTextIsMarkup) {
  std::vector<std::string> texts = hostile_texts();
  for (const char* text : {"</code></summary></details><script>alert(1)</script>",
                           "<!-- ",
                           "</details>\n\n<img src=x>",
                           "![x](http://x.test/y)",
                           "[x]: http://x.test \"y\"",
                           "@admin please merge #1 GH-1 :tada:",
                           "www.x.test http://x.test a@b.test",
                           "a|b\n|---|---|\n| c | d |",
                           "```\n# x\n```\n````\n~~~",
                           "`",
                           "``",
                           "` x ` y ``",
                           "# x\n- [x] y\n1. z\n> q\n***\n",
                           "[^1]\n\n[^1]: x",
                           "&lt;b&gt; &#64;",
                           " ",
                           "\\`x\\`",
                           "~~x~~ **y** _z_",
                           "\ttab",
                           "a\\|b"})
    texts.emplace_back(text);
  for (const std::string& text : texts) {
    RunRecord record = forged(text);
    record.ending->verdict = record.gates[0].result = record.steps[0].state = text;
    const Read read = read_by(kMarkdown, "markdown", record);
    EXPECT_EQ(read.exit, 0) << text << "\n" << written("markdown", record) << read.said;
    EXPECT_LE(written("markdown", record).size(), kMostOfMarkdown);
  }
}

TEST(Markdown, IsBelowItsSizeAndCountsWhatIsLeftOut) {
  RunRecord record;
  for (int i = 0; i < 5000; ++i)
    record.results.push_back(result_of("p" + std::to_string(i), "b", Severity::critical, Verdict::fail,
                                       std::to_string(i) + std::string(2000, '`')));
  const Read read = read_by(kMarkdown, "markdown", record);
  EXPECT_EQ(read.exit, 0) << read.said.substr(read.said.size() - std::min<std::size_t>(2000, read.said.size()));
  const std::string text = written("markdown", record);
  EXPECT_LE(text.size(), kMostOfMarkdown);
  EXPECT_GE(text.size(), kMostOfMarkdown * 2 / 3);
  EXPECT_THAT(text, HasSubstr("\nand 4980 more lines, left out here\n"));
  EXPECT_THAT(text, HasSubstr("\nand 4900 more probes, left out here\n"));
  EXPECT_EQ(count(text, "<details>") + std::stoul(text.substr(text.rfind("and ") + 4)), 5000U);
}

TEST(Markdown, AMegabyteOfTextIsCut) {
  for (const char octet : {'x', '`', '<', '\n'}) {
    RunRecord record = forged(std::string(10'000, octet));
    record.results.front().message = record.steps[0].actions[0].output = std::string(1'000'000, octet);
    const Read read = read_by(kMarkdown, "markdown", record);
    EXPECT_EQ(read.exit, 0) << read.said.substr(0, 2000);
    EXPECT_LE(written("markdown", record).size(), kMostOfMarkdown) << octet;
  }
}

}  // namespace
}  // namespace drydock
