#include "harness/journal/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "harness/journal/open_writers.hpp"
#include "harness/journal/sqlite.hpp"
#include "probes/core/ownership.hpp"
#include "probes/core/shell_word.hpp"

namespace drydock {

namespace {

/// Which file has this name.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

FileIdentity identity_of(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 ? FileIdentity{found.st_dev, found.st_ino} : FileIdentity{};
}

}  // namespace

struct Journal::State {
  std::string path;
  FileIdentity file, log;
  OpenWriter registration;
  sqlite::Connection connection;
};

namespace {

constexpr int kBusyMilliseconds = 20'000;
/// Less than this, and the journal might not hold even the intent and the end of an action.
constexpr std::uint64_t kRoom = std::uint64_t{4} << 20;

sqlite::Connection connect_to(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_EXRESCODE, nullptr);
  sqlite::Connection connection(raw);
  if (code != SQLITE_OK) sqlite::fail(raw, fmt::format("{} can't be opened", path));
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  return connection;
}

/// A link in place of the journal, or of what SQLite keeps beside it, would have another file written.
void refuse_links(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const std::string name = path + suffix;
    struct stat found{};
    if (::lstat(name.c_str(), &found) != 0) continue;
    if (S_ISLNK(found.st_mode))
      throw JournalError(fmt::format("{} is a symbolic link, and a journal is not written through one; {}", name,
                                     *suffix ? "remove it" : "name the journal itself with --journal"));
    if (!S_ISREG(found.st_mode)) throw JournalError(fmt::format("{} is not a file", name));
    if (found.st_nlink > 1)
      throw JournalError(
          fmt::format("{} has another name too (a hard link), and a journal is not shared; copy it", name));
  }
}

/// A log or index without its journal.
void refuse_remains(const std::string& path) {
  std::string names, words;
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    const std::string name = path + suffix;
    struct stat found{};
    if (::lstat(name.c_str(), &found) != 0) continue;
    names += (names.empty() ? "" : ", ") + name;
    words += " " + shell_word(name);
  }
  struct stat found{};
  if (names.empty() || ::lstat(path.c_str(), &found) == 0) return;
  throw JournalError(
      fmt::format("{} is gone, but what belongs to it is still there: {}. Put the journal back; only to begin another "
                  "transfer, remove what is left of it: rm --{}",
                  path, names, words));
}

/// What root carries out must not have been put there by somebody else.
void refuse_strangers(const std::string& path, Owned wanted) {
  if (::geteuid() != 0) return;
  if (const auto why = distrust(path, wanted)) throw JournalError(fmt::format("{} is not believed: {}", path, *why));
}

void refuse_full_disk(const std::string& path) {
  struct statvfs room{};
  const std::string folder = std::filesystem::absolute(path).parent_path().string();
  if (::statvfs(folder.c_str(), &room) != 0) return;
  const std::uint64_t left = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
  if (left < kRoom)
    throw JournalError(fmt::format(
        "the disk is full, or nearly: {} KiB are left in {}, and a journal wants {} KiB before anything is begun",
        left / 1024, folder, kRoom / 1024));
}

/// Readers copy main file and log and need the log to be one: without it they could copy a half-written journal.
void set_up(sqlite3* connection, const std::string& path) {
  const std::string what = fmt::format("{} can't be written", path);
  {
    // To the last step: the mode is told by the first, and written by the last.
    std::string mode;
    sqlite::Statement set(connection, "PRAGMA journal_mode=WAL");
    while (set.step()) mode = set.text(0);
    if (mode != "wal")
      throw JournalError(fmt::format(
          "{} can't have a write-ahead log on this file system (some network file systems can't share memory); put the "
          "journal on a local disk with --journal",
          path));
  }
  sqlite::execute(connection, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=256;", what);
}

void undo_transaction(sqlite3* connection) {
  if (!sqlite3_get_autocommit(connection)) sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
}

/// Runs `what`, whose complaints shall begin with the journal's name.
template <class What>
auto naming(const std::string& path, const What& what) {
  try {
    return what();
  } catch (const JournalError& error) {
    const std::string words = error.what();
    throw JournalError(words.starts_with(path) ? words : fmt::format("{}: {}", path, words));
  }
}

std::optional<JournalEntry> insert(sqlite3* connection, const std::string& path, WallTime time, std::string_view kind,
                                   std::string_view payload, std::optional<std::int64_t> only_after = std::nullopt) {
  const std::string what = fmt::format("{} can't be written", path);
  sqlite::execute(connection, "BEGIN IMMEDIATE", what);
  try {
    const sqlite::Head head = sqlite::head(connection);
    if (only_after && *only_after != head.count) {
      undo_transaction(connection);
      return std::nullopt;
    }
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
  } catch (const JournalError&) {
    undo_transaction(connection);
    throw;
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

namespace {

std::vector<std::string> problems_in(sqlite3* connection, JournalTail known) {
  sqlite::execute(connection, "BEGIN", "the journal can't be read");
  ChainCheck chain(std::move(known));
  sqlite::each_entry(connection, chain.tail().seq, [&](JournalEntry&& entry) { chain.add(entry); });
  const sqlite::Head head = sqlite::head(connection);
  auto problems = chain.finish(head.hash, head.count);
  for (auto& problem : sqlite::check_guards(connection)) problems.push_back(std::move(problem));
  sqlite::execute(connection, "COMMIT", "the journal can't be read");
  return problems;
}

}  // namespace

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

std::unique_ptr<Journal::State> Journal::connect(const std::string& path) {
  refuse_links(path);
  refuse_strangers(path, Owned::file);
  refuse_full_disk(path);
  auto state = std::make_unique<State>();
  state->path = path;
  state->connection = connect_to(path, SQLITE_OPEN_READWRITE);
  state->registration = OpenWriter(path);
  naming(path, [&] { sqlite::check_format(state->connection.get(), path); });
  naming(path, [&] { set_up(state->connection.get(), path); });
  return state;
}

Journal Journal::open(const std::string& path, JournalTail known) {
  if (!journal_exists(path)) throw JournalError(fmt::format("there is no journal {}", path));
  Journal journal(connect(path));
  const auto problems = naming(path, [&] { return problems_in(journal.state_->connection.get(), std::move(known)); });
  if (!problems.empty()) throw JournalDamaged(fmt::format("{} does not verify: {}", path, problems.front()));
  // Reading has made the log where there was none; it stays as long as this connection.
  journal.state_->file = identity_of(path);
  journal.state_->log = identity_of(path + "-wal");
  return journal;
}

namespace {

/// An empty file of a name that nobody could foresee, mode 0600.
std::string unfinished_beside(const std::string& path) {
  std::string name = path + ".new-XXXXXX";
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) throw JournalError(fmt::format("{} can't be made: {}", path, std::strerror(errno)));
  ::close(descriptor);
  return name;
}

}  // namespace

Journal Journal::create(const std::string& path, WallTime time, std::string_view kind, std::string_view payload) {
  refuse_links(path);
  refuse_strangers(std::filesystem::absolute(path).parent_path().string(), Owned::place);
  refuse_full_disk(path);
  refuse_remains(path);
  const std::string unfinished = unfinished_beside(path);
  try {
    auto connection = connect_to(unfinished, SQLITE_OPEN_READWRITE);
    sqlite::execute(connection.get(), "PRAGMA synchronous=FULL; BEGIN IMMEDIATE",
                    fmt::format("{} can't be made", path));
    naming(path, [&] { sqlite::create_tables(connection.get()); });
    sqlite::execute(connection.get(), "COMMIT", fmt::format("{} can't be made", path));
    naming(path, [&] {
      insert(connection.get(), path, time, kind, payload);
      set_up(connection.get(), path);
    });
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

/// SQLite writes on into a file that has lost its name.
void Journal::refuse_where_gone() const {
  const std::string& path = state_->path;
  for (const auto& [name, file] : {std::pair(path, state_->file), std::pair(path + "-wal", state_->log)})
    if (identity_of(name) != file)
      throw JournalError(
          fmt::format("{} was removed or replaced while it was in use, so the journal can't keep what is done next. "
                      "Put it back first: where there is no journal, the transfer would begin from its first step",
                      name));
}

std::optional<JournalEntry> Journal::append(WallTime time, std::string_view kind, std::string_view payload,
                                            std::optional<std::int64_t> only_after) {
  auto entry = naming(state_->path,
                      [&] { return insert(state_->connection.get(), state_->path, time, kind, payload, only_after); });
  refuse_where_gone();
  return entry;
}

std::vector<JournalEntry> Journal::since(std::int64_t seq) const {
  std::vector<JournalEntry> entries;
  naming(state_->path, [&] {
    sqlite::each_entry(state_->connection.get(), seq,
                       [&](JournalEntry&& entry) { entries.push_back(std::move(entry)); });
  });
  return entries;
}
const std::string& Journal::path() const {
  return state_->path;
}

bool journal_exists(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) == 0) return true;
  if (errno == ENOENT) {
    refuse_remains(path);
    return ::lstat(path.c_str(), &found) == 0;  // it may have been made meanwhile
  }
  throw JournalError(fmt::format("nobody can see whether there is a journal {}: {}", path, std::strerror(errno)));
}

}  // namespace drydock
