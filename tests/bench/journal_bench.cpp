// What one entry of the journal costs: SHA-256, SQLite and above all the wait until the disk has it.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "harness/journal/journal.hpp"

namespace drydock {
namespace {

/// A folder under TMPDIR or /tmp. Durability costs what the disk below it costs: in memory it costs nothing.
class Folder {
public:
  Folder() : path_((std::filesystem::temp_directory_path() / "drydock-bench-XXXXXX").string()) {
    if (!::mkdtemp(path_.data())) throw std::runtime_error("no folder can be made for the journal");
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string journal() const { return path_ + "/move.journal"; }

private:
  std::string path_;
};

WallTime now() {
  return std::chrono::system_clock::now();
}

/// The payload is of range(0) octets: a decision takes some hundreds, a look of a gate with its evidence thousands.
void journal_append(benchmark::State& state) {
  const Folder folder;
  const std::string payload = R"({"evidence":")" + std::string(static_cast<std::size_t>(state.range(0)), 'x') + "\"}";
  Journal journal = Journal::create(folder.journal(), now(), "opened", "{}");
  for ([[maybe_unused]] const auto turn : state) benchmark::DoNotOptimize(journal.append(now(), "looked", payload));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(journal_append)->Arg(256)->Arg(16 * 1024)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// Reads a journal of range(0) entries and verifies its chain, as every command does first.
void journal_read(benchmark::State& state) {
  const Folder folder;
  const std::string payload = R"({"evidence":")" + std::string(1024, 'x') + "\"}";
  Journal journal = Journal::create(folder.journal(), now(), "opened", "{}");
  for (std::int64_t i = 1; i < state.range(0); ++i) journal.append(now(), "looked", payload);
  for ([[maybe_unused]] const auto turn : state) {
    const JournalReading reading = read_journal(folder.journal(), [](JournalEntry&&) {});
    if (!reading.problems.empty()) return state.SkipWithError(reading.problems.front().c_str());
  }
  state.SetItemsProcessed(state.range(0) * state.iterations());
}
BENCHMARK(journal_read)->Arg(1000)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace drydock
