#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <thread>

#include "harness/journal/copy.hpp"
#include "harness/journal/journal.hpp"
#include "harness/journal/open_writers.hpp"
#include "harness/journal/sqlite.hpp"

namespace drydock {
namespace {

constexpr int kTries = 50;
constexpr std::chrono::milliseconds kBetweenTries{10};

/// `name`: what messages call the file.
JournalReading read_from(const std::string& path, const std::string& name,
                         const std::function<void(JournalEntry&&)>& take) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nullptr);
  const sqlite::Connection connection(raw);
  if (code != SQLITE_OK) sqlite::fail(raw, fmt::format("{} can't be read", name));
  try {
    sqlite::check_format(raw, name);
    sqlite::execute(raw, "BEGIN", name);
    ChainCheck chain;
    sqlite::each_entry(raw, 0, [&](JournalEntry&& entry) {
      chain.add(entry);
      take(std::move(entry));
    });
    const sqlite::Head head = sqlite::head(raw);
    JournalReading reading{chain.tail(), chain.finish(head.hash, head.count)};
    for (auto& problem : sqlite::check_guards(raw)) reading.problems.push_back(std::move(problem));
    return reading;
  } catch (const JournalError& error) {
    const std::string what = error.what();
    throw JournalError(what.starts_with(name) ? what : fmt::format("{}: {}", name, what));
  }
}

}  // namespace

JournalReading read_journal(const std::string& path, const std::function<void(JournalEntry&&)>& take) {
  // Opening and closing the files of a journal that this very process writes would drop the locks of its writer: POSIX
  // locks belong to the process.
  if (OpenWriter::here(path)) return read_from(path, path, take);
  std::optional<JournalError> last;
  for (int i = 0; i < kTries; ++i) {
    if (i > 0) std::this_thread::sleep_for(kBetweenTries);
    const auto copy = JournalCopy::make(path);
    if (!copy) continue;
    try {
      JournalReading reading = read_from(copy->path(), path, take);
      if (reading.problems.empty() || copy->still_true()) return reading;
    } catch (const JournalError& error) {
      if (copy->still_true()) throw;
      last = error;
    }
  }
  if (last) throw *last;
  throw JournalError(fmt::format("{} changes all the time while it is read", path));
}

}  // namespace drydock
