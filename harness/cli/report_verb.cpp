#include <fmt/format.h>
#include <fmt/ostream.h>

#include <filesystem>
#include <iostream>
#include <string>

#include "harness/cli/output.hpp"
#include "harness/cli/prepared.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/journal/journal.hpp"
#include "harness/record/exit_code.hpp"
#include "harness/record/record_json.hpp"
#include "harness/run/judging_again.hpp"
#include "harness/scenario/file_text.hpp"
#include "harness/transfer/transfer.hpp"

namespace drydock::cli {
namespace {

constexpr std::string_view kSqliteMagic = "SQLite format 3";

/// Octets of a JSON report; a journal may be larger.
constexpr std::size_t kLargestReport = std::size_t{1} << 30;

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

/// The scenario that a record was made with, as it is now: where it lay then, else beside the record.
Scenario scenario_of(const RunRecord& record, const std::string& recorded) {
  const std::filesystem::path named = record.scenario.file;
  const auto beside = std::filesystem::path(recorded).parent_path() / named.filename();
  const auto file = std::filesystem::exists(named) ? named : beside;
  if (named.empty() || !std::filesystem::exists(file))
    throw UsageError(fmt::format("--judge needs the scenario, and {} is gone; put it there, or beside the record",
                                 named.empty() ? "its file" : named.string()));
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
    const Scenario scenario = scenario_of(record, recorded);
    for (const auto& line : judge_again(scenario, record)) fmt::print(std::cerr, "drydock: {}\n", line);
    for (auto& file : files_of(scenario)) files.push_back(std::move(file));
  }
  files.front().what = "what is read";
  Output output(options, files);
  return output.finish(record) ? exit_code::kDone : exit_code::kMachine;
}

}  // namespace drydock::cli
