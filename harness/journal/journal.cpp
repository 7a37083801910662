#include "harness/journal/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "harness/journal/open_writers.hpp"
#include "harness/journal/sqlite.hpp"

namespace drydock {

struct Journal::State {
  std::string path;
  OpenWriter registration;
  sqlite::Connection connection;
};

namespace {

constexpr int kBusyMilliseconds = 20'000;

sqlite::Connection connect_to(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_EXRESCODE, nullptr);
  sqlite::Connection connection(raw);
  if (code != SQLITE_OK) sqlite::fail(raw, fmt::format("{} can't be opened", path));
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  return connection;
}

/// Entries stay in the -wal file until the last writer closes: readers copy both files and must see a main file at
/// rest.
void set_up(sqlite3* connection, const std::string& path) {
  const std::string what = fmt::format("{} can't be written", path);
  sqlite::execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;", what);
}

JournalEntry insert(sqlite3* connection, const std::string& path, WallTime time, std::string_view kind,
                    std::string_view payload) {
  const std::string what = fmt::format("{} can't be written", path);
  sqlite::execute(connection, "BEGIN IMMEDIATE", what);
  try {
    const sqlite::Head head = sqlite::head(connection);
    JournalEntry entry{head.count + 1, format_time(time), std::string(kind), std::string(payload), head.hash, {}};
    entry.hash = chain_hash(entry);
    {
      sqlite::Statement insertion(connection, "INSERT INTO entries VALUES(?, ?, ?, ?, ?, ?)");
      insertion.bind(1, entry.seq);
      insertion.bind(2, entry.time);
      insertion.bind(3, entry.kind);
      insertion.bind(4, entry.payload);
      insertion.bind(5, entry.previous);
      insertion.bind(6, entry.hash);
      insertion.step();
    }
    sqlite::execute(connection, "COMMIT", what);
    return entry;
  } catch (const JournalError& error) {
    if (!sqlite3_get_autocommit(connection)) sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
    throw JournalError(fmt::format("{}: {}", path, error.what()));
  }
}

void sync_folder(const std::string& path) {
  const std::string folder = std::filesystem::absolute(path).parent_path().string();
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

void remove_unfinished(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) ::unlink((path + suffix).c_str());
}

/// Moves the file where nothing of that name is; else EEXIST. Some file systems know only one of the two ways.
int put_in_place(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return ::link(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

std::unique_ptr<Journal::State> Journal::connect(const std::string& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->connection = connect_to(path, SQLITE_OPEN_READWRITE);
  state->registration = OpenWriter(path);
  sqlite::check_format(state->connection.get(), path);
  set_up(state->connection.get(), path);
  return state;
}

Journal Journal::open(const std::string& path) {
  if (!journal_exists(path)) throw JournalError(fmt::format("there is no journal {}", path));
  Journal journal(connect(path));
  sqlite3* connection = journal.state_->connection.get();
  sqlite::execute(connection, "BEGIN", path);
  const sqlite::Head head = sqlite::head(connection);
  auto problems = check_chain(sqlite::entries(connection, 0), head.hash, head.count);
  for (auto& problem : sqlite::check_guards(connection)) problems.push_back(std::move(problem));
  sqlite::execute(connection, "COMMIT", path);
  if (!problems.empty()) throw JournalError(fmt::format("{} does not verify: {}", path, problems.front()));
  return journal;
}

Journal Journal::create(const std::string& path, WallTime time, std::string_view kind, std::string_view payload) {
  const std::string unfinished = fmt::format("{}.new-{}", path, ::getpid());
  remove_unfinished(unfinished);
  try {
    auto connection = connect_to(unfinished, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    sqlite::execute(connection.get(), "PRAGMA synchronous=FULL; BEGIN IMMEDIATE",
                    fmt::format("{} can't be made", path));
    sqlite::create_tables(connection.get());
    sqlite::execute(connection.get(), "COMMIT", fmt::format("{} can't be made", path));
    insert(connection.get(), path, time, kind, payload);
    sqlite::execute(connection.get(), "PRAGMA journal_mode=WAL", fmt::format("{} can't be made", path));
  } catch (...) {
    remove_unfinished(unfinished);
    throw;
  }
  const int error = put_in_place(unfinished, path);
  remove_unfinished(unfinished);
  if (error != 0 && error != EEXIST)
    throw JournalError(fmt::format("{} can't be made: {}", path, std::strerror(error)));
  sync_folder(path);
  return open(path);
}

JournalEntry Journal::append(WallTime time, std::string_view kind, std::string_view payload) {
  return insert(state_->connection.get(), state_->path, time, kind, payload);
}

std::vector<JournalEntry> Journal::since(std::int64_t seq) const {
  return sqlite::entries(state_->connection.get(), seq);
}
const std::string& Journal::path() const {
  return state_->path;
}

bool journal_exists(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0;
}

}  // namespace drydock
