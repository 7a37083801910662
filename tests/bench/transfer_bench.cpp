// What the verbs of a transfer cost whose gate has held for the better part of a week: a journal of 100,000 entries.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <sstream>

#include "harness/transfer/record.hpp"
#include "harness/transfer/transfer.hpp"
#include "harness/transfer/transfer_log.hpp"
#include "tests/unit/transfer/transfer_world.hpp"

namespace drydock {
namespace {

constexpr int kEntries = 100'000;
constexpr int kChecks = 180;  ///< of the shipped move's largest gate

/// Made once, in memory, since nothing here waits for a disk.
struct LongHold {
  LongHold() {
    StepDefinition one = test::step("one", {test::action("a")}, {test::action("un-a")});
    one.before = {"g"};
    StepDefinition two = test::step("two", {test::action("b")}, {test::action("un-b")});
    two.before = {"g"};
    scenario.transfer = {one, two};
    const WallTime start(std::chrono::hours(24 * 365 * 50));
    TransferLog log = TransferLog::in_memory(scenario, start);
    log.open_for_writing(journal(), scenario, start);
    log.append(event::ActionIntended{"one", 0, false, {"here: echo a"}, "mark", text_of(one), false, {}}, start);
    log.append(event::ActionEnded{"one", 0, false, "done", {"exit 0"}, 0, {}}, start);
    log.append(event::ActionsDone{"one", text_of(one), false}, start);
    log.append(event::StepDone{"one", text_of(one)}, start);
    for (int look = 1; log.size() < kEntries; ++look) hold(log, look, start + std::chrono::seconds(5) * look);
  }
  void hold(TransferLog& log, int look, WallTime when) {
    event::Looked looked;
    looked.gates = {
        {"g",
         "two",
         "before",
         look,
         "inconclusive",
         {"mail-arrives mail.arrives on new: the message was accepted and no answer came in time (and 3 more)"}}};
    looked.verdicts = verdicts;
    log.append_look(looked, false, [&] { return RawJson{look_detail({{"g", "two", "before", {"p"}}}, seen)}; }, when);
  }
  std::string journal() const { return folder.path() + "/move.journal"; }
  TransferOptions options(std::ostream& out) const {
    TransferOptions options;
    options.journal = journal();
    options.out = options.err = &out;
    return options;
  }
  static LookRecord some_look() {
    LookRecord look;
    ObservationRecord seen;
    seen.id = 1;
    seen.probe = "p";
    for (int line = 0; line < 30; ++line) seen.transcript.push_back({1.0 * line, '<', "250 ok"});
    look.observations.push_back(std::move(seen));
    for (int i = 0; i < kChecks; ++i) {
      ResultRecord result;
      result.observation = 1;
      result.probe = "p";
      result.check = "p.check-" + std::to_string(i);
      look.results.push_back(std::move(result));
    }
    return look;
  }
  test::Folder folder;
  Scenario scenario = test::scenario_in(folder.path());
  LookRecord seen = some_look();
  std::string verdicts = verdict_digest(seen.results);
};

const LongHold& long_hold() {
  static const LongHold hold;
  return hold;
}

void journal_facts(benchmark::State& state) {
  state.counters["entries"] = kEntries;
  state.counters["MB"] = static_cast<double>(std::filesystem::file_size(long_hold().journal())) / 1e6;
}

void transfer_plan(benchmark::State& state) {
  const LongHold& hold = long_hold();
  for ([[maybe_unused]] const auto turn : state) {
    std::ostringstream out;
    if (plan(hold.scenario, hold.options(out)).exit != 0) return state.SkipWithError(out.str().c_str());
  }
  journal_facts(state);
}
BENCHMARK(transfer_plan)->UseRealTime()->Unit(benchmark::kMillisecond);

void transfer_history(benchmark::State& state) {
  const LongHold& hold = long_hold();
  for ([[maybe_unused]] const auto turn : state) {
    std::ostringstream out;
    if (history(hold.journal(), false, out, out) != 0) return state.SkipWithError(out.str().c_str());
  }
  journal_facts(state);
}
BENCHMARK(transfer_history)->UseRealTime()->Unit(benchmark::kMillisecond);

/// A mark that is refused has read all that one that is taken has, and leaves the journal as it is.
void transfer_mark_refused(benchmark::State& state) {
  const LongHold& hold = long_hold();
  for ([[maybe_unused]] const auto turn : state) {
    std::ostringstream out;
    TransferOptions options = hold.options(out);
    options.person = "Jim";
    if (mark(hold.scenario, options, "one", "done", "I looked") != 2) return state.SkipWithError(out.str().c_str());
  }
  journal_facts(state);
}
BENCHMARK(transfer_mark_refused)->UseRealTime()->Unit(benchmark::kMillisecond);

/// What cutover and rollback do before they act: read, then open for writing from where the reading ended.
void transfer_open_for_writing(benchmark::State& state) {
  const LongHold& hold = long_hold();
  for ([[maybe_unused]] const auto turn : state) {
    TransferLog log = TransferLog::read(hold.journal());
    log.open_for_writing(hold.journal(), hold.scenario, WallTime{});
    benchmark::DoNotOptimize(log.size());
  }
  journal_facts(state);
}
BENCHMARK(transfer_open_for_writing)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace drydock
