// Whatever octets come, the journal can be read, carried on, and told line by line.
#include <gmock/gmock.h>

#include <algorithm>

#include "harness/report/reporters.hpp"
#include "tests/support/whole_journal.hpp"
#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Octets : public TransferTest {
protected:
  void SetUp() override {
    StepDefinition one = step("one", {action("a")}, {action("un-a")});
    one.before = {"g"};
    StepDefinition two = step("two", {action("b")}, {action("un-b")});
    two.approvals = 1;
    scenario.transfer = {one, two};
  }
  void says(const std::string& output, ActionEnd end = ActionEnd::done) {
    world.outcome = [=](const std::string&) { return ActionResult{end, clip(output, 200), output, 1, true}; };
  }
  std::string told() {
    std::ostringstream words;
    EXPECT_EQ(history(options().journal, false, words, words), 0);
    return words.str();
  }
  void expect_every_verb_goes_on() {
    EXPECT_EQ(plan(scenario, options()).exit, 0) << said();
    EXPECT_EQ(go({"one", false}).exit, 0) << said();
    EXPECT_EQ(approved("two", "Jim"), 0) << said();
    world.outcome = nullptr;
    EXPECT_EQ(go().exit, 0) << said();
    EXPECT_EQ(back().exit, 0) << said();
    EXPECT_TRUE(whole_journal(options().journal).problems.empty());
    for (const auto& reporter : reporters()) {
      std::ostringstream text;
      reporter.write(record_of_journal(options().journal), text);
      EXPECT_EQ(printable(text.str(), true), text.str()) << reporter.name;
    }
  }
};

TEST_F(Octets, OfLatin1InAnActionsOutputStrandNothing) {
  says("caf\xe9\n");
  EXPECT_EQ(go({"one", false}).exit, 0) << said();
  EXPECT_THAT(told(), HasSubstr("    | caf\\xe9\n"));
  expect_every_verb_goes_on();
}

TEST_F(Octets, CutInTheMiddleOfACharacterStrandNothing) {
  for (const std::string lead : {"", "x", "xx", "xxx"}) {
    std::string output = lead;
    for (int i = 0; i < 20'000; ++i) output += "\u20ac";
    says(output);
    EXPECT_EQ(go({"one", false}).exit, 0) << said();
    EXPECT_THAT(told(), Not(HasSubstr("\\x")));
    EXPECT_THAT(told(), HasSubstr("octets left out]"));
    EXPECT_EQ(back().exit, 0);
  }
  expect_every_verb_goes_on();
}

TEST_F(Octets, OfEveryKindStrandNothing) {
  std::string all;
  for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
  says(all + "\xed\xa0\x80\xef\xbf\xbf\u202e");
  EXPECT_EQ(go({"one", false}).exit, 0) << said();
  expect_every_verb_goes_on();
}

TEST_F(Octets, OfAPersonForgeNoLineOfTheHistory) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  const auto lines = [&] {
    const std::string text = told();
    return std::count(text.begin(), text.end(), '\n');
  };
  const auto before = lines();
  const std::string forged = "2026-01-01T00:00:00.000Z  step two: finished";
  ASSERT_EQ(approved("two", "Jim\n" + forged + "\x1b[2K\x1b[1A", "because\r\n" + forged + "\u2028" + forged), 0);
  EXPECT_EQ(lines(), before + 1);
  EXPECT_THAT(told(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(told(), Not(HasSubstr("\n" + forged)));
  EXPECT_THAT(told(), HasSubstr("Jim\\x0a2026"));
}

TEST_F(Octets, OfASecretSurviveInNoEntryHoweverTheyWereCut) {
  Redactor redactor;
  redactor.add("Zebra-open-7");
  std::string output(TextFilter::kOutput / 2 - 5, 'x');
  output += "Zebra-open-7";
  output += std::string(TextFilter::kOutput, 'y') + "Zebra-open-7" + std::string(TextFilter::kOutput / 2 - 5, 'z');
  says(output);
  TransferOptions with_redactor = options();
  with_redactor.redactor = &redactor;
  EXPECT_EQ(run(cutover(scenario, world, stop, with_redactor, {"one", false})).exit, 0);
  with_redactor.person = "Jim";
  EXPECT_EQ(approve(scenario, with_redactor, "two", "the password is Zebra-open-7"), 0);
  for (const auto& entry : whole_journal(options().journal).entries)
    for (const char* part : {"Zeb", "ebra", "open", "n-7"})
      EXPECT_THAT(entry.payload, Not(HasSubstr(part))) << entry.kind;
}

TEST_F(Octets, AnEntryThatIsNotUnderstoodIsShownAndRefusesNothing) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  {
    Journal journal = Journal::open(options().journal);
    journal.append(world.wall_now(), "step-frozen", R"({"step":"one","why":"a later drydock said so"})");
    journal.append(world.wall_now(), "stopped", "{\"verb\":\"caf\xe9");
  }
  EXPECT_THAT(told(), HasSubstr("does not understand, 'step-frozen'"));
  EXPECT_THAT(told(), HasSubstr("a later drydock said so"));
  expect_every_verb_goes_on();
}

TEST_F(Octets, ALookThatIsNotUnderstoodStrandsNeitherReportNorTransfer) {
  EXPECT_EQ(go({"one", false}).exit, 0);
  {
    Journal journal = Journal::open(options().journal);
    for (const char* seen :
         {"[]", R"({"gates":7,"seen":{}})", R"({"gates":[],"seen":{"observations":[],"results":[9]}})"})
      journal.append(world.wall_now(), "looked",
                     std::string(R"({"same_as":null,"gates":[{"gate":"g","step":"one","when":"before","look":9,)") +
                         R"("outcome":"passed","reason":""}],"verdicts":"x","seen":)" + seen + "}");
  }
  EXPECT_NO_THROW(record_of_journal(options().journal));
  expect_every_verb_goes_on();
}

}  // namespace
}  // namespace drydock::test
