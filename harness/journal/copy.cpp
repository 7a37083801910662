#include "harness/journal/copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/journal/journal.hpp"
#include "probes/core/ownership.hpp"

namespace drydock {
namespace {

/// Beyond this a copy goes to a disk, if there is room, and not to memory.
constexpr std::uint64_t kForMemory = std::uint64_t{64} << 20;
constexpr std::size_t kWalHeader = 32;

class File {
public:
  File() = default;
  File(const std::string& path, int flags, mode_t mode = 0) : descriptor_(::open(path.c_str(), flags, mode)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  [[nodiscard]] bool ok() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

private:
  int descriptor_ = -1;
};

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw JournalError(fmt::format("{} can't be {}: {}", path, what, std::strerror(errno)));
}

void copy(int from, int to, const std::string& name) {
  std::vector<char> part(1 << 20);
  while (true) {
    const ssize_t got = ::read(from, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(name, "read");
    if (got == 0) return;
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = ::write(to, part.data() + done, static_cast<std::size_t>(got - done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail("a private copy of " + name, "written");
      done += put;
    }
  }
}

/// Opens a file to read, and nothing else that may stand under its name; not open where nothing does.
File open_file(const std::string& path) {
  File file(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (!file.ok() && errno == ELOOP)
    throw JournalError(fmt::format("{} is a symbolic link, and no journal's log", path));
  if (!file.ok() && errno != ENOENT) fail(path, "read");
  struct stat found{};
  if (file.ok() && (::fstat(file.descriptor(), &found) != 0 || !S_ISREG(found.st_mode)))
    throw JournalError(fmt::format("{} is not a file", path));
  return file;
}

/// The first octets of the log: they change with each of its beginnings (salts of the WAL format), and are empty where
/// there is no log.
std::string log_header(const std::string& path) {
  const File log = open_file(path);
  if (!log.ok()) return {};
  std::array<char, kWalHeader> header{};
  const ssize_t got = ::pread(log.descriptor(), header.data(), header.size(), 0);
  return std::string(header.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
}

std::uint64_t size_of(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

bool has_room(const std::string& folder, std::uint64_t octets) {
  struct statvfs room{};
  return ::statvfs(folder.c_str(), &room) == 0 && ::access(folder.c_str(), W_OK | X_OK) == 0 &&
         static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize > octets + (octets / 8) + (1 << 20);
}

constexpr std::string_view kPrefix = "drydock-reads-";
constexpr std::string_view kRandomLetters = "XXXXXX";
constexpr std::string_view kCopyName = "journal";

/// The folder, opened and locked; not open where another has it, or where it is not a folder of our own.
File lock_folder(const std::string& path) {
  File folder(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat found{};
  const bool ours = folder.ok() && ::fstat(folder.descriptor(), &found) == 0 && found.st_uid == ::geteuid() &&
                    (found.st_mode & 077) == 0 && ::flock(folder.descriptor(), LOCK_EX | LOCK_NB) == 0;
  return ours ? std::move(folder) : File();
}

/// As mkdtemp makes it of kPrefix.
bool is_our_name(std::string_view name) {
  return name.starts_with(kPrefix) && name.size() == kPrefix.size() + kRandomLetters.size() &&
         std::all_of(name.begin() + kPrefix.size(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

bool holds_a_copy_only(const std::filesystem::path& folder) {
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder, failed), end; at != end && !failed; at.increment(failed))
    if (!at->path().filename().string().starts_with(kCopyName)) return false;
  return !failed;
}

/// Removes what readers that were killed have left in this place.
void remove_left_behind(const std::string& place) {
  std::error_code ignored;
  std::vector<std::filesystem::path> left;
  for (std::filesystem::directory_iterator at(place, ignored), end; at != end && !ignored; at.increment(ignored))
    if (is_our_name(at->path().filename().string())) left.push_back(at->path());
  for (const auto& path : left)
    if (const File locked = lock_folder(path.string()); locked.ok() && holds_a_copy_only(path))
      std::filesystem::remove_all(path, ignored);
}

}  // namespace

bool PrivateFolder::make_in(const std::string& place) {
  constexpr int kAttempts = 10;  // another reader may take a new folder, not locked yet, for one that was left
  for (int i = 0; i < kAttempts; ++i) {
    std::string name = fmt::format("{}/{}{}", place, kPrefix, kRandomLetters);
    if (!::mkdtemp(name.data())) return false;
    File lock = lock_folder(name);
    if (!lock.ok() || !std::filesystem::exists(name)) {
      ::rmdir(name.c_str());
      continue;
    }
    path_ = name;
    lock_ = lock.release();
    return true;
  }
  return false;
}

PrivateFolder::PrivateFolder(std::uint64_t octets) {
  std::error_code none;
  const std::string temporary = std::filesystem::temp_directory_path(none).string();
  std::vector<std::string> places{temporary, "/var/tmp", "/dev/shm"};
  if (octets <= kForMemory) places = {"/dev/shm", temporary, "/var/tmp"};
  for (const auto& place : places) {
    if (place.empty()) continue;
    remove_left_behind(place);
    if (has_room(place, octets) && make_in(place)) return;
  }
  throw JournalError(fmt::format("there is no room for a private copy of the journal ({} octets) in any of: {}", octets,
                                 fmt::join(places, ", ")));
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

JournalCopy::Facts JournalCopy::facts_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

bool JournalCopy::still_true() const {
  return facts_of(original_) == original_facts_;
}

/// The order is what makes it sound: main file first, then the log. A page that a checkpoint writes into the main file
/// meanwhile stands in the log too, as long as the log is not begun anew, and the log's header tells whether it was.
std::unique_ptr<JournalCopy> JournalCopy::make(const std::string& journal) {
  if (::geteuid() == 0)
    if (const auto why = distrust(journal, Owned::file); why && journal_exists(journal))
      throw JournalError(fmt::format("{} is not believed: {}", journal, *why));
  const File main(journal, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (!main.ok()) fail(journal, "read");
  struct stat kind{};
  if (::fstat(main.descriptor(), &kind) != 0 || !S_ISREG(kind.st_mode))
    throw JournalError(fmt::format("{} is not a file", journal));
  const std::string log_name = journal + "-wal";
  auto made = std::make_unique<JournalCopy>(static_cast<std::uint64_t>(kind.st_size) + size_of(log_name));
  made->original_ = journal;
  made->original_facts_ = facts_of(journal);
  const std::string log_before = log_header(log_name);
  {
    const File to(made->path(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (!to.ok()) fail(made->path(), "made");
    copy(main.descriptor(), to.descriptor(), journal);
  }
  if (const File log = open_file(log_name); log.ok()) {
    const File to(made->path() + "-wal", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (!to.ok()) fail(made->path(), "made");
    copy(log.descriptor(), to.descriptor(), log_name);
  }
  const bool same_log = log_header(log_name) == log_before;
  if (!same_log || (log_before.empty() && !made->still_true())) return nullptr;
  return made;
}

}  // namespace drydock
