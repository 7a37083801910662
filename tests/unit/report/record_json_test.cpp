#include "harness/report/record_json.hpp"

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
  r.started = parse_time("2026-11-22T20:00:00.000Z");
  r.duration_ms = 12.44;
  r.rfc = "RFC 5321 §3.6.2";
  r.spec = "SMTP-10";
  r.transcript = {{2.113, '<', "250 2.1.5 Accepted"}};
  return r;
}

TEST(RecordJson, WritesAResultWithEveryKeyAndNullWhereNothingIsKnown) {
  EXPECT_EQ(to_json(relay_failure()),
            R"({"probe":"no-relay","check":"smtp.relay-denied","severity":"critical","verdict":"fail","host":"new",)"
            R"("address":"127.0.20.1:25","name":"starship.python.test","stage":"rcpt",)"
            R"("message":"accepted mail for a stranger","expected":"550","actual":"250 2.1.5 Accepted","attempts":1,)"
            R"("first_failure":null,"started":"2026-11-22T20:00:00.000Z","duration_ms":1.24E1,)"
            R"("rfc":"RFC 5321 §3.6.2","spec":"SMTP-10","hint":null,"reproduce":null,)"
            R"("transcript":[["2.113","<","250 2.1.5 Accepted"]],"cause":null,"waiver":null,"step":null,"gate":null,)"
            R"("when":null,"look":null})");
}

TEST(RecordJson, ReadsBackWhatItWrote) {
  RunRecord run;
  run.tool = "drydock 0.1.0";
  run.scenario = {"a move", "move.yaml", "ab"};
  run.phase = "before";
  run.journal = "move.journal";
  run.addresses = {"old 127.0.10.1"};
  run.ending = Ending{6, "undone"};
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
  step.actions = {{"on old: nsupdate", false, 2, "failed", "exit 2", run.results[0].started, {}, "two\nlines"},
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
  EXPECT_THROW(result_from_json(R"({"severity": "critical", "verdict": "pass", "duration_ms": 1e999})"),
               std::runtime_error)
      << "JSON can't hold an infinity, so it could not be written again";
  EXPECT_THROW(run_from_json("{"), std::runtime_error);
  EXPECT_THROW(run_from_json("{}"), std::runtime_error);
}

TEST(RecordJson, ASharedConversationIsPackedOnce) {
  ResultRecord a = relay_failure();
  a.transcript.assign(1, {1.0, '>', std::string(5000, 'x')});
  ResultRecord b = a;
  b.check = "smtp.banner";
  const std::string packed = pack_results({a, b});
  EXPECT_LT(packed.size(), 7000U);
  const auto back = unpack_results(packed);
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[1].check, "smtp.banner");
  EXPECT_EQ(back[1].transcript.at(0).text.size(), 5000U);
}

}  // namespace
}  // namespace drydock
