#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "harness/cli/output.hpp"
#include "harness/cli/prepared.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/report/exit_code.hpp"
#include "harness/report/record_json.hpp"
#include "harness/transfer/transfer.hpp"

namespace drydock::cli {
namespace {

constexpr std::string_view kSqliteMagic = "SQLite format 3";

std::string read_file(const std::string& path) {
  if (std::filesystem::is_directory(path))
    throw UsageError(fmt::format("{} is a folder: give a journal or a JSON report", path));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UsageError(fmt::format("can't read {}: give a journal or a JSON report", path));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int report(const std::string& recorded, const OutputOptions& options) {
  const std::string text = read_file(recorded);
  RunRecord record;
  if (text.starts_with(kSqliteMagic)) {
    record = record_of_journal(recorded);
  } else {
    try {
      record = run_from_json(text);
    } catch (const std::exception& error) {
      throw UsageError(fmt::format("{}: neither a journal nor a JSON report: {}", recorded, error.what()));
    }
  }
  std::vector<ProtectedFile> files = files_of_journal(recorded);
  files.front().what = "what is read";
  Output output(options, files);
  return output.finish(record) ? exit_code::kDone : exit_code::kMachine;
}

}  // namespace drydock::cli
