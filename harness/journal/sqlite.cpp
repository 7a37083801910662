#include "harness/journal/sqlite.hpp"

#include <fmt/format.h>

#include <array>

namespace drydock::sqlite {
namespace {

constexpr int kApplicationId = 0x64727964;  // "dryd"
/// harness/journal/FORMAT.md. 1 was that of drydock 0.1.0, whose entries did not say enough to carry a transfer on
/// safely.
constexpr int kFormat = 2;

constexpr const char* kTables = R"(
CREATE TABLE entries(
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  time TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE TABLE head(one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
INSERT INTO head VALUES(1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
)";

struct Guard {
  const char* name;
  const char* sql;
};
constexpr std::array kGuards{
    Guard{"entries_stay_unchanged",
          "CREATE TRIGGER entries_stay_unchanged BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'the journal is "
          "append-only'); END"},
    Guard{
        "entries_stay",
        "CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); "
        "END"},
    Guard{"entries_in_order",
          "CREATE TRIGGER entries_in_order BEFORE INSERT ON entries WHEN NEW.seq != (SELECT count + 1 FROM head) OR "
          "NEW.previous != (SELECT hash FROM head) BEGIN SELECT RAISE(ABORT, 'not the next entry'); END"},
    Guard{"head_follows",
          "CREATE TRIGGER head_follows AFTER INSERT ON entries BEGIN UPDATE head SET count = NEW.seq, hash = NEW.hash; "
          "END"},
    Guard{"head_stays",
          "CREATE TRIGGER head_stays BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'append-only'); END"},
    Guard{
        "head_counts_up",
        "CREATE TRIGGER head_counts_up BEFORE UPDATE ON head WHEN NEW.count != OLD.count + 1 BEGIN SELECT RAISE(ABORT, "
        "'append-only'); END"},
};

}  // namespace

void fail(sqlite3* connection, std::string_view what) {
  const int code = connection ? sqlite3_errcode(connection) & 0xff : SQLITE_NOMEM;
  const char* words = connection ? sqlite3_errmsg(connection) : "out of memory";
  const char* reason = code == SQLITE_FULL       ? "the disk is full"
                       : code == SQLITE_READONLY ? "it, or its file system, is read-only"
                       : code == SQLITE_CANTOPEN ? "it, its folder or what lies beside it can't be opened for writing"
                       : code == SQLITE_IOERR    ? "the disk reports an error"
                       : code == SQLITE_BUSY     ? "another process keeps it busy"
                       : code == SQLITE_NOTADB   ? "it is not a journal"
                       : code == SQLITE_CORRUPT  ? "the file is damaged"
                                                 : words;
  throw JournalError(fmt::format("{}: {} (SQLite {}: {})", what, reason,
                                 connection ? sqlite3_extended_errcode(connection) : code, words));
}

void execute(sqlite3* connection, const char* statements, std::string_view what) {
  if (sqlite3_exec(connection, statements, nullptr, nullptr, nullptr) != SQLITE_OK) fail(connection, what);
}

Statement::Statement(sqlite3* connection, std::string_view text) : connection_(connection) {
  if (sqlite3_prepare_v2(connection, text.data(), static_cast<int>(text.size()), &statement_, nullptr) != SQLITE_OK)
    fail(connection, "the journal can't be used");
}
Statement::~Statement() {
  sqlite3_finalize(statement_);
}

void Statement::bind(int index, std::string_view text) {
  if (sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK)
    fail(connection_, "the journal can't be used");
}
void Statement::bind(int index, std::int64_t number) {
  if (sqlite3_bind_int64(statement_, index, number) != SQLITE_OK) fail(connection_, "the journal can't be used");
}
bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  fail(connection_, "the journal can't be used");
}
void Statement::reset() {
  sqlite3_reset(statement_);
}
std::string Statement::text(int column) const {
  const auto* octets = sqlite3_column_text(statement_, column);
  if (!octets) return {};
  return {reinterpret_cast<const char*>(octets), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}
std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

void each_entry(sqlite3* connection, std::int64_t seq, const std::function<void(JournalEntry&&)>& take) {
  Statement query(connection,
                  "SELECT seq, time, kind, payload, previous, hash FROM entries WHERE seq > ? ORDER BY seq");
  query.bind(1, seq);
  while (query.step())
    take({query.number(0), query.text(1), query.text(2), query.text(3), query.text(4), query.text(5)});
}

Head head(sqlite3* connection) {
  Statement query(connection, "SELECT count, hash FROM head");
  if (!query.step()) throw JournalError("the journal has lost its record of how many entries there are");
  return {query.number(0), query.text(1)};
}

std::vector<std::string> check_guards(sqlite3* connection) {
  std::vector<std::string> problems;
  for (const auto& guard : kGuards) {
    Statement query(connection, "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?");
    query.bind(1, guard.name);
    if (!query.step())
      problems.push_back(fmt::format("the trigger '{}' that guards the entries was removed", guard.name));
    else if (query.text(0) != guard.sql)
      problems.push_back(fmt::format("the trigger '{}' that guards the entries was altered", guard.name));
  }
  Statement others(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'");
  if (others.step() && others.number(0) > static_cast<std::int64_t>(kGuards.size()))
    problems.emplace_back("there are triggers that drydock did not make");
  return problems;
}

void create_tables(sqlite3* connection) {
  const std::string identity =
      fmt::format("PRAGMA application_id={}; PRAGMA user_version={};", kApplicationId, kFormat);
  execute(connection, identity.c_str(), "the journal can't be made");
  execute(connection, kTables, "the journal can't be made");
  for (const auto& guard : kGuards) execute(connection, guard.sql, "the journal can't be made");
}

void check_format(sqlite3* connection, const std::string& path) {
  const auto pragma = [&](const char* text) {
    Statement query(connection, text);
    return query.step() ? query.number(0) : 0;
  };
  if (pragma("PRAGMA application_id") != kApplicationId)
    throw JournalError(fmt::format("{} is not a journal of drydock", path));
  const std::int64_t version = pragma("PRAGMA user_version");
  if (version == 1)
    throw JournalError(
        fmt::format("{} is a journal of drydock 0.1.0 (format 1), which this drydock (format {}) does not carry on or "
                    "report; finish that transfer with 0.1.0, or begin another journal with --journal",
                    path, kFormat));
  if (version != kFormat)
    throw JournalError(
        fmt::format("{} is a journal of format {}; this drydock knows format {}", path, version, kFormat));
}

}  // namespace drydock::sqlite
