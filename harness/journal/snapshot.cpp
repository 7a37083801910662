#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include "harness/journal/journal.hpp"
#include "harness/journal/open_writers.hpp"
#include "harness/journal/sqlite.hpp"
#include "harness/journal/wal.hpp"

namespace drydock {
namespace {

constexpr int kTries = 20;
constexpr std::size_t kLargest = std::size_t{2} << 30;

class File {
public:
  explicit File(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), error_(errno) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] bool ok() const { return descriptor_ >= 0; }
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] struct stat facts() const {
    struct stat found{};
    ::fstat(descriptor_, &found);
    return found;
  }
  [[nodiscard]] std::string octets(const std::string& path) const {
    std::string all;
    std::string part(1 << 16, '\0');
    while (true) {
      const ssize_t got = ::read(descriptor_, part.data(), part.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw JournalError(fmt::format("{} can't be read: {}", path, std::strerror(errno)));
      if (got == 0) return all;
      all.append(part, 0, static_cast<std::size_t>(got));
      if (all.size() > kLargest) throw JournalError(fmt::format("{} is too large to be a journal", path));
    }
  }

private:
  int descriptor_;
  int error_;
};

bool same(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/// Main file and log as of one moment; nothing where the last writer closed the journal in between.
std::optional<std::string> image(const std::string& path) {
  const File main(path);
  if (!main.ok()) throw JournalError(fmt::format("{} can't be read: {}", path, std::strerror(main.error())));
  const struct stat before = main.facts();
  if (!S_ISREG(before.st_mode)) throw JournalError(fmt::format("{} is not a file", path));
  std::string octets = main.octets(path);
  std::string log;
  if (const File wal(path + "-wal"); wal.ok()) log = wal.octets(path + "-wal");
  struct stat now{};
  if (::stat(path.c_str(), &now) != 0 || !same(before, now)) return std::nullopt;
  return merge_wal(std::move(octets), log);
}

JournalSnapshot read_from(sqlite3* connection, const std::string& path) {
  JournalSnapshot snapshot;
  sqlite::check_format(connection, path);
  sqlite::execute(connection, "BEGIN", path);
  snapshot.entries = sqlite::entries(connection, 0);
  const sqlite::Head head = sqlite::head(connection);
  snapshot.head = head.hash;
  snapshot.count = head.count;
  snapshot.problems = check_chain(snapshot.entries, head.hash, head.count);
  for (auto& problem : sqlite::check_guards(connection)) snapshot.problems.push_back(std::move(problem));
  return snapshot;
}

JournalSnapshot read_image(std::string octets, const std::string& path) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, nullptr);
  const sqlite::Connection connection(raw);
  if (code != SQLITE_OK) sqlite::fail(raw, fmt::format("{} can't be read", path));
  auto* data = reinterpret_cast<unsigned char*>(octets.data());
  const auto size = static_cast<sqlite3_int64>(octets.size());
  if (sqlite3_deserialize(raw, "main", data, size, size, SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
    sqlite::fail(raw, fmt::format("{} can't be read", path));
  try {
    return read_from(raw, path);
  } catch (const JournalError& error) {
    throw JournalError(fmt::format("{}: {}", path, error.what()));
  }
}

JournalSnapshot read_through_sqlite(const std::string& path) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  const sqlite::Connection connection(raw);
  if (code != SQLITE_OK) sqlite::fail(raw, fmt::format("{} can't be read", path));
  return read_from(raw, path);
}

}  // namespace

JournalSnapshot read_journal(const std::string& path) {
  if (OpenWriter::here(path)) return read_through_sqlite(path);
  std::optional<JournalSnapshot> last;
  for (int i = 0; i < kTries; ++i) {
    if (i > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    auto octets = image(path);
    if (!octets) continue;
    last = read_image(std::move(*octets), path);
    if (last->problems.empty() || i >= 2) return std::move(*last);
  }
  if (last) return std::move(*last);
  throw JournalError(fmt::format("{} changes all the time while it is read", path));
}

}  // namespace drydock
