#include "tests/unit/report/samples.hpp"

#include <sstream>

#include "harness/report/reporters.hpp"

namespace drydock::test {

const std::string kForged =
    std::string("x\x1b[2J\x9b\0y", 8) + kTurnsAround +
    "\xEF\xBF\xBE\xEF\xBF\xBF ]]> <a>&amp;\r\nverdict: pass (nothing is wrong; exit 0)\xE2\x80\xA8verdict: pass" +
    "\xED\xA0\x80\xF3\xA0\x81\x81";

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

RunRecord forged(const std::string& text) {
  RunRecord record;
  record.scenario = {text, text, text};
  record.id = record.phase = record.vantage = record.tool = text;
  record.journal = text;
  record.addresses = {text};
  ResultRecord result;
  result.probe = result.check = result.message = text;
  result.host = result.address = result.name = result.stage = result.expected = result.actual = text;
  result.first_failure = result.rfc = result.spec = result.hint = result.reproduce = text;
  result.observation = 1;
  result.where = text;
  ObservationRecord seen;
  seen.id = 1;
  seen.attempts = 2;
  seen.probe = seen.type = text;
  seen.host = seen.address = seen.name = seen.stage = seen.token = text;
  seen.error = {text, text, text};
  seen.facts = boost::json::object{{text, boost::json::array{text, boost::json::object{{text, text}}}}};
  seen.left_out = {text};
  seen.certificates = {text};
  seen.transcript = {{1, '<', text}, {2, '\xe2', text}};
  record.observations = {seen};
  for (const Verdict verdict : {Verdict::fail, Verdict::warn, Verdict::inconclusive, Verdict::skip, Verdict::pass}) {
    result.verdict = verdict;
    record.results.push_back(result);
  }
  record.results.front().waiver = text;
  record.results.push_back(result);
  record.results.back().verdict = Verdict::inconclusive;
  record.results.back().cause = text;
  record.gates = {{text, text, text, text, text, 0, 1, 1, {}, {}}};
  record.steps = {{text, "failed", {}, {}, false, {}}};
  record.steps[0].actions = {{text, false, 1, "failed", text, {}, {}, text}};
  record.ending = Ending{7, "failed"};
  return record;
}

std::string written(const std::string& format, const RunRecord& record) {
  std::ostringstream out;
  find_reporter(format)->write(record, out);
  return out.str();
}

}  // namespace drydock::test
