#include "harness/record/record_json.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace drydock {
namespace {

ResultRecord relay_failure() {
  ResultRecord r;
  r.probe = "no-relay";
  r.check = "smtp.relay-denied";
  r.verdict = Verdict::fail;
  r.host = "new";
  r.address = "127.0.20.1:25";
  r.name = "starship.python.test";
  r.stage = "rcpt";
  r.message = "accepted mail for a stranger";
  r.expected = "550";
  r.actual = "250 2.1.5 Accepted";
  r.observation = 7;
  r.where = "starship.yaml:61:5";
  r.rfc = "RFC 5321 §3.6.2";
  r.spec = "SMTP-10";
  return r;
}

ObservationRecord relay_observation() {
  ObservationRecord seen;
  seen.id = 7;
  seen.probe = "no-relay";
  seen.type = "smtp_relay";
  seen.host = "new";
  seen.started = parse_time("2026-11-22T20:00:00.000Z");
  seen.duration_ms = 12.44;
  seen.error = {"reset", "the peer hung up", "rcpt"};
  seen.facts = boost::json::object{{"smtp.banner", "220 ready"}};
  seen.left_out = {"http.body"};
  seen.transcript = {{2.113, '<', "250 2.1.5 Accepted"}};
  seen.certificates = {"-----BEGIN"};
  return seen;
}

TEST(RecordJson, WritesAResultWithEveryKeyAndNullWhereNothingIsKnown) {
  EXPECT_EQ(
      to_json(relay_failure()),
      R"({"probe":"no-relay","check":"smtp.relay-denied","row":null,"severity":"critical","verdict":"fail","host":"new",)"
      R"("address":"127.0.20.1:25","name":"starship.python.test","stage":"rcpt",)"
      R"("message":"accepted mail for a stranger","expected":"550","actual":"250 2.1.5 Accepted","observation":7,)"
      R"("reference":null,"first_failure":null,"where":"starship.yaml:61:5",)"
      R"("rfc":"RFC 5321 §3.6.2","spec":"SMTP-10","hint":null,"reproduce":null,"cause":null,"limit":null,"waiver":null,)"
      R"("step":null,"gate":null,"when":null,"look":null})");
}

TEST(RecordJson, WritesAnObservationOnceForAllItsResults) {
  LookRecord look;
  look.observations = {relay_observation()};
  look.results = {relay_failure(), relay_failure()};
  const std::string written = to_json(look);
  EXPECT_TRUE(written.starts_with(
      R"({"observations":[{"id":7,"probe":"no-relay","type":"smtp_relay","host":"new","address":null,"name":null,)"
      R"("phase":"","asked":{},"started":"2026-11-22T20:00:00.000Z","duration_ms":12.4,"attempts":1,"stage":null,)"
      R"("error":{"kind":"reset","message":"the peer hung up","stage":"rcpt"},"reference":false,"token":null,)"
      R"("answered":false,"beside":[],"facts":{"smtp.banner":"220 ready"},"absent":[],"left_out":["http.body"],)"
      R"("transcript":[["2.113","<","250 2.1.5 Accepted"]],"certificates":["-----BEGIN"]}],"results":[{)"))
      << written;
  const LookRecord back = look_from_json(written);
  EXPECT_EQ(to_json(back), written);
  EXPECT_EQ(find_observation(back.observations, back.results[1].observation), &back.observations[0]);
  EXPECT_EQ(find_observation(back.observations, 8), nullptr);
  EXPECT_EQ(find_observation(back.observations, std::nullopt), nullptr);
}

TEST(RecordJson, RefusesAReportWithoutObservationsAndSaysSo) {
  try {
    run_from_json(R"({"schema": "drydock.report/1"})");
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("drydock 0.1.0"), std::string::npos) << e.what();
  }
}

TEST(RecordJson, ReadsBackWhatItWrote) {
  RunRecord run;
  run.tool = "drydock 0.1.0";
  run.scenario = {"a move", "move.yaml", "ab"};
  run.phase = "before";
  run.journal = "move.journal";
  run.addresses = {"old 127.0.10.1"};
  run.ending = Ending{6, "undone"};
  run.judged_again = JudgedAgain{WallTime{}, "drydock 0.2.0", "now.yaml", "cd"};
  run.observations = {relay_observation()};
  run.results = {relay_failure()};
  run.results[0].look = 3;
  run.results[0].waiver = "accepted by Ada until 2026-12-01: the relay is behind a filter";
  GateRecord gate;
  gate.gate = "ready";
  gate.step = "switch";
  gate.result = "no-go";
  gate.need = 3;
  run.gates = {gate};
  StepRecord step;
  step.step = "switch";
  step.state = "undone";
  step.undone = true;
  step.actions = {{"on old: nsupdate", false, 2, "failed", "exit 2", run.observations[0].started, {}, "two\nlines"},
                  {"on old: nsupdate -u", true, {}, "under-way", "", {}, {}, ""}};
  run.steps = {step};
  const std::string written = to_json(run);
  EXPECT_EQ(to_json(run_from_json(written)), written);
  const StepRecord back = run_from_json(written).steps.at(0);
  ASSERT_EQ(back.actions.size(), 2U);
  EXPECT_EQ(back.actions[0].exit, 2);
  EXPECT_EQ(back.actions[0].output, "two\nlines");
  EXPECT_TRUE(back.actions[1].undo);
  EXPECT_EQ(run_from_json(written).results.at(0).waiver, run.results[0].waiver);
  EXPECT_EQ(summarise(run_from_json(written)).verdict, "undone");
}

TEST(RecordJson, OctetsThatAreNotUtf8AreEscaped) {
  ResultRecord r = relay_failure();
  r.actual = std::string("caf\xE9 \xF0\x9F\x9A\xA2 \xED\xA0\x80", 13);
  const ResultRecord back = result_from_json(to_json(r));
  EXPECT_EQ(back.actual, "caf\\xe9 \xF0\x9F\x9A\xA2 \\xed\\xa0\\x80");
}

TEST(RecordJson, NamesTheKeyThatIsWrong) {
  try {
    result_from_json(R"({"probe": 1})");
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("'probe'"), std::string::npos);
  }
  EXPECT_THROW(look_from_json(R"({"observations": [{"duration_ms": 1e999}]})"), std::runtime_error)
      << "JSON can't hold an infinity, so it could not be written again";
  EXPECT_THROW(run_from_json("{"), std::runtime_error);
  EXPECT_THROW(run_from_json("{}"), std::runtime_error);
}

}  // namespace
}  // namespace drydock
