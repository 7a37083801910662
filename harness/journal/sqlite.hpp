#pragma once
#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/journal/journal.hpp"

/// The little of SQLite that the journal uses; included by the sources of this folder only.
namespace drydock::sqlite {

struct Close {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
using Connection = std::unique_ptr<sqlite3, Close>;

/// Runs statements without results. Throws JournalError that begins with `what`.
void execute(sqlite3* connection, const char* statements, std::string_view what);

/// One prepared statement. Every method throws JournalError.
class Statement {
public:
  Statement(sqlite3* connection, std::string_view text);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  void bind(int index, std::string_view text);
  void bind(int index, std::int64_t number);
  /// True while there is a row.
  bool step();
  /// Ready to be bound and run again.
  void reset();
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;

private:
  sqlite3* connection_;
  sqlite3_stmt* statement_ = nullptr;
};

/// What SQLite says was wrong last, with its code, in words of a person: disk full, no right to write, ...
[[noreturn]] void fail(sqlite3* connection, std::string_view what);

/// Hands over the entries after `seq`. Throws JournalError where the table is not that of a journal.
void each_entry(sqlite3* connection, std::int64_t seq, const std::function<void(JournalEntry&&)>& take);

struct Head {
  std::int64_t count = 0;
  std::string hash;
};
Head head(sqlite3* connection);

/// What is missing of the triggers that guard the entries, or altered; empty where all are there.
std::vector<std::string> check_guards(sqlite3* connection);

/// Makes the tables and triggers.
void create_tables(sqlite3* connection);
/// Throws JournalError unless this is a journal of a version that we know.
void check_format(sqlite3* connection, const std::string& path);

}  // namespace drydock::sqlite
