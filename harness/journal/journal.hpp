#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
/// It is a journal that was changed, cut or damaged: nothing is appended to it any more.
class JournalDamaged : public JournalError {
public:
  using JournalError::JournalError;
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

/// How far a journal has been read and found whole: the last entry's number and hash.
struct JournalTail {
  std::int64_t seq = 0;
  std::string hash = std::string(64, '0');
};

/// Follows a chain entry by entry, so that a journal of any size is checked in memory for one entry.
class ChainCheck {
public:
  /// `known`: what was found whole before; the next entry must follow it.
  explicit ChainCheck(JournalTail known = {}) : tail_(std::move(known)) {}
  void add(const JournalEntry& entry);
  /// What is wrong, in the order of the entries; empty where all is whole. `head`: the hash that the journal keeps of
  /// its last entry, `count`: the number of entries it keeps. An end that was cut off is seen by these two; somebody
  /// who rewrites them too can only be caught by a hash that was noted elsewhere. At most kMost problems are kept.
  [[nodiscard]] std::vector<std::string> finish(std::string_view head, std::int64_t count) const;
  [[nodiscard]] const JournalTail& tail() const { return tail_; }

private:
  static constexpr std::size_t kMost = 100;
  void tell(std::string problem);
  JournalTail tail_;
  std::vector<std::string> problems_;
};

/// The journal as a file, for writing: SQLite in WAL mode with synchronous=FULL, tables STRICT, and triggers that
/// forbid to change or delete an entry. Several processes may append at the same time; each entry is durable when
/// append returns. The file is made with mode 0600, and neither it nor what SQLite keeps beside it (-wal, -shm) is
/// opened through a symbolic link.
class Journal {
public:
  /// Opens an existing journal. The entries after `known` are checked, what was read before is not read again. Throws
  /// JournalError: also where the file system can't carry a write-ahead log, or leaves no room for further entries.
  static Journal open(const std::string& path, JournalTail known = {});
  /// Makes a journal whose first entry is this one; it appears under `path` complete or not at all. Where one has
  /// come about in the meantime, that one is opened. Throws JournalError.
  static Journal create(const std::string& path, WallTime time, std::string_view kind, std::string_view payload);
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();

  /// Appends one entry and returns it once it is durable. With `only_after`, nothing is appended and nothing returned
  /// where the last entry is another one than that: somebody else has appended. Comparing and appending are one
  /// transaction. Throws JournalError; then nothing was appended, or the file is no longer there under its name.
  std::optional<JournalEntry> append(WallTime time, std::string_view kind, std::string_view payload,
                                     std::optional<std::int64_t> only_after = std::nullopt);
  /// The entries after `seq`, those of other processes included.
  [[nodiscard]] std::vector<JournalEntry> since(std::int64_t seq) const;
  [[nodiscard]] const std::string& path() const;

private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  static std::unique_ptr<State> connect(const std::string& path);
  void refuse_where_gone() const;
  std::unique_ptr<State> state_;
};

/// What a reader has found out about the whole of a journal.
struct JournalReading {
  JournalTail tail;
  std::vector<std::string> problems;  ///< of the chain and of what guards it; empty where it verifies
};

/// Hands over every entry in order, without writing, creating or locking anything beside the journal: main file and log
/// are copied to a private folder, and SQLite reads the copy. Works in a folder without write permission, and while a
/// writer is at work. Where the journal changed while it was copied, it begins again with entry 1: a taker drops what
/// it has when it sees entry 1. Throws JournalError where there is none or it can't be read as a journal.
JournalReading read_journal(const std::string& path, const std::function<void(JournalEntry&&)>& take);

/// True where anything of that name stands, a link that leads nowhere included. Throws JournalError where that can't be
/// seen, and where the journal is gone but a part of it still lies there: SQLite would take that for the log of the
/// next journal.
bool journal_exists(const std::string& path);

}  // namespace drydock
