#include "harness/report/reporters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "harness/record/record_json.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/report/samples.hpp"

namespace drydock {
namespace {

using test::expect_golden;
using test::moved_back;
using test::observation_of;
using test::result_of;
using test::sample;
using test::written;

TEST(Reporters, WriteEachFormatByteForByte) {
  for (const auto& reporter : reporters())
    expect_golden("report/sample." + std::string(reporter.name), written(std::string(reporter.name), sample()));
}

TEST(Reporters, WriteATransferThatWasUndoneByteForByte) {
  for (const auto& reporter : reporters())
    expect_golden("report/undone." + std::string(reporter.name), written(std::string(reporter.name), moved_back()));
}

TEST(Reporters, WriteTheSameAgainFromAJsonReport) {
  for (const RunRecord& record : {sample(), moved_back()}) {
    const RunRecord again = run_from_json(written("json", record));
    for (const auto& reporter : reporters())
      EXPECT_EQ(written(std::string(reporter.name), again), written(std::string(reporter.name), record));
  }
}

TEST(Reporters, JunitIsWellFormedXmlAndCounts) {
  std::istringstream in(written("junit", sample()));
  boost::property_tree::ptree document;
  boost::property_tree::read_xml(in, document);
  const auto& suites = document.get_child("testsuites");
  EXPECT_EQ(suites.get<int>("<xmlattr>.tests"), 8);
  EXPECT_EQ(suites.get<int>("<xmlattr>.failures"), 2) << "the open relay, and the step whose gate said no-go for it";
  EXPECT_EQ(suites.get<int>("<xmlattr>.errors"), 2);
  EXPECT_EQ(suites.back().second.get<int>("<xmlattr>.skipped"), 1);
}

TEST(Reporters, TextTellsTheFailBeforeEverythingElseAndTheVerdictLast) {
  const std::string text = written("text", sample());
  EXPECT_TRUE(text.starts_with("phase before, journal starship.journal, old 127.0.10.1, new 127.0.20.1"));
  EXPECT_LT(text.find("smtp.relay-denied"), text.find("rdns.ptr"));
  EXPECT_LT(text.find("smtp.relay-denied"), text.find("imap.login"));
  const auto last = text.rfind('\n', text.size() - 2) + 1;
  EXPECT_TRUE(text.substr(last).starts_with("verdict: no-go")) << text.substr(last);
}

TEST(Reporters, TextTellsWhatWasNotSeenForAnEarlyEndWithTheFailOfThatEnd) {
  const std::string end = "127.0.20.1:25 refused the connection";
  RunRecord record;
  record.results = {
      result_of("smtp", "smtp.greeting", Severity::critical, Verdict::fail, "ended at connect: " + end),
      result_of("smtp", "smtp.starttls", Severity::critical, Verdict::inconclusive, "not seen: " + end),
      result_of("smtp", "smtp.auth", Severity::critical, Verdict::inconclusive, "the password can't be read"),
      result_of("other", "smtp.auth", Severity::critical, Verdict::inconclusive, "not seen: " + end)};
  ObservationRecord seen = observation_of(1, record.results[0]);
  seen.error = {"refused", end, "connect"};
  ObservationRecord another = seen;
  another.id = 2;
  record.observations = {seen, another};
  for (std::size_t i = 0; i < 3; ++i) record.results[i].observation = 1;
  record.results[3].observation = 2;  // its end is no fail
  std::ostringstream out;
  write_text(record, out, {});
  const std::string text = out.str();
  EXPECT_NE(text.find("not seen  for the same cause: smtp.starttls\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("inconclusive  smtp smtp.starttls"), std::string::npos) << text;
  EXPECT_NE(text.find("inconclusive  smtp smtp.auth"), std::string::npos) << text;
  EXPECT_NE(text.find("inconclusive  other smtp.auth"), std::string::npos) << text;
}

TEST(Reporters, TextQuotesNoConversationForACertificate) {
  RunRecord record = sample();
  const auto text = [&](const std::string& stage, std::optional<ObservationRecord::Trouble> error) {
    record.results = {result_of("smtp", "smtp.cert-name", Severity::critical, Verdict::fail, "another name")};
    record.results[0].stage = stage;
    record.results[0].observation = 7;
    record.observations = {observation_of(7, record.results[0])};
    record.observations[0].error = std::move(error);
    std::ostringstream out;
    write_text(record, out, {});
    return out.str();
  };
  const auto quotes = testing::HasSubstr("250 2.1.5 Accepted");
  EXPECT_THAT(text("rcpt", {}), quotes);
  EXPECT_THAT(text("tls", {}), testing::Not(quotes));
  EXPECT_THAT(text("tls", ObservationRecord::Trouble{"tls", "an alert", "tls"}), quotes);
}

TEST(Summary, NamesTheVerdictAndTheExit) {
  RunRecord record;
  EXPECT_EQ(summarise(record).exit, 3) << "nothing was judged";
  record.results.push_back(result_of("a", "b", Severity::critical, Verdict::skip, ""));
  EXPECT_EQ(summarise(record).exit, 3) << "skips judge nothing";
  record.results[0].verdict = Verdict::pass;
  EXPECT_EQ(summarise(record).verdict, "pass");
  record.results.push_back(result_of("a", "c", Severity::degraded, Verdict::fail, ""));
  EXPECT_EQ(summarise(record).verdict, "warn");
  EXPECT_EQ(summarise(record).exit, 0);
  record.results.push_back(result_of("a", "d", Severity::degraded, Verdict::inconclusive, ""));
  EXPECT_EQ(summarise(record).exit, 0);
  record.results.push_back(result_of("a", "e", Severity::critical, Verdict::inconclusive, ""));
  EXPECT_EQ(summarise(record).verdict, "inconclusive");
  EXPECT_EQ(summarise(record).exit, 3);
  record.results.push_back(result_of("a", "f", Severity::critical, Verdict::fail, ""));
  EXPECT_EQ(summarise(record).verdict, "fail");
  EXPECT_EQ(summarise(record).exit, 1);
  record.ending = Ending{130, "interrupted"};
  EXPECT_EQ(summarise(record).exit, 130);
  EXPECT_EQ(summarise(record).verdict, "interrupted");
}

TEST(Summary, AWaivedFailStaysAFailAndMakesNothingRed) {
  RunRecord record;
  record.results.push_back(result_of("a", "b", Severity::critical, Verdict::fail, "wrong"));
  record.results[0].waiver = "accepted by Ada until 2026-12-01: known";
  record.results.push_back(result_of("a", "c", Severity::critical, Verdict::pass, ""));
  EXPECT_EQ(summarise(record).verdict, "warn");
  EXPECT_EQ(summarise(record).exit, 0);
  EXPECT_EQ(summarise(record).fail, 1);
  EXPECT_EQ(summarise(record).waived, 1);
  record.results.push_back(result_of("a", "d", Severity::critical, Verdict::fail, "wrong too"));
  EXPECT_EQ(summarise(record).verdict, "fail");
  EXPECT_EQ(summarise(record).waived, 1);
}

TEST(Summary, ATransferIsNeverJudgedFromItsLooks) {
  RunRecord record;
  record.results.push_back(result_of("a", "b", Severity::critical, Verdict::pass, ""));
  record.steps.push_back({"switch-dns", "half-done", {}, {}, false, {}});
  EXPECT_EQ(summarise(record).verdict, "interrupted") << "killed: no command said how it ended";
  EXPECT_NE(summarise(record).exit, 0);
}

TEST(Ending, NamesWhatATransferCameTo) {
  const auto verdict = [](std::string_view verb, int exit) {
    EXPECT_EQ(ending_of(verb, exit).exit, exit);
    return ending_of(verb, exit).verdict;
  };
  EXPECT_EQ(verdict("cutover", 0), "pass");
  EXPECT_EQ(verdict("cutover", 1), "no-go");
  EXPECT_EQ(verdict("cutover", 4), "held");
  EXPECT_EQ(verdict("cutover", 5), "waiting");
  EXPECT_EQ(verdict("cutover", 6), "undone");
  EXPECT_EQ(verdict("cutover", 7), "failed");
  for (const int exit : {2, 70, 75}) EXPECT_EQ(verdict("cutover", exit), "error") << exit;
  for (const int exit : {129, 130, 143}) EXPECT_EQ(verdict("cutover", exit), "interrupted") << exit;
  EXPECT_EQ(verdict("rollback", 0), "rolled-back");
  EXPECT_EQ(verdict("rollback", 7), "failed");
  EXPECT_EQ(verdict("rollback", 2), "error");
  for (const int exit : {0, 1, 4, 5}) EXPECT_EQ(verdict("plan", exit), "planned") << exit;
  EXPECT_EQ(verdict("plan", 70), "error");
  EXPECT_EQ(verdict("plan", 130), "interrupted");
}

}  // namespace
}  // namespace drydock
