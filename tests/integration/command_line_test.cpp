// drydock as a person or a script types it: exit codes, messages, what goes where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>

#include "tests/support/drydock_process.hpp"

namespace drydock {
namespace {

using test::run_drydock;
using test::TemporaryFolder;
using testing::HasSubstr;

class CommandLine : public testing::Test {
protected:
  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_.path() / name;
    std::ofstream(path) << text;
    return path.string();
  }
  std::string read(const std::string& name) {
    std::ifstream file(folder_.path() / name);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  TemporaryFolder folder_;
};

constexpr const char* kClosedPort = R"(drydock: 1
name: One closed port
hosts: {box: {address: 127.0.0.1}}
probes:
  - {id: closed, ports: {closed: [1]}}
  - {id: open, ports: {open: [1]}, severity: degraded}
)";

TEST_F(CommandLine, TellsItsVersion) {
  const auto ended = run_drydock({"--version"});
  EXPECT_EQ(ended.exit, 0);
  EXPECT_EQ(ended.out, "drydock 0.2.0\n");
}

TEST_F(CommandLine, WrongUsageIsExit2AndSaysWhatToDo) {
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"fly"},
                                                                 {"run"},
                                                                 {"run", "no-such-file.yaml"},
                                                                 {"mark", "x.yaml", "step"},
                                                                 {"lab"},
                                                                 {"lab", "up", "--copy", "300"},
                                                                 {"probe", "smtp"},
                                                                 {"probe", "gopher", "127.0.0.1"},
                                                                 {"probe", "smtp", "127.0.0.1", "nonsense"},
                                                                 {"explain", "smtp.nonsense"},
                                                                 {"report", "no-such-file.json"}}) {
    const auto ended = run_drydock(words);
    EXPECT_EQ(ended.exit, 2) << (words.empty() ? "" : words[0]) << "\n" << ended.err;
    EXPECT_FALSE(ended.err.empty());
    EXPECT_TRUE(ended.out.empty()) << ended.out;
  }
}

TEST_F(CommandLine, RunsProbesAndMapsVerdictsToExitCodes) {
  const auto scenario = write("ports.yaml", kClosedPort);
  const auto ended = run_drydock({"run", scenario, "--quiet"});
  EXPECT_EQ(ended.exit, 0) << ended.out << ended.err;
  EXPECT_TRUE(ended.out.starts_with("phase before, box 127.0.0.1")) << ended.out;
  EXPECT_THAT(ended.out, HasSubstr("verdict: warn"));
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(run_drydock({"run", scenario, "--only", "nothing-*"}).exit, 2);
  EXPECT_EQ(run_drydock({"run", scenario, "--on", "nowhere"}).exit, 2);
  EXPECT_EQ(run_drydock({"run", scenario, "--phase", "never"}).exit, 2);
  EXPECT_EQ(run_drydock({"run", scenario, "--set", "undeclared=1"}).exit, 2);
}

TEST_F(CommandLine, CheckTellsWhatWillNotBeLookedAt) {
  std::string six = kClosedPort;
  six.replace(six.find("id: closed, "), std::string("id: closed, ").size(), "id: closed, family: ipv6, ");
  const auto ended = run_drydock({"check", write("ports.yaml", six)});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("not looked at: 'box' has no IPv6 address"));
  EXPECT_THAT(ended.out, HasSubstr("on box 127.0.0.1"));
}

TEST_F(CommandLine, ACriticalFailIsExit1) {
  const auto ended = run_drydock({"probe", "ports", "127.0.0.1", "open=[1]"});
  EXPECT_EQ(ended.exit, 1) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("ports.open"));
}

TEST_F(CommandLine, WritesSeveralReportsAtOnceAndAllAgain) {
  const auto scenario = write("ports.yaml", kClosedPort);
  const std::string json = (folder_.path() / "r.json").string();
  const auto ended = run_drydock({"run", scenario, "--report", "json=" + json, "--report", "junit=" + json + ".xml",
                                  "--report", "jsonl=" + json + "l", "--report", "text=-", "--quiet"});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  const auto report = boost::json::parse(read("r.json")).as_object();
  EXPECT_EQ(report.at("schema").as_string(), "drydock.report/2");
  EXPECT_EQ(report.at("summary").at("exit").as_int64(), 0);
  const auto again = run_drydock({"report", json, "--report", "text=-"});
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(again.out, ended.out);
  const auto lines = read("r.jsonl");
  EXPECT_EQ(static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')),
            report.at("results").as_array().size() + report.at("observations").as_array().size() + 2);
}

TEST_F(CommandLine, JudgesARecordAgainByTheScenarioAsItIs) {
  const auto scenario = write("ports.yaml", kClosedPort);
  const std::string json = (folder_.path() / "r.json").string();
  EXPECT_EQ(run_drydock({"run", scenario, "--report", "json=" + json, "--quiet"}).exit, 0);
  const auto same = run_drydock({"report", json, "--judge"});
  EXPECT_EQ(same.exit, 0) << same.err;
  EXPECT_THAT(same.out, HasSubstr("verdict: warn"));
  EXPECT_EQ(same.err, "");
  std::string changed = kClosedPort;
  changed.replace(changed.find(", severity: degraded"), std::string(", severity: degraded").size(), "");
  write("ports.yaml", changed);
  const std::string judged = (folder_.path() / "judged.json").string();
  const auto now = run_drydock({"report", json, "--judge", "--report", "text=-", "--report", "json=" + judged});
  EXPECT_EQ(now.exit, 1);
  EXPECT_THAT(now.out, HasSubstr("verdict: fail"));
  EXPECT_THAT(now.out, HasSubstr("ports.yaml (sha256 "));
  EXPECT_THAT(now.err, HasSubstr("has been changed since"));
  const auto mark = boost::json::parse(read("judged.json")).at("run").at("judged_again").as_object();
  EXPECT_EQ(mark.at("file").as_string(), scenario);
  EXPECT_NE(mark.at("sha256"), boost::json::parse(read("r.json")).at("scenario").at("sha256"));
  EXPECT_EQ(run_drydock({"report", judged}).exit, 0) << "a report only repeats";
  changed.replace(changed.find("closed: ["), std::string("closed: [").size(), "closed: [2, ");
  write("ports.yaml", changed);
  const auto otherwise = run_drydock({"report", json, "--judge"});
  EXPECT_THAT(otherwise.err, HasSubstr("the scenario asks something else now (closed); judged as then"));
  std::filesystem::remove(scenario);
  const auto gone = run_drydock({"report", json, "--judge"});
  EXPECT_EQ(gone.exit, 2);
  EXPECT_THAT(gone.err, HasSubstr("--judge needs the scenario"));
}

TEST_F(CommandLine, RefusesAWrongReportBeforeAnythingIsSent) {
  const auto scenario = write("ports.yaml", kClosedPort);
  EXPECT_EQ(run_drydock({"run", scenario, "--report", "pdf=x"}).exit, 2);
  EXPECT_EQ(run_drydock({"run", scenario, "--report", "json"}).exit, 2);
  EXPECT_EQ(run_drydock({"run", scenario, "--report", "json=/no/such/folder/x"}).exit, 2);
  EXPECT_EQ(run_drydock({"run", scenario, "--report", "json=-", "--report", "text=-"}).exit, 2);
}

TEST_F(CommandLine, EndsAsAMonitoringPluginDoesWhateverHappens) {
  const auto scenario = write("ports.yaml", kClosedPort);
  const std::string json = (folder_.path() / "r.json").string();
  const auto warned = run_drydock({"run", scenario, "--quiet", "--report", "nagios", "--report", "json=" + json});
  EXPECT_EQ(warned.exit, 1) << warned.err;
  EXPECT_TRUE(warned.out.starts_with("DRYDOCK WARNING - warn (")) << warned.out;
  EXPECT_EQ(std::count(warned.out.begin(), warned.out.end(), '\n'), 1);
  const auto again = run_drydock({"report", json, "--report", "nagios=-"});
  EXPECT_EQ(again.exit, 1);
  EXPECT_EQ(again.out, warned.out);
  const std::string kept = (folder_.path() / "line").string();
  const auto failed = run_drydock({"probe", "ports", "127.0.0.1", "open=[1]", "--report=nagios=" + kept});
  EXPECT_EQ(failed.exit, 2) << failed.err;
  EXPECT_THAT(failed.out, HasSubstr("verdict: fail"));
  EXPECT_THAT(read("line"), HasSubstr("DRYDOCK CRITICAL - fail (1 critical failed): FAIL "));
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"run", scenario + ".gone"},
                                             {"run", scenario, "--no-such"},
                                             {"run", scenario, "--report", "pdf=x"},
                                             {"ran", scenario},
                                             {"report", scenario}}) {
    std::vector<std::string> words = wrong;
    words.insert(words.end(), {"--report", "nagios"});
    const auto ended = run_drydock(words);
    EXPECT_EQ(ended.exit, 3) << ended.err;
    EXPECT_TRUE(ended.out.starts_with("DRYDOCK UNKNOWN - ")) << ended.out;
    EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 1) << ended.out;
  }
  EXPECT_EQ(run_drydock({"run", scenario, "--report", "nagios="}).exit, 3);
  EXPECT_EQ(run_drydock({"run", scenario, "--report", "nagios", "--report", "text=-"}).exit, 3) << "both go there";
}

TEST_F(CommandLine, TellsEveryProblemOfAScenarioAtOnce) {
  const auto scenario = write(
      "wrong.yaml", "drydock: 1\nname: x\nhosts: {a: {adress: 1.2.3.4}}\nprobes:\n  - {id: p, smtp: {port: 99999}}\n");
  const auto ended = run_drydock({"check", scenario});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_THAT(ended.err, HasSubstr("wrong.yaml:3:"));
  EXPECT_THAT(ended.err, HasSubstr("wrong.yaml:5:"));
}

TEST_F(CommandLine, ListsChecksForScriptsAndExplainsEachOfThem) {
  const auto ended = run_drydock({"checks", "--json"});
  ASSERT_EQ(ended.exit, 0);
  const auto list = boost::json::parse(ended.out);
  const auto& checks = list.at("checks").as_array();
  EXPECT_GT(checks.size(), 50u);
  std::set<std::string> ids;
  for (const auto& check : checks) {
    const std::string id(check.at("id").as_string());
    EXPECT_TRUE(ids.insert(id).second) << id << " stands twice";
    for (const char* key : {"probe", "title", "severity"})
      EXPECT_FALSE(check.at(key).as_string().empty()) << id << " " << key;
    EXPECT_TRUE(check.as_object().contains("rfc"));
    const auto explained = run_drydock({"explain", id});
    EXPECT_EQ(explained.exit, 0) << id;
    for (const char* part : {"What it catches", "Why it matters", "See it by hand", "Mend it"})
      EXPECT_THAT(explained.out, HasSubstr(part)) << id;
  }
}

TEST_F(CommandLine, ListsAndExplainsOneType) {
  const auto checks = run_drydock({"checks", "ftp"});
  EXPECT_EQ(checks.exit, 0);
  EXPECT_THAT(checks.out, testing::AllOf(HasSubstr("ftp.login"), testing::Not(HasSubstr("smtp.greeting"))));
  EXPECT_EQ(run_drydock({"checks", "gopher"}).exit, 2);
  EXPECT_THAT(run_drydock({"checks", "gopher"}).err, HasSubstr("the types are "));
  const auto type = run_drydock({"explain", "smtp_relay"});
  EXPECT_EQ(type.exit, 0);
  for (const char* part : {"outside ", "(required)", "smtp_relay.replies", "smtp.relay-denied"})
    EXPECT_THAT(type.out, HasSubstr(part));
}

TEST_F(CommandLine, ExplainTellsWhatMayBeMeant) {
  const std::vector<std::pair<std::string, std::string>> told{{"smtp.relay-deny", "did you mean `smtp.relay-denied`?"},
                                                              {"smtp_rely", "did you mean `smtp_relay`?"},
                                                              {"SMTP-10", "SMTP-10 is smtp.relay-denied"},
                                                              {"ftp.nothing-at-all", "its like are ftp."},
                                                              {"gopher.nothing-at-all", "`drydock checks` lists them"}};
  for (const auto& [word, meant] : told) {
    const auto ended = run_drydock({"explain", word});
    EXPECT_EQ(ended.exit, 2) << word;
    EXPECT_THAT(ended.err, HasSubstr(meant)) << word;
  }
}

TEST_F(CommandLine, CheckTellsWhichChecksTheLimitsNeverAllow) {
  const auto ended = run_drydock({"check", write("relay.yaml", R"(drydock: 1
name: a limit that is too low
hosts: {box: {address: 127.0.0.1, limits: {refusals: 30/10m}}}
domains: [a.test]
probes: [{id: relay, smtp_relay: {outside: x@b.test}}]
)")});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("smtp.relay-denied: not asked: it draws up to 65 refusals, and `limits` of 'box'"));
}

TEST_F(CommandLine, AProbeByHandCanNotBeJudgedAgain) {
  const std::string json = (folder_.path() / "p.json").string();
  run_drydock({"probe", "ports", "127.0.0.1", "open=[1]", "--report", "json=" + json});
  const auto ended = run_drydock({"report", json, "--judge"});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_THAT(ended.err, HasSubstr("is of a probe by hand"));
}

TEST_F(CommandLine, PrintsTheSchemaThatIsShipped) {
  std::ifstream shipped(DRYDOCK_SOURCE_DIR "/scenarios/schema.json");
  EXPECT_EQ(run_drydock({"schema"}).out, std::string(std::istreambuf_iterator<char>(shipped), {}));
}

TEST_F(CommandLine, ChecksTheShippedScenarios) {
  for (const char* name : {"starship.yaml", "web.yaml", "as-on-old.yaml"}) {
    const auto ended = run_drydock({"check", std::string(DRYDOCK_SOURCE_DIR "/scenarios/") + name});
    EXPECT_EQ(ended.exit, 0) << ended.err;
    const bool compares = ended.out.find("looks at old too, to compare") != std::string::npos;
    EXPECT_EQ(compares, std::string(name) == "as-on-old.yaml") << ended.out;
  }
}

TEST_F(CommandLine, NamesTheVerbThatWasMeant) {
  EXPECT_THAT(run_drydock({"chek", "x.yaml"}).err, HasSubstr("there is no verb `chek`; did you mean `check`?"));
  EXPECT_THAT(run_drydock({"lab", "uup"}).err, HasSubstr("there is no verb `uup`; did you mean `up`?"));
}

TEST_F(CommandLine, NamesTheFilterThatChoosesNothing) {
  const auto scenario = write("ports.yaml", kClosedPort);
  const auto nothing = run_drydock({"run", scenario, "--only", "clsoed"});
  EXPECT_EQ(nothing.exit, 2);
  EXPECT_THAT(nothing.err, HasSubstr("--only clsoed: no probe's id matches; did you mean `closed`?"));
  EXPECT_THAT(run_drydock({"run", scenario, "--on", "bax"}).err, HasSubstr("did you mean `box`?"));
  const auto half = run_drydock({"run", scenario, "--only", "closed", "--only", "opne"});
  EXPECT_THAT(half.err, HasSubstr("warning: --only opne: no probe's id matches"));
  EXPECT_EQ(run_drydock({"run", scenario, "--only", "closed"}).err, "") << "no progress without a terminal";
}

TEST_F(CommandLine, SaysWhyNothingWasJudged) {
  const auto scenario =
      write("later.yaml", std::string(kClosedPort) + "  - {id: later, phase: [cut], ports: {open: [1]}}\n");
  const auto ended = run_drydock({"run", scenario, "--only", "later"});
  EXPECT_EQ(ended.exit, 3);
  EXPECT_THAT(ended.out, HasSubstr("later skipped: out of phase"));
}

TEST_F(CommandLine, NeverShowsAPasswordThatWasWrittenIntoTheScenario) {
  const std::string head = "drydock: 1\nname: x\nhosts: {a: {address: 127.0.0.1}}\n";
  const std::string tail = "\nprobes:\n  - {id: p, imap: {as: jim}}\n";
  for (const char* line :
       {"accounts: {jim: {login: jim, password: correct-horse}}",
        "accounts: {jim: {login: jim, pasword: correct-horse}}",
        "accounts: {jim: {login: jim, password: {value: correct-horse}}}",
        "secrets: {w: [correct-horse]}\naccounts: {jim: {login: jim, password: \"${secrets.w}\"}}"}) {
    const auto ended = run_drydock({"check", write("secret.yaml", head + line + tail)});
    EXPECT_EQ(ended.exit, 2) << line;
    EXPECT_THAT(ended.err, HasSubstr("secret.yaml:4:"));
    EXPECT_EQ(ended.err.find("correct-horse"), std::string::npos) << ended.err;
  }
  const auto typed = run_drydock({"probe", "imap", "127.0.0.1", "as={login: jim, password: correct-horse}"});
  EXPECT_EQ(typed.exit, 2);
  EXPECT_EQ(typed.err.find("correct-horse"), std::string::npos) << typed.err;
}

TEST_F(CommandLine, AnErrorStandsWithoutWarnings) {
  const auto scenario = write("ports.yaml", kClosedPort);
  const auto ended = run_drydock({"check", scenario, "--vars", "no-such-vars.yaml"});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_THAT(ended.err, HasSubstr("no-such-vars.yaml"));
  EXPECT_EQ(ended.err.find("warning:"), std::string::npos) << ended.err;
}

TEST_F(CommandLine, ARunWantsAPhaseWhereTheJournalsOneIsGone) {
  const std::string text =
      "drydock: 1\nname: x\nhosts: {box: {address: 127.0.0.1}}\nphases: [before, frozen]\n"
      "probes: [{id: closed, ports: {closed: [1]}}]\ntransfer: [{step: one, enters: frozen, run: {command: "
      "[\"true\"]}}]\n";
  const auto scenario = write("move.yaml", text);
  ASSERT_EQ(run_drydock({"cutover", scenario}).exit, 0);
  std::string renamed = text;
  for (auto at = renamed.find("frozen"); at != std::string::npos; at = renamed.find("frozen"))
    renamed.replace(at, 6, "still");
  write("move.yaml", renamed);
  const auto ended = run_drydock({"run", scenario});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_THAT(ended.err, HasSubstr("stands in the phase 'frozen', which the scenario does not have"));
  EXPECT_EQ(run_drydock({"run", scenario, "--phase", "still"}).exit, 0);
}

TEST_F(CommandLine, AFolderIsNoReport) {
  EXPECT_EQ(run_drydock({"report", folder_.path().string()}).exit, 2);
}

TEST_F(CommandLine, ATransferVerbWantsATransfer) {
  const auto scenario = write("ports.yaml", kClosedPort);
  const auto ended = run_drydock({"cutover", scenario});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_THAT(ended.err, HasSubstr("no transfer"));
}

TEST_F(CommandLine, CheckAndPlanRunNoCommandOfASecret) {
  const auto ran = folder_.path() / "ran";
  const auto scenario = write("plan.yaml", R"(drydock: 1
name: A secret by command
hosts: {box: {address: 127.0.0.1}}
secrets: {word: {command: [touch, )" + ran.string() +
                                               R"(]}}
accounts: {jim: {login: jim, password: "${secrets.word}"}}
probes: [{id: mailbox, imap: {as: jim}}]
gates: {ready: {probes: [mailbox]}}
transfer: [{step: look, before: [ready]}]
)");
  EXPECT_EQ(run_drydock({"check", scenario}).exit, 0);
  const auto planned = run_drydock({"plan", scenario});
  EXPECT_THAT(planned.out, HasSubstr("look")) << planned.err;
  EXPECT_FALSE(std::filesystem::exists(ran));
  run_drydock({"cutover", scenario, "--dry-run"});
  EXPECT_TRUE(std::filesystem::exists(ran)) << "a look does need it";
}

TEST_F(CommandLine, NeverTellsASecret) {
  const auto scenario = write("secret.yaml", R"(drydock: 1
name: A secret
hosts: {box: {address: 127.0.0.1}}
secrets: {word: {file: word}}
probes:
  - {id: say, on: here, command: {argv: [cat, word]}, expect: {stdout: something else}}
)");
  write("word", "correct-horse-battery\n");
  std::vector<std::string> words{"run", scenario, "--verbose"};
  const std::vector<std::string> formats{"json", "jsonl", "junit", "tap", "markdown", "html", "prometheus", "nagios"};
  for (const auto& format : formats)
    words.insert(words.end(), {"--report", format + "=" + (folder_.path() / format).string()});
  const auto ended = run_drydock(words);
  EXPECT_EQ(ended.exit, 2) << "as a plugin ends\n" << ended.out << ended.err;
  std::vector<std::string> texts{ended.out, ended.err};
  for (const auto& format : formats) texts.push_back(read(format));
  for (const auto& text : texts) {
    EXPECT_NE(text, "");
    EXPECT_EQ(text.find("correct-horse"), std::string::npos) << text;
  }
  EXPECT_THAT(ended.out, HasSubstr("[secret]"));
}

}  // namespace
}  // namespace drydock
