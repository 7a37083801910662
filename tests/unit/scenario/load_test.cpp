#include <gmock/gmock.h>

#include <fstream>

#include "harness/scenario/step_text.hpp"
#include "tests/unit/scenario/practice_types.hpp"
#include "tests/unit/scenario/support.hpp"

namespace drydock::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

LoadResult load_example() {
  LoadOptions options;
  options.types = practice_types();
  return load_scenario(example("interface-example.yaml"), options);
}

class ExampleTest : public ::testing::Test {
protected:
  void SetUp() override {
    result_ = load_example();
    ASSERT_TRUE(result_.scenario) << shown(result_);
  }
  [[nodiscard]] const Scenario& scenario() const { return *result_.scenario; }
  LoadResult result_;
};

TEST_F(ExampleTest, LoadsWithoutAWord) {
  EXPECT_EQ(shown(result_), "");
}

TEST_F(ExampleTest, KnowsItself) {
  EXPECT_EQ(scenario().name, "Starship moves to its new machine");
  EXPECT_EQ(scenario().sha256.size(), 64U);
  EXPECT_EQ(scenario().vars.at("pace"), "20s");
  EXPECT_EQ(scenario().names.at("canonical"), "starship.python.test");
  EXPECT_THAT(scenario().phases, ElementsAre("before", "freeze", "renamed", "cut", "soak"));
  EXPECT_THAT(scenario().dns.authoritative, ElementsAre("127.0.53.1", "127.0.53.2"));
  EXPECT_EQ(scenario().trust, example("lab/ca.pem"));
}

TEST_F(ExampleTest, HostnamesHoldUntilTheNextPhaseNamed) {
  EXPECT_THAT(scenario().host("new")->hostname_by_phase,
              ElementsAre("drydock.python2.test", "drydock.python2.test", "starship.python.test",
                          "starship.python.test", "starship.python.test"));
  EXPECT_THAT(scenario().host("old")->hostname_by_phase, ::testing::Each("starship.python.test"));
  EXPECT_EQ(scenario().host("old")->ssh->key_file, example("lab/keys/ops"));
}

TEST_F(ExampleTest, GivesProbesTheirDefaults) {
  const ProbeDefinition& smtp = *scenario().probe("smtp");
  EXPECT_THAT(smtp.on, ElementsAre("new"));
  EXPECT_EQ(smtp.name, "starship.python.test");
  EXPECT_EQ(smtp.vantage.id, "prober");
  EXPECT_THAT(smtp.in_phase, ::testing::Each(true));
  EXPECT_EQ(smtp.timeout, std::chrono::seconds(30));
  EXPECT_EQ(smtp.tries, 1);
  EXPECT_EQ(smtp.pause, std::chrono::seconds(1));
  EXPECT_THAT(smtp.parameters.texts("recipients"), ElementsAre("jim@starship.python.test"));
  EXPECT_THAT(scenario().probe("name-moves")->on, ElementsAre("dns"));
}

TEST_F(ExampleTest, GivesEachConnectionOfAProbeItsTimeout) {
  EXPECT_EQ(scenario().probe("no-relay")->patience, std::chrono::seconds(30));
  EXPECT_EQ(scenario().probe("no-relay")->timeout, std::chrono::seconds(4 * 30));
  EXPECT_EQ(scenario().probe("smtp")->patience, Duration(0));
}

TEST_F(ExampleTest, AddsWhatAProbeWaitsToItsTimeout) {
  EXPECT_EQ(scenario().probe("mail-arrives")->timeout, std::chrono::seconds(90));
  EXPECT_EQ(scenario().probe("mail-arrives")->parameters.accounts("to").at(0).mail, "jim@starship.python.test");
  EXPECT_THAT(scenario().probe("mail-arrives")->needs, ElementsAre("smtp"));
}

TEST_F(ExampleTest, ReadsPhases) {
  EXPECT_THAT(scenario().probe("strangers-wait")->in_phase, ElementsAre(true, true, true, true, false));
  EXPECT_THAT(scenario().probe("old-is-quiet")->in_phase, ElementsAre(false, true, true, true, true));
  EXPECT_EQ(scenario().probe("strangers-wait")->vantage.address, "127.0.40.2");
}

TEST_F(ExampleTest, MarksWhereTheTokenStands) {
  EXPECT_THAT(scenario().probe("crew-cgi")->parameters.text("url"), HasSubstr(std::string(kTokenMark)));
  EXPECT_EQ(describe(scenario().probe("crew-cgi")->expectations.at(1).matcher), "contains \"${token}\"");
}

TEST_F(ExampleTest, ReadsExpectations) {
  const auto& expectations = scenario().probe("name-moves")->expectations;
  ASSERT_EQ(expectations.size(), 2U);
  EXPECT_EQ(expectations[0].fact, "dns.answers");
  EXPECT_EQ(describe(expectations[0].matcher), "exactly \"127.0.20.1\"");
  EXPECT_EQ(expectations[1].fact, "dns.ttl");
  EXPECT_EQ(scenario().probe("name-back")->severity, Severity::degraded);
}

TEST_F(ExampleTest, ResolvesGates) {
  const GateDefinition& gate = *scenario().gate("new-is-ready");
  EXPECT_THAT(gate.probes, ElementsAre("smtp", "no-relay", "strangers-wait", "mail-arrives", "imaps", "home-page",
                                       "crew-cgi", "crew-ssi", "ftp"));
  EXPECT_EQ(gate.need, 3);
  EXPECT_EQ(gate.every, std::chrono::seconds(20));
  EXPECT_EQ(gate.within, std::chrono::minutes(10));
  EXPECT_TRUE(gate.degraded_counts);
  EXPECT_FALSE(scenario().gate("dns-moved")->degraded_counts);
}

TEST_F(ExampleTest, ReadsSteps) {
  ASSERT_EQ(scenario().transfer.size(), 4U);
  const StepDefinition& stop = scenario().transfer[0];
  EXPECT_EQ(stop.enters, 1U);
  EXPECT_EQ(stop.run.size(), 2U);
  EXPECT_TRUE(stop.repeatable);
  EXPECT_THAT(stop.before, ElementsAre("new-is-ready"));
  EXPECT_EQ(std::get<CommandAction>(stop.run[1].what).argv[2], "remount,ro");
  EXPECT_EQ(scenario().step("rename-new")->run[0].timeout, std::chrono::minutes(2));
  EXPECT_EQ(scenario().step("open-mail-on-new")->approvals, 1);
  EXPECT_TRUE(scenario().step("open-mail-on-new")->point_of_no_return);
}

TEST_F(ExampleTest, KeepsSecretsOutOfTheTextOfSteps) {
  const StepDefinition& dns = *scenario().step("switch-dns");
  const auto& update = std::get<DnsUpdateAction>(dns.run[0].what);
  EXPECT_EQ(update.key.name(), "tsig");
  EXPECT_EQ(update.changes.at(0).ttl, 300U);
  EXPECT_THAT(update.changes.at(0).data, ElementsAre("127.0.20.1"));
  EXPECT_THAT(dns.text, HasSubstr("${secrets.tsig}"));
  EXPECT_THAT(dns.text, HasSubstr("127.0.20.1"));
  resolve_secrets(scenario(), false);
  EXPECT_EQ(scenario().secrets.at(0).secret.reveal(), "not-a-secret");
  EXPECT_THAT(dns.text, Not(HasSubstr("not-a-secret")));
}

TEST(Shortest, TenLinesAreEnough) {
  LoadOptions options;
  options.types = practice_types();
  const auto result = load_scenario(golden("shortest.yaml"), options);
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(shown(result), "");
  EXPECT_EQ(result.scenario->probes.size(), 5U);
  EXPECT_THAT(result.scenario->phases, ElementsAre("before", "freeze", "cut", "soak"));
  EXPECT_EQ(result.scenario->vantages.at(0).id, "default");
  EXPECT_THAT(result.scenario->probes[0].on, ElementsAre("web"));
  EXPECT_EQ(result.scenario->probes[0].name, "www.example.org");
  EXPECT_FALSE(result.scenario->dns.resolvers.empty());
}

TEST(Values, CoreSchemaDecidesWhatIsANumber) {
  const auto result = load(head() +
                           "probes:\n"
                           "  - {id: a, command: {argv: [no, 22:22, 0644, 0x10, true, \"5\"]}, expect: {exit: 0x10, "
                           "stdout: no, flag: true}}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  const ProbeDefinition& probe = result.scenario->probes[0];
  EXPECT_THAT(probe.parameters.texts("argv"), ElementsAre("no", "22:22", "0644", "0x10", "true", "5"));
  EXPECT_EQ(std::get<std::int64_t>(probe.expectations[0].matcher.operands[0]), 16);
  EXPECT_EQ(std::get<std::string>(probe.expectations[1].matcher.operands[0]), "no");
  EXPECT_TRUE(std::get<bool>(probe.expectations[2].matcher.operands[0]));
}

TEST(Names, AreReadAsTheTypeTheirKeyWants) {
  const auto result = load("vars: {port: 2525, wait: 7s, yes: true, status: 204}\n" + head() +
                           "probes:\n"
                           "  - {id: a, smtp: {port: \"${vars.port}\"}, timeout: \"${vars.wait}\"}\n"
                           "  - {id: b, http: {url: \"http://w.test/$${x}\", executes: \"${vars.yes}\"}, expect: "
                           "{status: \"${vars.status}\"}}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(result.scenario->probes[0].parameters.integer("port", 0), 2525);
  EXPECT_EQ(result.scenario->probes[0].timeout, std::chrono::seconds(7));
  EXPECT_TRUE(result.scenario->probes[1].parameters.flag("executes"));
  EXPECT_EQ(result.scenario->probes[1].parameters.text("url"), "http://w.test/${x}");
  EXPECT_EQ(std::get<std::int64_t>(result.scenario->probes[1].expectations[0].matcher.operands[0]), 204);
}

TEST(Load, ReachesIntoRepliesTablesAndLists) {
  const auto result = load(
      "drydock: 1\nname: n\nhosts: {new: {address: 192.0.2.2}}\nprobes:\n"
      "  - id: a\n    smtp: {}\n    expect:\n"
      "      starttls: {code: 220, text: {contains: ready}}\n"
      "      recipients: {\"jim@w.test\": {code: 250}, ann@w.test: 250, every: {code: {at_most: 251}}, "
      "count: {at_least: 2}}\n"
      "      ehlo.extensions: {every: {matches: \"^[A-Z]\"}, some: SIZE, count: 5}\n"
      "  - {id: b, smtp: {}, expect: {recipients: {row: every, is: {enhanced: 2.1.5}}}}\n"
      "  - {id: c, smtp: {}, expect: {recipients: {exactly: {\"jim@w.test\": 250}}}}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  std::vector<std::string> said;
  for (const auto& probe : result.scenario->probes)
    for (const auto& one : probe.expectations) said.push_back(one.fact + ": " + describe(one.matcher));
  EXPECT_EQ(said, (std::vector<std::string>{
                      "smtp.starttls: code: 220, text: contains \"ready\"",
                      "smtp.recipients: every: code: at most 251 and count: at least 2 and jim@w.test: code: 250, "
                      "ann@w.test: 250",
                      "smtp.ehlo.extensions: every: matches /^[A-Z]/ and some: \"SIZE\" and count: 5",
                      "smtp.recipients: every: enhanced: \"2.1.5\"", "smtp.recipients: exactly jim@w.test: 250"}));
}

TEST(Load, ReachesIntoAnswersAndTablesOfNumbers) {
  const std::string head =
      "drydock: 1\nname: n\nhosts: {new: {address: 192.0.2.2}}\n"
      "accounts: {jim: {login: jim, mail: jim@w.test}, ann: {login: ann}}\nprobes:\n";
  const auto result = load(head +
                           "  - {id: a, imap: {as: jim}, expect: {login: {status: NO, code: {starts_with: UNA}}}}\n"
                           "  - id: b\n    mail: {from: p@w.test, to: [jim, ann]}\n"
                           "    expect: {mailboxes: {every: 1, jim: {at_most: 2}}}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  std::vector<std::string> said;
  for (const auto& probe : result.scenario->probes)
    for (const auto& one : probe.expectations) said.push_back(one.fact + ": " + describe(one.matcher));
  EXPECT_THAT(said, ElementsAre("imap.login: status: \"NO\", code: starts with \"UNA\"",
                                "mail.mailboxes: every: 1 and jim: at most 2"));
  const auto wrong = load(head + "  - {id: a, imap: {as: jim}, expect: {login: {status: NO, enhanced: 5}}}\n");
  EXPECT_FALSE(wrong.scenario);
  EXPECT_NE(shown(wrong).find("an answer has no `enhanced`; it has status, code and text"), std::string::npos)
      << shown(wrong);
}

TEST(Load, TakesOneAccountOrSeveral) {
  const auto load_to = [](const std::string& to) {
    return load(
        "drydock: 1\nname: n\nhosts: {new: {address: 192.0.2.2}}\n"
        "accounts: {jim: {login: jim, mail: jim@w.test}, ann: {login: ann}}\nprobes:\n"
        "  - {id: a, mail: {from: p@w.test, to: " +
        to + "}}\n  - {id: b, imap: {as: ann}}\n  - {id: c, imap: {as: jim}}\n");
  };
  for (const auto& [to, logins] :
       std::vector<std::pair<std::string, std::vector<std::string>>>{{"jim", {"jim"}},
                                                                     {"[jim, ann]", {"jim", "ann"}},
                                                                     {"[ann, {login: x}]", {"ann", "x"}},
                                                                     {"{login: y}", {"y"}}}) {
    const auto result = load_to(to);
    ASSERT_TRUE(result.scenario) << shown(result);
    std::vector<std::string> seen;
    for (const auto& account : result.scenario->probes[0].parameters.accounts("to")) seen.push_back(account.login);
    EXPECT_EQ(seen, logins);
  }
  for (const std::string to : {"[]", "[jim, bob]", "[[jim]]", "nobody"}) EXPECT_FALSE(load_to(to).scenario) << to;
}

TEST(Load, ReachesIntoRowsWithColumnsAndGroupsOfFacts) {
  const auto result = load(
      "drydock: 1\nname: n\nhosts: {new: {address: 192.0.2.2}}\nprobes:\n"
      "  - id: a\n    http: {url: \"http://w.test/\"}\n    expect:\n"
      "      hops: {count: 1, every: {status: 301, location: \"https://w.test/\"}, not: {some: {status: {one_of: [302, "
      "307]}}}}\n"
      "      final: {status: 200, headers: {content-type: text/html}}\n"
      "      tls: {version: TLSv1.3}\n"
      "  - {id: b, http: {url: \"http://w.test/\"}, expect: {final_status: 200, tls.version: TLSv1.3}}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  std::vector<std::string> said;
  for (const auto& probe : result.scenario->probes)
    for (const auto& one : probe.expectations) said.push_back(one.fact + ": " + describe(one.matcher));
  EXPECT_EQ(said,
            (std::vector<std::string>{
                "http.hops: count: 1 and every: status: 301, location: \"https://w.test/\" and not some: status: one "
                "of 302, 307",
                "http.final_status: 200", "http.final_headers: content-type: \"text/html\"",
                "http.tls.version: \"TLSv1.3\"", "http.final_status: 200", "http.tls.version: \"TLSv1.3\""}));
}

TEST(ForEach, MakesOneProbeForEachItem) {
  const auto result = load(head() +
                           "probes:\n"
                           "  - {id: \"page-${each}\", for_each: [a, b], http: {url: \"http://www.test/${each}\"}}\n"
                           "  - {id: \"port-${each.n}\", for_each: [{n: 25, h: old}, {n: 587, h: new}], on: "
                           "\"${each.h}\", smtp: {port: \"${each.n}\"}, needs: [page-*]}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  ASSERT_EQ(result.scenario->probes.size(), 4U);
  EXPECT_EQ(result.scenario->probes[1].parameters.text("url"), "http://www.test/b");
  EXPECT_THAT(result.scenario->probe("port-25")->on, ElementsAre("old"));
  EXPECT_EQ(result.scenario->probe("port-587")->parameters.integer("port", 0), 587);
  EXPECT_THAT(result.scenario->probe("port-587")->needs, ElementsAre("page-a", "page-b"));
}

TEST(ForEach, TakesLongLists) {
  std::string items = "0";
  for (int i = 1; i < 5000; ++i) items += "," + std::to_string(i);
  const auto result = load(head() + "probes:\n  - {id: \"page-${each}\", http: {url: \"http://w.test/${each}\"}, " +
                           "for_each: [" + items + "]}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(result.scenario->probes.size(), 5000U);
}

TEST(Needs, NameAProbeOrOneOfItsChecks) {
  const auto result = load(head() +
                           "probes:\n  - {id: a, smtp: {}}\n  - {id: a/b, smtp: {}, expect: {banner: x}}\n"
                           "  - {id: c, smtp: {}, needs: [a/smtp.vrfy, a/b, a/b/expect.banner]}\n"
                           "  - {id: d, smtp: {}, needs: [a/b]}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  const auto& probes = result.scenario->probes;
  EXPECT_THAT(probes[2].needs, ElementsAre("a", "a/b"));
  EXPECT_THAT(probes[2].needed_checks.at("a"), ElementsAre("smtp.vrfy"));
  EXPECT_THAT(probes[2].needed_checks.at("a/b"), ElementsAre("expect.banner"));
  EXPECT_THAT(probes[3].needs, ElementsAre("a/b"));
  EXPECT_TRUE(probes[3].needed_checks.empty());
}

TEST(Checks, AnIdOutweighsAGlob) {
  const auto result = load(head() +
                           "probes:\n  - {id: a, smtp: {}, checks: {smtp.vrfy: critical, \"smtp.*\": off, "
                           "expect.banner: advisory}, expect: {banner: x}}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  const auto& overrides = result.scenario->probes[0].overrides;
  EXPECT_TRUE(overrides.at("smtp.size").off);
  EXPECT_FALSE(overrides.at("smtp.vrfy").off);
  EXPECT_EQ(overrides.at("smtp.vrfy").severity, Severity::critical);
  EXPECT_EQ(overrides.at("expect.banner").severity, Severity::advisory);
}

TEST(Aliases, AreCopies) {
  const auto result = load(head() + "probes:\n  - {id: a, smtp: &s {port: 2525}}\n  - {id: b, smtp: *s}\n");
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(result.scenario->probes[1].parameters.integer("port", 0), 2525);
}

std::string text_of_step(const std::string& step) {
  const auto result = load(head() +
                           "probes: [{id: a, smtp: {}}]\ngates: {g: {probes: [a]}}\nphases: [before]\n"
                           "secrets: {key: {file: /nowhere}}\ntransfer:\n" +
                           step);
  EXPECT_TRUE(result.scenario) << shown(result);
  return result.scenario ? result.scenario->transfer.at(0).text : "";
}

TEST(Steps, TextIsTheSameHoweverItIsWritten) {
  EXPECT_EQ(text_of_step("  - {step: s, before: [g], run: {command: [ls, \"-l\"]}}\n"),
            R"(1 {"before": ["g"], "run": [{"command": ["ls", "-l"]}], "step": "s"})");
  EXPECT_EQ(
      text_of_step("  # a remark\n  - run:\n      - command:\n        - ls\n        - -l\n    before:\n      - g\n"
                   "    step: 's'\n"),
      R"(1 {"before": ["g"], "run": [{"command": ["ls", "-l"]}], "step": "s"})");
  EXPECT_EQ(text_of_step("  - {step: s, run: {wait: 60s}}\n"), text_of_step("  - {step: s, run: {wait: 1m}}\n"));
  EXPECT_NE(text_of_step("  - {step: s, run: {wait: 61s}}\n"), text_of_step("  - {step: s, run: {wait: 1m}}\n"));
}

TEST(Steps, TextLeavesOutWhatHasItsDefault) {
  EXPECT_EQ(
      text_of_step("  - {step: s, run: {shell: ls, timeout: 600s}, repeatable: false, point_of_no_return: False}\n"),
      R"(1 {"run": [{"shell": "ls"}], "step": "s"})");
  EXPECT_EQ(text_of_step("  - {step: s, run: {shell: ls, timeout: 601s}, repeatable: true}\n"),
            R"(1 {"repeatable": true, "run": [{"shell": "ls", "timeout": "601s"}], "step": "s"})");
}

TEST(Steps, TextIsJsonWhateverIsInIt) {
  EXPECT_EQ(text_of_step("  - {step: s, run: {shell: \"a\\\"b\\\\c\\td\\ne\"}}\n"),
            R"(1 {"run": [{"shell": "a\"b\\c\td\ne"}], "step": "s"})");
  EXPECT_EQ(text_of_step("  - {step: s, run: {dns_update: {zone: t, server: 192.0.2.9, key: \"${secrets.key}\", "
                         "replace: [{name: a.t, type: A, ttl: 0x10, data: [192.0.2.1]}]}}}\n"),
            R"(1 {"run": [{"dns_update": {"key": "${secrets.key}", "replace": [{"data": ["192.0.2.1"], )"
            R"("name": "a.t", "ttl": 16, "type": "A"}], "server": "192.0.2.9", "zone": "t"}}], "step": "s"})");
}

TEST(Steps, TextsOfOtherVersionsCannotBeCompared) {
  EXPECT_EQ(same_step("1 {}", "1 {}"), SameStep::same);
  EXPECT_EQ(same_step("2 {}", "2 {}"), SameStep::same);
  EXPECT_EQ(same_step("1 {}", "1 { }"), SameStep::different);
  EXPECT_EQ(same_step("1 {}", "2 {}"), SameStep::unknown);
  EXPECT_EQ(same_step("1 {}", "11 {}"), SameStep::unknown);
  EXPECT_EQ(same_step("{}", "{}"), SameStep::unknown);
  EXPECT_EQ(same_step("", ""), SameStep::unknown);
  EXPECT_EQ(same_step("1", "1"), SameStep::unknown);
}

TEST(Addresses, OfHostsAndVantagesAreOfBothFamilies) {
  LoadOptions options;
  options.types = practice_types();
  const LoadResult result = load_scenario(example("addresses.yaml"), options);
  ASSERT_TRUE(result.scenario) << shown(result);
  EXPECT_EQ(shown(result), "");
  const Scenario& scenario = *result.scenario;
  EXPECT_EQ(scenario.host("new")->address, "2001:db8::2") << "the first";
  EXPECT_THAT(scenario.host("new")->addresses(), ElementsAre("2001:db8::2", "192.0.2.2"));
  EXPECT_EQ(scenario.host("new")->connections, 2);
  EXPECT_EQ(to_string(*scenario.host("new")->refusals), "30/10m");
  EXPECT_EQ(to_string(*scenario.host("new")->wrong_logins), "2/10m");
  EXPECT_FALSE(scenario.host("old")->refusals);
  EXPECT_EQ(scenario.host("new")->pin, "abcd" + std::string(60, '0'));
  EXPECT_EQ(scenario.host("new")->oldest_tls, 0x0301);
  EXPECT_EQ(scenario.host("old")->pin, "");
  EXPECT_EQ(scenario.host("old")->oldest_tls, 0x0303);
  EXPECT_EQ(scenario.host("old")->connections, 4);
  EXPECT_TRUE(scenario.host("old")->is_at("2001:DB8:0::1"));
  EXPECT_FALSE(scenario.host("old")->is_at("192.0.2.2"));
  EXPECT_EQ(scenario.probe("four")->family, Family::ipv4);
  EXPECT_FALSE(scenario.probe("smtp")->family);
  const auto& wanted = scenario.probe("six")->expectations.at(0).matcher.operands;
  EXPECT_THAT(wanted, ElementsAre(Scalar("192.0.2.2"), Scalar("2001:db8::1"), Scalar("2001:db8::2")));
  const Vantage& prober = scenario.vantages.front();
  EXPECT_EQ(prober.source_for("192.0.2.1"), "192.0.2.9");
  EXPECT_EQ(prober.source_for("2001:db8::1"), "2001:db8::9");
}

class ConditionsTest : public ::testing::Test {
protected:
  void SetUp() override {
    LoadOptions options;
    options.types = practice_types();
    result_ = load_scenario(example("conditions.yaml"), options);
    ASSERT_TRUE(result_.scenario) << shown(result_);
    EXPECT_EQ(shown(result_), "");
  }
  [[nodiscard]] const Scenario& scenario() const { return *result_.scenario; }
  LoadResult result_;
};

TEST_F(ConditionsTest, OfGates) {
  const GateDefinition& gate = *scenario().gate("most-servers");
  EXPECT_EQ(gate.span, std::chrono::minutes(1));
  ASSERT_TRUE(gate.quorum);
  EXPECT_EQ(gate.quorum->per, Quorum::Per::server);
  EXPECT_EQ(gate.quorum->pass, 2);
  EXPECT_THAT(gate.quorum->probes, ElementsAre("ns-answer"));
  EXPECT_THAT(gate.probes, ElementsAre("web", "ns-answer"));
  EXPECT_THAT(scenario().gate("some-host")->probes, ElementsAre("web", "mail", "old-page"));
  EXPECT_FALSE(load_example().scenario->gate("new-is-ready")->quorum);
}

TEST_F(ConditionsTest, OfSteps) {
  const StepDefinition& cut = *scenario().step("cut");
  EXPECT_THAT(cut.touches.hosts, ElementsAre("old", "new"));
  EXPECT_THAT(cut.touches.zones, ElementsAre("python.test", "2.0.192.in-addr.arpa"));
  EXPECT_EQ(cut.takes, std::chrono::minutes(5));
  EXPECT_EQ(cut.undo[0].takes, std::chrono::minutes(2));
  EXPECT_EQ(run_time(cut), std::chrono::minutes(5));
  EXPECT_EQ(undo_time(cut), std::chrono::seconds(150));
  EXPECT_EQ(run_time(*scenario().step("soak")), std::chrono::hours(1));
  EXPECT_EQ(run_time(*scenario().step("ready")), Duration{});
  EXPECT_THAT(cut.text, HasSubstr(R"("takes": "5m", "touches": ["old", "new", "python.test.", )"));
  EXPECT_THAT(cut.text, HasSubstr(R"({"confirm": "change the name back", "takes": "2m"})"));
}

TEST_F(ConditionsTest, OfTheTransfer) {
  ASSERT_TRUE(scenario().window_end);
  EXPECT_EQ(format_time(*scenario().window_end), "2026-11-22T22:30:00.000Z");
  EXPECT_EQ(scenario().guards.clock, "old");
  EXPECT_EQ(scenario().guards.control, "[2001:db8::1]:443");
  EXPECT_EQ(scenario().guards.decoy, "192.0.2.99:25");
  EXPECT_THAT(scenario().allowed_targets, ElementsAre("198.51.100.0/24", "2001:db8::1"));
  EXPECT_EQ(scenario().dns_starts, DnsStart::free);
  EXPECT_THAT(scenario().host("old")->published, ElementsAre("198.51.100.1", "2001:db8::1"));
  const auto example = load_example();
  EXPECT_FALSE(example.scenario->window_end);
  EXPECT_EQ(example.scenario->guards.clock + example.scenario->guards.control, "");
  EXPECT_EQ(example.scenario->dns_starts, DnsStart::old);
}

TEST_F(ConditionsTest, WaiversAreKept) {
  ASSERT_EQ(scenario().waivers.size(), 3U);
  const Waiver& first = scenario().waivers[0];
  EXPECT_EQ(first.check, "expect.banner");
  EXPECT_EQ(first.probe, "mail");
  EXPECT_EQ(first.host, "new");
  EXPECT_EQ(first.address, "192.0.2.2:25");
  EXPECT_FALSE(first.row);
  EXPECT_THAT(first.as, ElementsAre("jim", "ann"));
  EXPECT_EQ(first.because, "the new host is renamed on Monday");
  EXPECT_EQ(first.until, "2026-12-01");
  EXPECT_EQ(first.mitigation, "web");
  EXPECT_FALSE(scenario().waivers[1].host);
  EXPECT_THAT(scenario().waivers[2].as, ElementsAre("jim"));
}

TEST(Files, ThatCannotBeReadAreNamed) {
  EXPECT_THAT(shown(load_scenario("/nowhere/x.yaml")), HasSubstr("/nowhere/x.yaml:1:1: can't be read: No such file"));
  EXPECT_THAT(shown(load_scenario("/")), HasSubstr("it is a folder"));
}

}  // namespace
}  // namespace drydock::test
