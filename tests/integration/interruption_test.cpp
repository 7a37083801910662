// What becomes of drydock where its streams or its terminal are lost, and where it is told to stop.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "harness/action/child.hpp"
#include "tests/support/drydock_process.hpp"

namespace drydock {
namespace {

using net::ChildResult;
using test::run_drydock;
using test::RunningDrydock;
using test::Surroundings;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

class Descriptor {
public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  [[nodiscard]] int number() const { return number_; }

private:
  int number_;
};

struct Pipe {
  Descriptor read{-1}, write{-1};
  Pipe() : Pipe(made()) {}

private:
  static std::array<int, 2> made() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    return ends;
  }
  explicit Pipe(std::array<int, 2> ends) : read(ends[0]), write(ends[1]) {}
};

constexpr const char* kMove = R"(drydock: 1
name: Two steps
hosts: {box: {address: 127.0.0.1}}
probes: [{id: closed, ports: {closed: [1]}}]
gates: {ready: {probes: [closed]}}
transfer:
  - {step: one, before: [ready], run: {shell: "echo > begun; cat wait > /dev/null; echo > finished"}}
  - {step: two, run: {command: ["true"]}}
)";

class CommandLineStreams : public testing::Test {
protected:
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  [[nodiscard]] bool there(const std::string& name) const { return std::filesystem::exists(path(name)); }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  /// A move whose first action waits for release().
  std::string waiting_move() {
    EXPECT_EQ(::mkfifo(path("wait").c_str(), 0600), 0);
    return write("move.yaml", kMove);
  }
  void release() { std::ofstream(path("wait")) << "go on\n"; }
  ChildResult run(const Words& arguments, const Surroundings& surroundings) {
    return RunningDrydock(arguments, folder_.path(), surroundings).wait();
  }
  static void until(const std::function<bool()>& holds, RunningDrydock& drydock) {
    for (int i = 0; i < 6000 && !holds() && !drydock.ended(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_TRUE(holds()) << drydock.said();
  }
  test::TemporaryFolder folder_;
};

constexpr const char* kQuickMove = R"(drydock: 1
name: One step
hosts: {box: {address: 127.0.0.1}}
probes: [{id: closed, ports: {closed: [1]}}]
gates: {ready: {probes: [closed]}}
transfer: [{step: one, before: [ready], run: {command: ["true"]}}]
)";

/// Streams that take no word, each with its name.
class Lost {
public:
  Lost() { broken_.read.close(); }
  [[nodiscard]] std::vector<std::pair<std::string, int>> all() const {
    return {{"closed", Surroundings::kClosed}, {"full", full_.number()}, {"a broken pipe", broken_.write.number()}};
  }

private:
  Descriptor full_{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  Pipe broken_;
};

TEST_F(CommandLineStreams, VerbsThatOnlyTellEndWith70WhereTheyCant) {
  const auto scenario = write("move.yaml", kQuickMove);
  ASSERT_EQ(run_drydock({"cutover", scenario}).exit, 0);
  const Lost lost;
  for (const Words& words : std::vector<Words>{{"check", scenario},
                                               {"run", scenario},
                                               {"run", scenario, "--report", "json=-"},
                                               {"plan", scenario},
                                               {"history", scenario},
                                               {"report", path("move.journal")},
                                               {"checks"},
                                               {"explain", "smtp.relay-denied"},
                                               {"schema"},
                                               {"probe", "ports", "127.0.0.1", "closed=[1]"},
                                               {"--help"}})
    for (const auto& [how, descriptor] : lost.all()) {
      const ChildResult ended = run(words, {.out = descriptor});
      EXPECT_EQ(ended.exit, 70) << words[0] << " " << how << ": signal " << ended.signal << "\n" << ended.err;
      if (how == "a broken pipe")
        EXPECT_THAT(ended.err, Not(HasSubstr("could not be written"))) << words[0];
      else
        EXPECT_THAT(ended.err, HasSubstr("drydock: standard output could not be written: ")) << words[0];
    }
}

TEST_F(CommandLineStreams, WithoutStandardErrorAnExitCodeIsWhatItWas) {
  const auto scenario = write("move.yaml", kQuickMove);
  const auto red = write("red.yaml", std::string(kQuickMove) + "unknown: 1\n");
  const Lost lost;
  for (const auto& [how, descriptor] : lost.all()) {
    EXPECT_EQ(run({"run", scenario, "--verbose"}, {.err = descriptor}).exit, 0) << how;
    EXPECT_EQ(run({"check", red}, {.err = descriptor}).exit, 2) << how;
    EXPECT_EQ(run({"fly"}, {.err = descriptor}).exit, 2) << how;
    EXPECT_EQ(run({"cutover", scenario}, {.err = descriptor}).exit, 0) << how;
  }
}

TEST_F(CommandLineStreams, ATransferGoesOnWhenNobodyHears) {
  const Lost lost;
  for (const auto& [how, descriptor] : lost.all()) {
    const auto scenario = write("move.yaml", kQuickMove);
    const ChildResult ended = run({"cutover", scenario}, {.out = descriptor, .err = descriptor});
    EXPECT_EQ(ended.exit, 0) << how << ": signal " << ended.signal;
    EXPECT_THAT(run_drydock({"history", scenario}).out, HasSubstr("step one: finished")) << how;
    EXPECT_EQ(run({"rollback", scenario, "--all"}, {.out = descriptor, .err = descriptor}).exit, 0) << how;
    EXPECT_EQ(run_drydock({"history", scenario, "--verify"}).exit, 0) << how;
    std::filesystem::remove(path("move.journal"));
  }
}

TEST_F(CommandLineStreams, AReportNeverTakesThePlaceOfAClosedStream) {
  const auto scenario = write("move.yaml", kQuickMove);
  constexpr int kClosed = Surroundings::kClosed;
  const Words words{"cutover", scenario, "--report", "json=" + path("r.json")};
  EXPECT_EQ(run(words, {.in = kClosed, .out = kClosed, .err = kClosed}).exit, 0);
  boost::json::error_code error;
  (void)boost::json::parse(read("r.json"), error);
  EXPECT_FALSE(error) << read("r.json").substr(0, 300);
}

TEST_F(CommandLineStreams, ATransferGoesOnWhenItsReaderLeaves) {
  const auto scenario = waiting_move();
  Pipe pipe;
  RunningDrydock drydock({"cutover", scenario}, folder_.path(), {.out = pipe.write.number()});
  pipe.write.close();
  char first = 0;
  ASSERT_EQ(::read(pipe.read.number(), &first, 1), 1);
  until([&] { return there("begun"); }, drydock);
  pipe.read.close();
  release();
  EXPECT_EQ(drydock.wait().exit, 0);
  EXPECT_THAT(run_drydock({"history", scenario}).out, HasSubstr("step two: finished"));
}

TEST_F(CommandLineStreams, ATransferGoesOnWhenItsReaderStandsStill) {
  const std::string words(20'000, 'x');
  const auto scenario = write("move.yaml", R"(drydock: 1
name: Many words
hosts: {box: {address: 127.0.0.1}}
probes: [{id: closed, ports: {closed: [1]}}]
gates: {ready: {probes: [closed]}}
transfer:
  - {step: one, before: [ready], run: [{shell: "echo )" +
                                               words + R"( >&2"}, {shell: "echo )" + words + R"("}]}
)");
  const Pipe pipe;
  ASSERT_GE(::fcntl(pipe.write.number(), F_SETPIPE_SZ, 4096), 0);
  EXPECT_EQ(run({"cutover", scenario}, {.out = pipe.write.number()}).exit, 0);
}

class CommandLineSignals : public CommandLineStreams {};

TEST_F(CommandLineSignals, ALostTerminalLetsTheActionFinishHoweverOftenItIsTold) {
  const auto scenario = waiting_move();
  RunningDrydock drydock({"cutover", scenario}, folder_.path());
  until([&] { return there("begun"); }, drydock);
  drydock.signal(SIGHUP);
  until([&] { return drydock.said().find("stopping") != std::string::npos; }, drydock);
  drydock.signal(SIGHUP);
  release();
  const ChildResult ended = drydock.wait();
  EXPECT_EQ(ended.exit, 129) << ended.signal << ended.out << ended.err;
  EXPECT_TRUE(there("finished"));
  const std::string history = run_drydock({"history", scenario}).out;
  EXPECT_THAT(history, HasSubstr("step one: action 1 ended: done"));
  EXPECT_THAT(history, HasSubstr("interrupted by signal 1"));
  EXPECT_THAT(history, Not(HasSubstr("step two: action 1 begins")));
  EXPECT_EQ(run_drydock({"cutover", scenario}).exit, 0);
}

TEST_F(CommandLineSignals, AHangUpThatWasIgnoredStaysIgnored) {
  const auto scenario = waiting_move();
  RunningDrydock drydock({"cutover", scenario}, folder_.path(), {.hangup_ignored = true});
  until([&] { return there("begun"); }, drydock);
  drydock.signal(SIGHUP);
  release();
  const ChildResult ended = drydock.wait();
  EXPECT_EQ(ended.exit, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("stopping")));
}

TEST_F(CommandLineSignals, ASecondSignalEndsTheAction) {
  const auto scenario = waiting_move();
  RunningDrydock drydock({"cutover", scenario}, folder_.path());
  until([&] { return there("begun"); }, drydock);
  drydock.signal(SIGHUP);
  until([&] { return drydock.said().find("stopping") != std::string::npos; }, drydock);
  drydock.signal(SIGTERM);
  EXPECT_EQ(drydock.wait().exit, 143);
  EXPECT_FALSE(there("finished"));
}

/// A probe that waits, and ends by SIGKILL only where `stubborn`.
std::string waiting_run(bool stubborn) {
  const std::string shell = std::string(stubborn ? "trap '' TERM; " : "") + "echo $$ > begun; sleep 1000 & wait; wait";
  return R"(drydock: 1
name: Long probes
hosts: {box: {address: 127.0.0.1}}
probes:
  - {id: long, on: here, timeout: 10m, command: {argv: [sh, -c, ")" +
         shell + R"("]}}
  - {id: after, needs: [long], ports: {closed: [1]}}
)";
}

TEST_F(CommandLineSignals, AnInterruptedRunReportsEveryProbe) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const auto scenario = write("run.yaml", waiting_run(false));
    RunningDrydock drydock({"run", scenario, "--report", "json=" + path("r.json"), "--report", "text=-"},
                           folder_.path());
    until([&] { return there("begun"); }, drydock);
    drydock.signal(number);
    const ChildResult ended = drydock.wait();
    EXPECT_EQ(ended.exit, 128 + number) << ended.signal << ended.err;
    const auto report = boost::json::parse(read("r.json"));
    std::map<std::string, std::string> messages;
    for (const auto& result : report.at("results").as_array()) {
      if (result.at("verdict").as_string() == "skip") continue;  // what does not apply, whatever had been seen
      EXPECT_EQ(result.at("verdict").as_string(), "inconclusive");
      messages[std::string(result.at("probe").as_string())] = result.at("message").as_string();
    }
    EXPECT_THAT(messages["long"], testing::MatchesRegex("interrupted after [0-9]+\\.[0-9] s"));
    EXPECT_EQ(messages["after"], "not looked at: interrupted before it began");
    std::filesystem::remove(path("begun"));
  }
}

TEST_F(CommandLineSignals, ASecondSignalEndsARunAtOnceAndItsCommandsToo) {
  for (const int number : {SIGINT, SIGTERM}) {
    const auto scenario = write("run.yaml", waiting_run(true));
    RunningDrydock drydock({"run", scenario}, folder_.path());
    int pid = 0;
    until([&] { return std::ifstream(path("begun")) >> pid && pid > 1; }, drydock);
    const ProcessIdentity command = identify(pid);
    drydock.signal(SIGHUP);
    until([&] { return drydock.said().find("once more") != std::string::npos; }, drydock);
    drydock.signal(number);
    const ChildResult ended = drydock.wait();
    EXPECT_EQ(ended.exit, 128 + number) << ended.signal << ended.err;
    EXPECT_EQ(ended.out, "") << "it was not ended at once: it still reported";
    for (int i = 0; i < 1000 && lives(command); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_FALSE(lives(command));
    std::filesystem::remove(path("begun"));
  }
}

}  // namespace
}  // namespace drydock
