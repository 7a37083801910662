#pragma once
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/duration.hpp"

namespace drydock {

/// This machine or the journal itself can't go on: disk, rights, a file that is no journal, a chain that is broken.
/// Exit 70.
class JournalError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// One entry. `hash` is SHA-256 over `previous`, seq, time, kind and payload, in hex; see chain_hash().
struct JournalEntry {
  std::int64_t seq = 0;  ///< from 1, without gaps
  std::string time;      ///< as format_time writes it; when it was written, by the wall clock
  std::string kind;
  std::string payload;   ///< JSON text
  std::string previous;  ///< hash of the entry before; 64 zeros for the first
  std::string hash;
};

/// The octets that are hashed are `previous LF seq LF time LF kind LF payload`.
std::string chain_hash(const JournalEntry& entry);

/// What is wrong with a chain, in the order of the entries; empty where it is whole. `head`: the hash that the journal
/// keeps of its last entry, `count`: the number of entries it keeps. An end that was cut off is seen by these two;
/// somebody who rewrites them too can only be caught by a hash that was noted elsewhere.
std::vector<std::string> check_chain(const std::vector<JournalEntry>& entries, std::string_view head,
                                     std::int64_t count);

/// The journal as a file, for writing: SQLite in WAL mode with synchronous=FULL, tables STRICT, and triggers that
/// forbid to change or delete an entry. Several processes may append at the same time; each entry is durable when
/// append returns. The main file changes only when the last writer closes; until then all is in the file beside it that
/// ends in -wal.
class Journal {
public:
  /// Opens an existing journal and checks its chain. Throws JournalError.
  static Journal open(const std::string& path);
  /// Makes a journal whose first entry is this one; it appears under `path` complete or not at all. Where one has
  /// come about in the meantime, that one is opened. Throws JournalError.
  static Journal create(const std::string& path, WallTime time, std::string_view kind, std::string_view payload);
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();

  /// Appends one entry and returns it once it is durable. Throws JournalError; then nothing was appended.
  JournalEntry append(WallTime time, std::string_view kind, std::string_view payload);
  /// The entries after `seq`, those of other processes included.
  [[nodiscard]] std::vector<JournalEntry> since(std::int64_t seq) const;
  [[nodiscard]] const std::string& path() const;

private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  static std::unique_ptr<State> connect(const std::string& path);
  std::unique_ptr<State> state_;
};

/// What a reader sees of a journal.
struct JournalSnapshot {
  std::vector<JournalEntry> entries;
  std::string head;  ///< as the journal keeps it
  std::int64_t count = 0;
  std::vector<std::string> problems;  ///< of the chain and of what guards it; empty where it verifies
};

/// Reads a journal without writing, creating or locking anything: works in a folder without write permission, and while
/// a writer is at work. Throws JournalError where there is none or it can't be read as a journal; a broken chain is
/// told by `problems`.
JournalSnapshot read_journal(const std::string& path);

/// True where there is a file of that name.
bool journal_exists(const std::string& path);

}  // namespace drydock
