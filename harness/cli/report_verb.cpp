#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>

#include "harness/cli/output.hpp"
#include "harness/cli/prepared.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/journal/journal.hpp"
#include "harness/record/exit_code.hpp"
#include "harness/record/record_json.hpp"
#include "harness/report/outcome.hpp"
#include "harness/run/judging_again.hpp"
#include "harness/scenario/yaml/file_text.hpp"
#include "harness/transfer/transfer.hpp"
#include "harness/transfer/waiving.hpp"
#include "probes/core/digest.hpp"

namespace drydock::cli {
namespace {

constexpr std::string_view kSqliteMagic = "SQLite format 3";

/// Octets of a JSON report; a journal may be larger.
constexpr std::size_t kLargestReport = std::size_t{1} << 30;

/// What stands for the scenario's file in the record of `drydock probe`.
constexpr std::string_view kCommandLine = "command line";

/// Lines of one kind that are told of what judging again came to.
constexpr std::size_t kLinesOfNotes = 20;

bool is_journal(const std::string& path) {
  return read_file(path, kSqliteMagic.size()).text.starts_with(kSqliteMagic);
}

std::string read_report(const std::string& path) {
  FileText file = read_file(path, kLargestReport);
  if (!file.problem.empty())
    throw UsageError(fmt::format("can't read {}: {}; give a journal or a JSON report", path, file.problem));
  if (file.text.size() > kLargestReport)
    throw UsageError(fmt::format("{} has more than 1 GiB: that is no JSON report", path));
  return std::move(file.text);
}

std::string digest_of(const std::filesystem::path& file) {
  return sha256_hex(read_file(file.string(), kLargestReport).text);
}

/// The scenario that a record was made with, as it is now. Of one where it lay then and one beside the record, the one
/// that has not been changed since; where both have been, the first.
std::filesystem::path scenario_file(const RunRecord& record, const std::string& recorded) {
  const std::filesystem::path named = record.scenario.file;
  const auto beside = std::filesystem::path(recorded).parent_path() / named.filename();
  std::vector<std::filesystem::path> there;
  for (const auto& file : {named, beside})
    if (!named.empty() && std::filesystem::exists(file)) there.push_back(file);
  if (named == kCommandLine)
    throw UsageError(fmt::format("{} is of a probe by hand, which has no scenario to judge by", recorded));
  if (there.empty())
    throw UsageError(fmt::format("--judge needs the scenario, and {} is gone; put it there, or beside the record",
                                 named.empty() ? "its file" : named.string()));
  for (const auto& file : there)
    if (digest_of(file) == record.scenario.sha256) return file;
  return there.front();
}

Scenario scenario_of(const RunRecord& record, const std::string& recorded) {
  const std::filesystem::path file = scenario_file(record, recorded);
  LoadOptions options;
  options.recorded.insert(record.vars.begin(), record.vars.end());
  LoadResult loaded = load_scenario(file.string(), options);
  if (!loaded.scenario) {
    print(loaded.diagnostics);
    throw UsageError("");
  }
  if (loaded.scenario->sha256 != record.scenario.sha256)
    fmt::print(std::cerr, "drydock: {} has been changed since; what was seen is judged by what it says now\n",
               file.string());
  return std::move(*loaded.scenario);
}

/// Those of the scenario, and those that persons wrote into the journal: the one that is the record, or that the record
/// names, beside the scenario or where it lay.
std::vector<Waiver> waivers_for(const Scenario& scenario, const RunRecord& record, const std::string& recorded) {
  if (!record.journal) return scenario.waivers;
  const std::filesystem::path named = *record.journal;
  const std::string beside = (std::filesystem::path(scenario.folder) / named.filename()).string();
  const std::string journal = is_journal(recorded) ? recorded : journal_exists(beside) ? beside : named.string();
  if (journal_exists(journal)) return waivers_in_force(scenario, TransferLog::read(journal));
  fmt::print(std::cerr, "drydock: {} is not there; waivers that it may hold are not applied\n", journal);
  return scenario.waivers;
}

void tell(std::string_view what, const std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < std::min(lines.size(), kLinesOfNotes); ++i)
    fmt::print(std::cerr, "drydock: {}{}\n", what, printable(lines[i]));
  if (lines.size() > kLinesOfNotes) fmt::print(std::cerr, "drydock: {}{} more\n", what, lines.size() - kLinesOfNotes);
}

/// Judges again, and says what that changed. Returns the scenario by which it was judged.
Scenario judge_by_scenario(RunRecord& record, const std::string& recorded) {
  Scenario scenario = scenario_of(record, recorded);
  const JudgingNotes notes = judge_again(scenario, waivers_for(scenario, record, recorded), record);
  record.judged_again =
      JudgedAgain{std::chrono::system_clock::now(), "drydock " DRYDOCK_VERSION, scenario.file, scenario.sha256};
  tell("", notes.as_then);
  if (!notes.unseen.empty())
    fmt::print(std::cerr, "drydock: the record holds nothing of {}\n", fmt::join(notes.unseen, ", "));
  tell("changed: ", notes.changed);
  return scenario;
}

}  // namespace

int report(const std::string& recorded, bool judge, const OutputOptions& options) {
  (void)journal_exists(recorded);  // tells where a journal is gone and parts of it are left
  RunRecord record;
  if (is_journal(recorded)) {
    record = record_of_journal(recorded);
  } else {
    const std::string text = read_report(recorded);
    try {
      record = run_from_json(text);
    } catch (const std::exception& error) {
      throw UsageError(fmt::format("{}: neither a journal nor a JSON report: {}", recorded, error.what()));
    }
  }
  std::vector<ProtectedFile> files = files_of_journal(recorded);
  if (judge) {
    const Scenario scenario = judge_by_scenario(record, recorded);
    for (auto& file : files_of(scenario)) files.push_back(std::move(file));
  }
  files.front().what = "what is read";
  Output output(options, files);
  if (!output.finish(record)) return output.exit_of(record, exit_code::kMachine);
  const bool judged_now = judge && !is_transfer(record);
  return output.exit_of(record, judged_now || output.is_plugin() ? summarise(record).exit : exit_code::kDone);
}

}  // namespace drydock::cli
