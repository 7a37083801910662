// Where reports go: what they replace, what they never replace, and what is left when drydock dies.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/support/drydock_process.hpp"

namespace drydock {
namespace {

using test::run_drydock;
using test::RunningDrydock;
using test::TemporaryFolder;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kScenario = R"(drydock: 1
name: One closed port
hosts: {box: {address: 127.0.0.1, ssh: {user: ops, key_file: key, known_hosts: known}}}
trust: ca.pem
secrets: {word: {file: secret}}
accounts: {jim: {login: jim, password: "${secrets.word}"}}
probes:
  - {id: closed, ports: {closed: [1]}}
)";

class Reports : public testing::Test {
protected:
  void SetUp() override {
    for (const char* name : {"key", "known", "ca.pem", "secret", "vars.yaml"}) write(name, "");
    write("vars.yaml", "{}\n");
    scenario_ = write("move.yaml", kScenario);
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.insert(entry.path().filename().string());
    return names;
  }
  net::ChildResult run(const std::vector<std::string>& reports) const {
    std::vector<std::string> words{"run", scenario_, "--quiet", "--vars", path("vars.yaml")};
    for (const auto& report : reports) words.insert(words.end(), {"--report", report});
    return run_drydock(words);
  }
  /// Refused with these words in the message, and nothing in the folder was made or changed.
  void expect_refused(const std::vector<std::string>& reports, const std::string& because) const {
    const auto before = names();
    const auto ended = run(reports);
    EXPECT_EQ(ended.exit, 2) << reports.back() << "\n" << ended.out << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(because)) << reports.back();
    EXPECT_EQ(ended.out, "") << reports.back();
    EXPECT_EQ(names(), before) << reports.back();
  }
  /// A run that writes to the FIFO `begun` once its probe is under way, and then lasts until drydock ends.
  std::string long_scenario() const {
    EXPECT_EQ(::mkfifo(path("begun").c_str(), 0600), 0);
    return write("long.yaml",
                 "drydock: 1\nname: Takes long\nhosts: {box: {address: 127.0.0.1}}\nprobes:\n  - {id: long, on: here, "
                 "timeout: 100s, command: {argv: [sh, -c, \"echo > " +
                     path("begun") + "; while echo; do sleep 0.1; done\"]}}\n");
  }
  void wait_for_begin() const { std::ifstream(path("begun")).get(); }

  TemporaryFolder folder_, outputs_;
  std::string scenario_;
};

TEST_F(Reports, AProcessThatDiesLeavesAnEarlierReportAndNoHalfOfOne) {
  const auto scenario = long_scenario();
  write("r.json", "earlier");
  const auto before = names();
  {
    const RunningDrydock running({"run", scenario, "--quiet", "--report", "json=" + path("r.json")}, outputs_.path());
    wait_for_begin();
    running.signal(SIGKILL);
  }
  EXPECT_EQ(read("r.json"), "earlier");
  EXPECT_EQ(names(), before);
}

TEST_F(Reports, JsonLinesStreamInPlace) {
  const auto scenario = long_scenario();
  write("r.jsonl", std::string(10000, 'x'));
  const RunningDrydock running({"run", scenario, "--quiet", "--report", "jsonl=" + path("r.jsonl")}, outputs_.path());
  wait_for_begin();
  EXPECT_THAT(read("r.jsonl"), testing::StartsWith("{\"run\":"));
  EXPECT_THAT(read("r.jsonl"), testing::Not(HasSubstr("xxx")));
}

TEST_F(Reports, OfALinkTheTargetIsReplaced) {
  fs::create_directory(path("kept"));
  write("kept/target", "earlier");
  fs::create_symlink("kept/target", path("link"));
  fs::create_symlink("kept/new", path("dangling"));
  EXPECT_EQ(run({"json=" + path("link"), "junit=" + path("dangling")}).exit, 0);
  EXPECT_EQ(fs::read_symlink(path("link")), "kept/target");
  EXPECT_THAT(read("kept/target"), HasSubstr("drydock.report"));
  EXPECT_THAT(read("kept/new"), HasSubstr("<testsuites"));
  EXPECT_TRUE(fs::is_symlink(path("dangling")));
}

TEST_F(Reports, AFileIsReplacedNotWrittenOver) {
  write("r.json", "earlier");
  std::ifstream reader(path("r.json"));
  EXPECT_EQ(run({"json=" + path("r.json")}).exit, 0);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "earlier");
}

TEST_F(Reports, TheModeIsThatOfTheUmaskOrOfTheFileThatWasThere) {
  write("private", "");
  ::chmod(path("private").c_str(), 0600);
  const mode_t mask = ::umask(027);
  const auto ended = run({"json=" + path("new"), "junit=" + path("private")});
  ::umask(mask);
  EXPECT_EQ(ended.exit, 0) << ended.err;
  struct stat seen{};
  ASSERT_EQ(::stat(path("new").c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0640U);
  ASSERT_EQ(::stat(path("private").c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0600U);
}

TEST_F(Reports, NothingThatTheMoveNeedsIsReplaced) {
  const std::string text = read("move.yaml");
  for (const auto& [name, what] :
       std::vector<std::pair<std::string, std::string>>{{"move.yaml", "the scenario"},
                                                        {"move.journal", "the journal"},
                                                        {"move.journal-wal", "a part of the journal"},
                                                        {"move.journal-shm", "a part of the journal"},
                                                        {"move.journal.lock", "a part of the journal"},
                                                        {"vars.yaml", "a file of vars"},
                                                        {"secret", "the secret 'word'"},
                                                        {"key", "the key of host 'box'"},
                                                        {"known", "the list of known hosts of host 'box'"},
                                                        {"ca.pem", "the list of certificate authorities"}}) {
    for (const std::string format : {"json=", "jsonl="}) expect_refused({format + path(name)}, "that is " + what);
    expect_refused({"json=" + folder_.path().string() + "/./" + name}, "that is " + what);
  }
  EXPECT_EQ(read("move.yaml"), text);
}

TEST_F(Reports, NorUnderAnotherName) {
  fs::create_symlink("move.yaml", path("soft"));
  fs::create_hard_link(path("move.yaml"), path("hard"));
  fs::create_symlink(folder_.path(), path("folder"));
  fs::create_symlink("move.journal", path("planted"));
  for (const std::string name : {"soft", "hard", "folder/move.yaml"})
    expect_refused({"json=" + path(name)}, "that is the scenario");
  expect_refused({"json=" + path("planted")}, "that is the journal");
}

TEST_F(Reports, NorIsWhatAnotherMoveNeeds) {
  write("other.yaml", "drydock: 1\n");
  write("other.yml", "drydock: 1\n");
  write("other.journal", std::string("SQLite format 3\0rest", 20));
  write("other.key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n");
  for (const auto& [name, what] : std::vector<std::pair<std::string, std::string>>{{"other.yaml", "a YAML file"},
                                                                                   {"other.yml", "a YAML file"},
                                                                                   {"other.journal", "a journal"},
                                                                                   {"other.key", "a private key"}}) {
    const std::string before = read(name);
    expect_refused({"json=" + path(name)}, what + " stands there, which no report replaces");
    EXPECT_EQ(read(name), before);
  }
  write("new.yaml", "");
  EXPECT_EQ(run({"json=" + path("new.yaml")}).exit, 0) << "an empty file is nobody's";
}

TEST_F(Reports, TwoReportsToOnePlaceAreRefused) {
  fs::create_symlink("r", path("link"));
  for (const std::string& other : {path("r"), folder_.path().string() + "//r", path("link")})
    expect_refused({"json=" + path("r"), "junit=" + other}, "json=" + path("r") + " goes there already");
  expect_refused({"json=-", "text=-"}, "goes there already");
  expect_refused({"json=/dev/stdout"}, "the text for people goes");
  expect_refused({"json=-", "junit=/dev/fd/1"}, "a report goes already");
}

TEST_F(Reports, WhatCanNotBeWrittenIsRefusedBeforeAnythingElseIsTouched) {
  write("r.jsonl", "earlier");
  expect_refused({"jsonl=" + path("r.jsonl"), "json=" + folder_.path().string()}, "it is a folder");
  expect_refused({"jsonl=" + path("new.jsonl"), "json=/proc/nothing"}, "can't make a file in /proc");
  expect_refused({"jsonl=" + path("r.jsonl"), "json=" + path("none/r.json")}, "No such file or directory");
  expect_refused({"jsonl=" + path("r.jsonl"), "json=/dev/fd/99"}, "Bad file descriptor");
  EXPECT_EQ(read("r.jsonl"), "earlier");
}

TEST_F(Reports, PipesAndDevicesAreWrittenDirectly) {
  EXPECT_EQ(run({"json=/dev/null"}).exit, 0);
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const RunningDrydock running({"run", scenario_, "--quiet", "--report", "junit=" + path("pipe")}, outputs_.path());
  EXPECT_THAT(read("pipe"), HasSubstr("<testsuites"));
  int ends[2];
  ASSERT_EQ(::pipe2(ends, 0), 0);
  const RunningDrydock substituted(
      {"run", scenario_, "--quiet", "--report", "junit=/dev/fd/" + std::to_string(ends[1])}, outputs_.path());
  ::close(ends[1]);
  std::string said;
  char octet = 0;
  while (::read(ends[0], &octet, 1) == 1) said += octet;
  ::close(ends[0]);
  EXPECT_THAT(said, HasSubstr("<testsuites"));
}

TEST_F(Reports, APipeThatNobodyReadsIsToldBeforeAnythingIsSent) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const auto ended = run({"json=" + path("pipe")});
  EXPECT_EQ(ended.exit, 2) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("nobody reads"));
}

TEST_F(Reports, AFullDeviceIsToldAndTheOthersAreWritten) {
  const auto ended = run({"json=/dev/full", "junit=" + path("r.xml")});
  EXPECT_EQ(ended.exit, 70) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("the report json=/dev/full is not written"));
  EXPECT_THAT(ended.err, HasSubstr("No space left"));
  EXPECT_THAT(read("r.xml"), HasSubstr("<testsuites"));
  EXPECT_THAT(ended.out, HasSubstr("verdict: pass"));
}

/// A transfer whose one action makes the file MARK and fails.
constexpr const char* kTransfer = R"(drydock: 1
name: One step
vars: {mark: undecided}
hosts: {box: {address: 127.0.0.1}}
probes: [{id: closed, ports: {closed: [1]}, severity: degraded}]
transfer: [{step: only, run: {shell: "touch ${vars.mark}; echo it said no; exit 3"}}]
)";

TEST_F(Reports, ATransferActsOnlyWhereItsReportsCanBeWritten) {
  const auto scenario = write("one.yaml", kTransfer);
  for (const std::string name : {"one.journal", "one.journal-wal", "one.yaml"}) {
    const auto ended =
        run_drydock({"cutover", scenario, "--set", "mark=" + path("ran"), "--quiet", "--report", "json=" + path(name)});
    EXPECT_EQ(ended.exit, 2) << ended.err;
  }
  EXPECT_EQ(names().count("ran") + names().count("one.journal"), 0U);
  EXPECT_EQ(read("one.yaml"), kTransfer);
}

TEST_F(Reports, EveryFormatSaysOfAFailedActionWhatItWasAndWhatItSaid) {
  const auto scenario = write("one.yaml", kTransfer);
  std::vector<std::string> words{"cutover", scenario, "--set", "mark=" + path("ran"), "--quiet"};
  for (const std::string format : {"text", "json", "junit", "jsonl", "tap", "markdown", "html"})
    words.insert(words.end(), {"--report", format + "=" + path(format)});
  EXPECT_EQ(run_drydock(words).exit, 6);
  EXPECT_TRUE(fs::exists(path("ran")));
  for (const std::string format : {"text", "json", "junit", "tap", "markdown", "html"}) {
    EXPECT_THAT(read(format), HasSubstr("ran; echo it said no; exit 3")) << format;
    EXPECT_THAT(read(format), HasSubstr("it said no")) << format;
    EXPECT_THAT(read(format), HasSubstr("undone")) << format;
  }
  EXPECT_THAT(read("text"), testing::EndsWith("begins with it; exit 6)\n"));
  EXPECT_THAT(read("json"), HasSubstr("\"verdict\": \"undone\""));
  EXPECT_THAT(read("jsonl"), HasSubstr("{\"summary\":{\"verdict\":\"undone\",\"exit\":6"));
  EXPECT_THAT(read("jsonl"), testing::StartsWith("{\"run\":")) << "begun before the first look";
  EXPECT_THAT(read("junit"), HasSubstr("<testsuite name=\"transfer\" tests=\"1\" failures=\"1\""));
  const auto again = run_drydock({"report", path("one.journal"), "--report", "json=-"});
  EXPECT_THAT(again.out, HasSubstr("\"verdict\": \"undone\""));
  const auto plugin = run_drydock({"report", path("one.journal"), "--report", "nagios"});
  EXPECT_EQ(plugin.exit, 2);
  EXPECT_THAT(plugin.out, testing::StartsWith("DRYDOCK CRITICAL - undone ("));
  const auto moved =
      run_drydock({"cutover", scenario, "--set", "mark=" + path("ran"), "--quiet", "--report", "nagios"});
  EXPECT_EQ(moved.exit, 2) << "of 6";
  EXPECT_EQ(moved.out, plugin.out.substr(0, plugin.out.find(" time=")) + moved.out.substr(moved.out.find(" time=")));
}

TEST_F(Reports, AReportDoesNotReplaceWhatItIsMadeFrom) {
  ASSERT_EQ(run({"json=" + path("r.json")}).exit, 0);
  const std::string before = read("r.json");
  fs::create_symlink("r.json", path("same"));
  for (const std::string name : {"r.json", "same"}) {
    const auto ended = run_drydock({"report", path("r.json"), "--report", "text=" + path(name)});
    EXPECT_EQ(ended.exit, 2);
    EXPECT_THAT(ended.err, HasSubstr("that is what is read"));
  }
  EXPECT_EQ(read("r.json"), before);
}

}  // namespace
}  // namespace drydock
