#include "probes/core/ownership.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

#include "probes/core/observation.hpp"

namespace drydock {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr int kMostLinks = 40;

class Handle {
public:
  explicit Handle(int fd) : fd_(fd) {}
  Handle(Handle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

private:
  int fd_;
};

/// One component: its descriptor (O_PATH), what the kernel says of it, and its path for people.
struct Step {
  Handle handle;
  struct stat is{};
  fs::path path;

  [[nodiscard]] std::string shown() const { return printable(path.string()); }
};

[[noreturn]] void refuse(const std::string& why) {
  throw std::runtime_error(why);
}

/// "jim (user 1000)", "user 4711" where it has no name here.
std::string user_text(uid_t user) {
  std::vector<char> space(4096);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, space.data(), space.size(), &found) != 0 || found == nullptr)
    return fmt::format("user {}", user);
  return fmt::format("{} (user {})", printable(found->pw_name), user);
}

bool others_write(const struct stat& is) {
  return (is.st_mode & kOthersWrite) != 0;
}

void need_owner(const Step& step) {
  const uid_t self = ::geteuid();
  if (step.is.st_uid == 0 || step.is.st_uid == self) return;
  refuse(fmt::format("{} belongs to {}, who can change it at any time: it must belong to root{}", step.shown(),
                     user_text(step.is.st_uid), self == 0 ? "" : " or to " + user_text(self)));
}

void need_no_writers(const Step& step) {
  if (!others_write(step.is)) return;
  const bool shared = S_ISDIR(step.is.st_mode) && (step.is.st_mode & S_ISVTX) != 0;
  refuse(fmt::format("{} can be written by others than {} (mode {:04o}): {}", step.shown(), user_text(step.is.st_uid),
                     step.is.st_mode & 07777,
                     shared ? "choose a folder of your own in it" : "look what they wrote there, then chmod go-w it"));
}

/// Others can't replace in it what is ours.
void need_place(const Step& step) {
  if (!S_ISDIR(step.is.st_mode)) refuse(step.shown() + " is not a folder");
  need_owner(step);
  if ((step.is.st_mode & S_ISVTX) == 0) need_no_writers(step);
}

void need_wanted(const Step& folder, const Step& step, Owned wanted) {
  if (wanted == Owned::place) return need_place(step);
  if (wanted == Owned::folder && !S_ISDIR(step.is.st_mode)) refuse(step.shown() + " is not a folder");
  if (wanted == Owned::file && !S_ISREG(step.is.st_mode)) refuse(step.shown() + " is not a regular file");
  need_owner(step);
  need_no_writers(step);
  if (wanted == Owned::file && step.is.st_nlink > 1 && others_write(folder.is)) {
    refuse(
        fmt::format("{} has a second name, and in {} everybody could have given it this one: keep it in a folder "
                    "of its own",
                    step.shown(), folder.shown()));
  }
}

Step step_into(const Step& folder, const std::string& name) {
  Step next{
      Handle(::openat(folder.handle.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)), {}, folder.path / name};
  if (next.handle.get() < 0 && errno == ENOENT) refuse("there is no " + next.shown());
  if (next.handle.get() < 0 || ::fstat(next.handle.get(), &next.is) != 0)
    refuse(next.shown() + " can't be reached: " + std::strerror(errno));
  return next;
}

Step root() {
  Step step{Handle(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)), {}, "/"};
  if (step.handle.get() < 0 || ::fstat(step.handle.get(), &step.is) != 0)
    refuse(std::string("/ can't be reached: ") + std::strerror(errno));
  return step;
}

fs::path target_of(const Step& folder, const Step& link) {
  if (others_write(folder.is)) {
    refuse(fmt::format(
        "{} is a symbolic link of {} in a folder that others can write: name what it should lead to instead",
        link.shown(), user_text(link.is.st_uid)));
  }
  need_owner(link);
  char target[PATH_MAX];
  const ssize_t length = ::readlinkat(link.handle.get(), "", target, sizeof target);
  if (length <= 0) refuse(link.shown() + " can't be read: " + std::strerror(errno));
  return std::string(target, static_cast<std::size_t>(length));
}

void put_before(std::deque<std::string>& names, const fs::path& path) {
  std::vector<std::string> more;
  for (const fs::path& part : path.relative_path()) {
    if (!part.empty() && part != ".") more.push_back(part.string());
  }
  names.insert(names.begin(), more.begin(), more.end());
}

/// Walks down to what is wanted, each step from the descriptor of the one before. Throws std::runtime_error.
Step walk(const fs::path& path, Owned wanted) {
  std::deque<std::string> names;
  put_before(names, fs::absolute(path));
  Step at = root();
  if (names.empty()) need_wanted(at, at, wanted);
  for (int links = 0; !names.empty();) {
    need_place(at);
    Step next = step_into(at, names.front());
    names.pop_front();
    if (S_ISLNK(next.is.st_mode)) {
      const fs::path target = target_of(at, next);
      if (++links > kMostLinks) refuse(printable(path.string()) + " leads through too many symbolic links");
      put_before(names, target);
      if (target.is_absolute()) at = root();
      if (names.empty()) need_wanted(at, at, wanted);
      continue;
    }
    if (names.empty()) need_wanted(at, next, wanted);
    at = std::move(next);
  }
  return at;
}

}  // namespace

std::optional<std::string> distrust(const fs::path& path, Owned wanted) try {
  walk(path, wanted);
  return std::nullopt;
} catch (const std::runtime_error& why) {
  return why.what();
}

std::string read_owned(const fs::path& path, std::size_t most) {
  const Step file = walk(path, Owned::file);
  // Only now, when it is known to be no FIFO and no device, is it opened for reading.
  const Handle reader(::open(("/proc/self/fd/" + std::to_string(file.handle.get())).c_str(), O_RDONLY | O_CLOEXEC));
  if (reader.get() < 0) refuse(file.shown() + " can't be read: " + std::strerror(errno));
  std::string text(most + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(reader.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(file.shown() + " can't be read: " + std::strerror(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > most) refuse(fmt::format("{} is longer than {} octets, and no such file is", file.shown(), most));
  text.resize(size);
  return text;
}

}  // namespace drydock
