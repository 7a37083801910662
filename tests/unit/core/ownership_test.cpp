#include "probes/core/ownership.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

namespace drydock {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Optional;

constexpr uid_t kNobody = 65534;
constexpr uid_t kStranger = 54321;  // has no name

/// A folder of our own in /tmp, where everybody can write and the sticky bit is set.
class Ownership : public testing::Test {
protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(base_.data()), nullptr); }
  void TearDown() override { fs::remove_all(base_); }

  fs::path in(const std::string& name) const { return fs::path(base_) / name; }
  fs::path file(const std::string& name, const std::string& text = "text", mode_t mode = 0600) const {
    std::ofstream(in(name)) << text;
    ::chmod(in(name).c_str(), mode);
    return in(name);
  }
  fs::path folder(const std::string& name, mode_t mode = 0700) const {
    fs::create_directories(in(name));
    ::chmod(in(name).c_str(), mode);
    return in(name);
  }

  std::string base_ = "/tmp/drydock-owned.XXXXXX";
};

/// What needs a file of another user's.
class OwnershipOfOthers : public Ownership {
protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files to others";
    Ownership::SetUp();
  }
  static fs::path give(const fs::path& path, uid_t user) {
    EXPECT_EQ(::lchown(path.c_str(), user, user), 0);
    return path;
  }
};

/// What `work` returns in a process of that user; nothing where it returns nothing.
std::optional<std::string> as_user(uid_t user, const std::function<std::optional<std::string>()>& work) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool changed = ::setgid(user) == 0 && ::setuid(user) == 0;
    const std::string said = changed ? work().value_or("") : "can't become another user";
    ::_exit(::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  char octet = 0;
  while (::read(ends[0], &octet, 1) == 1) said.push_back(octet);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return said.empty() ? std::nullopt : std::optional(said);
}

TEST_F(Ownership, BelievesWhatIsOursInAStickyFolder) {
  EXPECT_EQ(distrust(file("key"), Owned::file), std::nullopt);
  EXPECT_EQ(distrust(folder("lab"), Owned::folder), std::nullopt);
  EXPECT_EQ(distrust(in("lab/../lab/."), Owned::folder), std::nullopt);
  EXPECT_EQ(distrust("/etc/passwd", Owned::file), std::nullopt);
  EXPECT_EQ(distrust("/", Owned::place), std::nullopt);
}

TEST_F(Ownership, ARelativePathIsCheckedFromTheRoot) {
  folder("open", 0777);
  folder("open/mine");
  const fs::path before = fs::current_path();
  fs::current_path(in("open/mine"));
  const auto why = distrust("key", Owned::file);
  fs::current_path(before);
  EXPECT_THAT(why, Optional(AllOf(HasSubstr(in("open").string() + " can be written by others"),
                                  HasSubstr("(mode 0777)"), HasSubstr("chmod go-w"))));
}

TEST_F(Ownership, OthersMustNotWriteTheEnd) {
  EXPECT_THAT(distrust(file("key", "x", 0660), Owned::file), Optional(HasSubstr("can be written by others")));
  EXPECT_THAT(distrust(folder("group", 0770), Owned::folder), Optional(HasSubstr("can be written by others")));
  EXPECT_THAT(distrust("/tmp", Owned::folder), Optional(HasSubstr("choose a folder of your own in it")));
  EXPECT_EQ(distrust("/tmp", Owned::place), std::nullopt);
  EXPECT_THAT(distrust(in("group"), Owned::place), Optional(HasSubstr("can be written by others")));
}

TEST_F(Ownership, NorAFolderOnTheWayUnlessItIsSticky) {
  folder("way", 0777);
  file("way/key");
  EXPECT_THAT(distrust(in("way/key"), Owned::file), Optional(HasSubstr(in("way").string() + " can be written")));
  folder("way", 01777);
  EXPECT_EQ(distrust(in("way/key"), Owned::file), std::nullopt);
}

TEST_F(Ownership, TellsWhatIsNotThereOrOfAnotherKind) {
  EXPECT_EQ(distrust(in("none"), Owned::file), "there is no " + in("none").string());
  EXPECT_EQ(distrust(in("none/key"), Owned::file), "there is no " + in("none").string());
  EXPECT_EQ(distrust(base_, Owned::file), base_ + " is not a regular file");
  EXPECT_EQ(distrust(file("key"), Owned::folder), in("key").string() + " is not a folder");
  EXPECT_EQ(distrust(in("key/x"), Owned::file), in("key").string() + " is not a folder");
}

TEST_F(Ownership, ALinkIsFollowedOnlyWhereOthersCanNotWrite) {
  folder("lab");
  fs::create_symlink("lab", in("link"));
  EXPECT_EQ(distrust(in("link"), Owned::folder), std::nullopt);
  folder("open", 01777);
  fs::create_symlink(in("lab"), in("open/link"));
  EXPECT_THAT(distrust(in("open/link"), Owned::folder),
              Optional(AllOf(HasSubstr(in("open/link").string() + " is a symbolic link of "),
                             HasSubstr("in a folder that others can write"))));
  fs::create_symlink(in("open/link"), in("far"));
  EXPECT_THAT(distrust(in("far"), Owned::folder), Optional(HasSubstr("is a symbolic link")));
  fs::create_symlink("round", in("round"));
  EXPECT_THAT(distrust(in("round"), Owned::folder), Optional(HasSubstr("too many symbolic links")));
}

TEST_F(Ownership, ASecondNameInAStickyFolderIsNotBelieved) {
  file("key");
  folder("open", 01777);
  fs::create_hard_link(in("key"), in("open/key"));
  EXPECT_THAT(distrust(in("open/key"), Owned::file), Optional(HasSubstr("has a second name")));
  EXPECT_EQ(distrust(in("key"), Owned::file), std::nullopt);
}

TEST_F(Ownership, ReadsWhatItBelievesAndNoMoreThanItMust) {
  EXPECT_EQ(read_owned(file("pid", "17 4 x\n"), 7), "17 4 x\n");
  EXPECT_EQ(read_owned(file("empty", ""), 7), "");
  EXPECT_THROW(read_owned(file("long", "17 4 xy\n"), 7), std::runtime_error);
  EXPECT_THROW(read_owned(in("none"), 7), std::runtime_error);
  ASSERT_EQ(::mkfifo(in("fifo").c_str(), 0600), 0);
  EXPECT_THROW(read_owned(in("fifo"), 7), std::runtime_error);
}

TEST_F(Ownership, WhatANameHoldsCanNotDressAMessage) {
  EXPECT_THAT(distrust(in("a\x1b[2Jb"), Owned::file), Optional(testing::Not(HasSubstr("\x1b"))));
}

TEST_F(OwnershipOfOthers, WhatIsAnothersIsNotBelieved) {
  EXPECT_THAT(distrust(give(file("key"), kNobody), Owned::file),
              Optional(AllOf(HasSubstr(in("key").string() + " belongs to nobody (user 65534)"),
                             HasSubstr("must belong to root"))));
  EXPECT_THAT(distrust(give(folder("lab"), kStranger), Owned::folder), Optional(HasSubstr("belongs to user 54321")));
  file("lab/supervisor");
  EXPECT_THAT(distrust(in("lab/supervisor"), Owned::file),
              Optional(HasSubstr(in("lab").string() + " belongs to user 54321")));
  EXPECT_THROW(read_owned(in("lab/supervisor"), 100), std::runtime_error);
  EXPECT_THAT(distrust(in("lab"), Owned::place), Optional(HasSubstr("belongs to")));
}

TEST_F(OwnershipOfOthers, NorIsTheirLink) {
  folder("lab");
  fs::create_symlink("lab", in("link"));
  give(in("link"), kNobody);
  EXPECT_THAT(distrust(in("link"), Owned::folder), Optional(HasSubstr("belongs to nobody")));
  folder("", 01777);
  EXPECT_THAT(distrust(in("link"), Owned::folder), Optional(HasSubstr("is a symbolic link of nobody (user 65534)")));
}

TEST_F(OwnershipOfOthers, AUserBelievesRootAndHimselfAndNobodyElse) {
  folder("", 0755);
  folder("shared", 01777);
  file("shared/roots", "x", 0644);
  give(file("shared/own"), kNobody);
  give(file("shared/strangers", "x", 0644), kStranger);
  const auto look = [&](const std::string& name) {
    return as_user(kNobody, [&] { return distrust(in(name), Owned::file); });
  };
  EXPECT_EQ(look("shared/roots"), std::nullopt);
  EXPECT_EQ(look("shared/own"), std::nullopt);
  EXPECT_THAT(look("shared/strangers"), Optional(HasSubstr("must belong to root or to nobody (user 65534)")));
  folder("", 0700);
  EXPECT_THAT(look("shared/own"), Optional(HasSubstr("can't be reached: Permission denied")));
}

}  // namespace
}  // namespace drydock
