#include "harness/report/reporters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "harness/record/record_json.hpp"
#include "tests/support/golden.hpp"

namespace drydock {
namespace {

using test::expect_golden;

ResultRecord result_of(std::string probe, std::string check, Severity severity, Verdict verdict, std::string message) {
  ResultRecord result;
  result.probe = std::move(probe);
  result.check = std::move(check);
  result.severity = severity;
  result.verdict = verdict;
  result.message = std::move(message);
  result.host = "new";
  result.address = "127.0.20.1:25";
  result.name = "starship.python.test";
  result.stage = "rcpt";
  return result;
}

/// Tells of a second attempt, of which the result was judged.
ObservationRecord observation_of(int id, const ResultRecord& result) {
  ObservationRecord seen;
  seen.id = id;
  seen.probe = result.probe;
  seen.type = "smtp_relay";
  seen.host = result.host;
  seen.address = result.address;
  seen.name = result.name;
  seen.started = *parse_time("2026-11-22T20:00:01.250Z");
  seen.duration_ms = 12.4;
  seen.attempts = 2;
  seen.stage = result.stage;
  seen.facts = boost::json::object{{"smtp.banner", "220 <ready> & \"able\""}};
  seen.transcript = {{2.113, '<', "250 2.1.5 Accepted"}, {2.4, '>', "QUIT"}};
  return seen;
}

/// One of everything, with text that every format has to escape.
RunRecord sample() {
  RunRecord record;
  record.tool = "drydock 0.1.0";
  record.scenario = {"Starship <moves> & \"stays\"", "starship.yaml", std::string(64, 'a')};
  record.id = record.token = "k3v9";
  record.phase = "before";
  record.vantage = "127.0.40.1 probe.elsewhere.test";
  record.journal = "starship.journal";
  record.addresses = {"old 127.0.10.1", "new 127.0.20.1"};
  record.started = *parse_time("2026-11-22T20:00:00.000Z");
  record.finished = *parse_time("2026-11-22T20:00:09.500Z");
  record.results.push_back(result_of("smtp", "smtp.greeting", Severity::critical, Verdict::pass, ""));
  auto relay =
      result_of("no-relay", "smtp.relay-denied", Severity::critical, Verdict::fail, "accepted mail for a stranger");
  relay.expected = "550";
  relay.actual = "250 2.1.5 Accepted <x@outside>";
  relay.rfc = "RFC 5321 §3.6.2";
  relay.spec = "SMTP-10";
  relay.hint = "look at relay_from_hosts & friends";
  relay.reproduce = "swaks --server 127.0.20.1 --to \"x@outside.test\"";
  relay.observation = 7;
  relay.where = "starship.yaml:61:5";
  relay.first_failure = "smtp.relay-denied fail: accepted mail for a stranger";
  record.observations.push_back(observation_of(7, relay));
  record.results.push_back(relay);
  record.results.push_back(result_of("name-back", "rdns.ptr", Severity::degraded, Verdict::fail, "no PTR"));
  record.results.push_back(
      result_of("imaps", "imap.login", Severity::critical, Verdict::inconclusive, "no answer within 30s"));
  auto consequence = result_of("mail-arrives", "mail.delivered", Severity::critical, Verdict::inconclusive,
                               "not looked at: it needs 'imaps', which did not pass");
  consequence.cause = "imaps";
  record.results.push_back(consequence);
  record.results.push_back(
      result_of("home-page", "http.redirect", Severity::critical, Verdict::warn, "302 where 301 was"));
  record.results.push_back(
      result_of("later", "probe", Severity::critical, Verdict::skip, "out of phase: not looked at in 'before'"));
  record.gates.push_back(
      {"new-is-ready", "switch-dns", "before", "no-go", "no-relay failed", 0, 3, 1, record.started, record.finished});
  record.steps.push_back({"switch-dns", "waiting", {}, {}, false, {}});
  record.ending = Ending{1, "no-go"};
  return record;
}

/// A step was undone because an action of it failed; one fail is waived.
RunRecord moved_back() {
  RunRecord record;
  record.tool = "drydock 0.1.0";
  record.scenario = {"Starship", "starship.yaml", std::string(64, 'a')};
  record.id = record.token = "k3v9";
  record.phase = "freeze";
  record.journal = "starship.journal";
  record.addresses = {"old 127.0.10.1", "new 127.0.20.1"};
  record.started = *parse_time("2026-11-22T20:00:00.000Z");
  record.finished = *parse_time("2026-11-22T20:00:09.500Z");
  auto vrfy = result_of("smtp", "smtp.vrfy", Severity::critical, Verdict::fail, "tells who has a mailbox");
  vrfy.waiver = "accepted by Ada until 2026-12-01: the old host did the same";
  record.results = {vrfy};
  record.gates.push_back(
      {"new-is-ready", "freeze", "before", "go", "3 of 3 looks passed", 3, 3, 3, record.started, record.finished});
  const auto at = record.started;
  record.steps.push_back({"freeze", "done", at, record.finished, false, {}});
  record.steps[0].actions = {{"on old: systemctl stop exim4", false, 0, "done", "exit 0", at, at, "stopped\n"}};
  record.steps.push_back({"switch-dns", "undone", at, record.finished, true, {}});
  record.steps[1].actions = {
      {"here: nsupdate <x>", false, 2, "failed", "it ended with exit 2", at, at, "first\nupdate failed: REFUSED\n"},
      {"here: nsupdate <y>", true, 0, "done", "exit 0", at, at, ""}};
  record.steps.push_back({"open-mail", "waiting", {}, {}, false, {}});
  record.ending = ending_of("cutover", 6);
  return record;
}

std::string written(const std::string& format, const RunRecord& record) {
  std::ostringstream out;
  find_reporter(format)->write(record, out);
  return out.str();
}

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
  EXPECT_EQ(suites.get<int>("<xmlattr>.skipped"), 1);
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
