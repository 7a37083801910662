#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "fixtures/lab/control.hpp"
#include "fixtures/lab/lab.hpp"
#include "fixtures/lab/process.hpp"
#include "probes/core/process_identity.hpp"
#include "tests/unit/lab/practice_lab.hpp"

namespace drydock::lab {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr uid_t kNobody = 65534;
constexpr int kCopy = 232;  // no other test's

/// A process of root's that no verb may end, and a folder that says that it is a lab's supervisor.
class LabOfAStranger : public testing::Test {
protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "the lab's verbs are root's, and only root can give folders to others";
    victim_ = fork();
    if (victim_ == 0) {
      for (;;) pause();
    }
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    write_file(folder_ + "/drydock-lab", "chosen\n");
    claim(identify(victim_));
  }
  void TearDown() override {
    if (victim_ > 0) {
      kill(victim_, SIGKILL);
      waitpid(victim_, nullptr, 0);
    }
    fs::remove_all(folder_);
  }

  void claim(const ProcessIdentity& process) const {
    write_file(folder_ + "/supervisor", fmt::format("{} {} {}\n", process.pid, process.start, process.boot));
  }
  void give_away() const {
    for (const char* each : {"/drydock-lab", "/supervisor", ""}) {
      ASSERT_EQ(lchown((folder_ + each).c_str(), kNobody, kNobody), 0);
    }
  }
  bool victim_lives() const { return waitpid(victim_, nullptr, WNOHANG) == 0; }
  /// What a verb said, after its exit code.
  template <typename Verb>
  static std::string said(Verb&& verb) {
    std::ostringstream out, err;
    const int code = verb(out, err);
    return std::to_string(code) + " " + out.str() + err.str();
  }
  static std::string down_at(const fs::path& run) {
    return said([&](auto& out, auto& err) { return down({run, kCopy}, out, err); });
  }
  std::string refused_down() const {
    std::string text = down_at(folder_);
    EXPECT_TRUE(victim_lives());
    EXPECT_TRUE(fs::exists(folder_ + "/drydock-lab"));
    return text;
  }

  pid_t victim_ = 0;
  std::string folder_ = fmt::format("/var/tmp/drydock-lab-{}.XXXXXX", kCopy);
};

TEST_F(LabOfAStranger, IsObeyedByNoVerb) {
  give_away();
  const auto whose = AllOf(testing::StartsWith("3 "), HasSubstr(folder_ + " belongs to nobody (user 65534)"),
                           HasSubstr("Nothing was read, ended or removed"));
  EXPECT_THAT(refused_down(), whose);
  const Place place{folder_, kCopy};
  EXPECT_THAT(said([&](auto& out, auto& err) { return status(place, out, err); }), whose);
  EXPECT_THAT(said([&](auto& out, auto& err) { return fault(place, "F04", out, err); }), whose);
  EXPECT_THAT(said([&](auto& out, auto& err) { return mend(place, "F04", out, err); }), whose);
  EXPECT_THAT(said([&](auto&, auto& err) { return exec(place, {"/bin/true"}, err); }),
              AllOf(testing::StartsWith("70 "), HasSubstr("belongs to nobody")));
  EXPECT_TRUE(victim_lives());
}

TEST_F(LabOfAStranger, IsNotTakenByUpNorIsAFolderInIt) {
  if (!can_run_labs()) GTEST_SKIP() << "needs the lab's servers";
  give_away();
  for (const std::string& run : {folder_, folder_ + "/a/b"}) {
    UpOptions options;
    options.netns = true;
    options.place = {run, kCopy};
    EXPECT_THAT(said([&](auto& out, auto& err) { return up(options, out, err); }),
                AllOf(testing::StartsWith("70 "), HasSubstr(folder_ + " belongs to nobody (user 65534)")));
  }
  EXPECT_FALSE(fs::exists(folder_ + "/a"));
  EXPECT_TRUE(fs::exists(folder_ + "/drydock-lab"));
}

TEST_F(LabOfAStranger, IsPassedOverWhereNoFolderIsNamed) {
  give_away();
  EXPECT_THAT(down_at({}), AllOf(HasSubstr("no lab of copy 232 runs"),
                                 HasSubstr("passed over: " + folder_ + " belongs to nobody (user 65534)")));
  EXPECT_TRUE(victim_lives());
}

TEST_F(LabOfAStranger, IsNotBelievedThroughALink) {
  const std::string link = folder_ + "-link";
  fs::create_symlink(folder_, link);
  lchown(link.c_str(), kNobody, kNobody);
  EXPECT_THAT(down_at(link), AllOf(testing::StartsWith("3 "), HasSubstr(link + " is a symbolic link")));
  EXPECT_TRUE(victim_lives());
  EXPECT_TRUE(fs::exists(folder_ + "/drydock-lab"));
  fs::remove(link);
}

TEST_F(LabOfAStranger, IsNotBelievedWhereOthersCanWriteIt) {
  chmod(folder_.c_str(), 0777);
  EXPECT_THAT(refused_down(), HasSubstr("can be written by others"));
  chmod(folder_.c_str(), 0700);
  lchown((folder_ + "/supervisor").c_str(), kNobody, kNobody);
  EXPECT_THAT(refused_down(), HasSubstr(folder_ + "/supervisor belongs to nobody"));
}

TEST_F(LabOfAStranger, EndsNobodyWhoDoesNotListenThere) {
  EXPECT_THAT(refused_down(), AllOf(HasSubstr(fmt::format("process {} is named", victim_)),
                                    HasSubstr("nothing was done"), HasSubstr("by hand")));
}

TEST_F(LabOfAStranger, IsKnownByStartAndBootNotByNumber) {
  ProcessIdentity other = identify(victim_);
  ++other.start;
  claim(other);
  EXPECT_THAT(down_at(folder_), testing::StartsWith("0 lab is down"));
  EXPECT_TRUE(victim_lives());
  write_file(folder_ + "/drydock-lab", "chosen\n");
  other = identify(victim_);
  other.boot = "00000000-0000-4000-8000-000000000000";
  claim(other);
  EXPECT_THAT(down_at(folder_), testing::StartsWith("0 lab is down"));
  EXPECT_TRUE(victim_lives());
}

TEST_F(LabOfAStranger, RefusesAFileThatNamesNoProcessAsItShould) {
  const std::string file = folder_ + "/supervisor";
  for (const std::string& text : {std::string(), fmt::format("{}\n", victim_), std::string("-1 1 x\n"),
                                  std::string("1 1 x y\n"), std::string("jim\n")}) {
    write_file(file, text);
    EXPECT_THAT(refused_down(), HasSubstr(file + " does not name a process")) << text;
  }
  write_file(file, std::string(1 << 20, '1'));
  EXPECT_THAT(refused_down(), HasSubstr("is longer than 256 octets"));
  fs::remove(file);
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(refused_down(), HasSubstr("is not a regular file"));
  fs::remove(file);
  fs::create_symlink("nowhere", file);
  EXPECT_THAT(refused_down(), HasSubstr("there is no " + folder_ + "/nowhere"));
}

TEST_F(LabOfAStranger, TellsAUserThatALabIsRoots) {
  const std::string trouble = run_forked([&] {
    if (setgid(kNobody) != 0 || setuid(kNobody) != 0) throw_errno("become nobody");
    throw std::runtime_error(down_at(folder_));
  });
  EXPECT_THAT(trouble,
              AllOf(testing::StartsWith("3 "), HasSubstr(folder_ + " can't be looked into"), HasSubstr("sudo")));
}

TEST_F(LabOfAStranger, NamesAListenerThatNoFileNames) {
  const Descriptor listener = listen_control(folder_);
  fs::remove(folder_ + "/supervisor");
  EXPECT_THAT(refused_down(),
              AllOf(HasSubstr(fmt::format("process {} listens", getpid())), HasSubstr("a lab that starts")));
  claim(identify(victim_));
  EXPECT_THAT(refused_down(), HasSubstr("it is not who answers"));
}

}  // namespace
}  // namespace drydock::lab
