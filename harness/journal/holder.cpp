#include "harness/journal/holder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "harness/journal/journal.hpp"
#include "probes/core/safe_text.hpp"
#include "probes/core/this_machine.hpp"

namespace drydock {
namespace {

/// What a lock file begins with; an empty one was just made, or lost what it said.
constexpr std::string_view kFirstWord = "pid ";

/// Locks of open file descriptions: they end with the last descriptor, and closing another descriptor of the file does
/// not drop them.
struct flock whole_file(short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string read_text(int descriptor) {
  char buffer[512];
  const ssize_t got = ::pread(descriptor, buffer, sizeof buffer, 0);
  std::string text(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
  text = text.substr(0, text.find('\n'));
  text = printable(text);
  return text.empty() ? "another process, which has not said its name yet" : text;
}

/// A file whose length outlived a loss of power, and whose content did not.
bool was_lost(int descriptor) {
  std::array<char, 513> start{};
  const ssize_t got = ::pread(descriptor, start.data(), start.size(), 0);
  return got >= 0 && got < static_cast<ssize_t>(start.size()) &&
         std::all_of(start.begin(), start.end(), [](char octet) { return octet == '\0'; });
}

bool still_named(const std::string& path, int descriptor) {
  struct stat by_name{}, by_descriptor{};
  return ::stat(path.c_str(), &by_name) == 0 && ::fstat(descriptor, &by_descriptor) == 0 &&
         by_name.st_ino == by_descriptor.st_ino && by_name.st_dev == by_descriptor.st_dev;
}

}  // namespace

Holder::Holder(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
Holder::Holder(Holder&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

Holder::~Holder() {
  if (descriptor_ < 0) return;
  // Where somebody has removed it, what stands there now is the lock of another.
  if (still_named(path_, descriptor_)) ::unlink(path_.c_str());
  ::close(descriptor_);
}

namespace {

/// The lock file, made where there is none. Whatever else stands under its name is left alone.
int open_lock(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (descriptor < 0)
    throw JournalError(fmt::format("{} can't be made, so nothing keeps a second drydock away: {}", path,
                                   errno == ELOOP ? "it is a symbolic link; remove it" : std::strerror(errno)));
  struct stat found{};
  const bool ours = ::fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode) && found.st_nlink <= 1 &&
                    (was_lost(descriptor) || read_text(descriptor).starts_with(kFirstWord));
  if (ours) return descriptor;
  ::close(descriptor);
  throw JournalError(fmt::format("{} is in the way: it is no lock of drydock's; look what it is, and move it", path));
}

}  // namespace

std::optional<Holder> Holder::take(const std::string& journal, const std::string& verb, WallTime now,
                                   std::string& who) {
  const std::string path = journal + ".lock";
  while (true) {
    const int descriptor = open_lock(path);
    Holder holder(path, descriptor);
    struct flock lock = whole_file(F_WRLCK);
    if (::fcntl(descriptor, F_OFD_SETLK, &lock) != 0) {
      const int error = errno;
      who = read_text(descriptor);
      ::close(std::exchange(holder.descriptor_, -1));
      if (error == EAGAIN || error == EACCES) return std::nullopt;
      throw JournalError(fmt::format("{} can't be locked: {}", path, std::strerror(error)));
    }
    if (!still_named(path, descriptor)) {
      ::close(std::exchange(holder.descriptor_, -1));
      continue;
    }
    const std::string text = fmt::format("{}{} ({}), user {}, host {}, since {}\n", kFirstWord, ::getpid(), verb,
                                         user_name(), host_name(), format_time(now));
    if (::ftruncate(descriptor, 0) != 0 ||
        ::pwrite(descriptor, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
      throw JournalError(fmt::format("{} can't be written: {}", path, std::strerror(errno)));
    return holder;
  }
}

std::optional<std::string> Holder::who_holds(const std::string& journal) {
  const int descriptor = ::open((journal + ".lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return std::nullopt;
  struct flock lock = whole_file(F_WRLCK);
  std::optional<std::string> who;
  if (::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) who = read_text(descriptor);
  ::close(descriptor);
  return who;
}

}  // namespace drydock
