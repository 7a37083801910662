#include "probes/command/type.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "probes/command/facts.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/temporary_folder.hpp"

namespace drydock {
namespace {

using namespace test;
using testing::HasSubstr;

Subject here(std::vector<std::string> argv) {
  Subject subject = subject_at({"127.0.0.1", 0});
  subject.target.port.reset();
  subject.target.aim = Aim::this_machine;
  subject.target.id = kThisMachine;
  subject.parameters.set("argv", std::move(argv));
  return subject;
}

Verdict verdict(std::string_view id, const Observation& seen, const Subject& subject) {
  return judge(kCommandType, id, seen, subject).verdict;
}

TEST(Command, RecordsStatusAndOutput) {
  const Subject subject = here({"sh", "-c", "echo 'a b'; echo; echo oops >&2"});
  const Observation seen = observe(kCommandType, subject);
  EXPECT_EQ(*seen.get(kCommand.exit), 0);
  EXPECT_EQ(seen.get(kCommand.out)->text(), "a b\n") << "one final newline is left out, and one only";
  EXPECT_EQ(seen.get(kCommand.err)->text(), "oops");
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::pass);
  EXPECT_EQ(verdict("command.exit", seen, subject), Verdict::pass);
  EXPECT_THAT(judge(kCommandType, "command.exit", seen, subject).reproduce, HasSubstr("sh -c 'echo '\\''a b'\\''"));
}

TEST(Command, OfMuchOutputTheMiddleIsUnknown) {
  const Observation seen =
      observe(kCommandType, here({"sh", "-c", "yes | head -c 800000; echo ERROR; yes | head -c 800000"}));
  ASSERT_TRUE(seen.get(kCommand.out));
  EXPECT_FALSE(seen.get(kCommand.out)->whole());
  EXPECT_EQ(seen.get(kCommand.out)->text().find("ERROR"), std::string::npos);
}

TEST(Command, ExitFailsForAnotherStatus) {
  const Subject subject = here({"sh", "-c", "echo 'no such mount' >&2; exit 1"});
  const Observation seen = observe(kCommandType, subject);
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::pass);
  const Judgement judgement = judge(kCommandType, "command.exit", seen, subject);
  EXPECT_EQ(judgement.verdict, Verdict::fail);
  EXPECT_THAT(judgement.message, HasSubstr("1: no such mount"));
}

TEST(Command, ExitIsLeftToExpectWhereThatSpeaksOfIt) {
  Subject subject = here({"sh", "-c", "exit 3"});
  subject.expected.facts = {"stdout", "exit"};
  const Observation seen = observe(kCommandType, subject);
  EXPECT_EQ(verdict("command.exit", seen, subject), Verdict::skip);
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::pass);
}

TEST(Command, RanFailsWhereTheHostHasNoSuchProgram) {
  Subject subject = here({"sh", "-c", "no-such-program-here"});
  const Observation seen = observe(kCommandType, subject);
  const Judgement judgement = judge(kCommandType, "command.ran", seen, subject);
  EXPECT_EQ(judgement.verdict, Verdict::fail);
  EXPECT_THAT(judgement.message, HasSubstr("not found"));
  EXPECT_EQ(verdict("command.exit", seen, subject), Verdict::inconclusive);
  subject.expected.facts = {"exit"};
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::pass);
}

TEST(Command, RanFailsForASignal) {
  const Subject subject = here({"sh", "-c", "kill -9 $$"});
  const Observation seen = observe(kCommandType, subject);
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::fail);
  EXPECT_EQ(verdict("command.exit", seen, subject), Verdict::inconclusive);
}

TEST(Command, TimeOutIsInconclusive) {
  const Subject subject = here({"sleep", "1000"});
  const Observation seen = observe(kCommandType, subject, std::chrono::milliseconds(200));
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::timeout);
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::inconclusive);
  EXPECT_EQ(verdict("command.exit", seen, subject), Verdict::inconclusive);
}

TEST(Command, WhatThisMachineLacksIsInconclusive) {
  const Subject subject = here({"no-such-program-here"});
  const Observation seen = observe(kCommandType, subject);
  ASSERT_TRUE(seen.error);
  EXPECT_EQ(seen.error->kind, ErrorKind::local);
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::inconclusive);
}

TEST(Command, AHostWithoutSshIsInconclusive) {
  Subject subject = here({"true"});
  subject.target.aim = Aim::host;
  subject.target.id = "new";
  const Observation seen = observe(kCommandType, subject);
  ASSERT_TRUE(seen.error);
  EXPECT_THAT(seen.error->message, HasSubstr("`ssh`"));
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::inconclusive);
  EXPECT_EQ(verdict("command.exit", seen, subject), Verdict::inconclusive);
}

TEST(Command, AnSshThatCanNotConnectIsInconclusive) {
  Subject subject = here({"true"});
  subject.target.aim = Aim::host;
  subject.target.id = "new";
  subject.target.ssh = SshAccess{"ops", "/nonexistent/key", "/nonexistent/known_hosts", 1};
  const Observation seen = observe(kCommandType, subject);
  ASSERT_TRUE(seen.error) << transcript_text(seen);
  EXPECT_EQ(seen.error->kind, ErrorKind::unreachable);
  EXPECT_THAT(seen.error->message, HasSubstr("ssh could not run the command"));
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::inconclusive);
  EXPECT_THAT(judge(kCommandType, "command.ran", seen, subject).reproduce, HasSubstr("ops@127.0.0.1"));
}

/// Puts a program called `ssh` before the system's, for as long as it lives.
class OtherSsh {
public:
  explicit OtherSsh(const std::string& script) {
    std::ofstream(program()) << "#!/bin/sh\n" << script;
    ::chmod(program().c_str(), 0700);
    ::setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
  }
  ~OtherSsh() { ::setenv("PATH", path_.c_str(), 1); }
  OtherSsh(const OtherSsh&) = delete;
  OtherSsh& operator=(const OtherSsh&) = delete;

private:
  [[nodiscard]] std::string program() const { return (folder_.path() / "ssh").string(); }
  TemporaryFolder folder_;
  std::string path_ = ::getenv("PATH");
};

TEST(Command, AnotherHostKeyFailsAndAnUnknownOneDoesNot) {
  Subject subject = here({"true"});
  subject.target.aim = Aim::host;
  subject.target.id = "new";
  subject.target.ssh = SshAccess{"ops", "/nonexistent/key", "/nonexistent/known_hosts", 1};
  // As OpenSSH 9.2 says it.
  const std::string verification = "echo 'Host key verification failed.' >&2; exit 255\n";
  const OtherSsh changed("echo '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @' >&2\n" + verification);
  const Observation seen = observe(kCommandType, subject);
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::fail) << transcript_text(seen);
  EXPECT_EQ(verdict("command.exit", seen, subject), Verdict::inconclusive);
  const OtherSsh unknown("echo 'No ED25519 host key is known for [127.0.0.1]:1 and ...' >&2\n" + verification);
  const Observation unsure = observe(kCommandType, subject);
  EXPECT_EQ(verdict("command.ran", unsure, subject), Verdict::inconclusive) << transcript_text(unsure);
}

TEST(Command, AKeyOfAnotherKindThanTheKnownOneIsAnotherKey) {
  const TemporaryFolder temporary;
  const std::string folder = temporary.path().string();
  const std::string make = "cd " + folder +
                           " && ssh-keygen -q -t ed25519 -N '' -f key && "
                           "echo \"[127.0.0.1]:1 $(cat key.pub)\" >known && ssh-keygen -q -H -f known 2>/dev/null";
  ASSERT_EQ(std::system(make.c_str()), 0);
  Subject subject = here({"true"});
  subject.target.aim = Aim::host;
  subject.target.id = "new";
  subject.target.ssh = SshAccess{"ops", folder + "/key", folder + "/known", 1};
  const OtherSsh offers(
      "echo 'No ECDSA host key is known for [127.0.0.1]:1 and you have requested strict checking.' >&2\n"
      "echo 'Host key verification failed.' >&2; exit 255\n");
  EXPECT_EQ(verdict("command.ran", observe(kCommandType, subject), subject), Verdict::fail);
  subject.target.ssh->port = 2;
  EXPECT_EQ(verdict("command.ran", observe(kCommandType, subject), subject), Verdict::inconclusive)
      << "of that one nothing is known";
}

TEST(Command, AnSshThatEndsWithoutAWordRanNothing) {
  const ScriptedPeer peer({send("SSH-2.0-x\r\n"), hang_up()});
  Subject subject = here({"true"});
  subject.target.aim = Aim::host;
  subject.target.id = "new";
  subject.target.ssh = SshAccess{"ops", "/nonexistent/key", "/nonexistent/known_hosts", peer.port()};
  const Observation seen = observe(kCommandType, subject);
  ASSERT_TRUE(seen.error) << transcript_text(seen);
  EXPECT_EQ(seen.error->kind, ErrorKind::unreachable);
  EXPECT_FALSE(seen.has(kCommand.exit));
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::inconclusive);
}

TEST(Command, AForcedCommandInItsPlaceIsNamedAsTheReason) {
  Subject subject = here({"true"});
  subject.target.aim = Aim::host;
  subject.target.id = "new";
  subject.target.ssh = SshAccess{"ops", "/nonexistent/key", "/nonexistent/known_hosts", 1};
  const OtherSsh forced("echo welcome; exit 0\n");
  const Observation seen = observe(kCommandType, subject);
  EXPECT_EQ(verdict("command.ran", seen, subject), Verdict::inconclusive) << transcript_text(seen);
  EXPECT_THAT(judge(kCommandType, "command.ran", seen, subject).message, HasSubstr("A forced command (ForceCommand"));
}

TEST(Command, NothingSeenIsInconclusive) {
  const Subject subject = here({"true"});
  EXPECT_EQ(verdict("command.ran", Observation(), subject), Verdict::inconclusive);
  EXPECT_EQ(verdict("command.exit", Observation(), subject), Verdict::inconclusive);
}

TEST(Command, ArgvNamesAProgram) {
  EXPECT_EQ(kCommandType.validate(here({}).parameters).size(), 1U);
  EXPECT_EQ(kCommandType.validate(here({""}).parameters).size(), 1U);
  EXPECT_EQ(kCommandType.validate(here({"a", std::string("\0", 1)}).parameters).size(), 1U);
  EXPECT_TRUE(kCommandType.validate(here({"true"}).parameters).empty());
}

}  // namespace
}  // namespace drydock
